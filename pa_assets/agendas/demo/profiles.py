"""What makes a show: codes, badge types, questions, streams, theatres and rates.

Models, and the profile of a show known only by its configuration; the shipped shows are in `shipped_profiles`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pa_assets.agendas.core.tables import COHORTS, LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR
from pa_assets.agendas.demo.vocabulary import Vocabulary
from pa_assets.agendas.demo.vocabulary_commerce import COMMERCE

if TYPE_CHECKING:
    from pa_assets.agendas.config import EventConfig

Format = Literal["legacy", "graphql_flat", "graphql_nested"]

_FEW_EACH = ("Ghana", "Germany", "Ireland", "France", "Spain", "Netherlands", "Nigeria", "Poland", "Italy")
_COUNTRIES = {"UK": 0.882, "India": 0.0094, "USA": 0.0084, **dict.fromkeys(_FEW_EACH, 0.011)}


@dataclass(frozen=True)
class Question:
    """A survey question and how its answers go with streams."""

    text: str
    """Text of this year, punctuated as delivered; empty: not asked."""
    answers: Mapping[str, float]
    """Answer -> relative frequency."""
    streams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Answer -> streams that people who give it care for more."""
    text_last_year: str | None = None
    """Text of last year where it differed; empty: not asked."""
    multiple: bool = False
    """Several answers are allowed."""
    pull: float = 2.2
    """How much an answer raises the odds of its streams, as a logarithm; more where streams are many."""

    def asked(self, cohort: str) -> str:
        """Text of the question in a cohort; empty where it was not asked."""
        if cohort == THIS_YEAR or self.text_last_year is None:
            return self.text
        return self.text_last_year


@dataclass(frozen=True)
class ProgrammeRates:
    """Shares that describe a programme."""

    missing_synopsis: float = 0.25
    missing_stream: float = 0.3
    missing_stream_last_year: float = 0.3
    several_streams: float = 0.15
    sponsored: float = 0.12
    theatres: int = 10


@dataclass(frozen=True)
class ShowProfile:
    """A show as the generator needs it."""

    event: str
    format: Format
    vocabulary: Vocabulary
    codes: Mapping[str, tuple[str, ...]]
    """Cohort -> show codes; a cohort without codes did not take place."""
    first_days: Mapping[str, dt.date]
    """Cohort -> first day of its show."""
    badge_types: Mapping[str, float]
    """Badge types that count -> relative frequency."""
    questions: tuple[Question, ...]
    role_question: int
    """Index in `questions` of the question for the job role."""
    job_titles: Mapping[str, tuple[str, ...]]
    """Job role -> job titles as people type them."""
    company_endings: tuple[str, ...]
    theatres: tuple[str, ...]
    sponsors: tuple[str, ...] = ("ACME", "NVX", "BLT")
    excluded_codes: tuple[str, ...] = ()
    unknown_codes: tuple[str, ...] = ("ZZZ99",)
    other_badge_types: tuple[str, ...] = ("Exhibitor", "Staff")
    placeholder_titles: tuple[str, ...] = ("TBC session", "Session TBA")
    countries: Mapping[str, float] = field(default_factory=lambda: dict(_COUNTRIES))
    returning: float = 0.22
    answering: float = 0.85
    rates: ProgrammeRates = field(default_factory=ProgrammeRates)
    specialization_question: int | None = None
    """Index of the question mapped by the specialisation table; None: no such table."""
    practice_question: int | None = None
    """Index of the question that the table of practices answers; None: no such table."""
    job_mapping: bool = False
    """A table of job roles and streams is delivered."""
    days: int = 2

    @property
    def cohorts(self) -> tuple[str, ...]:
        """Cohorts that have show codes."""
        return tuple(cohort for cohort in COHORTS if self.codes.get(cohort))


ROLES = {"Manager": 0.3, "Director": 0.25, "Specialist": 0.2, "Assistant": 0.1, "Owner": 0.1, "Student": 0.05}


def configured_profile(event_name: str, config: EventConfig, vocabulary: Vocabulary = COMMERCE) -> ShowProfile:
    """The profile of an event that only its configuration describes.

    Codes, dates, badge types and questions come from the configuration; answers are made up: the first
    question kept is about streams, the job role question about roles, the others are plain multiple choice.
    """
    codes = {
        THIS_YEAR: tuple(config.event.shows_this_year),
        LAST_YEAR_MAIN: tuple(config.event.shows_last_year_main),
        LAST_YEAR_SECONDARY: tuple(config.event.shows_last_year_secondary),
    }
    questions, role = _configured_questions(config, vocabulary.streams)
    return ShowProfile(
        event=event_name,
        format="legacy",
        vocabulary=vocabulary,
        codes=codes,
        excluded_codes=tuple(config.event.shows_this_year_exclude),
        first_days={
            THIS_YEAR: config.event.event_date_this_year,
            LAST_YEAR_MAIN: config.event.event_date_last_year,
            LAST_YEAR_SECONDARY: config.event.event_date_last_year,
        },
        badge_types=dict.fromkeys(config.people.valid_badge_types, 1.0),
        questions=questions,
        role_question=role,
        job_titles={name: (name, f"Senior {name}", f"{name} (interim)") for name in ROLES},
        company_endings=("Ltd", "Group", "& Co", "Partners", "Studio"),
        theatres=("Main Stage", "Forum", "Studio", "Arena", "Workshop Room", "Gallery"),
        placeholder_titles=tuple(config.sessions.titles_to_remove[:3]) or ("TBC session",),
        sponsors=tuple(config.sessions.sponsor_names) or ("ACME", "NVX"),
        specialization_question=1 if len(questions) > 1 else None,
        job_mapping=True,
    )


def _configured_questions(config: EventConfig, streams: tuple[str, ...]) -> tuple[tuple[Question, ...], int]:
    before = {now: then for then, now in config.people.same_question.items()}
    asked = config.people.questions_to_keep.current
    role_text = config.people.job_role_question or next((text for text in asked if "role" in text.lower()), "Job Role")
    questions = [Question(role_text, ROLES, text_last_year=before.get(role_text))]
    others = [text for text in asked if text != role_text]
    for position, text in enumerate(others):
        answers = streams if position == 0 else tuple("ABCDEF")
        questions.append(
            Question(
                text,
                dict.fromkeys(answers, 1.0),
                {name: (name,) for name in answers if name in streams},
                text_last_year=before.get(text),
                multiple=position == 0,
            )
        )
    return tuple(questions), 0
