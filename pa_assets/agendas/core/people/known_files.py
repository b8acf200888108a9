"""The files on people under the names and columns that their users know.

Two kinds of files of the previous pipeline are not made: the dumps of the deliveries in `csv/`, and the
`*_registration_data_*.json` with each registration as one line of text. Nothing reads them, and they only spread
personal data; what was delivered stays in `landing/`.

Which company is unknown and which answers there are is worked out by `practices` and `inventories`. Writing files is
the caller's work.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas.config import People
from pa_assets.agendas.core.known_files import KnownFile
from pa_assets.agendas.core.people.inventories import JOB_ROLES, PROFESSIONS, SPECIALISATIONS
from pa_assets.agendas.core.people.practices import MISSING_COMPANIES
from pa_assets.agendas.core.people.questions import question_columns
from pa_assets.agendas.core.tables import COHORTS, LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR, VISITORS
from pa_assets.agendas.core.text import SEPARATOR, lists_by_key

NOT_ANSWERED = "NA"
"""Stands where a visitor gave no answer, has no job role or no badge of last year."""

_VISITOR_COLUMNS = {
    "Email": "email",
    "Email_domain": "email_domain",
    "Company": "company",
    "JobTitle": "job_title",
    "Country": "country",
    "BadgeType": "badge_type",
    "ShowRef": "show_ref",
    "BadgeId": "badge_id",
    "Source": "source",
    "Days_since_registration": "days_since_registration",
}
_HISTORY_COLUMNS = {
    "assist_year_before": "assist_year_before",
    "BadgeId_last_year_bva": "badges_last_year_main",
    "BadgeId_last_year_lva": "badges_last_year_secondary",
}
_REGISTRATION_COLUMNS = {
    "Title": "title",
    "Forename": "forename",
    "Surname": "surname",
    "Email": "email",
    "Tel": "tel",
    "Mobile": "mobile",
    "Company": "company",
    "JobTitle": "job_title",
    "Country": "country",
    "BadgeType": "badge_type",
    "ShowRef": "show_ref",
    "RegistrationDate": "registration_date",
    "BadgeId": "badge_id",
    "Source": "source",
    "id_both_years": "person_id",
    "Email_domain": "email_domain",
    "Days_since_registration": "days_since_registration",
}
_NEW_COLUMNS = (
    "has_answers",
    "job_role_source",
    "job_role_confidence",
    "practice_source",
    "practice_confidence",
    "identity_source",
    "identity_confidence",
)
"""Columns of visitors that follow the known ones under their own names."""

_PLAIN_COLUMNS = frozenset(column.name for column in VISITORS.columns if column.kind != "texts")

_PAST = "all of them, returning or not; a column per question kept of last year follows, then how sure is what"
VISITOR_FILES = {
    THIS_YEAR: KnownFile(
        "df_reg_demo_this.csv",
        "Visitors of this year, with or without answers; a column per question kept follows, then how sure is what.",
        {**_VISITOR_COLUMNS, **_HISTORY_COLUMNS, "job_role": "job_role"},
        personal=True,
    ),
    LAST_YEAR_MAIN: KnownFile(
        "df_reg_demo_last_bva.csv",
        f"Visitors of last year's main show, {_PAST}.",
        {**_VISITOR_COLUMNS, "job_role": "job_role"},
        personal=True,
    ),
    LAST_YEAR_SECONDARY: KnownFile(
        "df_reg_demo_last_lva.csv",
        f"Visitors of last year's secondary show, {_PAST}.",
        {**_VISITOR_COLUMNS, "job_role": "job_role"},
        personal=True,
    ),
}
REGISTRATION_FILES = {
    cohort: KnownFile(
        f"Registration_data_with_demographicdata_{name}.csv",
        f"Registrations of {show} that come with survey answers, with names and telephones, for the CRM.",
        _REGISTRATION_COLUMNS,
        personal=True,
    )
    for cohort, name, show in (
        (THIS_YEAR, "bva_this", "this year"),
        (LAST_YEAR_MAIN, "bva_last", "last year's main show"),
        (LAST_YEAR_SECONDARY, "lva_last", "last year's secondary show"),
    )
}
ANSWER_FILES = {
    cohort: KnownFile(
        f"demographic_data_{name}.json",
        f"Answers of {show} to the questions kept: a list of {{badge: {{question: [answers]}}}}.",
        {},
        personal=True,
    )
    for cohort, name, show in (
        (THIS_YEAR, "this", "this year"),
        (LAST_YEAR_MAIN, "last_bva", "last year's main show"),
        (LAST_YEAR_SECONDARY, "last_lva", "last year's secondary show"),
    )
}

KNOWN_PEOPLE_FILES: tuple[KnownFile, ...] = (
    *VISITOR_FILES.values(),
    *REGISTRATION_FILES.values(),
    *ANSWER_FILES.values(),
    SPECIALISATIONS,
    JOB_ROLES,
    PROFESSIONS,
    MISSING_COMPANIES,
)

Answers = dict[str, dict[str, list[str]]]
"""Badge -> question -> answers."""


def known_people_files(visitors: pd.DataFrame, people: People) -> dict[str, pd.DataFrame]:
    """The CSV files made of visitors, by name: `VISITOR_FILES` and `REGISTRATION_FILES`.

    Lists are joined by `; `. Questions that ask the same share their answers, as in `VISITORS`; the answers to a
    question that is named as a column of the file (`Job Role`) stand in the column they have in `VISITORS`.

    Args:
        visitors: table `VISITORS`.
        people: questions kept.
    """
    readable = _readable(visitors)
    files: dict[str, pd.DataFrame] = {}
    for cohort in COHORTS:
        rows = readable[visitors["cohort"] == cohort]
        file = VISITOR_FILES[cohort]
        files[file.name] = file.of(rows, _further_columns(file, people, this_year=cohort == THIS_YEAR))
        file = REGISTRATION_FILES[cohort]
        files[file.name] = file.of(rows[rows["has_answers"]])
    return files


def known_answer_files(answers: pd.DataFrame) -> dict[str, list[Answers]]:
    """Contents of `ANSWER_FILES` by name; badges, questions and answers in the order of the alphabet.

    Args:
        answers: table `SURVEY_ANSWERS`; answers to questions not kept are left out.
    """
    kept = answers[(answers["column"] != "") | answers["asks_job_role"]]
    return {file.name: _documents(kept[kept["cohort"] == cohort]) for cohort, file in ANSWER_FILES.items()}


def _documents(answers: pd.DataFrame) -> list[Answers]:
    ordered = answers.sort_values(["badge_id", "question", "answer"], kind="stable", ignore_index=True)
    question = ordered.groupby(["badge_id", "question"], sort=False).ngroup()
    heads = ordered[~question.duplicated()].reset_index(drop=True)
    items = pd.Series(
        list(zip(heads["question"], lists_by_key(question, ordered["answer"]), strict=True)), dtype=object
    )
    by_badge = lists_by_key(heads["badge_id"], items)
    return [{str(badge): dict(pairs)} for badge, pairs in zip(by_badge.index, by_badge, strict=True)]


def _further_columns(file: KnownFile, people: People, *, this_year: bool) -> dict[str, str]:
    """The questions kept of one year under their known names, then `_NEW_COLUMNS`."""
    kept = people.questions_to_keep
    columns = question_columns(people)
    further: dict[str, str] = {}
    for question in kept.current if this_year else [*kept.past, *people.same_question]:
        name = question.lower().replace(" ", "_")
        further.setdefault(columns[question] if name in file.columns else name, columns[question])
    return {**further, **{name: name for name in _NEW_COLUMNS}}


def _readable(visitors: pd.DataFrame) -> pd.DataFrame:
    """Lists as one text each, and `NOT_ANSWERED` where there is no item or no job role."""
    lists = [name for name in visitors.columns if name not in _PLAIN_COLUMNS]
    texts: dict[str, pd.Series[Any]] = {name: visitors[name].str.join(SEPARATOR) for name in lists}
    texts["job_role"] = visitors["job_role"]
    return visitors.assign(**{name: text.where(text != "", NOT_ANSWERED) for name, text in texts.items()})
