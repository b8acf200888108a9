"""The result of recommending: agendas, and all that is told beside them. Forms and counts only; see `engine`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Inputs, Words
from pa_assets.agendas.core.recommend.picks import Alternatives, Removed
from pa_assets.agendas.core.recommend.scores import SCALE
from pa_assets.kit import fingerprint

RUN = "run"
"""Section of the statistics that tells how this run came to its agendas, and so depends on the run before."""


@dataclass(frozen=True)
class RecommendationResult:
    """Agendas of this year's visitors."""

    table: pd.DataFrame
    """RECOMMENDATIONS."""
    without: pd.DataFrame
    """Visitors without an agenda: badge_id, reason."""
    statistics: dict[str, Any]
    """Counts and facts, JSON-able, without personal data."""
    alternatives: pd.DataFrame
    """Other sessions at the time of a recommended one: badge_id, session_id, place (1: best), alternative_id, score."""
    removed: pd.DataFrame
    """Sessions that rules took: badge_id, session_id, rule, score."""
    changes: pd.DataFrame
    """What differs from the run before: see `changes.list_changes`."""
    state: pd.DataFrame
    """By what the next run tells whose agenda stays: badge_id, fingerprint."""
    programme: pd.DataFrame
    """Times and theatres of the sessions, by which the next run tells what moved."""


def settled(now: RecommendationResult, before: RecommendationResult | None) -> RecommendationResult:
    """The result; where nothing but the way to it is new, with what the run before told of its own way.

    So a run that finds everything as it was leaves everything as it was, the list of the latest changes included.
    """
    if before is None or not (_same(now.table, before.table) and _same(now.without, before.without)):
        return now
    bare = [{name: value for name, value in result.statistics.items() if name != RUN} for result in (now, before)]
    if bare[0] != bare[1]:
        return now
    return replace(now, statistics=before.statistics, changes=before.changes)


def _same(now: pd.DataFrame, before: pd.DataFrame) -> bool:
    return fingerprint.of_frame(now) == fingerprint.of_frame(before)


def alternatives_table(rows: Alternatives, inputs: Inputs) -> pd.DataFrame:
    """Alternatives by identifier, in the order of badge, session and place."""
    badges, sessions = _identifiers(inputs)
    order = np.lexsort((rows.place, rows.session, rows.visitor))
    return pd.DataFrame(
        {
            "badge_id": badges[rows.visitor[order]],
            "session_id": sessions[rows.session[order]],
            "place": rows.place[order],
            "alternative_id": sessions[rows.alternative[order]],
            "score": rows.score[order] / SCALE,
        }
    )


def removed_table(rows: Removed, names: Words, inputs: Inputs) -> pd.DataFrame:
    """What rules took, by identifier and name of the rule; the best of each visitor first."""
    badges, sessions = _identifiers(inputs)
    order = np.lexsort((rows.session, -rows.score, rows.visitor))
    return pd.DataFrame(
        {
            "badge_id": badges[rows.visitor[order]],
            "session_id": sessions[rows.session[order]],
            "rule": names[order],
            "score": rows.score[order] / SCALE,
        }
    )


def counts(table: pd.DataFrame, without: pd.DataFrame, inputs: Inputs) -> dict[str, Any]:
    """How many of what, for the statistics."""
    agendas = table.drop_duplicates("badge_id")
    per_session = table["session_id"].value_counts().sort_index()
    top: dict[str, Any] = {}
    if len(table):
        session = str(per_session.idxmax())
        title = inputs.sessions.set_index("session_id")["title"][session]
        share = round(int(per_session.max()) / len(agendas), 4)
        top = {"session_id": session, "title": str(title), "share": share}
    return {
        "visitors": len(inputs.visitors),
        "visitors_with_agenda": len(agendas),
        "visitors_without_agenda": len(without),
        "without_by_reason": {str(k): int(v) for k, v in without["reason"].value_counts().sort_index().items()},
        "recommendations": len(table),
        "sessions": len(inputs.sessions),
        "sessions_recommended": len(per_session),
        "top_session": top,
        "strategies": {str(k): int(v) for k, v in agendas["strategy"].value_counts().sort_index().items()},
        "mean_score": round(float(table["score"].mean()), 4) if len(table) else None,
        "control_group_visitors": int(agendas["control_group"].sum()),
    }


def _identifiers(inputs: Inputs) -> tuple[Words, Words]:
    return inputs.visitors["badge_id"].to_numpy(dtype=object), inputs.sessions["session_id"].to_numpy(dtype=object)
