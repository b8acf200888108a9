"""Takes the rows of a person out of one file, in one step, and leaves every other row as it was.

Which rows those are is told by `rows`, the characters of a text are cut by `kit.scrub`; packed files and encodings are
dealt with here.
"""

from __future__ import annotations

import codecs
import gzip
import json
import stat
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from pa_assets.agendas.core.landing import LandingError
from pa_assets.agendas.core.landing_files import PIECE, DeliveredFile, delivered_files
from pa_assets.agendas.core.landing_json_records import holds_lines
from pa_assets.agendas.core.people.suppression import Known
from pa_assets.agendas.privacy import rows as found_rows
from pa_assets.agendas.privacy.places import Place
from pa_assets.kit.files import replacing, write_text
from pa_assets.kit.scrub import csv_without, json_without, parquet_without

_MARKS = {
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
"""Encoding with a byte order mark -> the mark, and the encoding of what follows it."""

_STYLES: tuple[dict[str, Any], ...] = (
    {"ensure_ascii": False, "separators": (",", ":")},
    {"ensure_ascii": False, "indent": 2},
    {"ensure_ascii": False, "indent": 4},
    {"ensure_ascii": False},
    {"indent": 2},
    {},
)
"""How JSON is written, here and by common tools: the style of a file is that which gives its text again."""


@dataclass(frozen=True)
class Scrubbed:
    """What was, or would be, taken out of a file."""

    rows: int = 0
    removed: bool = False
    """The file itself goes: it was delivered with no other row, or another row of it names the person and the next
    run makes it again."""


def scrub(place: Place, known: Known, *, write: bool) -> Scrubbed:
    """Take a person's rows out of a file; without `write` they are only counted.

    Raises:
        LandingError: the file is a table that cannot be read.
        OSError: it cannot be written.
    """
    kind = found_rows.format_of(place)
    if kind == found_rows.PARQUET:
        return _scrub_parquet(place, known, write=write)
    if kind == found_rows.JSON_TREE:
        return _scrub_tree(place, known, write=write)
    if kind == found_rows.CALENDARS:
        return _scrub_calendars(place, known, write=write)
    if kind == found_rows.RECORDS:
        return _scrub_records(place, known, write=write)
    return Scrubbed()


def _scrub_parquet(place: Place, known: Known, *, write: bool) -> Scrubbed:
    rows = found_rows.parquet_rows(place, known)
    count, mentioned = int(rows.own.sum()), int(rows.mentioned.sum())
    if write and (count or mentioned):
        edited = found_rows.edited_lists(rows, place.shows, known) if mentioned else {}
        parquet_without(place.path, rows.own, edited)
    return Scrubbed(count + mentioned)


def _scrub_tree(place: Place, known: Known, *, write: bool) -> Scrubbed:
    text, found = found_rows.pruned(place, known)
    if write and found.gone:
        write_text(place.path, _as_before(text, found.value))
    return Scrubbed(len(found.gone))


def _as_before(text: str, value: Any) -> str:
    """A changed value in the style of the text that it was read from."""
    end = text[len(text.rstrip()) :]
    original = json.loads(text)
    style = next((style for style in _STYLES if json.dumps(original, **style) + end == text), _STYLES[1])
    return json.dumps(value, **style) + end


def _scrub_calendars(place: Place, known: Known, *, write: bool) -> Scrubbed:
    own = found_rows.calendars_of(place, known)
    if write and own:
        rewrite(place.path, {}, [f"{place.path.name}/{name}" for name in own])
    return Scrubbed(len(own))


def _scrub_records(place: Place, known: Known, *, write: bool) -> Scrubbed:
    try:
        rows = found_rows.rows_of(place, known)
    except LandingError:
        if place.role or (place.path.suffix == ".csv" and not place.landed):
            raise
        return Scrubbed()  # a text of another kind: the search of all bytes looks into it
    if rows.mentioned.any() and not place.landed:
        if write:
            place.path.unlink()
        return Scrubbed(int(rows.own.sum() + rows.mentioned.sum()), removed=True)
    removed = place.landed and bool(rows.own.any() and rows.own.all())
    if write and removed:
        place.path.unlink()
    elif write and rows.own.any():
        rewrite(place.path, rows.numbers, rows.emptied)
    return Scrubbed(int(rows.own.sum()), removed)


def rewrite(path: Path, numbers: Mapping[str, Collection[int]], emptied: Collection[str] = ()) -> None:
    """Rewrite a delivered file, in one step, without some records.

    Args:
        path: of the file; plain, a gzip archive or a ZIP archive.
        numbers: name of the delivered file as in `DeliveredFile.name` -> numbers of the records to leave out.
        emptied: members of a ZIP archive that go as a whole, for a file without rows is refused by its readers.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    with replacing(path) as temporary:
        if zipfile.is_zipfile(path):
            _rewrite_zip(path, temporary, numbers, emptied)
        else:
            (delivered,) = delivered_files(path, _told_to_nobody)
            with path.open("rb") as stream:
                packed = stream.read(2) == b"\x1f\x8b"
            with temporary.open("wb") as raw:
                if packed:
                    with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as target:
                        _copy_without(delivered, cast(IO[bytes], target), numbers[delivered.name])
                else:
                    _copy_without(delivered, raw, numbers[delivered.name])
    path.chmod(mode)


def _rewrite_zip(path: Path, temporary: Path, numbers: Mapping[str, Collection[int]], emptied: Collection[str]) -> None:
    read = delivered_files(path, _told_to_nobody) if numbers else ()
    encodings = {delivered.name: delivered.encoding for delivered in read}
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(temporary, "w") as target:
        target.comment = archive.comment
        for info in archive.infolist():
            name = f"{path.name}/{info.filename}"
            if name in emptied:
                continue
            with target.open(_like(info), "w") as stream:
                if name in numbers:
                    member = DeliveredFile(name, partial(archive.open, info), encodings[name])
                    _copy_without(member, stream, numbers[name])
                else:
                    _copy(archive.open(info), stream)


def _like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Name, time, rights and compression of a member, for a member of another size."""
    copy = zipfile.ZipInfo(info.filename, info.date_time)
    copy.compress_type, copy.external_attr, copy.comment = info.compress_type, info.external_attr, info.comment
    copy.create_system = info.create_system
    return copy


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    with source:
        while piece := source.read(PIECE):
            target.write(piece)


def _copy_without(delivered: DeliveredFile, target: IO[bytes], numbers: Collection[int]) -> None:
    with delivered.open() as stream:
        start = stream.read(4)
    mark, encoding = _mark(start, delivered.encoding)
    target.write(mark)

    def write(piece: str) -> None:
        target.write(piece.encode(encoding))

    with delivered.text() as text:
        first = next((line.lstrip()[0] for line in text if line.strip()), "")
    if first in "[{":
        with delivered.text() as text:
            lines = holds_lines(text)
        with delivered.text() as text:
            json_without(text, write, numbers, lines=lines)
    else:
        with delivered.text() as text:
            csv_without(text, write, numbers)


def _mark(start: bytes, encoding: str) -> tuple[bytes, str]:
    for mark, plain in _MARKS.get(encoding, ()):
        if start.startswith(mark):
            return mark, plain
    return b"", encoding


def _told_to_nobody(_: str) -> None:
    """A note that nobody wants."""
