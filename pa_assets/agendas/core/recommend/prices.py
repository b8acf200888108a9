"""Limits across visitors: who gets the places where more visitors want them than there are.

An auction finds prices (Bertsekas, Auction algorithms, 1992; Lagrange multipliers of the places). All prices start at
0 and every visitor holds the best agenda. Where too many hold a place its price rises to where as many leave as must:
to the margin by which the agenda of the last of them is better than the best one without that place. Only those who
held it choose anew, for an agenda that is best stays best while prices of sessions rise that it does not hold. So at
any moment every agenda is the best under the prices, and what all agendas count less what they pay, plus all places
at their price, is a bound that no sharing out can beat.

Prices rise by a little more than the margin, or two theatres that are equally good would drive each other up for
ever. What is still too full at the end is cut, and what is free is offered to all, one after the other, until
nobody gains.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pa_assets.agendas.core.recommend.agendas import Agendas, in_threads, nothing_yet, solve
from pa_assets.agendas.core.recommend.capacity import UNLIMITED, Places
from pa_assets.agendas.core.recommend.inputs import Flags, Numbers
from pa_assets.agendas.core.recommend.picks import Demand
from pa_assets.agendas.core.recommend.timetable import Timetable

SCALE = 1 << 16
"""Units of a sum in one millionth, so that ties can be drawn below it."""

_STEP = 2_000 * SCALE
"""What prices rise beyond the margin: two thousandths of a score."""

_MOST_ROUNDS = 200
_CLOSED = 2_000_000 * SCALE
"""Price at which nobody takes a session."""
_TOLD = 10
"""Priced sessions in the statistics."""


@dataclass
class _Market:
    """Agendas of all visitors under prices."""

    demand: Demand
    table: Timetable
    places: Places
    found: Agendas
    slot_price: Numbers
    session_price: Numbers
    bound: int = field(default=np.iinfo(np.int64).max)

    @property
    def price(self) -> Numbers:
        """Price of each session (N)."""
        return np.append(self.slot_price, 0)[self.places.slot] + self.session_price

    def pairs(self) -> tuple[Numbers, Numbers, Numbers]:
        """Visitor, place in the agenda and session of each pair that takes a place."""
        held = self.found.sessions >= 0
        rows = np.repeat(np.arange(len(held)), np.diff(self.demand.forced_first))
        visitor, place = np.nonzero(held)
        session = self.found.sessions[visitor, place].astype(np.int64)
        sessions = len(self.table)
        forced = np.isin(visitor * sessions + session, rows * sessions + self.demand.forced_session)
        return visitor[~forced], place[~forced], session[~forced]

    def choose(self, rows: Numbers) -> None:
        """Let visitors choose their best agendas, and note the bound."""
        solve(self.demand, self.table, self.price, rows, self.found)
        limited = self.places.in_session < UNLIMITED
        worth = int((self.found.bounds - self._bonus()).sum()) + int(self.slot_price @ self.places.in_slot)
        worth += int(self.session_price[limited] @ self.places.in_session[limited])
        self.bound = min(self.bound, worth)

    def told(self) -> list[dict[str, Any]]:
        """The highest prices that are paid: row of the session and price."""
        price = np.where(self.places.of_session() > 0, self.price, 0)
        top = np.lexsort((np.arange(len(price)), -price))[:_TOLD]
        return [{"session": int(s), "price": round(int(price[s]) / SCALE / 1e6, 6)} for s in top if price[s] > 0]

    def crowded(self, session: Numbers) -> tuple[Flags, Flags]:
        """Slots and sessions that more visitors hold than there are places."""
        slot = self.places.slot[session]
        in_slot = np.bincount(slot[slot >= 0], minlength=len(self.places.in_slot))
        in_session = np.bincount(session, minlength=len(self.table))
        return in_slot > self.places.in_slot, in_session > self.places.in_session

    def margins(self, rows: Numbers, over_slot: Flags, over_session: Flags) -> Numbers:
        """See `kernels.leave_margins`; visitors x places of the agenda."""
        from pa_assets.agendas.core.recommend import kernels

        result = np.full(self.found.sessions.shape, -1, dtype=np.int64)
        demand, table, found, price = self.demand, self.table, self.found, self.price
        in_threads(
            rows,
            lambda part: kernels.leave_margins(
                table.programme, demand, price, self.places.slot, over_slot, over_session, part,
                found.sessions, found.sums, result,
            ),
        )  # fmt: skip
        return result

    def raise_prices(self) -> Numbers:
        """Raise the price of what is over-full, and return who has to choose anew; nobody when nothing is."""
        visitor, place, session = self.pairs()
        over_slot, over_session = self.crowded(session)
        slot = self.places.slot[session]
        in_slot = np.append(over_slot, False)[slot]
        in_session = over_session[session] & ~in_slot
        rows = np.unique(visitor[in_slot | in_session])
        margin = self.margins(rows, over_slot, over_session)[visitor, place]
        self.slot_price += _asked(slot[in_slot], margin[in_slot], self.places.in_slot)
        self.session_price += _asked(session[in_session], margin[in_session], self.places.in_session)
        return rows

    def cut(self) -> int:
        """Strike out the pairs for which there is no place, those with the lowest values first; returns how many."""
        struck = 0
        for limit in ("slot", "session"):
            visitor, place, session = self.pairs()
            group, free = (
                (self.places.slot[session], self.places.in_slot)
                if limit == "slot"
                else (session, self.places.in_session)
            )
            value = self.demand.values[visitor, session]
            order = np.lexsort((self.demand.visitor_draw[visitor], -value, group))
            ordered = group[order]
            rank = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
            over = order[rank >= np.append(free, UNLIMITED)[ordered]]
            self.found.sessions[visitor[over], place[over]] = -1
            struck += len(over)
        return struck

    def refill(self) -> int:
        """Offer what is free to all, in an order that is drawn, until nobody gains; returns the rounds."""
        from pa_assets.agendas.core.recommend import kernels

        _, _, session = self.pairs()
        slot = self.places.slot[session]
        in_slot = self.places.in_slot - np.bincount(slot[slot >= 0], minlength=len(self.places.in_slot))
        taken = np.bincount(session, minlength=len(self.table))
        in_session = np.where(self.places.in_session < UNLIMITED, self.places.in_session - taken, UNLIMITED)
        order = np.lexsort((np.arange(len(self.demand.values)), self.demand.visitor_draw))
        changed: Flags = np.zeros(len(order), dtype=bool)
        better, rounds = 1, 0
        while better and rounds < _MOST_ROUNDS:
            better = kernels.refill(
                self.table.programme, self.demand, self.places.slot, in_slot, in_session, order,
                self.found.sessions, self.found.sums, changed,
            )  # fmt: skip
            rounds += 1
        return rounds

    def total(self) -> int:
        """What all agendas count, without prices."""
        return int((self.found.sums - self._bonus()).sum())

    def _bonus(self) -> Numbers:
        """What forced sessions count beyond their values, by visitor."""
        from pa_assets.agendas.core.recommend import kernels

        return np.diff(self.demand.forced_first) * kernels.forced_bonus(self.table.programme.most, self.demand.scale)


def share_out(demand: Demand, table: Timetable, places: Places) -> tuple[Agendas, dict[str, Any]]:
    """Agendas within the places, and counts.

    Args:
        demand: of all visitors who are planned, with draws; `forced` pairs have their places already.
        table: of the sessions.
        places: what is free for all other pairs.
    """
    visitors = np.arange(len(demand.values))
    session_price = np.where(places.of_session() == 0, _CLOSED, 0)
    market = _Market(
        demand, table, places, nothing_yet(len(visitors), table), np.zeros(len(places.in_slot), np.int64), session_price
    )
    market.choose(visitors)
    rounds = 0
    while rounds < _MOST_ROUNDS and len(rows := market.raise_prices()):
        rounds += 1
        market.choose(rows)
    cut = market.cut()
    refills = market.refill()
    total = market.total()
    bound = max(market.bound, total)
    unit = SCALE * 1_000_000
    return market.found, {
        "rounds": rounds,
        "refill_rounds": refills,
        "total": round(total / unit, 6),
        "bound": round(bound / unit, 6),
        "gap": round((bound - total) / bound, 6) if bound else 0.0,
        "places_lost": cut,
        "prices": market.told(),
    }


def _asked(group: Numbers, margin: Numbers, free: Numbers) -> Numbers:
    """By how much each group's price rises: to where no more than `free` pairs stay, by their margins, and a step."""
    order = np.lexsort((margin, group))
    group, margin = group[order], margin[order]
    result = np.zeros(len(free), dtype=np.int64)
    full, first, count = np.unique(group, return_index=True, return_counts=True)
    last = first + count - free[full] - 1
    result[full] = margin[last] + _STEP
    return result
