"""Compiled loops over what sessions are worth to visitors, before and after the agendas are made.

Imported inside functions only, for numba is heavy.
"""

from __future__ import annotations

import numpy as np

from pa_assets.agendas.core.recommend.compiled import compiled, inner
from pa_assets.agendas.core.recommend.inputs import Millionths, Numbers
from pa_assets.agendas.core.recommend.timetable import Programme


@inner
def _clash(p: Programme, one: int, other: int) -> bool:
    """Whether sessions at two positions cannot stand in one agenda; those without a start clash with nothing."""
    if max(one, other) >= p.first[-1]:
        return False
    gap = 0 if p.lane[one] == p.lane[other] and p.lane[one] >= 0 else p.travel
    return p.start[one] < p.end[other] + gap and p.start[other] < p.end[one] + gap


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
    most = instead.shape[2]
    for visitor in visitors:
        agenda = agendas[visitor]
        for k in range(len(agenda)):
            if agenda[k] < 0 or p.position[agenda[k]] >= p.first[-1]:
                continue
            found = instead[visitor, k]
            for i in range(p.first[-1]):
                session, place = p.order[i], most
                while place > 0 and _goes_before(values[visitor], session, found[place - 1]):
                    place -= 1
                if place < most and _can_replace(p, i, agenda, k):
                    for later in range(most - 1, place, -1):
                        found[later] = found[later - 1]
                    found[place] = session


@inner
def _goes_before(values: Millionths, session: int, other: int) -> bool:
    """Whether a session is better than another (-1: none); equal ones by their number."""
    if values[session] <= 0:
        return False
    if other < 0 or values[session] > values[other]:
        return True
    return values[session] == values[other] and session < other


@inner
def _can_replace(p: Programme, i: int, agenda: Millionths, k: int) -> bool:
    for j in range(len(agenda)):
        if agenda[j] < 0:
            break
        position = p.position[agenda[j]]
        if p.talk[i] == p.talk[position] or _clash(p, i, position) != (j == k):
            return False
    return True
