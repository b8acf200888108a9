"""Sessions that go before all others: pinned ones as far as there are places, and those with a wished-for exposure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pa_assets.agendas.core.recommend import agendas
from pa_assets.agendas.core.recommend.capacity import Places
from pa_assets.agendas.core.recommend.control import Draw
from pa_assets.agendas.core.recommend.inputs import Flags, Millionths, Numbers
from pa_assets.agendas.core.recommend.picks import Picks, joined
from pa_assets.agendas.core.recommend.scores import SCALE
from pa_assets.agendas.core.recommend.timetable import Timetable

_NOBODY = np.empty(0, dtype=np.int64)


@dataclass
class Forced:
    """Pairs that are settled before places are shared out among the others."""

    values: Millionths
    """visitors x N. What is pinned and full becomes 0 here for those who get no place."""
    table: Timetable
    times: Picks
    """Booked time: visitor, start and end."""
    places: Places
    """What is left for all others."""
    draw: Draw
    pairs: Picks = field(default_factory=lambda: joined([]))
    exposed: list[dict[str, Any]] = field(default_factory=list)

    def pin(self, pinned: Flags) -> None:
        """Give pinned sessions (N) to all, or where places are few to those whom they fit best."""
        pairs = agendas.pinned(self.values, pinned, self.table, self.times)
        while len(over := self._over(pairs)):
            self.values[pairs.visitor[over], pairs.session[over]] = 0
            pairs = agendas.pinned(self.values, pinned, self.table, self.times)
        self._settle(pairs)

    def expose(self, session: int, wished: int, have: int) -> None:
        """See that `wished` visitors get a session that `have` others have: those who lose least by it.

        Only visitors who are offered the session count, and none loses a session that is forced already. What an
        agenda loses is its best sum without the session in question being forced less that with it.
        """
        has = self.pairs.visitor[self.pairs.session == session]
        missing = min(wished - have - len(has), int(self.places.of_session()[session]))
        rows = np.setdiff1d(np.flatnonzero(self.values[:, session] > 0), has)
        loss = self._losses(rows, session) if missing > 0 else np.zeros(0, dtype=np.int64)
        rows, loss = (rows[loss >= 0], loss[loss >= 0]) if missing > 0 else (_NOBODY, loss)
        order = np.lexsort((self.draw[rows], -self.values[rows, session], loss))[: max(missing, 0)]
        chosen = rows[order]
        self._settle(Picks(chosen, np.full(len(chosen), session), self.values[chosen, session].astype(np.int64)))
        self.exposed.append(
            {
                "session": session,
                "wished": wished,
                "could_be_asked": len(rows) + len(has) + have,
                "score_lost": round(int(loss[order].sum()) / SCALE, 6),
            }
        )

    def _losses(self, rows: Numbers, session: int) -> Numbers:
        """What the best agenda of each visitor loses when a session is forced; -1 where it cannot be."""
        extra = Picks(rows, np.full(len(rows), session), np.zeros(len(rows), dtype=np.int64))
        without, with_it = (self._solved(rows, pairs) for pairs in (self.pairs, joined([self.pairs, extra])))
        held = (with_it.sessions[rows] == session).any(axis=1)
        forced = self.pairs.visitor * len(self.table) + self.pairs.session
        broken = np.isin(rows, self.pairs.visitor[~np.isin(forced, _keys(with_it, len(self.table), rows))])
        count = np.bincount(self.pairs.visitor, minlength=len(self.values))[rows]
        bonus = agendas.forced_bonus(self.table, 1)
        loss = (without.sums[rows] - count * bonus) - (with_it.sums[rows] - (count + 1) * bonus)
        return np.where(held & ~broken, np.maximum(loss, 0), -1)

    def _solved(self, rows: Numbers, pairs: Picks) -> agendas.Agendas:
        found = agendas.nothing_yet(len(self.values), self.table)
        demand = agendas.offer(self.values, pairs, self.times)
        agendas.solve(demand, self.table, np.zeros(len(self.table), dtype=np.int64), rows, found)
        return found

    def _settle(self, pairs: Picks) -> None:
        self.pairs = joined([self.pairs, pairs])
        self.places = self.places.without(pairs.session, _NOBODY)

    def _over(self, pairs: Picks) -> Numbers:
        """Positions of pairs without a place; those whom the session fits least go first."""
        over = [_NOBODY]
        slot = self.places.slot[pairs.session]
        for group, free in ((slot, self.places.in_slot), (pairs.session, self.places.in_session)):
            order = np.lexsort((self.draw[pairs.visitor], -pairs.score, group))
            order = order[group[order] >= 0]
            rank = np.arange(len(order)) - np.searchsorted(group[order], group[order], side="left")
            over.append(order[rank >= free[group[order]]])
        return np.unique(np.concatenate(over))


def _keys(found: agendas.Agendas, sessions: int, rows: Numbers) -> Numbers:
    """One number for each pair of some agendas."""
    held = found.sessions[rows].astype(np.int64)
    return (rows[:, None] * sessions + held)[held >= 0]


def told(forced: Forced, names: Sequence[str], reached: Numbers) -> list[dict[str, Any]]:
    """What came of the wished-for exposure; `reached`: visitors with each session (N) in the end."""
    return [
        {
            "session_id": names[entry["session"]],
            "reached": int(reached[entry["session"]]),
            **{name: entry[name] for name in ("wished", "could_be_asked", "score_lost")},
        }
        for entry in forced.exposed
    ]
