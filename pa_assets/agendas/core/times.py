"""Dates and times as exports write them, read as naive local time of the event.

ISO 8601 first; then the forms of people's exports. A time with an offset is turned into the event's
time zone. What cannot be read is NaT: the caller decides whether that is noted or set aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

_ISO = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{1,2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?)?"
_OFFSET = r"\s*(?:Z|[+-]\d{2}(?::?\d{2})?)"
_DATED = (
    r"\d{4}-\d{2}-\d{2}|\d{1,4}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2}-\d{1,2}-\d{4}"
    r"|\d [A-Za-z]{3,9} \d{4}|[A-Za-z]{3,9} \d{1,2}, \d{4}"
)
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H.%M", "%H:%M:%S.%f")
_DAY_FIRST = ("%d/%m/%Y", "%d/%m/%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y")
_ANY_ORDER = (
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%A %d %B %Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%A, %B %d, %Y",
    "%Y-%m-%d",
)
_FIRST_YEAR, _LAST_YEAR = 1700, 2200
"""Beyond these a date is a typing error, and sums with it would leave the range of pandas."""


def parse_times(values: pd.Series[Any], time_zone: str, date_order: str = "day_first") -> pd.Series[Any]:
    """Points in time of a text column, naive and local to `time_zone`; NaT where blank or unreadable.

    Args:
        values: texts.
        time_zone: time zone of the event; times with an offset are moved to it.
        date_order: `day_first`: `03/04/2025` is the third of April; `month_first`: March the fourth. Counts for
            dates with slashes alone; a date that is impossible in this order is not read the other way round.
    """
    days = (*(_MONTH_FIRST if date_order == "month_first" else _DAY_FIRST), *_ANY_ORDER)
    formats = (*days, *(f"{day} {clock}" for day in days for clock in _CLOCKS[:5]))

    def parse(text: pd.Series[Any]) -> pd.Series[Any]:
        result = _nothing(text)
        naive = text.str.fullmatch(_ISO)
        aware = text.str.fullmatch(_ISO + _OFFSET) & ~naive
        if naive.any():
            result[naive] = pd.to_datetime(text[naive], format="ISO8601", errors="coerce")
        if aware.any():
            moments = _plausible(pd.to_datetime(text[aware], format="ISO8601", errors="coerce", utc=True))
            result[aware] = moments.dt.tz_convert(time_zone).dt.tz_localize(None)
        return _plausible(_parse_rest(text, result, ~naive & ~aware & (text != ""), formats))

    return _of_distinct(values, parse)


def parse_clock(values: pd.Series[Any]) -> pd.Series[Any]:
    """Times of the day of a text column as time since midnight; NaT where blank or unreadable."""
    moments = _of_distinct(values, lambda text: _parse_rest(text, _nothing(text), text != "", _CLOCKS))
    clock: pd.Series[Any] = moments - moments.dt.normalize()
    return clock


def is_dated(values: pd.Series[Any]) -> pd.Series[Any]:
    """Whether each text holds a date and not only a time of the day."""
    return values.astype(str).str.contains(_DATED, regex=True)


def _of_distinct(values: pd.Series[Any], parse: Callable[[pd.Series[Any]], pd.Series[Any]]) -> pd.Series[Any]:
    """`parse` of a text column; each distinct text is read once."""
    codes, distinct = pd.factorize(values.astype(str).str.strip())
    read = parse(pd.Series(distinct, dtype=object).astype(str))
    return pd.Series(read.to_numpy()[codes], index=values.index, dtype="datetime64[ns]")


def _nothing(text: pd.Series[Any]) -> pd.Series[Any]:
    return pd.Series(pd.NaT, index=text.index, dtype="datetime64[ns]")


def _plausible(moments: pd.Series[Any]) -> pd.Series[Any]:
    return moments.where(moments.dt.year.between(_FIRST_YEAR, _LAST_YEAR))


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
