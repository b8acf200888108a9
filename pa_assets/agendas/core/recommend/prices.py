"""Limits across visitors: who gets the places where more visitors want them than there are.

Prices are found for places (Lagrange multipliers): every visitor takes the agenda that is best after what its places
cost. Such agendas are a sharing out where nothing is over-full; and whatever the prices are, what all agendas count
less what they pay, plus all places at their price, is a bound that no sharing out can beat.

1. *Search*: prices rise where too many want a place and fall where too few do. A draw per badge and session is added
   to the values, wide at first and then ever less, so that visitors who are alike do not all come and go at once.
   Most of it is done on a sample of the visitors, who is in it being drawn too, with as large a share of the places.
2. *Auction* (Bertsekas, Auction algorithms, 1992), for what is still over-full: its price rises to the margin by
   which the agenda of the last one who must leave is better than the best one without that place, and a little more.
   Only those who held it choose anew, for an agenda that is best stays best while prices rise that it does not pay.
3. What is then over-full is cut, and what is free is offered to all, one after the other in an order that is drawn:
   at prices that fall until it is free of charge, and then until nobody gains.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pa_assets.agendas.core.recommend.agendas import Agendas, forced_bonus, in_threads, nothing_yet, solve
from pa_assets.agendas.core.recommend.capacity import UNLIMITED, Places
from pa_assets.agendas.core.recommend.inputs import Flags, Floats, Numbers
from pa_assets.agendas.core.recommend.picks import Demand
from pa_assets.agendas.core.recommend.timetable import Timetable

SCALE = 1 << 16
"""Units of a sum in one millionth, so that ties can be drawn below it."""
_MILLION = 1_000_000
_CLOSED = 2 * _MILLION * SCALE
"""Price at which nobody takes a session."""

_SAMPLE, _LAST_SAMPLE = 2_000, 10_000
_HOLD_ROUNDS, _SAMPLE_ROUNDS, _LAST_ROUNDS = 20, 60, 8
"""Rounds of the search: with the widest draw, on the first sample altogether, and on the last one."""
_WARM, _COLD = 300_000, 2_000
"""Width of the draw at first and at last, in millionths."""

_STEP = 500 * SCALE
"""What prices rise beyond the margin: half a thousandth of a score."""
_AUCTION_ROUNDS = 3
_EFFORT = 20
"""Trials per visitor while prices are looked for; an agenda need not be proven best for that."""

_REFILL_CELLS = 250_000_000
"""Visitors x sessions x rounds at falling prices; more rounds share out better."""
_MOST_REFILLS = 50
_TOLD = 10
"""Priced sessions in the statistics."""


def share_out(demand: Demand, table: Timetable, places: Places) -> tuple[Agendas, dict[str, Any]]:
    """Agendas within the places, and counts.

    Args:
        demand: of all visitors who are planned, with draws; `forced` pairs have their places already.
        table: of the sessions.
        places: what is free for all other pairs.
    """
    market = Market.opened(demand, table, places)
    everybody = np.lexsort((np.arange(len(demand.values)), demand.visitor_draw))
    market.choose(everybody)
    bound, rounds, refills, cut = market.bound(), 0, 0, 0
    if market.is_overfull():
        market.search(everybody)
        rounds = market.auction()
        bound = min(bound, market.bound_of(everybody))
        cut = market.cut()
        refills = market.refill(everybody)
    total = market.total()
    return market.found, {
        "rounds": rounds,
        "refill_rounds": refills,
        "total": round(total / SCALE / _MILLION, 6),
        "bound": round(bound / SCALE / _MILLION, 6),
        "gap": round((bound - total) / bound, 6) if bound else 0.0,
        "places_lost": cut,
        "prices": market.told(),
    }


@dataclass
class Market:
    """Agendas of all visitors under prices."""

    demand: Demand
    table: Timetable
    places: Places
    found: Agendas
    slot_price: Numbers
    session_price: Numbers

    @classmethod
    def opened(cls, demand: Demand, table: Timetable, places: Places) -> Market:
        """All prices 0, but where there is no place at all; no agendas yet."""
        slot_price = np.zeros(len(places.in_slot), dtype=np.int64)
        session_price = np.where(places.of_session() == 0, _CLOSED, 0)
        return cls(demand, table, places, nothing_yet(len(demand.values), table), slot_price, session_price)

    @property
    def price(self) -> Numbers:
        """Price of each session (N)."""
        return np.append(self.slot_price, 0)[self.places.slot] + self.session_price

    def choose(self, rows: Numbers) -> None:
        """Let visitors choose their best agendas."""
        solve(self.demand, self.table, self.price, rows, self.found)

    def pairs(self) -> tuple[Numbers, Numbers, Numbers]:
        """Visitor, place in the agenda and session of each pair that takes a place."""
        visitor, place = np.nonzero(self.found.sessions >= 0)
        session = self.found.sessions[visitor, place].astype(np.int64)
        if len(self.demand.forced_session):
            rows = np.repeat(np.arange(len(self.found.sessions)), np.diff(self.demand.forced_first))
            sessions = len(self.table)
            free = ~np.isin(visitor * sessions + session, rows * sessions + self.demand.forced_session)
            visitor, place, session = visitor[free], place[free], session[free]
        return visitor, place, session

    def taken(self, session: Numbers) -> tuple[Numbers, Numbers]:
        """How many of these sessions lie in each slot, and how often each occurs."""
        slot = self.places.slot[session]
        in_slot = np.bincount(slot[slot >= 0], minlength=len(self.places.in_slot))
        return in_slot, np.bincount(session, minlength=len(self.table))

    def crowded(self, session: Numbers) -> tuple[Flags, Flags]:
        """Slots and sessions that more visitors hold than there are places."""
        in_slot, in_session = self.taken(session)
        return in_slot > self.places.in_slot, in_session > self.places.in_session

    def is_overfull(self) -> bool:
        """Whether there is any such."""
        return any(crowded.any() for crowded in self.crowded(self.pairs()[2]))

    def bound(self) -> int:
        """What no sharing out can beat, if all agendas are best under the prices."""
        limited = self.places.in_session < UNLIMITED
        bound = int((self.found.bounds - self._bonus()).sum()) + int(self.slot_price @ self.places.in_slot)
        return bound + int(self.session_price[limited] @ self.places.in_session[limited])

    def bound_of(self, everybody: Numbers) -> int:
        """The bound at these prices and the true values."""
        true = Market.opened(self.demand._replace(noise=1), self.table, self.places)
        true.slot_price, true.session_price = self.slot_price, self.session_price
        true.choose(everybody)
        return true.bound()

    def search(self, everybody: Numbers) -> None:
        """Find prices near the best; see step 1 above."""
        sample = everybody[:_SAMPLE]
        self.demand = self.demand._replace(noise=_WARM, effort=_EFFORT)
        self._find_level(sample)
        steps = [_Steps(price) for price in (self.slot_price, self.session_price)]
        cooling = (_COLD / _WARM) ** (1 / (_SAMPLE_ROUNDS - _HOLD_ROUNDS - 1))
        for n in range(_SAMPLE_ROUNDS + _LAST_ROUNDS):
            width = _WARM * cooling ** max(0, n - _HOLD_ROUNDS)
            self.demand = self.demand._replace(noise=max(_COLD, round(width)))
            sample = sample if n < _SAMPLE_ROUNDS else everybody[:_LAST_SAMPLE]
            self.choose(sample)
            for step, taken, free in zip(steps, self._taken_by(sample), self._free(sample), strict=True):
                step.follow(np.sign(taken - free), self.demand.noise * SCALE)
        self.choose(everybody)

    def _find_level(self, sample: Numbers) -> None:
        """One price of all slots at which as many places are taken as there are (bisection)."""
        low, high = 0, _MILLION * SCALE
        for _ in range(10):
            self.slot_price[:] = (low + high) // 2
            self.choose(sample)
            in_slot, _ = self._taken_by(sample)
            middle = (low + high) // 2
            enough = in_slot.sum() <= self._free(sample)[0].sum()
            low, high = (low, middle) if enough else (middle, high)

    def _taken_by(self, sample: Numbers) -> tuple[Numbers, Numbers]:
        visitor, _, session = self.pairs()
        mine = np.zeros(len(self.found.sessions), dtype=bool)
        mine[sample] = True
        return self.taken(session[mine[visitor]])

    def _free(self, sample: Numbers) -> tuple[Floats, Floats]:
        """A share of the places as large as that of the sample."""
        part = len(sample) / len(self.found.sessions)
        return part * self.places.in_slot, part * self.places.in_session

    def auction(self) -> int:
        """Raise prices until nothing is over-full, or for some rounds; returns these."""
        for rounds in range(_AUCTION_ROUNDS):
            rows = self._raise_prices()
            if not len(rows):
                return rounds
            self.choose(rows)
        return _AUCTION_ROUNDS

    def _raise_prices(self) -> Numbers:
        """Raise the price of what is over-full, and return who held it; nobody when nothing is."""
        visitor, place, session = self.pairs()
        over_slot, over_session = self.crowded(session)
        slot = self.places.slot[session]
        in_slot = np.append(over_slot, False)[slot]
        in_session = over_session[session] & ~in_slot
        rows = np.unique(visitor[in_slot | in_session])
        margin = self._margins(rows, over_slot, over_session)[visitor, place]
        self.slot_price += _asked(slot[in_slot], margin[in_slot], self.places.in_slot)
        self.session_price += _asked(session[in_session], margin[in_session], self.places.in_session)
        return rows

    def _margins(self, rows: Numbers, over_slot: Flags, over_session: Flags) -> Numbers:
        """See `kernels.leave_margins`; visitors x places of the agenda."""
        from pa_assets.agendas.core.recommend import kernels

        result = np.full(self.found.sessions.shape, -1, dtype=np.int64)
        programme, demand, found = self.table.programme, self.demand, self.found
        price, slot = self.price, self.places.slot
        in_threads(
            rows,
            lambda part: kernels.leave_margins(
                programme, demand, price, slot, over_slot, over_session, part, found.sessions, found.sums, result
            ),
        )
        return result

    def cut(self) -> int:
        """Strike out the pairs for which there is no place, those with the lowest values first; returns how many."""
        struck = 0
        for limit in ("slot", "session"):
            visitor, place, session = self.pairs()
            group = self.places.slot[session] if limit == "slot" else session
            free = self.places.in_slot if limit == "slot" else self.places.in_session
            order = np.lexsort((self.demand.visitor_draw[visitor], -self.demand.values[visitor, session], group))
            ordered = group[order]
            rank = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
            over = order[rank >= np.append(free, UNLIMITED)[ordered]]
            self.found.sessions[visitor[over], place[over]] = -1
            struck += len(over)
        return struck

    def refill(self, order: Numbers) -> int:
        """Offer what is free to all at falling prices, and at last for nothing, until nobody gains; returns the rounds.

        What is full keeps its price meanwhile, so that who holds it makes room where something free is as good.
        """
        from pa_assets.agendas.core.recommend import kernels

        taken = self.taken(self.pairs()[2])
        in_slot, in_session = self.places.in_slot - taken[0], self.places.in_session - taken[1]
        found, demand, start = self.found, self.demand._replace(noise=1), self.price
        price, news = start, np.arange(len(self.table))
        priced = int(np.clip(_REFILL_CELLS // max(self.demand.values.size, 1), 2, 10))
        for rounds in range(1, priced + _MOST_REFILLS):
            freed = np.zeros(len(self.table), dtype=bool)
            better = kernels.refill(
                self.table.programme,
                demand,
                self.places.slot,
                in_slot,
                in_session,
                price,
                order,
                found.sessions,
                found.sums,
                news,
                freed,
            )
            if rounds > priced and not better:
                break
            news = np.flatnonzero(freed) if rounds > priced else news
            free = np.minimum(np.append(in_slot, UNLIMITED)[self.places.slot], in_session) > 0
            price = np.where(free, start * (1 - rounds / priced), price).astype(np.int64) * (rounds < priced)
        return rounds

    def total(self) -> int:
        """What all agendas count, if no prices are paid."""
        return int((self.found.sums - self._bonus()).sum())

    def _bonus(self) -> Numbers:
        """What forced sessions count beyond their values, by visitor."""
        return np.diff(self.demand.forced_first) * forced_bonus(self.table, self.demand.scale)

    def told(self) -> list[dict[str, Any]]:
        """The highest prices that are paid: row of the session and price."""
        price = np.where(self.places.of_session() > 0, self.price, 0)
        top = np.lexsort((np.arange(len(price)), -price))[:_TOLD]
        return [{"session": int(s), "price": round(int(price[s]) / SCALE / _MILLION, 6)} for s in top if price[s] > 0]


def _asked(group: Numbers, margin: Numbers, free: Numbers) -> Numbers:
    """By how much each group's price rises: to where no more than `free` pairs stay, by their margins, and a step."""
    order = np.lexsort((margin, group))
    group, margin = group[order], margin[order]
    result = np.zeros(len(free), dtype=np.int64)
    full, first, count = np.unique(group, return_index=True, return_counts=True)
    last = first + count - free[full] - 1
    result[full] = margin[last] + _STEP
    return result


@dataclass
class _Steps:
    """Steps that grow while a price goes the same way and shrink when it turns (Rprop; Riedmiller and Braun, 1993)."""

    price: Numbers
    length: Floats = field(init=False)
    way: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.length, self.way = np.full(len(self.price), 50_000.0 * SCALE), np.zeros(len(self.price))

    def follow(self, way: Floats, width: int) -> None:
        """Move the prices up (1) or down (-1) in place; no step is shorter than a twentieth of the draw's width."""
        turned = way * self.way
        factor = np.where(turned > 0, 1.3, np.where(turned < 0, 0.5, 1.0))
        self.length = np.clip(self.length * factor, width / 20, 200_000 * SCALE)
        self.way = way
        moved = np.maximum(self.price + (way * self.length).astype(np.int64), 0)
        self.price[:] = np.where(self.price < _CLOSED, moved, self.price)
