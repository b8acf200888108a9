"""What visitors have booked already: time that no recommendation may touch, and talks that are settled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Millionths, Numbers
from pa_assets.agendas.core.recommend.picks import Picks
from pa_assets.agendas.core.recommend.timetable import Timetable, nanoseconds

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Bookings:
    """Bookings by visitor; a booking without a known time has an empty one."""

    visitor: Numbers
    session: Numbers
    """Row of the session, -1 where only a time is booked."""
    start: Numbers
    end: Numbers
    """Nanoseconds."""

    def of(self, rows: Numbers) -> Bookings:
        """Those of visitors `rows` (sorted), who are counted from 0."""
        mine = np.isin(self.visitor, rows)
        visitor = np.searchsorted(rows, self.visitor[mine])
        return Bookings(visitor, self.session[mine], self.start[mine], self.end[mine])

    def times(self) -> Picks:
        """Visitor, start and end, in the form in which the solver takes them."""
        timed = self.end > self.start
        return Picks(self.visitor[timed], self.start[timed], self.end[timed])

    def places(self) -> Picks:
        """Booked sessions, which take a place each; without scores."""
        known = self.session >= 0
        return Picks(self.visitor[known], self.session[known], np.zeros(int(known.sum()), dtype=np.int64))

    def block(self, values: Millionths, table: Timetable) -> None:
        """Set to 0 what clashes with the bookings of each visitor (rows of `values`), or is the talk that is booked."""
        from pa_assets.agendas.core.recommend import kernels_values

        if not len(self.visitor):
            return
        programme = table.programme
        position = programme.position[self.session] if len(table) else self.session
        known = self.session >= 0
        kernels_values.block_booked(
            programme,
            values,
            np.searchsorted(self.visitor, np.arange(len(values) + 1)),
            self.start,
            self.end,
            np.where(known, programme.lane[position], -1),
            np.where(known, programme.talk[position], -1),
        )


def bookings(booked: pd.DataFrame | None, badges: pd.Series[str], sessions: pd.DataFrame, table: Timetable) -> Bookings:
    """Bookings of the visitors with these badges; those of other badges count for nothing.

    A booked session of the programme takes the programme's time, any other booking the time that it tells.

    Args:
        booked: columns badge_id, session_id, starts_at, ends_at; None: nothing is booked.
        badges: of the visitors, in their order.
        sessions: this year's, with session_id.
        table: of the sessions.
    """
    if booked is None:
        booked = pd.DataFrame({name: [] for name in ("badge_id", "session_id", "starts_at", "ends_at")})
    visitor = pd.Index(badges).get_indexer(pd.Index(booked["badge_id"].astype(object))).astype(np.int64)
    session = pd.Index(sessions["session_id"]).get_indexer(pd.Index(booked["session_id"].astype(object)))
    told = booked["starts_at"].notna().to_numpy() & booked["ends_at"].notna().to_numpy()
    start = np.where(told, nanoseconds(booked["starts_at"]), 0)
    end = np.where(told, nanoseconds(booked["ends_at"]), 0)
    if len(sessions):
        programme = table.programme
        position = programme.position[session]
        planned = (session >= 0) & (programme.end[position] < _NEVER)
        start, end = (
            np.where(planned, programme.start[position], start),
            np.where(planned, programme.end[position], end),
        )
    order = np.lexsort((session, end, start, visitor))
    order = order[visitor[order] >= 0]
    return Bookings(visitor[order], session[order].astype(np.int64), start[order], end[order])
