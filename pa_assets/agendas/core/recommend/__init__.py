"""Recommendations: who should see which session, why, and in an agenda without clashes.

`engine` puts the parts in a row. Signals: `inputs` (alignment), `content`, `history`, `attributes`, `lookalikes`,
`streams`; their mixture: `scores`, `mixing`, `learning`, or in their place `cosine`. Agendas: `rules`, `booked`,
`offers`, `timetable`, `agendas`, then `capacity` and `prices` across visitors, all led by `planner`. Then `control`,
`reasons`, and `incremental` and `changes` for what stays of the run before. `kernels` are the compiled loops. `check`
stands apart from all of them, as does `sent`, which makes nothing. Pure functions over tables and arrays; no Python
loop over visitors.
"""

from pa_assets.agendas.core.recommend.check import clashes
from pa_assets.agendas.core.recommend.engine import recommend
from pa_assets.agendas.core.recommend.inputs import RecommendationError
from pa_assets.agendas.core.recommend.result import RUN, RecommendationResult
from pa_assets.agendas.core.recommend.sent import as_sent

__all__ = ["RUN", "RecommendationError", "RecommendationResult", "as_sent", "clashes", "recommend"]
