"""Tables of registrations and answers that the tests of visitors and their files share."""

import pandas as pd

from pa_assets.agendas.core.people import process_registrations
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, SURVEY_ANSWERS, THIS_YEAR

from .preparation import (
    EVENT,
    PAST_SPECIALISATION,
    PEOPLE,
    SPECIALISATION,
    SPECIALISATION_COLUMN,
    registration,
    sourced,
)

COLUMNS = {
    SPECIALISATION: SPECIALISATION_COLUMN,
    PAST_SPECIALISATION: SPECIALISATION_COLUMN,
    "Organisation Type": "organisation_type",
    "Job Role": "job_role_answers",
}
"""Question kept -> column; any other question is not kept."""

OF_COHORT = {"P": LAST_YEAR_MAIN, "S": LAST_YEAR_SECONDARY}
"""First letter of a badge -> cohort; others are of this year."""

REGISTRATIONS = process_registrations(
    sourced(
        [
            registration(BadgeId="1"),
            registration(BadgeId="2", Email="b@x.example", JobTitle="Head Nurse", Company="elm vets LTD."),
            registration(BadgeId="P1", ShowRef="BVA2024"),
            registration(BadgeId="P0", ShowRef="BVA2024"),
            registration(BadgeId="P2", ShowRef="BVA2024", Email="c@x.example", JobTitle="CEO"),
            registration(BadgeId="S1", ShowRef="LVS2024"),
        ]
    ),
    EVENT,
    PEOPLE,
).table
"""Ana (badges 1, P0, P1, S1), a nurse (2) who was not there before and a chief (P2) who did not come back."""


def answered(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Table `SURVEY_ANSWERS` of (badge, question, answer); the cohort follows from the badge."""
    frame = pd.DataFrame(rows, columns=["badge_id", "question", "answer"], dtype=object)
    frame = frame.assign(
        cohort=frame["badge_id"].str[:1].map(OF_COHORT).fillna(THIS_YEAR),
        column=frame["question"].map(COLUMNS).fillna(""),
        asks_job_role=frame["question"] == "Job Role",
    )
    return SURVEY_ANSWERS.conform(frame)
