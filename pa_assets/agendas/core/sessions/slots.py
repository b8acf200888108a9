"""Day, start and end of programme rows as delivered -> local points in time.

What follows from a missing or impossible time is decided in `programme`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas.core.text import each_value
from pa_assets.agendas.core.times import is_dated, parse_clock, parse_times

_DAY_OF_NOTHING = 1970
"""Days up to this year stand where only a time of the day was meant."""


def read_slots(rows: pd.DataFrame, time_zone: str, *, overnight: bool, date_order: str = "day_first") -> pd.DataFrame:
    """Slots of programme rows.

    A start or end may be a time of the day on the row's date, or a date and time of its own; a start with a date of
    its own goes before the row's date. The date may bear the start's time, where no start is given.

    Args:
        rows: text columns `date`, `start_time`, `end_time`, `starts_at`, `ends_at`, blank where not delivered.
        time_zone: time zone of the event.
        overnight: an end before the start is on the next day.
        date_order: see `times.parse_times`.

    Returns:
        Columns `starts_at`, `ends_at` (NaT where unknown), `date`, `start_time`, `end_time` (as text, `""` where
        unknown) and `unread` (the first delivered value that could not be understood, with its
        column), aligned with `rows`.
    """
    start_text = rows["start_time"].mask(rows["start_time"] == "", rows["starts_at"])
    end_text = rows["end_time"].mask(rows["end_time"] == "", rows["ends_at"])
    moment = parse_times(rows["date"], time_zone, date_order)
    own_start = parse_times(start_text.where(is_dated(start_text), ""), time_zone, date_order)
    own_end = parse_times(end_text.where(is_dated(end_text), ""), time_zone, date_order)
    start_clock = parse_clock(start_text).fillna(own_start - own_start.dt.normalize())
    end_clock = parse_clock(end_text).fillna(own_end - own_end.dt.normalize())
    unread = pd.Series("", index=rows.index, dtype=object)
    for name, delivered, missing in (
        ("date", rows["date"], moment.isna()),
        ("start", start_text, start_clock.isna()),
        ("end", end_text, end_clock.isna()),
    ):
        unread = unread.mask((unread == "") & (delivered != "") & missing, name + " " + each_value(delivered, repr))
    day = _real_day(own_start).fillna(moment.dt.normalize())
    start_clock = start_clock.fillna(_time_of_day(moment).where(start_text == ""))
    starts = day + start_clock
    ends = _real_day(own_end).fillna(day) + end_clock
    if overnight:
        ends = ends.mask(ends < starts, ends + pd.Timedelta(days=1))
    midnight = pd.Timestamp(0)
    return pd.DataFrame(
        {
            "starts_at": starts,
            "ends_at": ends,
            "date": _written(day, "%Y-%m-%d"),
            "start_time": _written(midnight + start_clock, "%H:%M:%S"),
            "end_time": _written(midnight + end_clock, "%H:%M:%S"),
            "unread": unread,
        },
        index=rows.index,
    )


def _real_day(moments: pd.Series[Any]) -> pd.Series[Any]:
    """Days of moments; a spreadsheet's time of the day has a day of 1899 or 1970, which is none."""
    day: pd.Series[Any] = moments.where(moments.dt.year > _DAY_OF_NOTHING).dt.normalize()
    return day


def _time_of_day(moments: pd.Series[Any]) -> pd.Series[Any]:
    """Times of dates that bear one, missing at midnight: so are dates alone written."""
    clock: pd.Series[Any] = moments - moments.dt.normalize()
    return clock.where(clock > pd.Timedelta(0))


def _written(moments: pd.Series[Any], form: str) -> pd.Series[Any]:
    """Moments as text, `""` where missing; each distinct one is written once."""
    written = {moment: moment.strftime(form) for moment in moments.dropna().unique()}
    return moments.map(written).fillna("").astype(object)
