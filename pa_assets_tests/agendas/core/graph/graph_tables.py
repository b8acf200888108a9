"""Tables of a made-up show of any size, as the stages before the graph hand them over."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.tables import (
    ATTENDANCE,
    BACKFILLED_SESSIONS,
    COHORTS,
    ENTRY_SCANS,
    RECOMMENDATIONS,
    SESSION_EMBEDDINGS,
    THIS_YEAR,
    VISITORS,
)

QUESTION = "what-do/you do"
STREAMS = [f"Stream {number}" for number in range(20)]
ROLES = ["Vet Nurse", "Student", "Practice Manager", "Astronaut"]


def event(show: str) -> config.Event:
    """The event of a show."""
    return config.Event(
        title="Show",
        show=show,
        main_event_name="lva",
        secondary_event_name="bva",
        event_date_this_year=dt.date(2025, 11, 20),
        event_date_last_year=dt.date(2024, 11, 20),
        shows_this_year=["LVS25"],
    )


@dataclass
class Tables:
    """The tables of one show."""

    visitors: pd.DataFrame
    sessions: pd.DataFrame
    attendance: pd.DataFrame
    entry_scans: pd.DataFrame
    embeddings: pd.DataFrame
    recommendations: pd.DataFrame
    descriptions: dict[str, str]
    mapping: pd.DataFrame


def make_tables(visitors: int = 30, sessions: int = 12, attendances: int = 100, seed: int = 1) -> Tables:
    """`visitors` per cohort, `sessions` per cohort, `attendances` of the past and a tenth of it of this year."""
    random = np.random.default_rng(seed)
    people = _visitors(visitors, random)
    programme = _sessions(sessions, random)
    return Tables(
        visitors=people,
        sessions=programme,
        attendance=_attendance(people, programme, attendances, random),
        entry_scans=_entry_scans(visitors),
        embeddings=_embeddings(programme, random),
        recommendations=_recommendations(visitors, sessions),
        descriptions={name: f"About {name}." for name in STREAMS},
        mapping=pd.DataFrame(
            [(role.upper(), name) for role in ROLES[:3] for name in [*STREAMS[::3], "Nowhere"]],
            columns=["key", "stream"],
        ).assign(weight=1.0),
    )


def _visitors(count: int, random: np.random.Generator) -> pd.DataFrame:
    parts = []
    for cohort in COHORTS:
        number = np.arange(count)
        # Each fifth person of this year was at both shows of last year, under other badges.
        person = np.where(number % 5 == 0, "p", f"{cohort} p").astype(object) + number.astype(str)
        parts.append(
            pd.DataFrame(
                {
                    "badge_id": [f"{cohort[-4:]}-{value}" for value in number],
                    "cohort": cohort,
                    "show_ref": "LVS25" if cohort == THIS_YEAR else "LVS24",
                    "person_id": person,
                    "title": "Dr",
                    "forename": "Canaryforename",
                    "surname": "Canarysurname",
                    "email": "canary@secret.example",
                    "email_domain": "secret.example",
                    "tel": "0700canary",
                    "mobile": "",
                    "company": 'O\'Hara & "Sons" `x` $y {z} -- \\ 😀 مرحبا',
                    "job_title": "vet",
                    "country": "UK",
                    "badge_type": "Delegate",
                    "source": "",
                    "registration_date": pd.Timestamp("2025-01-02 03:04:05"),
                    "days_since_registration": np.where(number % 7 == 0, -1, number),
                    "assist_year_before": (number % 5 == 0).astype(int) * int(cohort == THIS_YEAR),
                    "badges_last_year_main": [["main-0"] if value % 5 == 0 else [] for value in number],
                    "badges_last_year_secondary": [[] for _ in number],
                    "has_answers": True,
                    "job_role": np.array(["", *ROLES], dtype=object)[random.integers(0, 5, count)],
                    "job_role_source": "answer",
                    "job_role_confidence": 1.0,
                    "practice_source": "",
                    "practice_confidence": 0.0,
                    "identity_source": "exact",
                    "identity_confidence": 1.0,
                    QUESTION: [["Vet nurse", "STUDENT "] if value % 2 else [] for value in number],
                    "show": [["a survey question named like the key"] for _ in number],
                }
            )
        )
    return VISITORS.conform(pd.concat(parts, ignore_index=True))


def _sessions(count: int, random: np.random.Generator) -> pd.DataFrame:
    parts = []
    for cohort in COHORTS:
        number = np.arange(count)
        start = pd.Timestamp("2025-11-20 09:00") + pd.to_timedelta(number % 16 * 30, unit="min")
        names = np.array(STREAMS, dtype=object)
        parts.append(
            pd.DataFrame(
                {
                    # The same numbers in each cohort, as programmes of several years have them.
                    "session_id": [str(value) for value in number],
                    "cohort": cohort,
                    "date": "2025-11-20",
                    "start_time": "09:00:00",
                    "end_time": "09:30:00",
                    "theatre__name": "Main",
                    "title": [f"Session {value} of {cohort}" for value in number],
                    "stream": names[random.integers(0, 20, count)] + "; " + np.where(number % 2, "stream 1", "New one"),
                    "synopsis_stripped": "word " * 60,
                    "sponsored_session": "False",
                    "sponsored_by": "",
                    "key_text": [f"session{value}" for value in number],
                    "speakers": "",
                    "starts_at": start,
                    "ends_at": start + pd.Timedelta(minutes=30),
                    "content_group": [f"session{value}" for value in number],
                    "stream_source": "programme",
                    "stream_confidence": 1.0,
                    "stream_reason": "",
                }
            )
        )
    return BACKFILLED_SESSIONS.conform(pd.concat(parts, ignore_index=True))


def _attendance(
    visitors: pd.DataFrame, sessions: pd.DataFrame, count: int, random: np.random.Generator
) -> pd.DataFrame:
    parts = []
    for cohort in COHORTS:
        people = visitors.loc[visitors["cohort"].eq(cohort), ["badge_id", "person_id"]]
        programme = sessions.loc[sessions["cohort"].eq(cohort), "session_id"]
        number = count // 2 if cohort != THIS_YEAR else count // 10
        rows = people.iloc[random.integers(0, len(people), number)].reset_index(drop=True)
        rows["session_id"] = programme.iloc[random.zipf(1.5, number) % len(programme)].to_numpy()
        parts.append(rows.assign(cohort=cohort))
    frame = pd.concat(parts, ignore_index=True).drop_duplicates(["cohort", "badge_id", "session_id"])
    scan = pd.Timestamp("2024-11-20 10:00")
    return ATTENDANCE.conform(
        frame.assign(
            first_scan=scan,
            last_scan=pd.NaT,
            scans=1,
            show_ref="LVS24",
            year=2024,
            seminar_name="Seminar",
            source_file="scanner.csv",
        )
    )


def _entry_scans(count: int) -> pd.DataFrame:
    badges = [f"year-{value}" for value in range(0, count, 3)]
    return ENTRY_SCANS.conform(
        pd.DataFrame(
            {
                "badge_id": badges * 2,
                "show_ref": "LVS25",
                "show_name": "The Show",
                "day": ["Day 1"] * len(badges) + ["Day 2"] * len(badges),
                "date": ["2025-11-20"] * len(badges) + ["2025-11-21"] * len(badges),
                "entered_at": pd.Timestamp("2025-11-20 08:55"),
                "badge_type": "Delegate",
                "source_file": "entries.csv",
                "hall/gate": ["North"] * len(badges) + ["South"] * len(badges),
                "created_by": "a column named like a property of every relationship",
            }
        )
    )


def _embeddings(sessions: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    vectors = random.normal(size=(len(sessions), 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    frame = sessions[["session_id", "cohort"]].assign(text_hash="hash 1", vector=list(vectors))
    return SESSION_EMBEDDINGS.conform(frame)


def _recommendations(visitors: int, sessions: int) -> pd.DataFrame:
    number = np.arange(visitors).repeat(3)
    rank = np.tile(np.arange(3), visitors)
    frame = pd.DataFrame(
        {
            "badge_id": [f"year-{value}" for value in number],
            "session_id": [str(value) for value in (number + rank) % sessions],
            "rank": rank + 1,
            "score": 1 / (rank + 1),
            "strategy": "own_history",
            "reasons": [["like what you saw"] for _ in number],
            "control_group": number % 10 == 0,
        }
    )
    return RECOMMENDATIONS.conform(frame[frame["badge_id"].ne("year-1")])
