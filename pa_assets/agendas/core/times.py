"""Dates and times as exports write them, read as naive local time of the event.

ISO 8601 first; then the day-first forms of European exports. A time with an offset is turned into the event's
time zone. What cannot be read is NaT: the caller decides whether that is noted or set aside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

_ISO = r"^\d{4}-\d{2}-\d{2}"
_WITH_OFFSET = r"\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})$"
_DATED = r"\d{4}-\d{2}-\d{2}|\d{1,4}[/.]\d{1,2}[/.]\d{2,4}|\d [A-Za-z]{3,9} \d{4}"
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H.%M", "%H:%M:%S.%f")
_DAYS = ("%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%A %d %B %Y", "%d/%m/%y")
_DAYS_WITH_CLOCKS = (*_DAYS, *(f"{day} {clock}" for day in _DAYS for clock in _CLOCKS[:4]))


def parse_times(values: pd.Series[Any], time_zone: str) -> pd.Series[Any]:
    """Points in time of a text column, naive and local to `time_zone`; NaT where blank or unreadable.

    `03/04/2025` is the third of April.
    """
    text = values.astype(str).str.strip()
    result = pd.Series(pd.NaT, index=text.index, dtype="datetime64[ns]")
    iso = text.str.match(_ISO)
    aware = iso & text.str.contains(_WITH_OFFSET, regex=True)
    naive = iso & ~aware
    if naive.any():
        result[naive] = pd.to_datetime(text[naive], format="ISO8601", errors="coerce")
    if aware.any():
        moments = pd.to_datetime(text[aware], format="ISO8601", errors="coerce", utc=True)
        result[aware] = moments.dt.tz_convert(time_zone).dt.tz_localize(None)
    return _parse_rest(text, result, ~iso & (text != ""), _DAYS_WITH_CLOCKS)


def parse_clock(values: pd.Series[Any]) -> pd.Series[Any]:
    """Times of the day of a text column as time since midnight; NaT where blank or unreadable."""
    text = values.astype(str).str.strip()
    nothing = pd.Series(pd.NaT, index=text.index, dtype="datetime64[ns]")
    moments = _parse_rest(text, nothing, text != "", _CLOCKS)
    clock: pd.Series[Any] = moments - moments.dt.normalize()
    return clock


def is_dated(values: pd.Series[Any]) -> pd.Series[Any]:
    """Whether each text holds a date and not only a time of the day."""
    return values.astype(str).str.contains(_DATED, regex=True)


def _parse_rest(
    text: pd.Series[Any], result: pd.Series[Any], rest: pd.Series[Any], formats: Iterable[str]
) -> pd.Series[Any]:
    """Try the formats in turn on what is not read yet."""
    for form in formats:
        if not rest.any():
            break
        read = pd.to_datetime(text[rest], format=form, errors="coerce")
        result = result.where(~rest, read.reindex(result.index))
        rest = rest & result.isna()
    return result
