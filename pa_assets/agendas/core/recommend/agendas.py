"""Agendas: per visitor the clash-free set of sessions with the highest sum of values. Exact, for many at once.

What clashes, what a day and a break are is said in `timetable`; how the best set is found, in `kernels`. Here arrays
are handed over and split among threads. Limits across visitors are the matter of `prices`.

Ties: of two agendas with equal sums the one is taken whose sessions end earlier, read from the last session back.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Flags, Millionths, Numbers, blocks
from pa_assets.agendas.core.recommend.picks import Alternatives, Demand, Picks, joined
from pa_assets.agendas.core.recommend.timetable import Timetable

_ROWS_PER_THREAD = 2_000
_EFFORT = 1_000
"""Trials per visitor; on real programmes with many repeated talks a few dozen prove the best agenda."""


@dataclass(frozen=True)
class Agendas:
    """Agendas of some visitors (rows)."""

    sessions: Millionths
    """rows x most: sessions in time, then -1."""
    sums: Numbers
    """What each agenda counts, in units of the demand's scale and under its prices."""
    bounds: Numbers
    """What it could count at most; more than the sum only where the copies of talks were too many to try."""

    def picks(self, values: Millionths) -> Picks:
        """The pairs with their scores out of `values` (rows x N)."""
        row, place = np.nonzero(self.sessions >= 0)
        session = self.sessions[row, place].astype(np.int64)
        return Picks(row, session, values[row, session].astype(np.int64))


def offer(values: Millionths, forced: Picks | None = None, booked: Picks | None = None) -> Demand:
    """What visitors are offered, without draws.

    Args:
        values: visitors x N, whole numbers up to a million; 0 where a session is out of the question.
        forced: pairs that go before all others; those of one visitor fit together.
        booked: time that is taken: visitor, start and end (nanoseconds) in place of session and score.
    """
    forced = in_rows(forced or joined([]))
    booked = in_rows(booked or joined([]))
    rows = np.arange(len(values) + 1)
    nothing = np.zeros(0, dtype=np.uint64)
    return Demand(
        values=values,
        forced_first=np.searchsorted(forced.visitor, rows),
        forced_session=forced.session,
        booked_first=np.searchsorted(booked.visitor, rows),
        booked_from=booked.session,
        booked_to=booked.score,
        visitor_draw=nothing,
        session_draw=nothing,
        scale=1,
        noise=1,
        effort=_EFFORT,
    )


def forced_bonus(table: Timetable, scale: int) -> int:
    """What a forced session counts beyond its value."""
    from pa_assets.agendas.core.recommend import kernels

    return kernels.forced_bonus(table.programme.most, scale)


def in_rows(picks: Picks) -> Picks:
    """Pairs by visitor, then session."""
    return picks.only(np.lexsort((picks.session, picks.visitor)))


def best(demand: Demand, table: Timetable) -> Agendas:
    """The best agenda of each visitor: within the caps, none clashing, breaks kept, no talk twice."""
    found = nothing_yet(len(demand.values), table)
    solve(demand, table, np.zeros(len(table), dtype=np.int64), np.arange(len(demand.values)), found)
    return found


def nothing_yet(visitors: int, table: Timetable) -> Agendas:
    """Empty agendas."""
    sums = np.zeros(visitors, dtype=np.int64)
    return Agendas(np.full((visitors, table.programme.most), -1, dtype=np.int32), sums, sums.copy())


def solve(demand: Demand, table: Timetable, price: Numbers, rows: Numbers, into: Agendas) -> None:
    """Write the best agendas of visitors `rows` under prices (N, in units of the demand's scale) `into` their rows."""
    from pa_assets.agendas.core.recommend import kernels

    in_threads(
        rows,
        lambda part: kernels.best_agendas(table.programme, demand, price, part, into.sessions, into.sums, into.bounds),
    )


def in_threads(rows: Numbers, work: Callable[[Numbers], None]) -> None:
    """Do the work on rows in parts side by side; it must touch nothing but its rows."""
    parts = blocks(rows, max(_ROWS_PER_THREAD, -(-len(rows) // (os.cpu_count() or 1))))
    if len(parts) < 2:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(len(parts)) as threads:
        for _ in threads.map(work, parts):
            pass


def pinned(values: Millionths, sessions: Flags, table: Timetable, booked: Picks | None = None) -> Picks:
    """Of some sessions (N) each visitor's best set that fits together: what `offer` takes as forced."""
    if not sessions.any():
        return joined([])
    return best(offer(np.where(sessions, values, 0).astype(np.int32), booked=booked), table).picks(values)


def diminished(values: Millionths, streams: pd.Series[str], rate: float) -> Millionths:
    """Values of which each further session of a stream counts less: value / (1 + rate * place in the stream)."""
    from pa_assets.agendas.core.recommend import kernels_values

    if rate <= 0:
        return values
    named = streams.astype(str).str.split(";").explode().str.strip()
    named = named[named.ne("")]
    number, distinct = pd.factorize(named, sort=True)
    first = np.searchsorted(named.index.to_numpy(), np.arange(len(streams) + 1))
    result = values.copy()
    in_threads(
        np.arange(len(values)),
        lambda part: kernels_values.diminish(result, part, first, number.astype(np.int64), len(distinct), rate),
    )
    return result


def alternatives(found: Agendas, values: Millionths, table: Timetable, most: int) -> Alternatives:
    """For each session of an agenda the best other ones at its time; visitors are rows of `values` (rows x N).

    An alternative clashes with that session and no other of the agenda, and is no copy of a talk in it.
    """
    from pa_assets.agendas.core.recommend import kernels_values

    instead = np.full((*found.sessions.shape, most), -1, dtype=np.int32)
    in_threads(
        np.arange(len(values)) if most else np.empty(0, dtype=np.int64),
        lambda part: kernels_values.find_alternatives(table.programme, values, part, found.sessions, instead),
    )
    row, slot, place = np.nonzero(instead >= 0)
    other = instead[row, slot, place].astype(np.int64)
    session = found.sessions[row, slot].astype(np.int64)
    return Alternatives(row, session, other, place + 1, values[row, other].astype(np.int64))
