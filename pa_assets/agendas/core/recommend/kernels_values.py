"""Compiled loops over what sessions are worth to visitors, before and after the agendas are made.

Imported inside functions only, for numba is heavy.
"""

from __future__ import annotations

import numpy as np

from pa_assets.agendas.core.recommend.compiled import compiled, inner
from pa_assets.agendas.core.recommend.inputs import Millionths, Numbers
from pa_assets.agendas.core.recommend.timetable import Programme


@compiled
def block_booked(
    p: Programme,
    values: Millionths,
    booked_first: Numbers,
    booked_from: Numbers,
    booked_to: Numbers,
    booked_lane: Numbers,
    booked_talk: Numbers,
) -> None:
    """Set to 0 what clashes with a visitor's bookings, or is the talk that is booked (-1: none)."""
    for visitor in range(len(values)):
        for j in range(booked_first[visitor], booked_first[visitor + 1]):
            for i in range(len(p.order)):
                gap = 0 if p.lane[i] == booked_lane[j] and p.lane[i] >= 0 else p.travel
                timed = i < p.first[-1]
                if p.talk[i] == booked_talk[j] or (
                    timed and p.start[i] < booked_to[j] + gap and booked_from[j] < p.end[i] + gap
                ):
                    values[visitor, p.order[i]] = 0


@compiled
def diminish(values: Millionths, visitors: Numbers, first: Numbers, stream: Numbers, streams: int, rate: float) -> None:
    """Divide the j-th best session of a stream (0, 1, ...) by 1 + rate * j; of several streams the largest j counts.

    The streams of a session stand from first[session] to first[session + 1]. What counts stays above 0.
    """
    seen = np.zeros(streams, dtype=np.int64)
    for visitor in visitors:
        for s in range(streams):
            seen[s] = 0
        order = np.argsort(-values[visitor], kind="mergesort")
        for session in order:
            if values[visitor, session] <= 0:
                break
            place = 0
            for j in range(first[session], first[session + 1]):
                place = max(place, seen[stream[j]])
                seen[stream[j]] += 1
            values[visitor, session] = max(1, int(values[visitor, session] / (1.0 + rate * place)))


@compiled
def find_alternatives(
    p: Programme, values: Millionths, visitors: Numbers, agendas: Millionths, instead: Millionths
) -> None:
    """For each place of an agenda the best other sessions at its time: rows x places x alternatives.

    An alternative clashes with the session and with no other of the agenda, and is no copy of a talk in it.
    """
    most, timed = instead.shape[2], p.first[-1]
    clashes = np.zeros(timed, dtype=np.int64)
    clashing = np.zeros(timed, dtype=np.int64)
    for visitor in visitors:
        agenda, worth = agendas[visitor], values[visitor]
        clashes[:] = 0
        for k in range(len(agenda)):
            if agenda[k] >= 0:
                _count_clashes(p, p.position[agenda[k]], k, clashes, clashing)
        for i in range(timed):
            session = p.order[i]
            if clashes[i] != 1 or worth[session] <= 0:
                continue
            found, place = instead[visitor, clashing[i]], most
            while place > 0 and _goes_before(worth, session, found[place - 1]):
                place -= 1
            if place < most:
                for later in range(most - 1, place, -1):
                    found[later] = found[later - 1]
                found[place] = session


@inner
def _count_clashes(p: Programme, position: int, k: int, clashes: Numbers, clashing: Numbers) -> None:
    """Add one to `clashes` and note `k` in `clashing` where something clashes with a position; two for its own talk."""
    timed, start, end, lane = p.first[-1], p.start[position], p.end[position], p.lane[position]
    for i in range(timed):
        gap = 0 if p.lane[i] == lane and lane >= 0 else p.travel
        if p.talk[i] == p.talk[position]:
            clashes[i] += 2
        elif position < timed and p.start[i] < end + gap and start < p.end[i] + gap:
            clashes[i] += 1
            clashing[i] = k


@inner
def _goes_before(worth: Millionths, session: int, other: int) -> bool:
    """Whether a session is better than another (-1: none); equal ones by their number."""
    return other < 0 or worth[session] > worth[other] or (worth[session] == worth[other] and session < other)
