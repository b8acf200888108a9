"""Which columns the exports have, under which names, and values that every format can hold."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.attributes import column_of, kept_questions

CONTACT_COLUMNS = {"Email": "email", "Forename": "forename", "Surname": "surname", "Tel": "tel", "Mobile": "mobile"}
"""Name in the export -> visitor column; only with `contact_fields`."""

FIRM_COLUMNS = {
    "Company": "company",
    "JobTitle": "job_title",
    "Email_domain": "email_domain",
    "Country": "country",
    "Source": "source",
}
"""Name in the export -> visitor column; in every export, as in the files of the previous pipeline."""

SESSION_COLUMNS = {
    "session_id": "session_id",
    "session_title": "title",
    "session_stream": "stream",
    "session_date": "date",
    "session_start_time": "start_time",
    "session_end_time": "end_time",
    "session_theatre_name": "theatre__name",
}
"""Name in the CSV -> session column."""

SESSION_FACTS = {name: name for name in (*SESSION_COLUMNS.values(), "sponsored_by")}
"""Name in the JSON -> session column."""


def csv_columns(visitor_fields: list[str]) -> list[str]:
    """All columns of the CSV in the known order, for these fields of a visitor."""
    return [
        *("visitor_id", "show"),
        *visitor_fields,
        *("similarity_score", "sponsored_by", "recommendation_metadata"),
        *SESSION_COLUMNS,
        *("overlapping_sessions", "rank", "reasons"),
    ]


def person_columns(people: pd.DataFrame, settings: config.EventConfig) -> dict[str, str]:
    """Name in the export -> visitor column, in the known order, each column once.

    A question that is named like another column of the exports gets `visitor_` in front.

    Raises:
        RecommendationError: a configured column is neither a visitor column nor a question.
    """
    questions = kept_questions(settings.people)
    named = {"assist_year_before": "assist_year_before"}
    taken = set(csv_columns([]))

    def add(column: str) -> None:
        if column not in named.values():
            named[f"visitor_{column}" if column in taken else column] = column

    for name in settings.recommendations.similarity_attributes:
        column = column_of(name, people, questions, "recommendations.similarity_attributes")
        if column not in FIRM_COLUMNS.values() and not _withheld(column, settings):
            add(column)
    named |= FIRM_COLUMNS
    if settings.exports.contact_fields:
        named |= CONTACT_COLUMNS
    for name in settings.exports.additional_visitor_fields:
        column = column_of(name, people, questions, "exports.additional_visitor_fields")
        if not _withheld(column, settings):
            add(column)
    return named


def _withheld(column: str, settings: config.EventConfig) -> bool:
    return column in CONTACT_COLUMNS.values() and not settings.exports.contact_fields


def plain(values: pd.Series[Any]) -> list[Any]:
    """Values that JSON and CSV hold alike: times as text, arrays of answers as lists, absent as None."""
    if values.dtype.kind == "M":
        values = values.dt.strftime("%Y-%m-%d %H:%M:%S")
    elif values.dtype == object:
        return [value if isinstance(value, str) or value is None else _listed(value) for value in values]
    result: list[Any] = values.astype(object).where(values.notna(), None).tolist()
    return result


def _listed(value: Any) -> Any:
    """A list of answers as a list; what is no list as it is, not a number as None."""
    if hasattr(value, "__iter__"):
        return list(value)
    return None if value != value else value
