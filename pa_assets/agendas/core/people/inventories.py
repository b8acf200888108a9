"""What visitors said, as lists for people: specialisations, job roles, job titles.

The tables that these lists are taken from are `answers` and `visitors`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas.config import People
from pa_assets.agendas.core.known_files import KnownFile
from pa_assets.agendas.core.people.questions import column_of
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR

COHORT_KEYS = {THIS_YEAR: "this_year", LAST_YEAR_MAIN: "last_year_bva", LAST_YEAR_SECONDARY: "last_year_lvs"}
"""Cohort -> its key in the JSON files."""

SPECIALISATIONS = KnownFile(
    "specializations.json",
    "this_year, last_year_bva, last_year_lvs: the distinct answers to the first question kept of that year.",
    {},
)
JOB_ROLES = KnownFile(
    "job_roles.json",
    "this_year, last_year_bva, last_year_lvs: the distinct answers to the job-role question, and the roles inferred.",
    {},
)
PROFESSIONS = KnownFile(
    "list_of_professions.csv",
    "Distinct job titles in lower case, the commonest first, and how many badges bear each.",
    {"JobTitle": "job_title", "Visitors": "visitors"},
)

Inventory = dict[str, list[str]]
"""Key of the cohort -> distinct texts, in the order of the alphabet, one of each that differ only in case."""


def inventories(visitors: pd.DataFrame, answers: pd.DataFrame, people: People) -> dict[str, Inventory]:
    """Contents of `SPECIALISATIONS` and `JOB_ROLES` by file name.

    Args:
        visitors: table `VISITORS`.
        answers: table `SURVEY_ANSWERS`.
        people: questions kept.
    """
    return {
        SPECIALISATIONS.name: _specialisations(answers, people),
        JOB_ROLES.name: _job_roles(visitors, answers),
    }


def professions(visitors: pd.DataFrame) -> pd.DataFrame:
    """File `PROFESSIONS`; visitors without a job title are left out."""
    titles = visitors["job_title"].str.lower()
    counts = titles[titles != ""].value_counts().rename_axis("job_title").rename("visitors").reset_index()
    return PROFESSIONS.of(counts.sort_values(["visitors", "job_title"], ascending=[False, True]))


def _specialisations(answers: pd.DataFrame, people: People) -> Inventory:
    kept = people.questions_to_keep
    given = answers[answers["column"] != ""].groupby(["cohort", "column"])["answer"].unique()
    inventory: Inventory = {}
    for cohort, key in COHORT_KEYS.items():
        first = (kept.current if cohort == THIS_YEAR else kept.past)[:1]
        column = column_of(people, first[0], "people.questions_to_keep") if first else ""
        inventory[key] = _distinct(given.get((cohort, column), ()))
    return inventory


def _job_roles(visitors: pd.DataFrame, answers: pd.DataFrame) -> Inventory:
    answered = answers[answers["asks_job_role"]]
    return {
        key: _distinct(
            [
                *answered.loc[answered["cohort"] == cohort, "answer"].unique(),
                *visitors.loc[visitors["cohort"] == cohort, "job_role"].unique(),
            ]
        )
        for cohort, key in COHORT_KEYS.items()
    }


def _distinct(texts: Any) -> list[str]:
    """Texts in order, none blank, one of those that differ only in case."""
    first: dict[str, str] = {}
    for text in sorted(set(texts) - {""}):
        first.setdefault(text.casefold(), text)
    return [first[folded] for folded in sorted(first)]
