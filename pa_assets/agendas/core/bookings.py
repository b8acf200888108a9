"""Bookings: what visitors have settled already, by session or by time. What an agenda makes of them is `recommend`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.landing_columns import LandingError, quoted, with_columns
from pa_assets.agendas.core.people.registrations import clean_badges
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, with_sources
from pa_assets.agendas.core.sessions.slots import read_slots
from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets.agendas.core.text import each_value, tidy_values

COLUMNS = ("badge_id", "session_id", "starts_at", "ends_at")
_TIMES = ("date", "start_time", "end_time", "starts_at", "ends_at")


def read_bookings(rows: pd.DataFrame | None, visitors: pd.DataFrame, sessions: pd.DataFrame, event: Event) -> Prepared:
    """Bookings of this year's visitors, each with the time that it takes.

    A row names a session of the programme, or a time (date, start and end), or both: then the programme's time
    counts as far as it has one. Set aside: blank and unknown badges, and sessions that the programme does not have
    where the row tells no time of its own. With one it still takes that time. Folded: what is booked twice.

    Args:
        rows: as `read_rows(..., "bookings")` gives them, or None.
        visitors: table `VISITORS`; only this year's rows count.
        sessions: table `SESSIONS` or `BACKFILLED_SESSIONS`; only this year's rows count.
        event: time zone and order of dates.

    Returns:
        Columns badge_id, session_id (`""`: a time that is no session's), starts_at, ends_at (NaT where the
        programme has none), sorted by all of them, no row twice.

    Raises:
        LandingError: a row says neither session nor time, or a time cannot be read or ends before it begins.
    """
    delivered = with_sources(with_columns(pd.DataFrame() if rows is None else rows, "bookings"))
    texts = pd.DataFrame({name: tidy_values(delivered[name]) for name in ("session_id", *_TIMES)})
    slots = read_slots(texts, event.time_zone, overnight=False, date_order=event.date_order)
    _refuse(delivered, texts, slots)

    on = sessions[sessions["cohort"].eq(THIS_YEAR)].set_index("session_id")[["starts_at", "ends_at"]]
    known = texts["session_id"].isin(on.index)
    planned = on.reindex(texts["session_id"]).set_axis(texts.index)
    settled = known & planned.notna().all(axis=1)
    own = slots[["starts_at", "ends_at"]]
    badge = clean_badges(delivered["badge_id"])
    here = badge.isin(visitors.loc[visitors["cohort"].eq(THIS_YEAR), "badge_id"])
    timed = own.notna().all(axis=1)

    sieve = Sieve(delivered)
    sieve.set_aside(badge.eq(""), "blank badge")
    sieve.set_aside(~here, "badge not registered this year")
    sieve.set_aside(
        ~known & ~timed, "session not in the programme, and no time of its own", "session " + texts["session_id"]
    )
    table = pd.DataFrame({"badge_id": badge, "session_id": texts["session_id"].where(known, "")})
    table[["starts_at", "ends_at"]] = planned.where(settled | ~timed, own)
    kept = sieve.kept
    once = _conform(table[kept])
    moved = kept & settled & timed & (own != planned).any(axis=1)
    notes = {
        "bookings of sessions not in the programme, kept by their own time": int(
            (kept & ~known & texts["session_id"].ne("")).sum()
        ),
        "bookings whose time is not the programme's, which counts": int(moved.sum()),
        "bookings of sessions without time": int((kept & known & ~settled & ~timed).sum()),
    }
    return checked(once, sieve.quarantine(), len(delivered), {"booked twice": int(kept.sum()) - len(once)}, notes)


def _refuse(delivered: pd.DataFrame, texts: pd.DataFrame, slots: pd.DataFrame) -> None:
    """Stop at the first row that nothing can be made of: a visitor would be sent elsewhere at a booked time."""
    whole = slots[["starts_at", "ends_at"]].notna().all(axis=1)
    wrong = each_value(slots["unread"], _unread)
    wrong = wrong.mask(wrong.eq("") & whole & slots["ends_at"].le(slots["starts_at"]), "the end is not after the start")
    nothing = wrong.eq("") & ~whole & texts["session_id"].eq("")
    wrong = wrong.mask(nothing, "there is neither a session nor a date with start and end")
    if wrong.ne("").any():
        first, text = delivered[wrong.ne("")].iloc[0], wrong[wrong.ne("")].iloc[0]
        raise LandingError(
            f"{first['source_file']}, row {first['source_row']}: {text}. Write session_id, or date, start_time and "
            "end_time, such as 2025-11-20, 09:30 and 10:00."
        )


def _unread(text: str) -> str:
    """`date '31.13.2025'` -> what is said of it; what is no such value at all is not quoted."""
    name, _, value = text.partition(" ")
    return f"{name} {quoted([value[1:-1]])} is no {'date' if name == 'date' else 'time'}" if text else ""


def _conform(table: pd.DataFrame) -> pd.DataFrame:
    kinds: dict[str, Any] = {
        "badge_id": object,
        "session_id": object,
        "starts_at": "datetime64[ns]",
        "ends_at": "datetime64[ns]",
    }
    return table[list(COLUMNS)].astype(kinds).drop_duplicates().sort_values(list(COLUMNS), ignore_index=True)
