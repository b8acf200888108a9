"""Places: how many visitors may be sent to what. Who gets them is the matter of `prices`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Numbers

UNLIMITED = 1 << 60


@dataclass(frozen=True)
class Places:
    """Free places of the N sessions."""

    slot: Numbers
    """Number of each session's slot (theatre and start), which shares its places; -1: no limit is known."""
    in_slot: Numbers
    """Free places per slot."""
    in_session: Numbers
    """Free places per session whatever its theatre (N), `UNLIMITED` where there is no such limit."""

    def without(self, kept: Numbers, booked: Numbers) -> Places:
        """What is left when these sessions have been taken, once for each time they are named.

        What visitors booked takes a seat, but is nothing that was recommended.
        """
        seated = np.concatenate([self.slot[kept], self.slot[booked]])
        in_slot = self.in_slot - np.bincount(seated[seated >= 0], minlength=len(self.in_slot))
        taken = np.bincount(kept, minlength=len(self.slot))
        in_session = np.where(self.in_session < UNLIMITED, self.in_session - taken, UNLIMITED)
        return Places(self.slot, np.maximum(in_slot, 0), np.maximum(in_session, 0))

    def of_session(self) -> Numbers:
        """Free places of each session, its slot taken for itself (N)."""
        return np.asarray(np.minimum(np.append(self.in_slot, UNLIMITED)[self.slot], self.in_session))


def limits(sessions: pd.DataFrame, capacity: pd.DataFrame, multiplier: float) -> Numbers:
    """Places per session (N): seats x multiplier rounded down, 0 for nobody, `UNLIMITED` where seats are unknown."""
    seats = capacity.assign(key=_key(capacity["theatre"])).dropna(subset=["seats"]).groupby("key")["seats"].max()
    known = _key(sessions["theatre__name"]).map(seats)
    # A hair is added so that 70 x 1.1 is 77 places and not 76.
    places = np.floor(known.fillna(0).to_numpy(dtype=np.float64) * multiplier + 1e-9).astype(np.int64)
    return np.where(known.isna(), UNLIMITED, places)


def places(sessions: pd.DataFrame, per_session: Numbers, share: float, visitors: int) -> Places:
    """Places of slots and sessions.

    Args:
        sessions: this year's, with theatre__name and starts_at. What starts in one theatre at one time shares its
            places; a session without a start has them for itself.
        per_session: as `limits` gives them; all `UNLIMITED` where seats do not count.
        share: no session goes to more than this share of the visitors, rounded down; 1: no such limit.
        visitors: who is counted for the share: those who can get an agenda at all.
    """
    known = per_session < UNLIMITED
    start = sessions["starts_at"].astype("datetime64[ns]").astype("int64").astype(str)
    start = start.where(sessions["starts_at"].notna(), "without start " + sessions["session_id"].astype(str))
    key = _key(sessions["theatre__name"]) + "\0" + start
    slot = np.full(len(sessions), -1, dtype=np.int64)
    slot[known], names = pd.factorize(key[known], sort=True)
    in_slot = np.zeros(len(names), dtype=np.int64)
    in_slot[slot[known]] = per_session[known]
    most = UNLIMITED if share >= 1 else int(np.floor(share * visitors + 1e-9))
    return Places(slot, in_slot, np.full(len(sessions), most, dtype=np.int64))


def theatres_without_seats(sessions: pd.DataFrame, per_session: Numbers) -> Sequence[str]:
    """Names of theatres whose seats are unknown, sorted."""
    return sorted(set(sessions["theatre__name"][per_session == UNLIMITED].astype(str)))


def _key(names: pd.Series[str]) -> pd.Series[str]:
    return names.astype(str).str.split().str.join(" ").str.casefold()
