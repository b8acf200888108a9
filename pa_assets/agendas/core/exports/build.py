"""From tables to the exports of an event: which files there are and what each of them is made of."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.exports.agendas import Agendas, alternatives_of, read_agendas, removed_of, values_of
from pa_assets.agendas.core.exports.agendas_json import Details, write_json
from pa_assets.agendas.core.exports.calendars import write_calendars
from pa_assets.agendas.core.exports.columns import person_columns
from pa_assets.agendas.core.exports.names import CONTROL
from pa_assets.agendas.core.exports.tables import kind_of, write_csv, write_parquet
from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets.kit.files import csv_bytes
from pa_assets.kit.tables import for_spreadsheet

Writer = Callable[[IO[bytes]], Any]
"""Writes the content of one file."""

ALTERNATIVES = ("badge_id", "session_id", "place", "alternative_id", "score")
REMOVED = ("badge_id", "session_id", "rule", "score")
CHANGES = ("badge_id", "change", "session_id", "detail")


@dataclass(frozen=True)
class Exports:
    """The exports of one event, ready to be written."""

    files: dict[str, Writer]
    """By kind: `json`, `csv`, `parquet`, `without`, `changes`, `calendars`, and of the control group `control_json`,
    `control_csv`, `control_parquet`, `control_changes`."""
    rows: int
    """Recommendations in all files."""
    visitors: int
    """Visitors with an agenda in all files."""

    def content(self, kind: str) -> bytes:
        """A whole file in memory."""
        stream = io.BytesIO()
        self.files[kind](stream)
        return stream.getvalue()


def build_exports(
    recommendations: pd.DataFrame,
    without: pd.DataFrame,
    visitors: pd.DataFrame,
    sessions: pd.DataFrame,
    settings: config.EventConfig,
    statistics: Mapping[str, Any],
    *,
    alternatives: pd.DataFrame | None = None,
    removed: pd.DataFrame | None = None,
    changes: pd.DataFrame | None = None,
) -> Exports:
    """Make the exports of one event.

    Args:
        recommendations: table RECOMMENDATIONS.
        without: badge_id and reason of visitors without an agenda; they stand in the main JSON and in a list.
        visitors: table VISITORS; only this year's rows are exported.
        sessions: table BACKFILLED_SESSIONS.
        settings: of the event.
        statistics: of the recommendations, for the metadata of the JSON.
        alternatives: columns `ALTERNATIVES`, other sessions at the time of a recommended one; None: none.
        removed: columns `REMOVED`, what rules took from each visitor; None: nothing.
        changes: columns `CHANGES`, what is otherwise than before; None: nothing.

    Raises:
        RecommendationError: a configured column is neither a visitor column nor a question, or the agendas name a
            visitor or session that the tables lack.
    """
    people = visitors[visitors["cohort"].eq(THIS_YEAR)].set_index("badge_id", drop=False)
    programme = sessions[sessions["cohort"].eq(THIS_YEAR)].sort_values("session_id").set_index("session_id", drop=False)
    columns = person_columns(people, settings)
    kinds = {name: kind_of(values_of(people, column)) for name, column in columns.items()}
    rows = recommendations.sort_values(["badge_id", "rank"], kind="stable")
    control = rows["control_group"].to_numpy(dtype=bool)
    bare = without[["badge_id", "reason"]].sort_values("badge_id", ignore_index=True)
    beside, taken = _given(alternatives, ALTERNATIVES), _given(removed, REMOVED)
    told = _told(_given(changes, CHANGES), programme)
    withheld = told["visitor_id"].isin(rows.loc[control, "badge_id"])
    files: dict[str, Writer] = {}
    for prefix, own, lacking, moved in (("", ~control, bare, ~withheld), (CONTROL, control, bare.head(0), withheld)):
        group = rows[own].reset_index(drop=True)
        others = alternatives_of(group, beside, programme.index)
        agendas = read_agendas(settings.event.show, group, people, programme, columns, others)
        details = Details(
            metadata=_metadata(agendas, lacking, settings, statistics, "control" if prefix else "main"),
            alternatives=others,
            removed=removed_of(pd.Index(agendas.badges, dtype=object), taken, programme.index),
            timeless=set(np.flatnonzero(programme["starts_at"].isna()).tolist()),
            without=lacking,
            removed_without=removed_of(pd.Index(lacking["badge_id"]), taken, programme.index),
        )
        files[f"{prefix}json"] = partial(write_json, agendas, details)
        files[f"{prefix}csv"] = partial(write_csv, agendas)
        files[f"{prefix}parquet"] = partial(write_parquet, agendas, kinds)
        files[f"{prefix}changes"] = partial(_write_list, told[moved])
        if not prefix:
            files["without"] = partial(_write_list, bare.rename(columns={"badge_id": "visitor_id"}))
            if settings.exports.calendars:
                files["calendars"] = partial(write_calendars, agendas, programme, settings.event)
    return Exports(files, rows=len(rows), visitors=int(rows["badge_id"].nunique()))


def _given(frame: pd.DataFrame | None, columns: tuple[str, ...]) -> pd.DataFrame:
    """These columns; a table without rows may lack them."""
    return pd.DataFrame(columns=list(columns)) if frame is None or frame.empty else frame[list(columns)]


def _told(changes: pd.DataFrame, programme: pd.DataFrame) -> pd.DataFrame:
    """The changes as people read them, in order of badges."""
    ordered = changes.sort_values(["badge_id", "change", "session_id"], kind="stable", ignore_index=True)
    titles = ordered["session_id"].map(programme["title"]).fillna("")
    told = ordered.rename(columns={"badge_id": "visitor_id"})
    told.insert(3, "session_title", titles)
    return told


def _write_list(frame: pd.DataFrame, stream: IO[bytes]) -> None:
    stream.write(csv_bytes(for_spreadsheet(frame)))


def _metadata(
    agendas: Agendas, without: pd.DataFrame, settings: config.EventConfig, statistics: Mapping[str, Any], group: str
) -> dict[str, Any]:
    how = settings.recommendations
    return {
        "show": settings.event.show,
        "title": settings.event.title,
        "group": group,
        "counts": {
            "visitors": len(agendas.badges),
            "recommendations": len(agendas.session),
            "without_recommendations": len(without),
        },
        "configuration": {
            **how.model_dump(mode="json", exclude={"rules"}),
            "rules": [rule.name for rule in how.rules],
            "contact_fields": settings.exports.contact_fields,
            "create_only_new": settings.create_only_new,
        },
        "visitor_fields": list(agendas.people),
        "statistics": dict(statistics),
    }
