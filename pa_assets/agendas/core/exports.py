"""Exports: what the marketing team takes into e-mail and CRM, as JSON and CSV, the control group apart.

The content holds no clock time, so equal input gives equal bytes; the time stands in the file names. Writing files
is the caller's work.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.attributes import column_of, kept_questions
from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets.kit.tables import for_spreadsheet

CONTACT_COLUMNS = {"Email": "email", "Forename": "forename", "Surname": "surname", "Tel": "tel", "Mobile": "mobile"}
"""Name in the export -> visitor column; only with `contact_fields`."""

FIRM_COLUMNS = {
    "Company": "company",
    "JobTitle": "job_title",
    "Email_domain": "email_domain",
    "Country": "country",
    "Source": "source",
}
"""Name in the export -> visitor column; in every export, as in the legacy files."""

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


@dataclass(frozen=True)
class Exports:
    """The exports of one event, ready to be written."""

    contents: dict[str, bytes]
    """Content by kind: `json`, `csv`, `control_json`, `control_csv`."""
    table: pd.DataFrame
    """The CSV of all visitors, both groups, before it is made safe for spreadsheets."""
    rows: int
    """Recommendations in all files."""
    visitors: int
    """Visitors with an agenda in all files."""


def export_stem(show: str, timestamp: dt.datetime) -> str:
    """Stem of the file names of one run: `visitor_recommendations_<show>_<YYYYmmdd_HHMMSS>`."""
    return f"visitor_recommendations_{show}_{timestamp:%Y%m%d_%H%M%S}"


def build_exports(
    recommendations: pd.DataFrame,
    without: pd.DataFrame,
    visitors: pd.DataFrame,
    sessions: pd.DataFrame,
    settings: config.EventConfig,
    statistics: Mapping[str, Any],
) -> Exports:
    """Make the exports of one event.

    Args:
        recommendations: table RECOMMENDATIONS.
        without: badge_id and reason of visitors without an agenda; they stand in the main JSON.
        visitors: table VISITORS; only this year's rows are exported.
        sessions: table BACKFILLED_SESSIONS.
        settings: of the event.
        statistics: of the recommendations, for the metadata of the JSON.

    Raises:
        RecommendationError: a configured column is neither a visitor column nor a question.
    """
    people = visitors[visitors["cohort"].eq(THIS_YEAR)].sort_values("badge_id").set_index("badge_id", drop=False)
    programme = sessions[sessions["cohort"].eq(THIS_YEAR)].set_index("session_id", drop=False)
    columns = _person_columns(people, settings)
    rows = recommendations.sort_values(["badge_id", "rank"], kind="stable").reset_index(drop=True)
    table = _csv(rows, people, programme, columns, settings.event.show)
    control = rows["control_group"].to_numpy(dtype=bool)
    bare = without[["badge_id", "reason"]].sort_values("badge_id")
    contents: dict[str, bytes] = {}
    for prefix, keep, beside in (("", ~control, bare), ("control_", control, bare.head(0))):
        content = {
            "metadata": _metadata(rows[keep], beside, settings, statistics, "control" if prefix else "main"),
            "recommendations": _agendas(rows[keep], people, programme, columns),
            "without_recommendations": beside.to_dict("records"),
        }
        contents[f"{prefix}json"] = _json(content)
        safe = for_spreadsheet(table[keep])
        contents[f"{prefix}csv"] = safe.to_csv(index=False, lineterminator="\n").encode("utf-8")
    return Exports(contents, table, rows=len(rows), visitors=int(rows["badge_id"].nunique()))


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8") + b"\n"


def _metadata(
    rows: pd.DataFrame, without: pd.DataFrame, settings: config.EventConfig, statistics: Mapping[str, Any], group: str
) -> dict[str, Any]:
    how = settings.recommendations
    return {
        "show": settings.event.show,
        "title": settings.event.title,
        "group": group,
        "counts": {
            "visitors": int(rows["badge_id"].nunique()),
            "recommendations": len(rows),
            "without_recommendations": len(without),
        },
        "configuration": {
            **how.model_dump(mode="json", exclude={"rules"}),
            "rules": [rule.name for rule in how.rules],
            "contact_fields": settings.exports.contact_fields,
            "create_only_new": settings.create_only_new,
        },
        "statistics": dict(statistics),
    }


def _person_columns(people: pd.DataFrame, settings: config.EventConfig) -> dict[str, str]:
    """Name in the export -> visitor column, in the known order, each column once."""
    questions = kept_questions(settings.people)
    named = {"assist_year_before": "assist_year_before"}
    for name in settings.recommendations.similarity_attributes:
        column = column_of(name, people, questions, "recommendations.similarity_attributes")
        if column not in FIRM_COLUMNS.values():
            named[column] = column
    named |= FIRM_COLUMNS
    if settings.exports.contact_fields:
        named |= CONTACT_COLUMNS
    for name in settings.exports.additional_visitor_fields:
        column = column_of(name, people, questions, "exports.additional_visitor_fields")
        withheld = column in CONTACT_COLUMNS.values() and not settings.exports.contact_fields
        if column not in named.values() and not withheld:
            named[column] = column
    return named


def _values(people: pd.DataFrame, column: str) -> pd.Series[Any]:
    """A visitor column, or empty lists for a question that nobody answered."""
    if column in people.columns:
        return people[column]
    return pd.Series([[] for _ in range(len(people))], index=people.index, dtype=object)


def _csv(
    rows: pd.DataFrame, people: pd.DataFrame, programme: pd.DataFrame, person_columns: dict[str, str], show: str
) -> pd.DataFrame:
    person = people.index.get_indexer(pd.Index(rows["badge_id"]))
    session = programme.index.get_indexer(pd.Index(rows["session_id"]))
    reasons = rows["reasons"]
    columns: dict[str, Any] = {"visitor_id": rows["badge_id"].to_numpy(), "show": show}
    columns |= {name: _values(people, column).to_numpy()[person] for name, column in person_columns.items()}
    columns["similarity_score"] = rows["score"].to_numpy()
    columns["sponsored_by"] = programme["sponsored_by"].to_numpy()[session]
    columns["recommendation_metadata"] = reasons.map(lambda texts: json.dumps(list(texts), ensure_ascii=False))
    columns |= {name: programme[column].to_numpy()[session] for name, column in SESSION_COLUMNS.items()}
    columns["overlapping_sessions"] = ""
    columns["rank"] = rows["rank"].to_numpy()
    columns["reasons"] = reasons.str.join("; ") if len(reasons) else reasons
    return pd.DataFrame(columns, index=rows.index)


def _agendas(
    rows: pd.DataFrame, people: pd.DataFrame, programme: pd.DataFrame, person_columns: dict[str, str]
) -> dict[str, Any]:
    """Badge -> visitor and recommendations, from column to record in bulk."""
    session = programme.index.get_indexer(pd.Index(rows["session_id"]))
    fields = {column: programme[column].to_numpy()[session].tolist() for column in SESSION_COLUMNS.values()}
    fields["sponsored_by"] = programme["sponsored_by"].to_numpy()[session].tolist()
    fields |= {
        "rank": rows["rank"].tolist(),
        "score": rows["score"].tolist(),
        "strategy": rows["strategy"].tolist(),
        "reasons": [list(texts) for texts in rows["reasons"]],
    }
    sessions = _records(fields, len(rows))
    badges, first = np.unique(rows["badge_id"].to_numpy(dtype=object), return_index=True)
    chosen = people.loc[badges]
    visitor = _records({name: _plain(_values(chosen, column)) for name, column in person_columns.items()}, len(badges))
    ends = [*first.tolist(), len(rows)][1:]
    return {
        badge: {"visitor": facts, "recommendations": sessions[start:end]}
        for badge, facts, start, end in zip(badges.tolist(), visitor, first.tolist(), ends, strict=True)
    }


def _records(fields: dict[str, list[Any]], count: int) -> list[dict[str, Any]]:
    names = list(fields)
    return [dict(zip(names, values, strict=True)) for values in zip(*fields.values(), strict=True)] if count else []


def _plain(values: pd.Series[Any]) -> list[Any]:
    """JSON-able values: times as text, arrays of answers as lists, absent as null."""
    if values.dtype.kind == "M":
        values = values.dt.strftime("%Y-%m-%dT%H:%M:%S")
    elif values.dtype == object:
        return [value if isinstance(value, str) else list(value) for value in values]
    plain: list[Any] = values.astype(object).where(values.notna(), None).tolist()
    return plain
