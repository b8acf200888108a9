"""Agendas as they were made before the show, for the analysis after it: taken over, never made again."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas.core.recommend.engine import RecommendationResult
from pa_assets.agendas.core.tables import RECOMMENDATIONS, THIS_YEAR


def as_sent(
    agendas: pd.DataFrame,
    without: pd.DataFrame,
    statistics: dict[str, Any],
    visitors: pd.DataFrame,
    sessions: pd.DataFrame,
) -> RecommendationResult:
    """The agendas of a run before the show, but for visitors and sessions that are gone since.

    Args:
        agendas: table `RECOMMENDATIONS` of that run.
        without: its visitors without an agenda.
        statistics: its statistics; `rows_of_visitors_gone` and `rows_of_sessions_gone` are added.
        visitors: table `VISITORS` of today.
        sessions: table `BACKFILLED_SESSIONS` of today.
    """
    here, on = (frame[frame["cohort"] == THIS_YEAR] for frame in (visitors, sessions))
    stranger = ~agendas["badge_id"].isin(here["badge_id"])
    cancelled = ~stranger & ~agendas["session_id"].isin(on["session_id"])
    gone = {"rows_of_visitors_gone": int(stranger.sum()), "rows_of_sessions_gone": int(cancelled.sum())}
    table = RECOMMENDATIONS.conform(agendas[~stranger & ~cancelled])
    still = without[without["badge_id"].isin(here["badge_id"])].reset_index(drop=True)
    return RecommendationResult(table, still, {**statistics, **gone})
