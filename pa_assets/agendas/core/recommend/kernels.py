"""Compiled loops: the best agenda of one visitor after the other. Imported inside functions only, for numba is heavy.

The method is weighted interval scheduling with a cap on the count (Kleinberg and Tardos, Algorithm Design, 6.1), day
by day, and a knapsack over the days. Travel that depends on the pair of theatres is exact all the same: of three
sessions in a row, when each neighbouring pair fits, the outer pair fits too, so only the last one taken matters. The
best chain before a session is the best of two: any theatre with travel, or its own theatre (lane) without.

Breaks are a set that the chain has to prove: the gap before a session, or after the last one, proves those that fit
into it. That is exact, for a break falls between two neighbours of the chain, or before or after all of them.

A talk that is given several times stands once: where the best agenda takes two copies, it is made anew with one of
them as the only one allowed, and without that one, and so on while it can beat the best found (branch and bound).

One module for all loops that call each other: what is compiled is kept on disk until its own file changes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pa_assets.agendas.core.recommend.compiled import compiled, inner
from pa_assets.agendas.core.recommend.inputs import Flags, Millionths, Numbers
from pa_assets.agendas.core.recommend.picks import Demand
from pa_assets.agendas.core.recommend.timetable import Gaps, Programme

_NOTHING = -(1 << 60)
"""Sum of a chain that does not exist."""

_NEVER = (1 << 63) - 1


class Work(NamedTuple):
    """Tables that are used again for each visitor (D days, C sessions a day at most, M sets of breaks)."""

    worth: Numbers
    """N: what each position counts."""
    sums: Numbers
    """Best sums by row, set of breaks proven and count. Each day has a row before its sessions and one after each."""
    lanes: Numbers
    """The same of chains that end in the theatre of the row's session."""
    days: Numbers
    """D + 1 x counts: best sum of so many sessions of one day; the last row: of those without a start."""
    joint: Numbers
    """D + 2 x counts: best sum of so many sessions of the first days."""
    ranked: Numbers
    """The best sessions without a start."""
    picked: Numbers
    """Positions of the agenda at hand."""
    chosen: Numbers
    """Positions of the best agenda found."""
    stale: Flags
    """D + 1: days to be scheduled anew."""
    row: Numbers
    """Row in `sums` of each place in a day: before its sessions, and after each."""
    lane_row: Numbers
    """Row in `lanes` of the same."""
    held_back: Numbers
    """N: what positions counted before they were left out."""


@inner
def workspace(p: Programme) -> Work:
    """Empty tables."""
    days = len(p.first) - 1
    rows = p.first[-1] + days + 1
    shape = (rows, p.gaps.anywhere.shape[1], p.per_day + 1)
    return Work(
        np.zeros(len(p.order), dtype=np.int64),
        np.empty(shape, dtype=np.int64),
        np.empty(shape if p.travel > 0 else (1, 1, 1), dtype=np.int64),
        np.zeros((days + 1, p.most + 1), dtype=np.int64),
        np.zeros((days + 2, p.most + 1), dtype=np.int64),
        np.zeros(p.most, dtype=np.int64),
        np.zeros(p.most, dtype=np.int64),
        np.zeros(p.most, dtype=np.int64),
        np.ones(days + 1, dtype=np.bool_),
        np.zeros(rows, dtype=np.int64),
        np.zeros(rows, dtype=np.int64),
        np.zeros(len(p.order), dtype=np.int64),
    )


@compiled
def place_breaks(p: Programme, day: int, taken_from: Numbers, taken_to: Numbers, gaps: Gaps) -> None:
    """Fill the sets of breaks of one day, where time from `taken_from` to `taken_to` is not free.

    A break that finds no place even on an otherwise empty day takes no notice of that time.
    """
    first, stop = p.first[day], p.first[day + 1]
    nothing = taken_from[:0]
    for part in range(1, gaps.closing.shape[1]):
        if part & ~p.needed[day]:
            continue
        for i in range(first, stop + 1):
            free_from = _NEVER
            for b in range(p.break_from.shape[1]):
                if part >> b & 1:
                    until = min(p.start[i], p.break_to[day, b]) if i < stop else p.break_to[day, b]
                    at = _latest_break(p, day, b, until, taken_from, taken_to)
                    if at < 0 and _latest_break(p, day, b, p.break_to[day, b], taken_from, taken_to) < 0:
                        at = _latest_break(p, day, b, until, nothing, nothing)
                    free_from = min(free_from, at)
            ended = -1 if free_from < 0 else _count_until(p.end[first:stop], free_from)
            if i == stop:
                gaps.closing[day, part] = ended
                continue
            gaps.anywhere[i, part] = min(ended, p.gaps.anywhere[i, 0])
            own = p.gaps.in_lane[i, 0]
            while own > max(ended, 0):
                own = p.previous[first + own - 1]
            gaps.in_lane[i, part] = own


@inner
def _count_until(sorted_values: Numbers, limit: int) -> int:
    """How many are at most `limit`."""
    low, high = 0, len(sorted_values)
    while low < high:
        middle = (low + high) // 2
        if sorted_values[middle] <= limit:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def _latest_break(p: Programme, day: int, b: int, until: int, taken_from: Numbers, taken_to: Numbers) -> int:
    """Latest start of a break that has ended at `until` and meets no time that is taken; -1 if there is none."""
    length = p.break_length[day, b]
    start = until - length
    moved = True
    while moved and start >= p.break_from[day, b]:
        moved = False
        for j in range(len(taken_from)):
            if taken_from[j] < start + length and taken_to[j] > start:
                start = taken_from[j] - length
                moved = True
    return start if start >= p.break_from[day, b] else -1


@inner
def _schedule_day(p: Programme, gaps: Gaps, day: int, work: Work) -> None:
    """Best sums of one day, and the tables by which `_trace_day` finds the sessions.

    A session that counts nothing has no rows of its own: `row` and `lane_row` point at those before it. The loops
    are written out over arrays of their own names, which makes them ten times as fast.
    """
    sums, lanes, row, lane_row, worth = work.sums, work.lanes, work.row, work.lane_row, work.worth
    anywhere, previous, lane, closing = gaps.anywhere, p.previous, p.lane, gaps.closing
    base, counts, needed = p.first[day] + day, sums.shape[2], p.needed[day]
    row[base], lane_row[base] = base, base
    _open_day(sums, lanes, base, p.travel > 0)
    for i in range(p.first[day], p.first[day + 1]):
        here = base + 1 + i - p.first[day]
        before, value = row[here - 1], worth[i]
        row[here], lane_row[here] = before, lane_row[base + previous[i]]
        if value <= 0 or anywhere[i, 0] < 0:
            continue
        if needed == 0 and lane[i] < 0:
            source = row[base + anywhere[i, 0]]
            sums[here, 0, 0] = 0
            for c in range(1, counts):
                ending, skipping = sums[source, 0, c - 1] + value, sums[before, 0, c]
                sums[here, 0, c] = ending if ending > skipping else skipping
        else:
            _append(anywhere, gaps.in_lane, sums, lanes, row, lane_row, i, base, here, needed, value, lane[i] >= 0)
            lane_row[here] = here
        row[here] = here
    for c in range(counts):
        work.days[day, c] = _NOTHING
        for part in range(closing.shape[1]):
            if part & ~needed == 0 and closing[day, part] >= 0:
                work.days[day, c] = max(work.days[day, c], sums[row[base + closing[day, part]], needed ^ part, c])


@inner
def _open_day(sums: Numbers, lanes: Numbers, base: int, has_lanes: bool) -> None:
    """Before its first session a day has the empty chain alone, which has proven no break."""
    for proven in range(sums.shape[1]):
        for c in range(sums.shape[2]):
            sums[base, proven, c] = _NOTHING if proven else 0
            if has_lanes:
                lanes[base, proven, c] = _NOTHING


@inner
def _append(  # noqa: C901 - calls within it would cost more than what they do
    anywhere: Numbers,
    in_lane: Numbers,
    sums: Numbers,
    lanes: Numbers,
    row: Numbers,
    lane_row: Numbers,
    i: int,
    base: int,
    here: int,
    needed: int,
    value: int,
    has_lane: bool,
) -> None:
    """Chains up to position i: for each set of breaks proven, and each part of it that is proven just before i."""
    before, lane_before, counts = row[here], lane_row[here], sums.shape[2]
    for proven in range(needed + 1):
        if proven & ~needed:
            continue
        for c in range(counts):
            sums[here, proven, c] = sums[before, proven, c]
            if has_lane:
                lanes[here, proven, c] = lanes[lane_before, proven, c]
        for part in range(proven + 1):
            if part & ~proven == 0 and anywhere[i, part] >= 0:
                source = row[base + anywhere[i, part]]
                for c in range(1, counts):
                    ending = sums[source, proven ^ part, c - 1] + value
                    sums[here, proven, c] = max(ending, sums[here, proven, c])
                    if has_lane:
                        lanes[here, proven, c] = max(ending, lanes[here, proven, c])
            if part & ~proven == 0 and in_lane[i, part] > 0:
                source = lane_row[base + in_lane[i, part]]
                for c in range(1, counts):
                    ending = lanes[source, proven ^ part, c - 1] + value
                    sums[here, proven, c] = max(ending, sums[here, proven, c])
                    lanes[here, proven, c] = max(ending, lanes[here, proven, c])


@inner
def _copy(source: Numbers, target: Numbers) -> None:
    """Written out: a slice that is assigned takes seconds more to compile."""
    for row in range(source.shape[0]):
        for column in range(source.shape[1]):
            target[row, column] = source[row, column]


@inner
def _trace_day(p: Programme, gaps: Gaps, day: int, count: int, work: Work, found: int) -> int:
    """Write the positions of the best `count` sessions of a day to `picked` from `found` on; returns their end."""
    first, sums, lanes = p.first[day], work.sums, work.lanes
    base, needed, part = first + day, p.needed[day], 0
    while (
        part & ~needed
        or gaps.closing[day, part] < 0
        or sums[work.row[base + gaps.closing[day, part]], needed ^ part, count] != work.days[day, count]
    ):
        part += 1
    place, proven, alone = gaps.closing[day, part], needed ^ part, False
    while place > 0 and count > 0:
        i = first + place - 1
        table, rows, skipped = (lanes, work.lane_row, p.previous[i]) if alone else (sums, work.row, place - 1)
        if table[rows[base + place], proven, count] == table[rows[base + skipped], proven, count]:
            place = skipped
            continue
        left = table[rows[base + place], proven, count] - work.worth[i]
        work.picked[found] = i
        found, count, part = found + 1, count - 1, 0
        while True:
            if part & ~proven == 0:
                place, alone = gaps.anywhere[i, part], False
                if place >= 0 and sums[work.row[base + place], proven ^ part, count] == left:
                    break
                place, alone = gaps.in_lane[i, part], True
                if place > 0 and lanes[work.lane_row[base + place], proven ^ part, count] == left:
                    break
            part += 1
        proven ^= part
    return found


@inner
def _rank_untimed(p: Programme, work: Work) -> None:
    """The best sessions without a start, which clash with nothing."""
    count, ranked, worth = 0, work.ranked, work.worth
    for i in range(p.first[-1], len(p.order)):
        place = count
        while place > 0 and worth[ranked[place - 1]] < worth[i]:
            place -= 1
        if worth[i] > 0 and place < len(ranked):
            count = min(count + 1, len(ranked))
            for later in range(count - 1, place, -1):
                ranked[later] = ranked[later - 1]
            ranked[place] = i
    last = len(work.days) - 1
    work.days[last, 0] = 0
    for c in range(1, p.most + 1):
        work.days[last, c] = work.days[last, c - 1] + (worth[ranked[c - 1]] if c <= count else 0)


@inner
def _most_of_day(p: Programme, day: int) -> int:
    return p.per_day if day < len(p.first) - 1 else p.most


@inner
def relaxed(p: Programme, gaps: Gaps, work: Work) -> int:
    """Best sum where copies of a talk may stand side by side; schedules the stale days anew."""
    days, joint, last = work.days, work.joint, len(p.first) - 1
    for day in range(last + 1):
        if work.stale[day]:
            if day < last:
                _schedule_day(p, gaps, day, work)
            else:
                _rank_untimed(p, work)
            work.stale[day] = False
        for c in range(p.most + 1):
            joint[day + 1, c] = joint[day, c]
            for k in range(1, min(c, _most_of_day(p, day)) + 1):
                joint[day + 1, c] = max(joint[day + 1, c], joint[day, c - k] + days[day, k])
    return int(joint[last + 1, p.most])


@inner
def _trace(p: Programme, gaps: Gaps, work: Work) -> int:
    """Write the agenda of `relaxed` to `picked`; returns its size."""
    found, left, last = 0, p.most, len(p.first) - 1
    for day in range(last, -1, -1):
        count = 0
        while work.joint[day, left - count] + work.days[day, count] != work.joint[day + 1, left]:
            count += 1
        left -= count
        if day < last:
            found = _trace_day(p, gaps, day, count, work, found)
        else:
            for place in range(count):
                if work.days[day, place + 1] > work.days[day, place]:
                    work.picked[found] = work.ranked[place]
                    found += 1
    return found


@inner
def _second_copy(p: Programme, work: Work, count: int) -> int:
    """Of the picked positions whose talk is picked twice the one that counts most; -1 if there is none."""
    best = -1
    for j in range(count):
        one = work.picked[j]
        if p.repeated[one] and (best < 0 or work.worth[one] > work.worth[best]):
            for k in range(count):
                if k != j and p.talk[work.picked[k]] == p.talk[one]:
                    best = one
    return best


@inner
def day_of(p: Programme, position: int) -> int:
    """The day of a position; sessions without a start have a day of their own after the last."""
    return _count_until(p.first, position) - 1


@inner
def solve(  # noqa: C901 - one search, going down and back
    p: Programme, gaps: Gaps, work: Work, effort: int
) -> tuple[int, int, int]:
    """The best agenda: its size (positions in `chosen`), its sum, and a bound that is the sum where it is proven.

    After `effort` trials the best found so far is taken.
    """
    size, best, level, log = 0, -1, 0, 0
    bound = 0
    pivot, mark = np.empty(len(p.order), dtype=np.int64), np.empty(len(p.order), dtype=np.int64)
    logged, values, other_way = np.empty_like(mark), np.empty_like(mark), np.zeros(len(mark), dtype=np.bool_)
    node = 0
    while best < 0 or node < effort:
        total = relaxed(p, gaps, work)
        bound = total if node == 0 else bound
        node += 1
        branch = -1
        if total > best:
            count = _trace(p, gaps, work)
            branch = _second_copy(p, work, count)
            if branch < 0:
                size, best = count, total
                for place in range(count):
                    work.chosen[place] = work.picked[place]
        if branch >= 0:
            pivot[level], other_way[level], mark[level] = branch, False, log
            level += 1
        else:
            while level > 0:
                while log > mark[level - 1]:
                    log -= 1
                    work.worth[logged[log]] = values[log]
                    work.stale[day_of(p, logged[log])] = True
                if not other_way[level - 1]:
                    break
                level -= 1
            if level == 0:
                return size, best, best
            other_way[level - 1] = True
        branch = pivot[level - 1]
        for i in range(len(p.order)):
            mine = i == branch
            if work.worth[i] > 0 and p.talk[i] == p.talk[branch] and mine == other_way[level - 1]:
                logged[log], values[log] = i, work.worth[i]
                log += 1
                work.worth[i] = 0
                work.stale[day_of(p, i)] = True
    return size, best, bound


@inner
def fill(p: Programme, demand: Demand, price: Numbers, visitor: int, work: Work) -> None:
    """What each session counts for a visitor: value and tie less the price; forced ones count above all others."""
    values, scale = demand.values[visitor], demand.scale
    for i in range(len(p.order)):
        session = p.order[i]
        worth = np.int64(0)
        if values[session] > 0:
            worth = values[session] * scale + tie(demand, visitor, session) * demand.noise - price[session]
        work.worth[i] = worth if worth > 0 else 0
    for j in range(demand.forced_first[visitor], demand.forced_first[visitor + 1]):
        session = demand.forced_session[j]
        work.worth[p.position[session]] = values[session] * scale + forced_bonus(p.most, demand.scale)
    for day in range(len(work.stale)):
        work.stale[day] = True


@compiled
def forced_bonus(most: int, scale: int) -> int:
    """More than an agenda of unforced sessions can count, draws included."""
    return (most + 1) * 2 * 1_000_001 * scale


@inner
def tie(demand: Demand, visitor: int, session: int) -> int:
    """Below one millionth, by badge and session alone (the finaliser of splitmix64)."""
    if demand.scale == 1:
        return 0
    x = demand.visitor_draw[visitor] ^ demand.session_draw[session]
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return int((x ^ (x >> np.uint64(31))) & np.uint64(demand.scale - 1))


@inner
def gaps_of(p: Programme, demand: Demand, visitor: int, own: Gaps) -> Gaps:
    """The gaps of a visitor: where something is booked on days with breaks they are worked out anew in `own`."""
    first, stop = demand.booked_first[visitor], demand.booked_first[visitor + 1]
    if first == stop or p.break_from.shape[1] == 0:
        return p.gaps
    _copy(p.gaps.anywhere, own.anywhere)
    _copy(p.gaps.in_lane, own.in_lane)
    _copy(p.gaps.closing, own.closing)
    for day in range(len(p.first) - 1):
        if p.needed[day]:
            place_breaks(p, day, demand.booked_from[first:stop], demand.booked_to[first:stop], own)
    return own


@inner
def own_gaps(p: Programme) -> Gaps:
    """Room for `gaps_of`."""
    return Gaps(p.gaps.anywhere.copy(), p.gaps.in_lane.copy(), p.gaps.closing.copy())


@compiled
def best_agendas(
    p: Programme, demand: Demand, price: Numbers, visitors: Numbers, agenda: Millionths, sums: Numbers, bounds: Numbers
) -> None:
    """The best agendas of `visitors` under prices: sessions (-1: none), sums and bounds, in their rows."""
    work, own = workspace(p), own_gaps(p)
    for visitor in visitors:
        fill(p, demand, price, visitor, work)
        size, sums[visitor], bounds[visitor] = solve(p, gaps_of(p, demand, visitor, own), work, demand.effort)
        for k in range(p.most):
            agenda[visitor, k] = p.order[work.chosen[size - 1 - k]] if k < size else -1


@compiled
def leave_margins(
    p: Programme,
    demand: Demand,
    price: Numbers,
    slot: Numbers,
    over_slot: Flags,
    over_session: Flags,
    visitors: Numbers,
    agendas: Millionths,
    sums: Numbers,
    margins: Numbers,
) -> None:
    """By how much each agenda is better than the best one without a session that too many hold (-1: not so many).

    Where a slot is over-full the agenda without any session of the slot counts. A margin is never too high: copies
    of a talk may stand side by side in the agenda that is compared.
    """
    work, own = workspace(p), own_gaps(p)
    saved = np.zeros(p.most + 1, dtype=np.int64)
    for visitor in visitors:
        filled = False
        for k in range(p.most):
            session = agendas[visitor, k]
            margins[visitor, k] = -1
            if session < 0 or not (over_session[session] or (slot[session] >= 0 and over_slot[slot[session]])):
                continue
            if not filled:
                fill(p, demand, price, visitor, work)
                gaps = gaps_of(p, demand, visitor, own)
                relaxed(p, gaps, work)
                filled = True
            whole_slot = slot[session] >= 0 and over_slot[slot[session]]
            day = day_of(p, p.position[session])
            for c in range(p.most + 1):
                saved[c] = work.days[day, c]
            first = p.first[day]
            last = p.first[day + 1] if day + 1 < len(p.first) else len(p.order)
            for i in range(first, last):
                out = p.order[i] == session or (whole_slot and slot[p.order[i]] == slot[session])
                work.held_back[i - first] = work.worth[i]
                work.worth[i] = 0 if out else work.worth[i]
            work.stale[day] = True
            margins[visitor, k] = max(sums[visitor] - relaxed(p, gaps, work), 0)
            for i in range(first, last):
                work.worth[i] = work.held_back[i - first]
            for c in range(p.most + 1):
                work.days[day, c] = saved[c]


@compiled
def refill(
    p: Programme,
    demand: Demand,
    slot: Numbers,
    in_slot: Numbers,
    in_session: Numbers,
    price: Numbers,
    visitors: Numbers,
    agendas: Millionths,
    sums: Numbers,
    news: Numbers,
    freed: Flags,
) -> int:
    """Make agendas anew, one visitor after the other, over what is free and what the visitor holds; keep the better.

    `in_slot` and `in_session` are the places that are free; they and the agendas change, and sums are what agendas
    count under the prices. Forced sessions take no places. Only visitors to whom one of the sessions `news` is worth
    something are asked; sessions of which a place was given back are marked in `freed`. Returns how many gained.
    """
    work, own = workspace(p), own_gaps(p)
    forced = np.zeros(len(p.order), dtype=np.bool_)
    better = 0
    for visitor in visitors:
        concerned = False
        for j in range(len(news)):
            concerned = concerned or demand.values[visitor, news[j]] > 0
        if not concerned:
            continue
        agenda = agendas[visitor]
        _mark_forced(demand, visitor, forced, True)
        _take(slot, in_slot, in_session, agenda, forced, -1)
        fill(p, demand, price, visitor, work)
        sums[visitor] = 0
        for k in range(p.most):
            sums[visitor] += work.worth[p.position[agenda[k]]] if agenda[k] >= 0 else 0
        for i in range(len(p.order)):
            s = p.order[i]
            if not forced[s] and (in_session[s] <= 0 or (slot[s] >= 0 and in_slot[slot[s]] <= 0)):
                work.worth[i] = 0
        size, total, _ = solve(p, gaps_of(p, demand, visitor, own), work, demand.effort)
        if total > sums[visitor]:
            better += 1
            sums[visitor] = total
            for k in range(p.most):
                if agenda[k] >= 0:
                    freed[agenda[k]] = True
                agenda[k] = p.order[work.chosen[size - 1 - k]] if k < size else -1
        _take(slot, in_slot, in_session, agenda, forced, 1)
        _mark_forced(demand, visitor, forced, False)
    return better


@inner
def _mark_forced(demand: Demand, visitor: int, forced: Flags, value: bool) -> None:
    for j in range(demand.forced_first[visitor], demand.forced_first[visitor + 1]):
        forced[demand.forced_session[j]] = value


@inner
def _take(slot: Numbers, in_slot: Numbers, in_session: Numbers, agenda: Millionths, forced: Flags, places: int) -> None:
    """Take places for an agenda, or give them back (-1)."""
    for k in range(len(agenda)):
        if agenda[k] >= 0 and not forced[agenda[k]]:
            in_session[agenda[k]] -= places
            if slot[agenda[k]] >= 0:
                in_slot[slot[agenda[k]]] -= places
