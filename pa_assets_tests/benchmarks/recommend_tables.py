"""Made-up shows of any size for the benchmarks of recommendations: as tables, or as the arrays that the engine makes.

People have interests; answers, roles and attendance follow them more often than not, a few sessions draw many, some
people answer nothing and some sets of answers are rare. Everything is drawn in bulk from one seed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pa_assets.agendas.core.recommend.attributes import Attribute
from pa_assets.agendas.core.recommend.inputs import Inputs
from pa_assets.agendas.core.tables import (
    ATTENDANCE,
    BACKFILLED_SESSIONS,
    LAST_YEAR_MAIN,
    LAST_YEAR_SECONDARY,
    SESSION_EMBEDDINGS,
    THIS_YEAR,
    VISITORS,
)

Numbers = NDArray[np.int64]

QUESTION = "Which areas interest you?"
ANSWERS = "which_areas_interest_you"
ORGANISATION_QUESTION = "Organisation type"
ORGANISATION = "organisation_type"

_STREAMS = 15
_AREAS = [f"Area {number}" for number in range(20)]
_ROLES = [f"Role {number}" for number in range(8)]
_COUNTRIES = [f"Country {number}" for number in range(25)]
_ORGANISATIONS = [f"Organisation {number}" for number in range(9)]
_SILENT = 0.1
_DIMENSIONS = 384
_DRAWS = 5.4
"""Sessions drawn for each past visitor on average; those drawn twice count once, which leaves 4.6."""
_RETURNING = 0.3
_FAITHFUL = 0.7
"""Share of sessions attended that are of a stream the person cares for."""


@dataclass(frozen=True)
class Size:
    """How large a show is."""

    visitors: int
    past: int
    sessions: int = 300
    past_sessions: int = 600
    theatres: int = 12
    seats: int = 250


@dataclass(frozen=True)
class People:
    """Visitors of this year, then those of the past: what they care for and answered, -1 for nothing."""

    interest: Numbers
    role: Numbers
    country: Numbers
    organisation: Numbers
    areas: csr_matrix
    """People x areas."""
    person: Numbers


def people_of(size: Size, chance: np.random.Generator) -> People:
    """Draw the people; three in ten visitors of this year are people of the past with the same interest and answers."""
    count = size.visitors + size.past
    interest = (chance.random(count) ** 1.5 * _STREAMS).astype(np.int64)
    role = np.where(chance.random(count) < 0.6, interest % len(_ROLES), _skewed(chance, count, len(_ROLES)))
    area = (interest[:, None] + np.array([0, 3, 7])) % len(_AREAS)
    strange = chance.random((count, 3)) < 0.25
    area = np.where(strange, chance.integers(0, len(_AREAS), (count, 3)), area)
    given = chance.random((count, 3)) < np.array([0.9, 0.45, 0.2])
    silent = chance.random(count) < _SILENT
    given &= ~silent[:, None]
    row, place = np.nonzero(given)
    areas = csr_matrix((np.ones(len(row), dtype=np.float32), (row, area[row, place])), (count, len(_AREAS)))
    areas.sum_duplicates()
    areas.data[:] = 1.0
    role = np.where(chance.random(count) < _SILENT, -1, role)
    organisation = np.where(silent, -1, _skewed(chance, count, len(_ORGANISATIONS)))
    country = _skewed(chance, count, len(_COUNTRIES))
    back = np.flatnonzero(chance.random(size.visitors) < _RETURNING)[: size.past]
    person = np.arange(count)
    person[back] = size.visitors + chance.permutation(size.past)[: len(back)]
    return People(interest[person], role[person], country[person], organisation[person], areas[person], person)


def _skewed(chance: np.random.Generator, count: int, kinds: int) -> Numbers:
    """Kinds of which the first are frequent and the last are rare."""
    return (chance.random(count) ** 3 * kinds).astype(np.int64)


def attendance_of(people: People, size: Size, chance: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Past visitor and past session of each attendance; a first half of both is the main show.

    Session s is of stream s % streams; of each stream the first sessions draw most.
    """
    half, sessions = size.past // 2, size.past_sessions // 2
    number = chance.geometric(1 / _DRAWS, size.past)
    visitor = np.repeat(np.arange(size.past), number)
    faithful = chance.random(len(visitor)) < _FAITHFUL
    stream = np.where(faithful, people.interest[size.visitors :][visitor], chance.integers(0, _STREAMS, len(visitor)))
    rank = (chance.random(len(visitor)) ** 2 * (sessions // _STREAMS)).astype(np.int64)
    session = rank * _STREAMS + stream + np.where(visitor < half, 0, sessions)
    pair = np.unique(visitor * size.past_sessions + session)
    return pair // size.past_sessions, pair % size.past_sessions


def sessions_of(size: Size, chance: np.random.Generator) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    """The table of sessions of all cohorts, and their vectors."""
    half = size.past_sessions // 2
    cohorts = ((THIS_YEAR, size.sessions), (LAST_YEAR_MAIN, half), (LAST_YEAR_SECONDARY, size.past_sessions - half))
    centre = chance.normal(size=(_STREAMS, _DIMENSIONS))
    tables, vectors = [], []
    for cohort, count in cohorts:
        number = np.arange(count)
        stream = number % _STREAMS
        topic = chance.integers(0, 40, (count, 8))
        words = [" ".join(f"topic{s}x{t}" for t in row) for s, row in zip(stream, topic, strict=True)]
        slot = number // size.theatres
        starts = pd.Timestamp("2025-11-20 09:00" if cohort == THIS_YEAR else "2024-11-20 09:00")
        starts_at = starts + pd.to_timedelta(slot // 13, unit="D") + pd.to_timedelta(slot % 13 * 40, unit="min")
        identifier = cohort[-4:] + pd.Series(number.astype(str), dtype=object).str.zfill(5)
        title = pd.Series([f"Talk {n}: {text[:24]}" for n, text in zip(number, words, strict=True)], dtype=object)
        tables.append(
            pd.DataFrame({name: [""] * count for name in BACKFILLED_SESSIONS.names}).assign(
                session_id=identifier,
                cohort=cohort,
                title=title,
                key_text=identifier,
                content_group=identifier,
                synopsis_stripped=[f"About {text} for everybody who cares." for text in words],
                stream=[f"Stream {value}" for value in stream],
                theatre__name=[f"Theatre {value}" for value in number % size.theatres],
                sponsored_by=np.where(number % 20 == 0, "Sponsor", ""),
                starts_at=starts_at,
                ends_at=starts_at + pd.Timedelta(minutes=30),
                date=starts_at.strftime("%Y-%m-%d"),
                start_time=starts_at.strftime("%H:%M:%S"),
                end_time=(starts_at + pd.Timedelta(minutes=30)).strftime("%H:%M:%S"),
                stream_confidence=1.0,
            )
        )
        vectors.append(centre[stream] + chance.normal(size=(count, _DIMENSIONS)))
    matrix = np.concatenate(vectors)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return BACKFILLED_SESSIONS.conform(pd.concat(tables, ignore_index=True)), matrix.astype(np.float32)


def tables_of(size: Size, seed: int = 1) -> dict[str, Any]:
    """The tables that `recommend` takes, by the names of its arguments."""
    chance = np.random.default_rng(seed)
    people = people_of(size, chance)
    visitor, session = attendance_of(people, size, chance)
    sessions, vectors = sessions_of(size, chance)
    visitors = _visitors(people, size)
    then = visitors.iloc[size.visitors + visitor]
    attended = sessions.iloc[size.sessions + session]
    day = attended["starts_at"].to_numpy()
    attendance = pd.DataFrame(
        {
            "badge_id": then["badge_id"].to_numpy(),
            "cohort": then["cohort"].to_numpy(),
            "session_id": attended["session_id"].to_numpy(),
            "person_id": then["person_id"].to_numpy(),
            "first_scan": day,
            "last_scan": day,
            "scans": 1,
            "show_ref": "LVS24",
            "year": 2024,
            "seminar_name": attended["title"].to_numpy(),
            "source_file": "scans.csv",
        }
    )
    embeddings = sessions[["session_id", "cohort"]].assign(text_hash="h", vector=list(vectors))
    theatres = [f"Theatre {number}" for number in range(size.theatres)]
    return {
        "visitors": visitors,
        "attendance": ATTENDANCE.conform(attendance),
        "sessions": sessions,
        "embeddings": SESSION_EMBEDDINGS.conform(embeddings),
        "job_streams": _mapping(_ROLES),
        "specialisation_streams": _mapping(_AREAS),
        "capacity": pd.DataFrame({"theatre": theatres, "seats": size.seats}),
    }


def _mapping(answers: list[str]) -> pd.DataFrame:
    pairs = [
        (answer, f"Stream {(number + more) % _STREAMS}") for number, answer in enumerate(answers) for more in (0, 8)
    ]
    return pd.DataFrame(pairs, columns=["key", "stream"])


def _visitors(people: People, size: Size) -> pd.DataFrame:
    count = size.visitors + size.past
    number = np.arange(count)
    cohort = np.where(
        number < size.visitors,
        THIS_YEAR,
        np.where(number < size.visitors + size.past // 2, LAST_YEAR_MAIN, LAST_YEAR_SECONDARY),
    ).astype(object)
    text = pd.Series(number.astype(str), dtype=object).str.zfill(8)
    lists = np.split(people.areas.indices, people.areas.indptr[1:-1])
    frame = pd.DataFrame(
        {
            "badge_id": "B" + text,
            "cohort": cohort,
            "show_ref": np.where(cohort == THIS_YEAR, "LVS25", "LVS24"),
            "person_id": "P" + pd.Series(people.person.astype(str), dtype=object),
            "title": "Dr",
            "forename": "Forename" + pd.Series((number % 997).astype(str), dtype=object),
            "surname": "Surname" + pd.Series((number % 20011).astype(str), dtype=object),
            "email": "person." + text + "@practice.example",
            "email_domain": "practice.example",
            "tel": "0207" + text,
            "mobile": "0770" + text,
            "company": "Practice " + pd.Series((number % 4001).astype(str), dtype=object),
            "job_title": "Surgeon",
            "country": _named(_COUNTRIES, people.country),
            "badge_type": "Delegate",
            "source": "web",
            "registration_date": pd.Timestamp("2025-01-02 03:04:05"),
            "days_since_registration": number % 90,
            "assist_year_before": (people.person != number).astype(int),
            "badges_last_year_main": [[] for _ in number],
            "badges_last_year_secondary": [[] for _ in number],
            "has_answers": np.diff(people.areas.indptr) > 0,
            "job_role": _named(_ROLES, people.role),
            "job_role_source": np.where(people.role < 0, "", "answer"),
            "job_role_confidence": np.where(people.role < 0, 0.0, 1.0),
            "practice_source": "",
            "practice_confidence": 0.0,
            "identity_source": "exact",
            "identity_confidence": 1.0,
            ANSWERS: [[_AREAS[area] for area in row] for row in lists],
            ORGANISATION: [[name] if name else [] for name in _named(_ORGANISATIONS, people.organisation)],
        }
    )
    return VISITORS.conform(frame)


def _named(names: list[str], codes: Numbers) -> NDArray[np.object_]:
    return np.array([*names, ""], dtype=object)[codes]


def arrays_of(size: Size, seed: int = 1) -> tuple[Inputs, list[Attribute]]:
    """The same kind of show as the engine's arrays; its tables of people hold badges and job roles alone."""
    chance = np.random.default_rng(seed)
    people = people_of(size, chance)
    visitor, session = attendance_of(people, size, chance)
    sessions, vectors = sessions_of(size, chance)
    attended = csr_matrix(
        (np.ones(len(visitor), dtype=np.float32), (visitor, session)), (size.past, size.past_sessions)
    )
    now = sessions["cohort"].eq(THIS_YEAR).to_numpy()
    person = people.person[: size.visitors] - size.visitors
    came = np.flatnonzero(person >= 0)
    pick = csr_matrix((np.ones(len(came), dtype=np.float32), (came, person[came])), (size.visitors, size.past))
    inputs = Inputs(
        visitors=_badges(size.visitors, people.role[: size.visitors]),
        sessions=sessions[now].reset_index(drop=True),
        past_visitors=pd.DataFrame(index=range(size.past)),
        past_sessions=sessions[~now].reset_index(drop=True),
        history=(pick @ attended).tocsr(),
        people=attended,
        past_attendance=attended.copy(),
        vectors=vectors[now].astype(np.float64),
        past_vectors=vectors[~now].astype(np.float64),
    )
    return inputs, [
        _attribute("job_role", _ROLES, _one_hot(people.role, len(_ROLES)), size.visitors),
        _attribute("country", _COUNTRIES, _one_hot(people.country, len(_COUNTRIES)), size.visitors),
        _attribute(ORGANISATION, _ORGANISATIONS, _one_hot(people.organisation, len(_ORGANISATIONS)), size.visitors),
        _attribute(ANSWERS, _AREAS, people.areas, size.visitors),
    ]


def _badges(count: int, role: Numbers) -> pd.DataFrame:
    badge = "B" + pd.Series(np.arange(count).astype(str), dtype=object).str.zfill(8)
    return pd.DataFrame({"badge_id": badge, "job_role": _named(_ROLES, role), "assist_year_before": 0})


def _one_hot(codes: Numbers, kinds: int) -> csr_matrix:
    row = np.flatnonzero(codes >= 0)
    return csr_matrix((np.ones(len(row), dtype=np.float32), (row, codes[row])), (len(codes), kinds))


def _attribute(column: str, names: list[str], matrix: csr_matrix, visitors: int) -> Attribute:
    weight = {ANSWERS: 1.0, "job_role": 0.8, ORGANISATION: 0.5}.get(column, 0.3)
    return Attribute(column, weight, np.array(names, dtype=object), matrix[:visitors], matrix[visitors:])
