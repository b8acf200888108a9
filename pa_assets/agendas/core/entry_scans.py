"""Badge scans at the entrance: one row per badge with a column per day -> one row per badge and day entered.

Which columns are days is told by `entry_days`, which others are kept by `entry_columns`; scans at sessions are `scans`.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from pa_assets.agendas.config import Attendance, Event
from pa_assets.agendas.core.entry_columns import further_columns
from pa_assets.agendas.core.entry_days import DayColumns, day_columns, day_name, first_days
from pa_assets.agendas.core.landing_columns import ROLES, LandingError, quoted, with_columns
from pa_assets.agendas.core.people.registrations import clean_badges
from pa_assets.agendas.core.people.shows import EXCLUDED, UNKNOWN, resolve_shows, shown_code
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, finish, with_sources
from pa_assets.agendas.core.tables import ENTRY_SCANS, THIS_YEAR
from pa_assets.agendas.core.text import each_value, tidy_values
from pa_assets.agendas.core.times import is_dated, parse_clock, parse_times

YES, NO = "yes", "no"
_YES = frozenset({"yes", "y", "true", "x"})
_NO = frozenset({"no", "n", "false"})
_COUNT = r"\d{1,2}(?:\.0)?"


def process_entry_scans(rows: pd.DataFrame | None, event: Event, attendance: Attendance) -> Prepared:
    """Entries of badges at the entrance: one row per badge, show and day.

    Delivered are one row per badge and, per day, a column (`Day 1`, `Wednesday`, `24 Sep`, `2025-09-24`: yes or
    no, a count, or the time) and a twin with `Entry` after its name (date and time, or time alone); one of the two
    is enough. The show is told by the row, else by `attendance.file_show_map`, else by a code in the file's name.
    All counts of the result are of badge-days. Set aside: blank badges, excluded, unknown and unnamed shows, and
    what is neither yes, no nor a time. Folded: days without entry, and a badge's further entries on a day. Whatever
    else the rows hold is kept, but for what may tell who somebody is; of several entries on a day, that of the first.

    Args:
        rows: as `read_rows(..., "entry_scans")` gives them, or None.
        event: show codes, dates and time zone.
        attendance: which show a file is of.

    Returns:
        Table `ENTRY_SCANS`.

    Raises:
        LandingError: there are rows, but no column of a day.
    """
    delivered = with_sources(with_columns(pd.DataFrame() if rows is None else rows, "entry_scans"))
    others = _other_columns(delivered)
    days = day_columns(others, event)
    if not days and len(delivered):
        files = ", ".join(sorted(set(delivered["source_file"]))) or "entry scans"
        raise LandingError(
            f"{files}: missing column 'Day 1' (and 'Day 1 Entry'): no day of entry can be told. Name the days "
            "'Day 1', 'Wednesday', '24 Sep' or '2025-09-24'."
        )
    of_days = {name for columns in days for name in (columns.entered, columns.entry)}
    further, personal = further_columns(delivered, (name for name in others if name not in of_days))
    badge_days = _badge_days(delivered, _with_shows(delivered, event, attendance), days, event)
    came = badge_days[badge_days["says"] != NO].reset_index(drop=True)
    sieve = Sieve(delivered.iloc[came["row"]].reset_index(drop=True).assign(day_of_entry=came["day"]))
    _set_aside(came, sieve)

    kept = came[sieve.kept]
    kept = pd.concat([kept, further.iloc[kept["row"]].set_axis(kept.index)], axis=1)
    order = ["badge_id", "code", "day", "entered_at", "badge_type", "show_name", *further.columns, "source_file"]
    kept = kept.sort_values(order, kind="stable")
    first = kept.drop_duplicates(["badge_id", "code", "day"])
    folded = {
        "no entry on that day": len(badge_days) - len(came),
        "further entry on that day": len(kept) - len(first),
    }
    unread = first["entered_at"].isna()
    elsewhen = ~unread & (first["entered_at"].dt.strftime("%Y-%m-%d") != first["date"])
    notes = {
        "entry time not understood": int((unread & (first["entry"] != "")).sum()),
        "entry on another date than its column says": int(elsewhen.sum()),
    }
    if personal:
        notes[f"columns left out, they may tell who somebody is: {quoted(personal)}"] = len(personal)
    table = finish(ENTRY_SCANS, first.assign(show_ref=first["code"])[[*ENTRY_SCANS.names, *further.columns]])
    return checked(table, sieve.quarantine(), len(badge_days), folded, notes)


def _other_columns(delivered: pd.DataFrame) -> list[str]:
    known = {*ROLES["entry_scans"].columns, "source_file", "source_row"}
    return [name for name in map(str, delivered.columns) if name not in known]


def _with_shows(delivered: pd.DataFrame, event: Event, attendance: Attendance) -> pd.DataFrame:
    """The rows with clean values, `code` and `cohort` of their show, and `row`, their position."""
    texts = {name: tidy_values(delivered[name]) for name in ("show_ref", "show_name", "badge_type")}
    clean = delivered[["source_file"]].assign(badge_id=clean_badges(delivered["badge_id"]), **texts)
    of_file = each_value(clean["source_file"], lambda file: show_of_file(file, attendance.file_show_map))
    named = clean.assign(show_ref=clean["show_ref"].mask(clean["show_ref"] == "", of_file))
    shows = resolve_shows(named, event, ("source_file",))
    return clean.assign(code=shows["code"], cohort=shows["cohort"], row=range(len(clean)))


def show_of_file(file: str, shows: dict[str, str]) -> str:
    """The show code of the longest part of the file's name that the settings know, whatever its case."""
    parts = sorted(shows, key=lambda part: (-len(part), part))
    return next((shows[part] for part in parts if part.casefold() in file.casefold()), "")


def _badge_days(delivered: pd.DataFrame, clean: pd.DataFrame, days: list[DayColumns], event: Event) -> pd.DataFrame:
    """One row per row and day: `day`, `date`, `says` (yes, no or something else), `entry` and `entered_at`."""
    parts = [_one_day(delivered, clean, columns, event) for columns in days]
    if not parts:
        return clean.assign(day="", date="", says="", entry="", entered_at=pd.Series(dtype="datetime64[ns]"))
    return pd.concat(parts, ignore_index=True)


def _one_day(delivered: pd.DataFrame, clean: pd.DataFrame, columns: DayColumns, event: Event) -> pd.DataFrame:
    nothing = pd.Series("", index=clean.index, dtype=object)
    entered = tidy_values(delivered[columns.entered]) if columns.entered else nothing
    entry = tidy_values(delivered[columns.entry]) if columns.entry else nothing
    first = first_days(event)
    dates = {cohort: date.isoformat() for cohort, date in columns.dates.items()}
    names = {cohort: day_name(date, first[cohort]) for cohort, date in columns.dates.items()}
    cohort = clean["cohort"].where(clean["cohort"].isin(dates), THIS_YEAR)
    date = cohort.map(dates).astype(object)

    # Either column may hold yes, no or a time.
    said, said_beside = each_value(entered, _yes_or_no), each_value(entry, _yes_or_no)
    time, own_time = entry.where(said_beside == "", ""), entered.where(said == "", "")
    shown = time.mask(time == "", own_time)
    entered_at = _times(shown, date, event)
    says = said.mask((said == "") & (own_time == ""), NO).mask(time != "", "")
    says = says.mask((said == YES) | (said_beside == YES) | entered_at.notna(), YES)
    return clean.assign(day=cohort.map(names).astype(object), date=date, says=says, entry=shown, entered_at=entered_at)


def _yes_or_no(text: str) -> str:
    """`YES`, `NO`, or `""` for what is neither; a count is yes unless it is 0."""
    if re.fullmatch(_COUNT, text):
        return YES if float(text) else NO
    word = text.casefold()
    if word in _YES:
        return YES
    return NO if word in _NO else ""


def _times(texts: pd.Series[Any], date: pd.Series[Any], event: Event) -> pd.Series[Any]:
    """Times of entry; a time alone is on that date."""
    clock = pd.to_datetime(date) + parse_clock(texts)
    return parse_times(texts, event.time_zone, event.date_order).where(is_dated(texts), clock)


def _set_aside(came: pd.DataFrame, sieve: Sieve) -> None:
    code = came["code"]
    sieve.set_aside(came["cohort"] == EXCLUDED, "excluded show", "show code " + code)
    sieve.set_aside(came["cohort"].isin((UNKNOWN, "")), "unknown show code", each_value(code, _unknown_show))
    sieve.set_aside(came["badge_id"] == "", "blank badge")
    sieve.set_aside(came["says"] == "", "neither yes, no nor a time", came["day"])


def _unknown_show(code: str) -> str:
    if code:
        return f"{shown_code(code)} stands in none of the lists of config event.shows_*"
    return "no show code in the row or the file name; name the file in config attendance.file_show_map"
