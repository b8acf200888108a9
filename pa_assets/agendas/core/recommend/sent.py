"""Agendas as they were made before the show, for the analysis after it: taken over, never made again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Flags
from pa_assets.agendas.core.recommend.result import RecommendationResult
from pa_assets.agendas.core.tables import RECOMMENDATIONS, THIS_YEAR


def as_sent(made: RecommendationResult, visitors: pd.DataFrame, sessions: pd.DataFrame) -> RecommendationResult:
    """The agendas of a run before the show, but for visitors and sessions that are gone since.

    Args:
        made: that run's result; to its statistics `rows_of_visitors_gone` and `rows_of_sessions_gone` are added.
        visitors: table `VISITORS` of today.
        sessions: table `BACKFILLED_SESSIONS` of today.
    """
    here, on = (frame.loc[frame["cohort"] == THIS_YEAR] for frame in (visitors, sessions))
    stranger, cancelled = _gone(made.table, here["badge_id"], on["session_id"])
    gone = {"rows_of_visitors_gone": int(stranger.sum()), "rows_of_sessions_gone": int((cancelled & ~stranger).sum())}
    still: dict[str, Any] = {}
    for name in ("without", "alternatives", "removed", "changes", "state"):
        frame = getattr(made, name)
        if "badge_id" in frame:
            stranger_here, cancelled_here = _gone(frame, here["badge_id"], on["session_id"])
            frame = frame[~stranger_here & ~cancelled_here].reset_index(drop=True)
        still[name] = frame
    table = RECOMMENDATIONS.conform(made.table[~stranger & ~cancelled])
    return replace(made, table=table, statistics={**made.statistics, **gone}, **still)


def _gone(frame: pd.DataFrame, badges: pd.Series[str], sessions: pd.Series[str]) -> tuple[Flags, Flags]:
    """Rows of visitors who are not registered any more, and rows of sessions that left; `""` is no session."""
    stranger = ~frame["badge_id"].isin(badges).to_numpy()
    if "session_id" not in frame:
        return stranger, stranger & False
    return stranger, ~frame["session_id"].isin([*sessions, ""]).to_numpy()
