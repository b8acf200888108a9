"""Agendas: per visitor the clash-free set of sessions with the highest sum of scores. Exact, for many at once.

Two sessions clash when one starts before the other has ended, plus `travel_minutes` if their theatres differ.
A session without a theatre could be anywhere, so an agenda leaves the travel time before and after it; one without
a start clashes with nothing, for it cannot be told; one without an end counts as long as the median session; none
counts as shorter than a minute.

A gap that depends on the pair of theatres is exact all the same: of three sessions in a row, when each neighbouring
pair fits, the outer pair fits too, so only the last session taken matters. The best chain before a session is the
best of two: any theatre with travel, or its own theatre (lane) without.

A talk that is given several times stands once in an agenda: of two picked copies the one with the lower score (then
the later one) is struck out and the agenda made anew. That is a repair, not proven best, but where talks have one
copy nothing of it applies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Flags, Millionths, Numbers, blocks

_CELLS = 8_000_000
"""Values of the dynamic programme that are held at once: 32 MB, or 64 MB with travel."""

_NANOSECONDS_PER_MINUTE = 60_000_000_000


@dataclass(frozen=True)
class Timetable:
    """This year's N sessions in order of their end, with what can precede each."""

    order: Numbers
    """Position -> session, by end."""
    before: Numbers
    """Of each position: how many positions have ended when it starts, travel from anywhere included."""
    lane: Numbers
    """Of each position: its theatre's number, or -1 where staying in the theatre gains nothing."""
    before_in_lane: Numbers
    """Of each position: how many positions of its own theatre have ended when it starts."""
    place_in_lane: Numbers
    """Of each position: how many positions of its theatre come before it."""
    talk: Numbers
    """Session -> number of its talk; a repeated talk has one number."""
    without_time: int
    """Sessions without a start."""


def timetable(sessions: pd.DataFrame, travel_minutes: int) -> Timetable:
    """Order the sessions and work out what can precede each."""
    known = sessions["starts_at"].notna().to_numpy()
    start = np.where(known, _nanoseconds(sessions["starts_at"]), 0)
    ended = known & sessions["ends_at"].notna().to_numpy()
    length = _nanoseconds(sessions["ends_at"]) - start
    usual = int(np.median(length[ended])) if ended.any() else 60 * _NANOSECONDS_PER_MINUTE
    length = np.maximum(np.where(ended, length, usual), _NANOSECONDS_PER_MINUTE)
    end = np.where(known, start + length, np.iinfo(np.int64).max)
    order = np.lexsort((np.arange(len(sessions)), start, end))
    ends, starts, timed = end[order], start[order], known[order]
    travel = travel_minutes * _NANOSECONDS_PER_MINUTE
    theatre = sessions["theatre__name"].str.strip().str.casefold()
    lane = pd.factorize(theatre, sort=True)[0][order]
    lane = np.where(theatre.eq("").to_numpy()[order] | ~timed | (travel == 0), -1, lane)
    place_in_lane, before_in_lane = np.zeros(len(order), dtype=np.int64), np.zeros(len(order), dtype=np.int64)
    for number in np.unique(lane[lane >= 0]):
        own = np.flatnonzero(lane == number)
        place_in_lane[own] = np.arange(len(own))
        before_in_lane[own] = np.searchsorted(ends[own], starts[own], side="right")
    return Timetable(
        order=order,
        before=np.where(timed, np.searchsorted(ends, starts - travel, side="right"), np.arange(len(order))),
        lane=lane,
        before_in_lane=before_in_lane,
        place_in_lane=place_in_lane,
        talk=pd.factorize(sessions["content_group"], sort=True)[0].astype(np.int64),
        without_time=int((~known).sum()),
    )


def best(scores: Millionths, table: Timetable, most: int) -> Flags:
    """The best agenda of each visitor: at most `most` sessions, none clashing, no talk twice.

    Args:
        scores: visitors x N, whole numbers; 0 where a session is out of the question.
        table: of the N sessions.
        most: sessions in one agenda.

    Returns:
        visitors x N: what is picked. Equal sums go to the agenda whose sessions end earlier.
    """
    most = min(most, len(table.order))
    chosen = np.zeros(scores.shape, dtype=bool)
    if not most:
        return chosen
    size = max(1, _CELLS // ((len(table.order) + 1) * (most + 1)))
    for rows in blocks(np.arange(len(scores)), size):
        chosen[rows] = _scheduled(scores[rows], table, most)
    repeated = _struck_out(chosen, scores, table)
    if repeated.any():
        rows = np.flatnonzero(repeated.any(axis=1))
        chosen[rows] = best(np.where(repeated[rows], 0, scores[rows]), table, most)
    return chosen


def _nanoseconds(times: pd.Series[pd.Timestamp]) -> Numbers:
    return times.astype("datetime64[ns]").to_numpy().astype(np.int64)


def _scheduled(scores: Millionths, table: Timetable, most: int) -> Flags:
    """Weighted interval scheduling with a cap on the count (Kleinberg and Tardos, Algorithm Design, 6.1)."""
    count, visitors = len(table.order), len(scores)
    by_end = np.ascontiguousarray(scores[:, table.order].T.astype(np.int32))
    anywhere = np.zeros((count + 1, most + 1, visitors), dtype=np.int32)
    lanes = [
        np.zeros((int((table.lane == number).sum()) + 1, most + 1, visitors), dtype=np.int32)
        for number in range(int(table.lane.max(initial=-1)) + 1)
    ]
    for position in range(count):
        before = anywhere[table.before[position], :-1]
        lane = int(table.lane[position])
        if lane >= 0:
            before = np.maximum(before, lanes[lane][table.before_in_lane[position], :-1])
        ending_here = np.where(by_end[position] > 0, before + by_end[position], 0)
        anywhere[position + 1] = anywhere[position]
        np.maximum(anywhere[position, 1:], ending_here, out=anywhere[position + 1, 1:])
        if lane >= 0:
            place = table.place_in_lane[position]
            lanes[lane][place + 1] = lanes[lane][place]
            np.maximum(lanes[lane][place, 1:], ending_here, out=lanes[lane][place + 1, 1:])
    return _traced(table, anywhere, lanes, most, visitors)


def _traced(table: Timetable, anywhere: Millionths, lanes: list[Millionths], most: int, visitors: int) -> Flags:
    """Read the picks out of the tables of best sums, from the last session to the first.

    A visitor looks either at the first `looking` positions of all, or of one lane.
    """
    chosen = np.zeros((visitors, len(table.order)), dtype=bool)
    left = np.full(visitors, most)
    inside = np.full(visitors, -1)
    looking = np.full(visitors, len(table.order))
    for position in range(len(table.order) - 1, -1, -1):
        lane, place = int(table.lane[position]), int(table.place_in_lane[position])
        for number, sums, here in [(-1, anywhere, position), *([(lane, lanes[lane], place)] if lane >= 0 else [])]:
            at = np.flatnonzero((inside == number) & (looking == here + 1))
            taken = sums[here + 1, left[at], at] > sums[here, left[at], at]
            looking[at[~taken]] = here
            at = at[taken]
            chosen[at, table.order[position]] = True
            left[at] -= 1
            inside[at], looking[at] = -1, table.before[position]
            if lane >= 0:
                own = table.before_in_lane[position]
                better = at[lanes[lane][own, left[at], at] > anywhere[table.before[position], left[at], at]]
                inside[better], looking[better] = lane, own
    return chosen


def _struck_out(chosen: Flags, scores: Millionths, table: Timetable) -> Flags:
    """Picked copies of a talk beside a better copy."""
    result = np.zeros(chosen.shape, dtype=bool)
    place = np.empty(len(table.order), dtype=np.int64)
    place[table.order] = np.arange(len(table.order))
    talks, copies = np.unique(table.talk, return_counts=True)
    for talk in talks[copies > 1]:
        sessions = np.flatnonzero(table.talk == talk)
        sessions = sessions[np.argsort(place[sessions])]
        rows = np.flatnonzero(chosen[:, sessions].sum(axis=1) > 1)
        picked = np.where(chosen[np.ix_(rows, sessions)], scores[np.ix_(rows, sessions)], -1)
        worse = picked >= 0
        worse[np.arange(len(rows)), picked.argmax(axis=1)] = False
        result[np.ix_(rows, sessions)] = worse
    return result
