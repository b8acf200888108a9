"""Agendas as they were made before the show, for the analysis after it: taken over, never made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pa_assets.agendas.core.recommend.engine import RecommendationResult
from pa_assets.agendas.core.recommend.inputs import Flags
from pa_assets.agendas.core.tables import RECOMMENDATIONS, THIS_YEAR


def as_sent(
    agendas: pd.DataFrame,
    without: pd.DataFrame,
    statistics: dict[str, Any],
    visitors: pd.DataFrame,
    sessions: pd.DataFrame,
    further: Mapping[str, pd.DataFrame] | None = None,
) -> RecommendationResult:
    """The agendas of a run before the show, but for visitors and sessions that are gone since.

    Args:
        agendas: table `RECOMMENDATIONS` of that run.
        without: its visitors without an agenda.
        statistics: its statistics; `rows_of_visitors_gone` and `rows_of_sessions_gone` are added.
        visitors: table `VISITORS` of today.
        sessions: table `BACKFILLED_SESSIONS` of today.
        further: other tables of that run, by their field of the result, such as `alternatives`.
    """
    here, on = (frame.loc[frame["cohort"] == THIS_YEAR] for frame in (visitors, sessions))
    stranger, cancelled = _gone(agendas, here["badge_id"], on["session_id"])
    gone = {"rows_of_visitors_gone": int(stranger.sum()), "rows_of_sessions_gone": int((cancelled & ~stranger).sum())}
    table = RECOMMENDATIONS.conform(agendas[~stranger & ~cancelled])
    tables = {"without": without, **(further or {})}
    still: dict[str, Any] = {}
    for name, frame in tables.items():
        stranger, cancelled = _gone(frame, here["badge_id"], on["session_id"])
        still[name] = frame[~stranger & ~cancelled].reset_index(drop=True)
    return RecommendationResult(table=table, statistics={**statistics, **gone}, **still)


def _gone(frame: pd.DataFrame, badges: pd.Series[str], sessions: pd.Series[str]) -> tuple[Flags, Flags]:
    """Rows of visitors who are not registered any more, and rows of sessions that left; `""` is no session."""
    stranger = ~frame["badge_id"].isin(badges).to_numpy()
    if "session_id" not in frame:
        return stranger, stranger & False
    return stranger, ~frame["session_id"].isin([*sessions, ""]).to_numpy()
