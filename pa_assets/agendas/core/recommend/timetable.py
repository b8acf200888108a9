"""The timetable: when each session is and what may stand before it in one agenda.

Two sessions clash when one starts before the other has ended, plus `travel_minutes` if their theatres differ.
A session without a theatre could be anywhere, so an agenda leaves the travel time before and after it; one without
a start clashes with nothing, for it cannot be told; one without an end counts as long as the median session; none
counts as shorter than a minute.

A day is a date of start. Dates whose sessions clash across midnight count as one day. Days do not touch each other,
so each is planned for itself. A break is time free of sessions; walking may fall into it.

Only times and places live here; which sessions are picked is the matter of `agendas`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.inputs import Flags, Numbers, RecommendationError

_MINUTE = 60_000_000_000
_DAY = 24 * 60 * _MINUTE
_MOST_BREAKS = 5
_NEVER = np.iinfo(np.int64).max


class Gaps(NamedTuple):
    """What may stand before a session, or last on a day, if the breaks of a set are to fall after it.

    N positions, D days, M = 2 ** K sets of the at most K breaks on one day (bit b: break b; column 0: no break).
    """

    anywhere: Numbers
    """N x M: how many positions of the day may come before, wherever they are; -1: none may, not even nothing."""
    in_lane: Numbers
    """N x M: one more than the last position of the day that may come before in the same theatre, 0 if none."""
    closing: Numbers
    """D x M: how many positions may be the last of the day; -1: none may."""


class Programme(NamedTuple):
    """What the compiled loops read. Positions are the N sessions by day, then end; those without a start come last.

    Times are nanoseconds. D days, at most K breaks on one of them.
    """

    order: Numbers
    """Position -> session."""
    position: Numbers
    """Session -> position."""
    start: Numbers
    end: Numbers
    lane: Numbers
    """Number of the theatre, -1 where staying in the theatre gains nothing."""
    talk: Numbers
    """Number of the talk; a repeated talk has one number."""
    repeated: Flags
    """Whether the talk is given more than once."""
    travel: int
    first: Numbers
    """First position of each day (D + 1); the last entry is the first position without a start."""
    previous: Numbers
    """One more than the position of the day that comes before in the same theatre, 0 if none."""
    gaps: Gaps
    needed: Numbers
    """Set of breaks of each day (D)."""
    break_from: Numbers
    """D x K: when it may start."""
    break_to: Numbers
    """D x K: when it must have ended."""
    break_length: Numbers
    """D x K."""
    most: int
    """Sessions in one agenda."""
    per_day: int
    """Sessions on one day."""


@dataclass(frozen=True)
class Timetable:
    """This year's N sessions in time."""

    programme: Programme
    without_time: int
    """Sessions without a start."""
    possible: Flags
    """N: all but sessions that leave no room for a break on their day."""

    def __len__(self) -> int:
        return len(self.programme.order)

    @property
    def day(self) -> Numbers:
        """Number of the day of each session, -1 for those without a start."""
        programme = self.programme
        of_position = np.searchsorted(programme.first, np.arange(len(self)), side="right") - 1
        return np.where(of_position < len(programme.first) - 1, of_position, -1)[programme.position]


def timetable(sessions: pd.DataFrame, settings: config.Recommendations) -> Timetable:
    """Order the sessions and work out what may stand before each.

    Args:
        sessions: this year's, with starts_at, ends_at, theatre__name and content_group.
        settings: travel_minutes, breaks, max_recommendations and max_per_day count here.

    Raises:
        RecommendationError: a break does not fit between its own times, or there are too many on one day.
    """
    from pa_assets.agendas.core.recommend import kernels

    start, end, timed = spans(sessions)
    travel = settings.travel_minutes * _MINUTE
    lane = _lanes(sessions["theatre__name"], timed, travel)
    fits = _leaves_breaks(start, end, timed, settings.breaks)
    day = _days(start, end, lane, timed, fits, travel)
    order = np.lexsort((np.arange(len(start)), start, end, day))
    first = np.append(np.searchsorted(day[order], np.arange(day[timed].max(initial=-1) + 1)), timed.sum())
    breaks = _breaks_of_days(start[order], end[order], fits[order], first, settings.breaks)
    talk = pd.factorize(sessions["content_group"], sort=True)[0].astype(np.int64)
    programme = Programme(
        order=order,
        position=np.argsort(order),
        start=start[order],
        end=end[order],
        lane=lane[order],
        talk=talk[order],
        repeated=(np.bincount(talk, minlength=1)[talk] > 1)[order],
        travel=travel,
        first=first.astype(np.int64),
        previous=np.zeros(len(order), dtype=np.int64),
        gaps=Gaps(
            anywhere=np.full((len(order), 2 ** breaks.shape[2]), -1, dtype=np.int64),
            in_lane=np.zeros((len(order), 2 ** breaks.shape[2]), dtype=np.int64),
            closing=np.full((len(first) - 1, 2 ** breaks.shape[2]), -1, dtype=np.int64),
        ),
        needed=((breaks[2] > 0) * 2 ** np.arange(breaks.shape[2])).sum(axis=1).astype(np.int64),
        break_from=breaks[0],
        break_to=breaks[1],
        break_length=breaks[2],
        most=min(settings.max_recommendations, len(order)),
        per_day=min(settings.max_per_day or settings.max_recommendations, len(order)),
    )
    _fill_without_breaks(programme, fits[order])
    nothing = np.empty(0, dtype=np.int64)
    for number in range(len(first) - 1):
        kernels.place_breaks(programme, number, nothing, nothing, programme.gaps)
    return Timetable(programme, int((~timed).sum()), fits)


def spans(sessions: pd.DataFrame) -> tuple[Numbers, Numbers, Flags]:
    """Start and end of each session in nanoseconds, and whether its start is known."""
    timed = sessions["starts_at"].notna().to_numpy()
    start = np.where(timed, nanoseconds(sessions["starts_at"]), _NEVER)
    ended = timed & sessions["ends_at"].notna().to_numpy()
    length = np.where(ended, nanoseconds(sessions["ends_at"]) - np.where(timed, start, 0), 0)
    usual = int(np.median(length[ended])) if ended.any() else 60 * _MINUTE
    length = np.maximum(np.where(ended, length, usual), _MINUTE)
    return start, np.where(timed, np.where(timed, start, 0) + length, _NEVER), timed


def nanoseconds(times: pd.Series[pd.Timestamp]) -> Numbers:
    """Times as whole nanoseconds."""
    return times.astype("datetime64[ns]").to_numpy().astype(np.int64)


def _lanes(theatres: pd.Series[str], timed: Flags, travel: int) -> Numbers:
    theatre = theatres.str.split().str.join(" ").str.casefold()
    lane = pd.factorize(theatre, sort=True)[0].astype(np.int64)
    return np.where(theatre.eq("").to_numpy() | ~timed | (travel == 0), -1, lane)


def _clashes(one: Numbers, others: Numbers, start: Numbers, end: Numbers, lane: Numbers, travel: int) -> Flags:
    """Which of sessions `one` (rows) clash with which `others` (columns)."""
    same = (lane[one][:, None] == lane[others][None, :]) & (lane[one][:, None] >= 0)
    gap = np.where(same, 0, travel)
    before = start[one][:, None] < end[others][None, :] + gap
    return np.asarray(before & (start[others][None, :] < end[one][:, None] + gap))


def _days(start: Numbers, end: Numbers, lane: Numbers, timed: Flags, fits: Flags, travel: int) -> Numbers:
    """Number of the day of each session; those without a start have the number after the last."""
    date = np.where(timed, start // _DAY, -1)
    dates = np.unique(date[timed])
    number = np.zeros(len(dates), dtype=np.int64)
    for place, today in enumerate(dates[1:], start=1):
        here = np.flatnonzero((date == today) & fits)
        earlier = np.flatnonzero(timed & (date < today) & fits)
        if len(here):
            earlier = earlier[end[earlier] + travel > start[here].min()]
        clashing = earlier[_clashes(earlier, here, start, end, lane, travel).any(axis=1)]
        joined = number[np.searchsorted(dates, date[clashing])].min(initial=number[place - 1] + 1)
        number[:place] = np.minimum(number[:place], joined)
        number[place] = joined
    numbered = np.append(number, len(dates))
    return numbered[np.where(timed, np.searchsorted(dates, date), len(dates))]


def _windows(breaks: list[config.Break]) -> Numbers:
    """Earliest, latest and length of each break, counted from midnight (breaks x 3)."""
    rows = []
    for pause in breaks:
        earliest, latest = ((int(time[:2]) * 60 + int(time[3:])) * _MINUTE for time in (pause.earliest, pause.latest))
        if latest - earliest < pause.minutes * _MINUTE:
            raise RecommendationError(
                f"recommendations.breaks: {pause.minutes} minutes do not fit between {pause.earliest} and "
                f"{pause.latest}. Move the times apart or shorten the break."
            )
        rows.append((earliest, latest, pause.minutes * _MINUTE))
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _leaves_breaks(start: Numbers, end: Numbers, timed: Flags, breaks: list[config.Break]) -> Flags:
    """Which sessions leave room for each break on each date that they touch."""
    result = np.ones(len(start), dtype=bool)
    begin, finish = np.where(timed, start, 0), np.where(timed, end, 1)
    first, last = begin // _DAY, (finish - 1) // _DAY
    for earliest, latest, length in _windows(breaks):
        for ahead in range(int((last - first).max(initial=0)) + 1):
            midnight = (first + ahead) * _DAY
            before = np.minimum(begin, midnight + latest) - (midnight + earliest)
            after = midnight + latest - np.maximum(finish, midnight + earliest)
            result &= (before >= length) | (after >= length) | (first + ahead > last) | ~timed
    return result


def _breaks_of_days(start: Numbers, end: Numbers, fits: Flags, first: Numbers, breaks: list[config.Break]) -> Numbers:
    """Start, end and length of the breaks that matter on each day: 3 x D x K, length 0 where there are fewer."""
    windows = _windows(breaks)
    found: list[list[tuple[int, int, int]]] = []
    for begin, stop in pairwise(first):
        here = begin + np.flatnonzero(fits[begin:stop])
        dates = range(int(start[here].min() // _DAY), int((end[here].max() - 1) // _DAY) + 1) if len(here) else range(0)
        placed = [(date * _DAY + a, date * _DAY + b, length) for date in dates for a, b, length in windows.tolist()]
        found.append([(a, b, length) for a, b, length in placed if ((start[here] < b) & (end[here] > a)).any()])
    most = max((len(day) for day in found), default=0)
    if most > _MOST_BREAKS:
        raise RecommendationError(
            f"recommendations.breaks: {most} breaks fall on one day; at most {_MOST_BREAKS} are possible. Name fewer."
        )
    result = np.zeros((3, len(found), most), dtype=np.int64)
    for number, day in enumerate(found):
        result[:, number, : len(day)] = np.array(day, dtype=np.int64).reshape(-1, 3).T
    return result


def _fill_without_breaks(programme: Programme, fits: Flags) -> None:
    """The columns of the empty set of breaks."""
    start, end, lane = programme.start, programme.end, programme.lane
    for number, (begin, stop) in enumerate(pairwise(programme.first)):
        here = slice(begin, stop)
        before = np.searchsorted(end[here], start[here] - programme.travel, side="right")
        programme.gaps.anywhere[here, 0] = np.where(fits[here], before, -1)
        programme.gaps.closing[number, 0] = stop - begin
        for theatre in np.unique(lane[here][lane[here] >= 0]):
            own = np.flatnonzero(lane[here] == theatre)
            counted = np.append(0, own + 1)
            programme.previous[begin + own] = counted[:-1]
            before = np.searchsorted(end[begin + own], start[begin + own], side="right")
            programme.gaps.in_lane[begin + own, 0] = np.where(fits[begin + own], counted[before], 0)
