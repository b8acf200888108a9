"""Seats: no session is recommended to more visitors than its theatre holds, and who loses a place gets another.

In rounds: an over-full session keeps its best-fitting visitors; the others' agendas are made anew without it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.control import Draw
from pa_assets.agendas.core.recommend.inputs import Flags, Numbers
from pa_assets.agendas.core.recommend.picks import Picks, joined

UNLIMITED = np.iinfo(np.int64).max
_MOST_ROUNDS = 50


def limits(sessions: pd.DataFrame, capacity: pd.DataFrame, multiplier: float) -> Numbers:
    """Places per session (N): seats x multiplier rounded down, 0 for nobody, `UNLIMITED` where seats are unknown."""
    seats = capacity.assign(key=_key(capacity["theatre"])).dropna(subset=["seats"]).groupby("key")["seats"].max()
    known = _key(sessions["theatre__name"]).map(seats)
    # A hair is added so that 70 x 1.1 is 77 places and not 76.
    places = np.floor(known.fillna(0).to_numpy(dtype=np.float64) * multiplier + 1e-9).astype(np.int64)
    return np.where(known.isna(), UNLIMITED, places)


def enforce(
    picks: Picks, places: Numbers, tie: Draw, renew: Callable[[Numbers, Picks, Numbers], Picks]
) -> tuple[Picks, dict[str, int]]:
    """Bring every session within its places.

    Args:
        picks: agendas of all visitors.
        places: places per session (N).
        tie: a number per visitor that decides between equal scores, drawn by badge and not by order.
        renew: makes the agendas of some visitors (sorted rows) anew, without the pairs that were lost and without
            sessions for which they score below a given least score (N).

    Returns:
        The agendas, and counts: rounds, places lost, and pairs cut at the end without another agenda (0 unless
        the rounds ran out).
    """
    lost = joined([])
    for rounds in range(_MOST_ROUNDS):
        losing = _over(picks, places, tie)
        if not losing.any():
            return picks, {"rounds": rounds, "places_lost": len(lost.visitor), "cut_at_the_end": 0}
        lost = joined([lost, picks.only(losing)])
        least = _least_scores(picks.only(~losing), places)
        touched = np.unique(picks.visitor[losing])
        picks = joined([picks.only(~np.isin(picks.visitor, touched)), renew(touched, lost, least)])
    losing = _over(picks, places, tie)
    counts = {"rounds": _MOST_ROUNDS, "places_lost": len(lost.visitor), "cut_at_the_end": int(losing.sum())}
    return picks.only(~losing), counts


def _least_scores(picks: Picks, places: Numbers) -> Numbers:
    """Score that a place in each session asks for: the lowest one in it where it is full, else 0.

    It spares rounds: nobody is sent to a full session only to lose the place again.
    """
    lowest = np.full(len(places), UNLIMITED)
    np.minimum.at(lowest, picks.session, picks.score)
    full = np.bincount(picks.session, minlength=len(places)) >= places
    return np.where(full, lowest, 0)


def _over(picks: Picks, places: Numbers, tie: Draw) -> Flags:
    order = np.lexsort((picks.visitor, tie[picks.visitor], -picks.score, picks.session))
    session = picks.session[order]
    rank = np.arange(len(order)) - np.searchsorted(session, session, side="left")
    result = np.zeros(len(order), dtype=bool)
    result[order] = rank >= places[session]
    return result


def _key(names: pd.Series[str]) -> pd.Series[str]:
    return names.astype(str).str.split().str.join(" ").str.casefold()
