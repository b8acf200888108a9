"""Whether some values stand in files, byte by byte: plain, in archives, in the columns of Parquet tables.

Upper and lower case are one. Values are looked for as UTF-8, Windows-1252, UTF-16 and as JSON escapes. A value counts
as a whole word: `12` is not found in `123`.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PIECE = 1 << 23
_LONGEST = 4096
"""Bytes by which pieces overlap: no value, with what stands beside it, is longer."""
_BETWEEN = rb"(?:\x00?[\s,;\"':|{}\[\]]\x00?|fore|first|sur|last|family|_|name){1,24}"
"""What stands between forename and surname in a cell, a row or a record."""


@dataclass(frozen=True)
class Needle:
    """A value that is looked for."""

    kind: str
    plain: tuple[bytes, ...]
    """Lower-case bytes of which one must be there at all: a quick look."""
    exact: re.Pattern[bytes]
    """What counts, in lower case."""


@dataclass(frozen=True)
class Hit:
    """A file in which a value stands."""

    path: Path
    kind: str


def needle(kind: str, text: str) -> Needle:
    """A value as a whole word."""
    forms = _forms(text)
    any_form = b"|".join(map(re.escape, forms))
    return Needle(kind, forms, re.compile(rb"(?<![0-9a-z\x80-\xff])(?:" + any_form + rb")(?![0-9a-z\x80-\xff])"))


def name_needle(kind: str, forename: str, surname: str) -> Needle:
    """Forename and surname beside each other, in either order."""
    one, other = (b"(?:" + b"|".join(map(re.escape, _forms(text))) + b")" for text in (forename, surname))
    begins, ends = rb"(?<![0-9a-z\x80-\xff@.-])", rb"(?![.-]?[0-9a-z\x80-\xff@])"  # no part of an e-mail address
    pattern = begins + b"(?:" + one + _BETWEEN + other + b"|" + other + _BETWEEN + one + b")" + ends
    return Needle(kind, _forms(surname), re.compile(pattern))


def _forms(text: str) -> tuple[bytes, ...]:
    forms: list[bytes] = []
    for form in dict.fromkeys((text, text.lower(), text.upper())):
        forms += [form.encode("utf-8", "surrogatepass"), form.encode("utf-16-le", "surrogatepass")]
        if not form.isascii():
            forms += [form.encode("cp1252", "ignore"), json.dumps(form)[1:-1].encode("ascii")]
    return tuple(dict.fromkeys(form.lower() for form in forms if form))


def search(files: Iterable[Path], needles: Collection[Needle]) -> list[Hit]:
    """Every one of some files in which a value stands, with the kind of value; sorted.

    Files that cannot be read, or vanish, are a hit of the kind `unreadable` unless they are gone.
    """
    hits: set[tuple[Path, str]] = set()
    for path in files if needles else ():
        try:
            hits |= {(path, kind) for kind in _kinds_in(path, needles)}
        except FileNotFoundError:
            continue
        except OSError:
            hits.add((path, "unreadable"))
    return [Hit(path, kind) for path, kind in sorted(hits)]


def files_below(roots: Iterable[Path]) -> Iterator[Path]:
    """Every file below some folders, hidden ones too, each once."""
    seen: set[Path] = set()
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in sorted(names):
                path = Path(folder) / name
                if path not in seen and path.is_file():
                    seen.add(path)
                    yield path


def _kinds_in(path: Path, needles: Collection[Needle]) -> set[str]:
    with path.open("rb") as stream:
        start = stream.read(4)
        stream.seek(0)
        kinds = _in_stream(stream, needles)
    if start == b"PAR1":
        kinds |= _in_parquet(path, needles)
    elif start[:2] == b"\x1f\x8b":
        with gzip.open(path) as packed:
            kinds |= _unpacked(packed, needles)
    elif start[:2] == b"PK" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.flag_bits & 1:
                    with archive.open(info) as member:
                        kinds |= _unpacked(member, needles)
    return kinds


def _unpacked(stream: IO[bytes] | gzip.GzipFile, needles: Collection[Needle]) -> set[str]:
    try:
        return _in_stream(stream, needles)
    except (EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError):
        return {"unreadable"}


def _in_stream(stream: IO[bytes] | gzip.GzipFile, needles: Collection[Needle]) -> set[str]:
    found: set[str] = set()
    before = b""
    while piece := stream.read(_PIECE):
        text = (before + piece).lower()
        for each in needles:
            if each.kind not in found and any(form in text for form in each.plain) and each.exact.search(text):
                found.add(each.kind)
        before = piece[-_LONGEST:]
    return found


def _in_parquet(path: Path, needles: Collection[Needle]) -> set[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, partitioning=None)
    except pa.ArrowInvalid:
        return {"unreadable"}
    found: set[str] = set()
    for column in table.columns:
        for chunk in column.chunks:
            values = chunk
            while pa.types.is_nested(values.type) and hasattr(values, "flatten") and pa.types.is_list(values.type):
                values = values.flatten()
            if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
                distinct = [text for text in values.unique().to_pylist() if text]
                found |= _in_text("\n".join(distinct), needles)
    return found


def _in_text(text: str, needles: Collection[Needle]) -> set[str]:
    content = text.encode("utf-8", "surrogatepass").lower()
    return {each.kind for each in needles if any(form in content for form in each.plain) and each.exact.search(content)}
