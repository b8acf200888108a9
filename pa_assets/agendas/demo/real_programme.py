"""Synthetic visitors on a real programme: their hidden interests are over its streams, their past is on last year's.

Reading the programmes is `pentabarf`; what the visitors are and do is the machinery of synthetic shows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, THIS_YEAR
from pa_assets.agendas.demo.chance import generator, share
from pa_assets.agendas.demo.generator import GeneratedShow, populate
from pa_assets.agendas.demo.profiles import Question, ShowProfile
from pa_assets.agendas.demo.programme import COLUMNS, SPEAKER_SEPARATOR, Programme, of_sessions
from pa_assets.agendas.demo.vocabulary import Vocabulary

CODES = {THIS_YEAR: ("FSD25",), LAST_YEAR_MAIN: ("FSD24",)}
TOPIC_QUESTION = "Which tracks interest you most?"
ROLE_QUESTION = "What is your job role?"
WORK_QUESTION = "Where do you work?"
_ROLES = {"Developer": 0.4, "Operations": 0.2, "Researcher": 0.12, "Student": 0.13, "Manager": 0.08, "Hobbyist": 0.07}
_PLACES = {"Company": 0.5, "University": 0.2, "Public sector": 0.1, "Foundation": 0.08, "Freelance": 0.12}
_LIKED_BY_ROLE = 8
_TRACK_PULL = 5.5
"""Among a hundred tracks, the one named is the strongest interest of about every second person."""


def programme_profile(event: str, streams: Sequence[str]) -> ShowProfile:
    """A profile for visitors of a programme with these streams: they name tracks, a job role and a place of work.

    Streams are many, so that who names a track must be drawn to it strongly to be there more often than by chance.
    """
    chance = generator(0, event, "roles")
    liked = {
        role: tuple(
            streams[int(index)]
            for index in chance.choice(len(streams), min(_LIKED_BY_ROLE, len(streams)), replace=False)
        )
        for role in _ROLES
    }
    return ShowProfile(
        event=event,
        format="legacy",
        vocabulary=Vocabulary(dict.fromkeys(streams, ()), (), (), (), ()),
        codes=CODES,
        first_days={THIS_YEAR: dt.date(2025, 2, 1), LAST_YEAR_MAIN: dt.date(2024, 2, 3)},
        badge_types={"Visitor": 0.9, "Speaker": 0.1},
        questions=(
            Question(
                TOPIC_QUESTION,
                dict.fromkeys(streams, 1.0),
                {name: (name,) for name in streams},
                multiple=True,
                pull=_TRACK_PULL,
            ),
            Question(ROLE_QUESTION, _ROLES, liked),
            Question(WORK_QUESTION, _PLACES),
        ),
        role_question=1,
        job_titles={
            "Developer": ("Software developer", "Engineer", "Maintainer"),
            "Operations": ("System administrator", "Site reliability engineer"),
            "Researcher": ("Researcher", "PhD student"),
            "Student": ("Student",),
            "Manager": ("CTO", "Engineering manager"),
            "Hobbyist": ("Tinkerer", "Volunteer"),
        },
        company_endings=("Software", "Labs", "Foundation", "University", "Systems", "Cooperative"),
        theatres=(),
        countries={
            "Belgium": 0.2,
            "Germany": 0.2,
            "France": 0.15,
            "Netherlands": 0.15,
            "UK": 0.12,
            "Spain": 0.1,
            "USA": 0.08,
        },
    )


def visitors_on_programme(
    this_year: pd.DataFrame,
    last_year: pd.DataFrame,
    *,
    visitors: int,
    seed: int,
    landing: Path,
    truth: Path,
    profile: ShowProfile | None = None,
    event: str = "fosdem",
    without_stream: float = 0.3,
    after_show: bool = False,
) -> GeneratedShow:
    """Write a show of synthetic visitors on two real programmes.

    Args:
        this_year: rows of this year's programme, as `read_programme` gives them.
        last_year: rows of last year's.
        visitors: registrations of this year, at least 20.
        seed: equal arguments, equal bytes.
        landing: folder for the files as delivered.
        truth: folder for the hidden truth, outside `landing`.
        profile: who comes; None: `programme_profile` of the programmes' streams.
        event: name of the event, where no profile is given.
        without_stream: share of this year's sessions whose stream is withheld and kept in the truth.
        after_show: also write this year's scans and entry scans.

    Raises:
        ValueError: a programme holds no session with title, date and times.
    """
    sessions = {THIS_YEAR: _sessions(this_year), LAST_YEAR_MAIN: _sessions(last_year)}
    named = {cohort: sorted({stream for stream in table["stream"] if stream}) for cohort, table in sessions.items()}
    streams = _distinct([*named[THIS_YEAR], *named[LAST_YEAR_MAIN]])
    show = profile or programme_profile(event, named[THIS_YEAR])
    days = {cohort: dt.date.fromisoformat(table["date"].min()) for cohort, table in sessions.items()}
    show = replace(show, first_days={**show.first_days, **days})
    programmes = {
        THIS_YEAR: _programme(sessions[THIS_YEAR], streams, without_stream, generator(seed, show.event, "streams")),
        LAST_YEAR_MAIN: _programme(sessions[LAST_YEAR_MAIN], streams, 0.0, generator(seed, show.event, "streams")),
    }
    return populate(
        show,
        programmes,
        visitors=visitors,
        seed=seed,
        landing=landing,
        truth=truth,
        after_show=after_show,
        dirty_programme=False,
    )


def _distinct(names: Sequence[str]) -> list[str]:
    """Names without those that differ from an earlier one in case alone."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return list(first.values())


def _sessions(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per session that has date and times, speakers joined."""
    filled = (rows[["session_id", "title", "date", "start_time", "end_time"]] != "").all(axis=1)
    dated = rows[filled]
    if not len(dated):
        raise ValueError("The programme holds no session with id, title, date, start and end: nobody could visit it.")
    speakers = dated.groupby("session_id", sort=False)["speaker"].agg(SPEAKER_SEPARATOR.join)
    sessions = dated.drop_duplicates("session_id").assign(speaker=lambda table: table["session_id"].map(speakers))
    return sessions[list(COLUMNS)].sort_values(["date", "start_time", "session_id"], kind="stable", ignore_index=True)


def _programme(sessions: pd.DataFrame, streams: Sequence[str], part: float, chance: np.random.Generator) -> Programme:
    return of_sessions(sessions, streams, share(chance, part, len(sessions)) & sessions["stream"].ne("").to_numpy())
