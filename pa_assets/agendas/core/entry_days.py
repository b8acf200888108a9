"""Days of a show by the names of columns: `Day 2`, `Wednesday`, `24 Sep`, `2025-09-24`, each perhaps with `Entry`.

Names alone; what stands in the columns is `entry_scans`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

import pandas as pd

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.tables import COHORTS, LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR
from pa_assets.agendas.core.text import key_text, tidy
from pa_assets.agendas.core.times import parse_times

_DAYS_BEFORE = 2
"""A weekday up to so many days before the first day of the show is the one before it, else the one after."""
_LAST_DAY = 31

_ENTRY = re.compile(r"\W*entry$", re.IGNORECASE)
_DAY_NUMBER = re.compile(r"day0*([1-9]\d?)")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_WEEKDAYS = {text: at for at, name in enumerate(_NAMES) for text in (name, name[:3])} | _SHORT
_WEEKDAY_FIRST = re.compile(rf"^(?:{'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})\b[,.]?\s+", re.IGNORECASE)
_MAY_BE_A_DATE = re.compile(
    r"\d\s*[-/.]\s*\d|\d.*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec).*\d",
    re.IGNORECASE | re.DOTALL,
)
"""Reading a date takes long, and a file may have thousands of further columns."""
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE)
_WITHOUT_YEAR = (
    (re.compile(r"\d{1,2}[ -][A-Za-z]{3,9}"), "{} {}"),
    (re.compile(r"[A-Za-z]{3,9} \d{1,2}"), "{}, {}"),
    (re.compile(r"\d{1,2}/\d{1,2}"), "{}/{}"),
    (re.compile(r"\d{1,2}\.\d{1,2}"), "{}.{}"),
)
"""Forms of a date without year, and how the year is put to them."""


@dataclass(frozen=True)
class DayColumns:
    """The columns of one day of the show."""

    dates: dict[str, dt.date]
    """Cohort -> date of the day at its show."""
    entered: str
    """Column that says whether the badge came, `""` for none."""
    entry: str
    """Column that says when, `""` for none."""


def first_days(event: Event) -> dict[str, dt.date]:
    """First day of the show of each cohort; the paired show is taken to be of the main one's day if not said."""
    return {
        THIS_YEAR: event.event_date_this_year,
        LAST_YEAR_MAIN: event.event_date_last_year,
        LAST_YEAR_SECONDARY: event.event_date_last_year_secondary or event.event_date_last_year,
    }


def day_columns(names: Iterable[str], event: Event) -> list[DayColumns]:
    """The columns that are days, each with its twin for the time of entry, by date and name.

    Args:
        names: names of columns, in any order.
        event: first days of the shows and order of dates.
    """
    found: dict[tuple[dt.date, ...], tuple[list[str], list[str]]] = {}
    for name in sorted(names):
        title, is_entry = _ENTRY.subn("", tidy(name.replace("_", " ")))
        if dates := _dates(title, event):
            found.setdefault(dates, ([], []))[is_entry].append(name)
    return [
        DayColumns(dict(zip(COHORTS, dates, strict=True)), entered, entry)
        for dates, twins in sorted(found.items())
        for entered, entry in zip_longest(*twins, fillvalue="")
    ]


def day_name(date: dt.date, first_day: dt.date) -> str:
    """`Day 1` for the first day of a show; days before it, and long after it, by their date."""
    number = (date - first_day).days + 1
    return f"Day {number}" if 1 <= number <= _LAST_DAY else date.isoformat()


def _dates(title: str, event: Event) -> tuple[dt.date, ...]:
    """Date of a column at the show of each cohort, in the order of `COHORTS`; nothing if it is no day."""
    first = first_days(event)
    key = key_text(title)
    if number := _DAY_NUMBER.fullmatch(key):
        return tuple(first[cohort] + dt.timedelta(days=int(number[1]) - 1) for cohort in COHORTS)
    if key in _WEEKDAYS:
        return tuple(_weekday(_WEEKDAYS[key], first[cohort]) for cohort in COHORTS)
    if not _MAY_BE_A_DATE.search(title):
        return ()
    text = _ORDINAL.sub("", _WEEKDAY_FIRST.sub("", title)).replace("Sept ", "Sep ")
    for form, with_year in _WITHOUT_YEAR:
        if form.fullmatch(text):
            dates = [_nearest(text.replace("-", " "), with_year, first[cohort], event) for cohort in COHORTS]
            return tuple(date for date in dates if date) if all(dates) else ()
    return tuple(_read([text], event) * len(COHORTS))


def _weekday(weekday: int, first_day: dt.date) -> dt.date:
    """That weekday of the week of the show: from two days before its first day to four days after it."""
    after = (weekday - first_day.weekday() + _DAYS_BEFORE) % len(_NAMES) - _DAYS_BEFORE
    return first_day + dt.timedelta(days=after)


def _nearest(text: str, with_year: str, first_day: dt.date, event: Event) -> dt.date | None:
    """The date nearest to the first day of the show, of those that the text without year may mean."""
    years = (first_day.year - 1, first_day.year, first_day.year + 1)
    dates = _read([with_year.format(text, year) for year in years], event)
    return min(dates, key=lambda date: abs(date - first_day), default=None)


def _read(texts: list[str], event: Event) -> list[dt.date]:
    moments = parse_times(pd.Series(texts, dtype=object), event.time_zone, event.date_order).dropna()
    return [moment.date() for moment in moments]
