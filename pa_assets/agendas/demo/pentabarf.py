"""Real programmes from files: Pentabarf XML (FOSDEM and many conferences of free software) and plain CSV.

Both become the columns of a programme as delivered, one row per speaker. Nothing is invented or dropped.
"""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pa_assets.agendas.core.landing_columns import ROLES
from pa_assets.agendas.core.sessions.markup import plain_text
from pa_assets.agendas.core.text import key_text, tidy
from pa_assets.agendas.demo.programme import COLUMNS
from pa_assets.kit import fingerprint
from pa_assets.kit.files import write_csv

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NOT_SPONSORED = "No Data"
_GZIP = b"\x1f\x8b"
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::\d{2})?$")
_SPEAKER = "speakers"
_NEEDED = ("title", "date", "start_time", "end_time")


class ProgrammeFormatError(ValueError):
    """A file is no programme that can be read; the message names the file, the place and the mend."""


def read_pentabarf(path: Path) -> pd.DataFrame:
    """Read a Pentabarf schedule, plain or gzipped, one row per session and speaker, sorted as in the file.

    The end is the start plus the duration; abstract and description make the synopsis, without markup; the
    stream is the track without the suffix " devroom".

    Raises:
        ProgrammeFormatError: no Pentabarf XML, or an event without identifier, title, start or duration.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(_content(path))
    except ParseError as error:
        raise ProgrammeFormatError(f"{path.name}: broken XML ({error}). Download the schedule again.") from error
    except DefusedXmlException as error:
        raise ProgrammeFormatError(
            f"{path.name}: the XML declares entities or a document type, which is unsafe. Remove the declaration."
        ) from error
    if root.tag != "schedule" or root.find("day") is None:
        raise ProgrammeFormatError(
            f"{path.name}: the root element is <{root.tag}>, not a Pentabarf <schedule> with <day>s. "
            "Export the schedule as Pentabarf XML, or the programme as CSV."
        )
    rows = [
        row
        for day in root.iter("day")
        for room in day.iter("room")
        for event in room.iter("event")
        for row in _event_rows(event, day, room.get("name", ""), path.name)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _event_rows(event: Element, day: Element, room: str, file: str) -> list[dict[str, str]]:
    identifier = event.get("id", "")
    title = tidy(event.findtext("title") or "")
    if not identifier or not title:
        raise ProgrammeFormatError(f"{file}: an event in room {room!r} has no id or no title. Add it.")
    start = _minutes(event.findtext("start") or "", "start", identifier, file)
    length = _minutes(event.findtext("duration") or "", "duration", identifier, file)
    texts = [plain_text(event.findtext(name) or "") for name in ("abstract", "description")]
    date = (event.findtext("date") or day.get("date") or "")[:10]
    row = {
        "session_id": identifier,
        "date": date,
        "start_time": _clock(start),
        "end_time": _clock(start + length),
        "theatre__name": tidy(event.findtext("room") or room),
        "title": title,
        "stream": stream_name(event.findtext("track") or ""),
        "synopsis_stripped": tidy(" ".join(texts)),
        "sponsored_session": "False",
        "sponsored_by": NOT_SPONSORED,
    }
    speakers = [tidy(person.text or "") for person in event.iter("person")] or [""]
    return [{**row, "speaker": speaker} for speaker in speakers]


def stream_name(track: str) -> str:
    """A track as a stream: without " devroom", whatever its case, and without the separator of streams."""
    return re.sub(r" devroom$", "", tidy(track.replace(";", ",")), flags=re.IGNORECASE)


def _minutes(text: str, what: str, identifier: str, file: str) -> int:
    match = _CLOCK.match(text.strip())
    if not match:
        raise ProgrammeFormatError(f"{file}: event {identifier}: {what} {text!r} is not HH:MM. Correct it.")
    return int(match[1]) * 60 + int(match[2])


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}:00"


def read_programme_csv(path: Path, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Read a programme from CSV, plain or gzipped, one row per session and speaker.

    Args:
        path: the file.
        columns: column of a programme -> its name in the file; None: recognised by the names that landing
            files use (room, track, abstract, startTime, ...).

    Returns:
        The columns of a programme. A missing session id is made from title, slot and theatre; other missing
        columns are blank.

    Raises:
        ProgrammeFormatError: no CSV, or without title, date, start or end.
    """
    try:
        text = _content(path).decode("utf-8-sig")
        delivered = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ProgrammeFormatError(f"{path.name}: not a CSV in UTF-8 ({error}). Export the programme again.") from error
    names = _recognised(delivered) if columns is None else dict(columns)
    absent = [name for name in names.values() if name not in delivered.columns]
    missing = [name for name in _NEEDED if name not in names]
    if absent or missing:
        raise ProgrammeFormatError(
            f"{path.name}: no column for {', '.join([*missing, *absent])}; found {', '.join(delivered.columns)}. "
            "Name them: columns={'title': ..., 'date': ..., 'start_time': ..., 'end_time': ...}."
        )
    rows = pd.DataFrame({name: delivered[column].map(tidy) for name, column in names.items()})
    rows = rows.assign(**{name: "" for name in (*COLUMNS, _SPEAKER) if name not in rows.columns})
    for name in ("start_time", "end_time"):
        rows[name] = rows[name].where(~rows[name].str.fullmatch(r"\d{1,2}:\d{2}"), rows[name] + ":00")
    rows["stream"] = rows["stream"].map(stream_name)
    rows["synopsis_stripped"] = rows["synopsis_stripped"].map(plain_text)
    rows["sponsored_session"] = rows["sponsored_session"].replace("", "False")
    rows["sponsored_by"] = rows["sponsored_by"].replace("", NOT_SPONSORED)
    if not rows["session_id"].ne("").all():
        slot = rows["title"] + "\0" + rows["date"] + "\0" + rows["start_time"] + "\0" + rows["theatre__name"]
        rows["session_id"] = rows["session_id"].where(rows["session_id"].ne(""), slot.map(_identifier))
    rows["speaker"] = rows[_SPEAKER].str.split(r"\s*;\s*", regex=True)
    return rows.explode("speaker", ignore_index=True)[list(COLUMNS)]


def _identifier(slot: str) -> str:
    return fingerprint.of_text(slot)[:12]


def _recognised(delivered: pd.DataFrame) -> dict[str, str]:
    by_key = {key_text(str(column)): str(column) for column in reversed(delivered.columns)}
    found: dict[str, str] = {}
    for canonical, others in ROLES["programme"].columns.items():
        for name in (canonical, *others):
            if canonical not in ("starts_at", "ends_at") and key_text(name) in by_key:
                found[canonical] = by_key[key_text(name)]
                break
    return found


def read_programme(source: Path) -> pd.DataFrame:
    """Read a programme from Pentabarf XML or CSV, told apart by content.

    Raises:
        ProgrammeFormatError: the file is neither.
    """
    xml = _content(source).lstrip().removeprefix(b"\xef\xbb\xbf").startswith(b"<")
    return read_pentabarf(source) if xml else read_programme_csv(source)


def import_programme(source: Path, target: Path) -> pd.DataFrame:
    """Read a programme and write it as the landing CSV `target`; returns its rows.

    Raises:
        ProgrammeFormatError: the file is no programme.
    """
    rows = read_programme(source)
    write_csv(target, rows)
    return rows


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, gzip.BadGzipFile) as error:
        raise ProgrammeFormatError(f"{path.name}: broken gzip file ({error}). Download it again.") from error
