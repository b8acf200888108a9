"""Of a checker that stands apart from the solver: what takes which time, and which times do not go together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_Numbers = NDArray[np.int64]

_MINUTE = 60_000_000_000
_DAY = 24 * 60 * _MINUTE


def slots_of(table: pd.DataFrame) -> pd.DataFrame:
    """The time that each row takes, aligned with `table`.

    Args:
        table: columns starts_at, ends_at and theatre__name.

    Returns:
        Columns start and end (nanoseconds; an end is at least a minute after its start), timed (both are known:
        without them nothing can be told of them), day (of the start, in days since 1970, -1 where unknown) and room
        (a number, -1 where the theatre is unknown).
    """
    timed = table["starts_at"].notna() & table["ends_at"].notna()
    start = _nanoseconds(table["starts_at"].where(timed, pd.Timestamp(0)))
    end = _nanoseconds(table["ends_at"].where(timed, pd.Timestamp(0)))
    theatre = table["theatre__name"].fillna("").astype(str).str.split().str.join(" ").str.casefold()
    room = pd.factorize(theatre)[0]
    return pd.DataFrame(
        {
            "start": start,
            "end": np.maximum(end, start + _MINUTE),
            "room": np.where(theatre.eq(""), -1, room),
            "timed": timed.to_numpy(),
            "day": np.where(table["starts_at"].notna(), _nanoseconds(table["starts_at"]) // _DAY, -1),
        },
        index=table.index,
    )


def overlapping(slots: pd.DataFrame, travel_minutes: int) -> pd.DataFrame:
    """Pairs of slots of one visitor that do not go together.

    Two do not when one starts before the other has ended, plus `travel_minutes` where both rooms are known and
    differ.

    Args:
        slots: columns visitor (numbers from 0), start, end and room.
        travel_minutes: as in the settings.

    Returns:
        One row per pair: one and other (positions in `slots`, the earlier first) and walk (they go together but for
        the way).
    """
    visitor, start, end, room = (slots[name].to_numpy(np.int64) for name in ("visitor", "start", "end", "room"))
    order = np.lexsort((np.arange(len(slots)), start, visitor))
    longest = int(np.bincount(visitor).max(initial=0))
    pairs = []
    for distance in range(1, longest):
        one, other = order[:-distance], order[distance:]
        same = visitor[one] == visitor[other]
        moves = (room[one] >= 0) & (room[other] >= 0) & (room[one] != room[other])
        free = start[other] - end[one]
        wrong = same & ((free < 0) | (moves & (free < travel_minutes * _MINUTE)))
        pairs.append(pd.DataFrame({"one": one[wrong], "other": other[wrong], "walk": free[wrong] >= 0}))
    none = pd.DataFrame({"one": [], "other": [], "walk": []}).astype({"one": int, "other": int, "walk": bool})
    return pd.concat([none, *pairs], ignore_index=True)


def without_rest(slots: pd.DataFrame, earliest: str, latest: str, minutes: int) -> pd.DataFrame:
    """Days on which something lies between `earliest` and `latest` and no `minutes` at a stretch are free.

    Args:
        slots: columns visitor, start and end.
        earliest: time of the day, HH:MM.
        latest: the same.
        minutes: free minutes at a stretch.

    Returns:
        Columns visitor and day (number of days since 1970), each pair once.
    """
    opens, closes = (int(text[:2]) * 60 * _MINUTE + int(text[3:]) * _MINUTE for text in (earliest, latest))
    days = _by_day(slots)
    days["from"] = np.maximum(days["start"], days["day"] * _DAY + opens)
    days["to"] = np.minimum(days["end"], days["day"] * _DAY + closes)
    days = days[days["from"] < days["to"]].sort_values(["visitor", "day", "from"], kind="stable")
    agenda = days.groupby(["visitor", "day"], sort=False)
    days["busy_until"] = agenda["to"].cummax()
    last = agenda["busy_until"].shift(fill_value=-1)
    free = days["from"] - last.where(last >= 0, days["day"] * _DAY + opens)
    most = free.groupby([days["visitor"], days["day"]]).max()
    after = (days["day"] * _DAY + closes - days["busy_until"]).groupby([days["visitor"], days["day"]]).last()
    missing = most.where(most > after, after) < minutes * _MINUTE
    return missing[missing].index.to_frame(index=False)


def date_of(day: pd.Series[Any]) -> pd.Series[Any]:
    """The date as text of a number of days since 1970."""
    return pd.to_datetime(day * _DAY).dt.strftime("%Y-%m-%d").astype(object)


def _by_day(slots: pd.DataFrame) -> pd.DataFrame:
    """A row for each day that a slot touches."""
    first = slots["start"] // _DAY
    count = (slots["end"] - 1) // _DAY - first + 1
    rows = np.repeat(np.arange(len(slots)), count)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    days = slots[["visitor", "start", "end"]].iloc[rows].reset_index(drop=True)
    return days.assign(day=first.to_numpy()[rows] + offset.to_numpy())


def _nanoseconds(times: pd.Series[Any]) -> _Numbers:
    return times.astype("datetime64[ns]").to_numpy().astype(np.int64)
