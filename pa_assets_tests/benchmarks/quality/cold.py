"""Cold visitors: the same people as if less, or nothing, were known of what they attended.

What is left of a history is drawn by a stable hash, and a shorter one is part of a longer one. A fifth of the
visitors is cold at a time, so that what everybody else did stays known, as at a real show.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pa_assets.agendas.config import Recommendations
from pa_assets.agendas.core.tables import PAST_COHORTS, THIS_YEAR
from pa_assets_tests.benchmarks.quality.engine import Scores, ranking
from pa_assets_tests.benchmarks.quality.shows import Show

LEFT = (0, 1, 3, 10)
PARTS = 5


def truncated(show: Show, badges: pd.Index[str], most: int) -> Show:
    """The show with at most `most` past sessions left to each of the persons behind `badges`."""
    own = show.visitors["cohort"].eq(THIS_YEAR) & show.visitors["badge_id"].isin(badges)
    been = show.attendance
    cold = been["cohort"].isin(PAST_COHORTS) & been["person_id"].isin(set(show.visitors.loc[own, "person_id"]))
    rows = been[cold].assign(draw=_draw(been.loc[cold, "person_id"] + "|" + been.loc[cold, "session_id"]))
    distinct = rows.drop_duplicates(["person_id", "cohort", "session_id"])
    order = distinct.sort_values(["person_id", "draw", "cohort", "session_id"], kind="stable")
    kept = order[order.groupby("person_id").cumcount() < most]
    left = pd.MultiIndex.from_frame(kept[["person_id", "cohort", "session_id"]])
    stays = pd.MultiIndex.from_frame(been[["person_id", "cohort", "session_id"]]).isin(left)
    return replace(show, attendance=been[~cold | stays])


def cold_ranking(show: Show, settings: Recommendations, badges: pd.Index[str], most: int) -> Scores:
    """The engine's ranking for `badges`, each of whom has at most `most` past sessions."""
    part = _draw(badges.to_series().astype(object)) % PARTS
    result = np.zeros((len(badges), len(show.programme)))
    for number in range(PARTS):
        rows = np.flatnonzero(part == number)
        if len(rows):
            own = badges[rows]
            result[rows] = ranking(truncated(show, own, most), settings, own)
    return result


def _draw(keys: pd.Series[str]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.asarray(pd.util.hash_array(keys.to_numpy(dtype=object), categorize=False), dtype=np.uint64)
