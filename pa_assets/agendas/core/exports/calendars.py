"""Calendars: one iCalendar file per visitor, all in one ZIP archive.

The library `icalendar` writes every line. Each session and each description is written once; a calendar is joined of
these pieces.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import zipfile
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.exports import texts
from pa_assets.agendas.core.exports.agendas import Agendas
from pa_assets.agendas.core.recommend.inputs import Words
from pa_assets.kit import fingerprint

if TYPE_CHECKING:
    import pyarrow as pa
    from icalendar import Event

_PRODUCT = "-//pa-assets//personal agendas//EN"
_END_OF_EVENT, _END_OF_CALENDAR = "END:VEVENT\r\n", "END:VCALENDAR\r\n"
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
"""Controls that RFC 5545 forbids in texts, and line ends of Unicode, which some readers take for ends of lines."""
_UNSAFE_IN_NAMES = r"[^A-Za-z0-9_-]"
_RESERVED_NAMES = r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)"
_LONGEST_NAME = 80
_TIME_OF_ENTRIES = (1980, 1, 1, 0, 0, 0)


def write_calendars(agendas: Agendas, programme: pd.DataFrame, event: config.Event, stream: IO[bytes]) -> None:
    """Write the archive: an entry for each visitor who has a session whose start is known, in order of badges.

    Args:
        agendas: of the visitors who receive them.
        programme: table BACKFILLED_SESSIONS, the S rows that `agendas` tells places of.
        event: title, show and time zone.
        stream: takes the archive.
    """
    start = programme["starts_at"].to_numpy(dtype="datetime64[ns]")
    opening, heads, tails = _opening(programme, event), *_sessions(programme, event)
    streams = texts.array([_continued(f"\n{stream}") if stream else "" for stream in programme["stream"]])
    names = file_names(agendas.badges)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for visitors, _, block in agendas.blocks():
            rows = np.flatnonzero(~np.isnat(start[block.session]))
            rows = rows[np.lexsort((block.session[rows], start[block.session[rows]], block.visitor[rows]))]
            visitor, session = block.visitor[rows], block.session[rows]
            keys = texts.array([fingerprint.of_text(event.show, badge) for badge in block.badges])
            reasons = _reasons(block.reasons[rows])
            parts = heads.take(session), keys.take(visitor), tails.take(session), reasons, streams.take(session)
            events = texts.joined(*parts, "\r\n", _END_OF_EVENT)
            first = np.searchsorted(visitor, np.arange(len(block.badges) + 1)).astype(np.int64)
            calendars = texts.joined(opening, texts.grouped(events, first, ""), _END_OF_CALENDAR)
            for place in np.flatnonzero(np.diff(first)).tolist():
                entry = _entry(names[visitors.start + place], block.badges[place])
                archive.writestr(entry, calendars[place].as_py())


def file_names(badges: list[str]) -> Words:
    """Names of the visitors' files: the badge, and a fingerprint of it where that is no safe or no distinct name."""
    badge = pd.Series(badges, dtype=object)
    name = badge.str.replace(_UNSAFE_IN_NAMES, "_", regex=True).str.slice(0, _LONGEST_NAME)
    unclear = name.ne(badge) | name.eq("") | name.str.fullmatch(_RESERVED_NAMES) | badge.str.lower().duplicated(False)
    marks = badge[unclear].map(lambda text: hashlib.sha256(text.encode("utf-8")).hexdigest()[:12])
    name[unclear] += "-" + marks
    files: Words = (name + ".ics").to_numpy(dtype=object)
    return files


def _entry(name: str, badge: str) -> zipfile.ZipInfo:
    """An entry whose comment is the badge as it is: the file name cannot always tell it."""
    entry = zipfile.ZipInfo(name, _TIME_OF_ENTRIES)
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
    entry.comment = badge.encode("utf-8")
    return entry


def _opening(programme: pd.DataFrame, event: config.Event) -> str:
    """A calendar without events, up to where they stand; with the time zone in the years of the programme."""
    from icalendar import Calendar, Timezone

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _clean(event.title))
    years = programme["starts_at"].dropna().dt.year
    if len(years):
        begin, end = dt.date(int(years.min()), 1, 1), dt.date(int(years.max()) + 1, 12, 31)
        calendar.add_component(Timezone.from_tzid(event.time_zone, first_date=begin, last_date=end))
    return str(calendar.to_ical(), "utf-8").removesuffix(_END_OF_CALENDAR)


def _sessions(programme: pd.DataFrame, event: config.Event) -> tuple[pa.Array, pa.Array]:
    """What stands before and behind a visitor's key in the event of each session; empty where no start is known."""
    zone = ZoneInfo(event.time_zone)
    columns = ("session_id", "title", "theatre__name", "starts_at", "ends_at")
    heads, tails = [], []
    for session_id, title, theatre, start, end in zip(*(programme[name] for name in columns), strict=True):
        known = pd.notna(start)
        made = str(_event(title, theatre, start, end, zone).to_ical(), "utf-8") if known else ""
        heads.append(made.removesuffix(_END_OF_EVENT) + "UID:")
        tails.append(f"-{fingerprint.of_text(event.show, session_id)}@personal-agendas\r\n")
    return texts.array(heads), texts.array(tails)


def _event(title: str, theatre: str, start: pd.Timestamp, end: pd.Timestamp, zone: ZoneInfo) -> Event:
    """A session as an event. Its stamp is its start, not the clock, so that equal programmes give equal bytes."""
    from icalendar import Event

    event = Event()
    begins = start.to_pydatetime().replace(tzinfo=zone)
    event.add("summary", _clean(title))
    event.add("dtstart", begins)
    if pd.notna(end) and end > start:
        event.add("dtend", end.to_pydatetime().replace(tzinfo=zone))
    event.add("dtstamp", begins.astimezone(dt.UTC))
    if theatre:
        event.add("location", _clean(theatre))
    event.add("status", "CONFIRMED")
    return event


def _reasons(reasons: Words) -> pa.Array:
    """The beginning of each description: its reasons, a line each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lines, first = texts.lists_of_texts([told if len(told) else [""] for told in reasons])
    begins = np.zeros(len(lines), dtype=bool)
    begins[first[:-1]] = True
    pieces = pc.if_else(pa.array(begins), texts.each_distinct(lines, _begun), texts.each_distinct(lines, _continued))
    return texts.grouped(pieces, first, "")


def _begun(text: str) -> str:
    """A description with its first line."""
    from icalendar import Parameters, vText
    from icalendar.parser import Contentline

    return str(Contentline.from_parts("DESCRIPTION", Parameters(), vText(_clean(text))).to_ical(), "utf-8")


def _continued(text: str) -> str:
    """A further line of a description: a fold, which readers take out, and the line behind a line feed."""
    from icalendar import vText
    from icalendar.parser import Contentline

    line = Contentline(str(vText(_clean(f"\n{text}")).to_ical(), "utf-8"))  # type: ignore[no-untyped-call]
    return "\r\n " + str(line.to_ical(), "utf-8")  # type: ignore[no-untyped-call]


def _clean(text: str) -> str:
    return _NO_TEXT.sub(" ", text)
