"""Day, start and end of programme rows as delivered -> local points in time.

What follows from a missing or impossible time is decided in `programme`.
"""

from __future__ import annotations

import pandas as pd

from pa_assets.agendas.core.text import each_value
from pa_assets.agendas.core.times import is_dated, parse_clock, parse_times


def read_slots(rows: pd.DataFrame, time_zone: str, *, overnight: bool, date_order: str = "day_first") -> pd.DataFrame:
    """Slots of programme rows.

    A start or end may be a time of the day on the row's date, or a date and time of its own.

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
    day = parse_times(rows["date"], time_zone, date_order).dt.normalize()
    own_start = parse_times(start_text.where(is_dated(start_text), ""), time_zone, date_order)
    own_end = parse_times(end_text.where(is_dated(end_text), ""), time_zone, date_order)
    start_clock = parse_clock(start_text).fillna(own_start - own_start.dt.normalize())
    end_clock = parse_clock(end_text).fillna(own_end - own_end.dt.normalize())
    unread = pd.Series("", index=rows.index, dtype=object)
    for name, delivered, missing in (
        ("date", rows["date"], day.isna()),
        ("start", start_text, start_clock.isna()),
        ("end", end_text, end_clock.isna()),
    ):
        unread = unread.mask((unread == "") & (delivered != "") & missing, name + " " + each_value(delivered, repr))
    day = day.fillna(own_start.dt.normalize())
    starts = own_start.fillna(day + start_clock)
    ends = own_end.fillna(day + end_clock)
    if overnight:
        ends = ends.mask(ends < starts, ends + pd.Timedelta(days=1))
    midnight = pd.Timestamp(0)
    return pd.DataFrame(
        {
            "starts_at": starts,
            "ends_at": ends,
            "date": day.dt.strftime("%Y-%m-%d").fillna(""),
            "start_time": (midnight + start_clock).dt.strftime("%H:%M:%S").fillna(""),
            "end_time": (midnight + end_clock).dt.strftime("%H:%M:%S").fillna(""),
            "unread": unread,
        },
        index=rows.index,
    )
