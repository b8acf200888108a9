"""What was recommended before and stays as it is (`create_only_new`)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend import scores
from pa_assets.agendas.core.recommend.check import clashes
from pa_assets.agendas.core.recommend.inputs import Flags, Inputs
from pa_assets.agendas.core.recommend.picks import Picks, joined
from pa_assets.agendas.core.tables import THIS_YEAR


def kept(previous: pd.DataFrame | None, inputs: Inputs, travel_minutes: int) -> tuple[Picks, dict[str, int]]:
    """Pairs of the run before that stay, and counts.

    A pair stays while its visitor is registered and its session exists, unless sessions of that agenda have
    come to clash: then the whole agenda is made anew.
    """
    if previous is None:
        return joined([]), {"visitors": 0, "rebuilt_because_of_clashes": 0}
    visitor = pd.Index(inputs.visitors["badge_id"]).get_indexer(pd.Index(previous["badge_id"]))
    session = pd.Index(inputs.sessions["session_id"]).get_indexer(pd.Index(previous["session_id"]))
    clashing = clashes(previous, inputs.sessions.assign(cohort=THIS_YEAR), travel_minutes)["badge_id"]
    clashed = previous["badge_id"].isin(clashing).to_numpy()
    stays: Flags = (visitor >= 0) & (session >= 0) & ~clashed
    score = np.rint(previous["score"].to_numpy() * scores.SCALE).astype(np.int64)
    picks = Picks(visitor[stays].astype(np.int64), session[stays].astype(np.int64), score[stays])
    return picks, {
        "visitors": len(np.unique(picks.visitor)),
        "rebuilt_because_of_clashes": len(np.unique(visitor[clashed & (visitor >= 0)])),
    }


def rows(previous: pd.DataFrame, picks: Picks, inputs: Inputs) -> pd.DataFrame:
    """The rows of `previous` that stay, ranked anew without gaps."""
    pairs = pd.DataFrame(
        {
            "badge_id": inputs.visitors["badge_id"].to_numpy()[picks.visitor],
            "session_id": inputs.sessions["session_id"].to_numpy()[picks.session],
        }
    )
    table = previous.merge(pairs, on=["badge_id", "session_id"]).sort_values(["badge_id", "rank"], kind="stable")
    return table.assign(rank=table.groupby("badge_id").cumcount() + 1)
