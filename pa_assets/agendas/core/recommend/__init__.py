"""Recommendations: who should see which session, why, and in an agenda without clashes.

`engine` puts the parts in a row: `inputs` (alignment), `content`, `attributes`, `lookalikes`, `streams` (signals),
`scores` (their mixture), `rules`, `agendas` (timetable), `capacity`, `control`, `reasons`. `check` stands apart from
all of them, as does `sent`, which makes nothing. Pure functions over tables and arrays; no loop over visitors.
"""

from pa_assets.agendas.core.recommend.check import clashes
from pa_assets.agendas.core.recommend.engine import RecommendationResult, recommend
from pa_assets.agendas.core.recommend.inputs import RecommendationError
from pa_assets.agendas.core.recommend.sent import as_sent

__all__ = ["RecommendationError", "RecommendationResult", "as_sent", "clashes", "recommend"]
