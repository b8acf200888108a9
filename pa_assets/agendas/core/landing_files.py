"""Bytes of a landed file -> the files delivered in it, each with its encoding: archives, encodings, damage.

All bytes are read once here, piece by piece, before a row is read: what is damaged, cut off or no text ends here
with its place. What the text says is the matter of `landing_csv` and `landing_json`.

Encodings: a byte order mark tells; without one, UTF-16 shows by the zero bytes of its first two characters, and
UTF-8 by being valid throughout. Bytes that are no UTF-8 are Windows-1252 only if all of this holds:
- the file does not just end in the middle of a UTF-8 character (then it was cut off);
- against `_BROKEN_TO_VALID` bytes that break UTF-8 stands at most one valid UTF-8 sequence beyond ASCII: text in
  Windows-1252 forms one by rare chance, a damaged or patched-together UTF-8 file holds many;
- every byte is a character of Windows-1252 and none a control character (then it is no text at all).
"""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, cast

import numpy as np

from pa_assets.agendas.core.landing_columns import LandingError

Note = Callable[[str], None]
"""Is told what is worth a warning."""

PIECE = 1 << 20
"""Bytes read at a time."""

MOST_UNPACKED = 20 * 10**9
"""Bytes that an archive, or a member of one, may unpack to."""

MOST_PACKED = 1000
"""How many times smaller than its content an archive may be, beyond `_SMALL` bytes of content."""

_SMALL = 100 * 10**6
_BROKEN_TO_VALID = 20

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks; that of UTF-32 begins like that of UTF-16 and goes first."""

_GZIP = b"\x1f\x8b"
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_REFUSED = {
    b"\xd0\xcf\x11\xe0": ("an Excel workbook of the old kind (.xls)", "Save it as CSV (UTF-8)."),
    b"%PDF": ("a PDF", "Export it as CSV or JSON."),
    b"PAR1": ("a Parquet file", "Export it as CSV or JSON."),
    b"7z\xbc\xaf": ("a 7z archive", "Unpack it, or pack it as ZIP or gzip."),
    b"Rar!": ("a RAR archive", "Unpack it, or pack it as ZIP or gzip."),
    b"BZh": ("a bzip2 archive", "Unpack it, or pack it as ZIP or gzip."),
    b"\xfd7zXZ": ("an xz archive", "Unpack it, or pack it as ZIP or gzip."),
    b"\x28\xb5\x2f\xfd": ("a Zstandard archive", "Unpack it, or pack it as ZIP or gzip."),
}
_OFFICE_MEMBERS = {"[Content_Types].xml", "mimetype"}
"""Members that make a ZIP archive a workbook of Excel or LibreOffice."""

_NO_WINDOWS_1252 = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, OSError)
"""What the readers of archives raise when they cannot go on; the last but one, zipfile for an unknown compression."""


@dataclass(frozen=True)
class DeliveredFile:
    """A file with rows: one that landed, or a member of an archive that landed."""

    name: str
    """For messages and as source of its rows: `file.json`, `archive.zip/member.json`."""
    open: Callable[[], IO[bytes]]
    """Its unpacked bytes, from the start."""
    encoding: str

    def text(self) -> io.TextIOWrapper:
        """Its text from the start, without a byte order mark, line ends as they are."""
        return io.TextIOWrapper(self.open(), encoding=self.encoding, newline="")


def delivered_files(path: Path, note: Note) -> Iterator[DeliveredFile]:
    """The file itself, unpacked if it is a gzip archive, or the members of a ZIP archive in the order of their names.

    A ZIP archive stays open until the iteration goes on or ends. Left out: folders, hidden members, `__MACOSX`.

    Args:
        path: of the landed file; its name does not count.
        note: told when a file is read as Windows-1252.

    Raises:
        LandingError: no text, a damaged, encrypted, empty or nested archive, one that unpacks beyond measure.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
    if start in _ZIPS:
        yield from _members(path, note)
    elif start.startswith(_GZIP):
        yield _checked(path.name, lambda: cast(IO[bytes], gzip.GzipFile(path)), path.stat().st_size, note)
    else:
        yield _checked(path.name, lambda: path.open("rb"), None, note)


def _members(path: Path, note: Note) -> Iterator[DeliveredFile]:
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise _damaged(path.name, error) from error
    with archive:
        if _OFFICE_MEMBERS & set(archive.namelist()):
            raise LandingError(f"{path.name}: this is an Excel or office workbook. Save its sheet as CSV (UTF-8).")
        members = sorted((info for info in archive.infolist() if _counts(info)), key=lambda info: info.filename)
        names = [info.filename for info in members]
        if not members:
            raise LandingError(f"{path.name}: the ZIP archive holds no file. Export it again.")
        if len(set(names)) < len(names):
            raise LandingError(f"{path.name}: the ZIP archive holds two files of one name. Pack it again.")
        for info in members:
            name = f"{path.name}/{info.filename}"
            if info.flag_bits & 1:
                raise LandingError(f"{name}: this file is encrypted. Pack the archive without a password.")
            yield _checked(name, partial(archive.open, info), info.compress_size, note)


def _counts(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    return not info.is_dir() and "__MACOSX" not in parts and not any(part.startswith(".") for part in parts)


def _damaged(name: str, error: BaseException) -> LandingError:
    return LandingError(f"{name}: the archive is damaged or cut off ({error}). Export or copy it again.")


def _checked(name: str, opened: Callable[[], IO[bytes]], packed: int | None, note: Note) -> DeliveredFile:
    """The file with its encoding, after all of it was read once; `packed`: its size, if it is (in) an archive."""
    try:
        encoding = _encoding(name, opened, packed)
    except _DAMAGE as error:
        if packed is None:
            raise
        raise _damaged(name, error) from error
    if encoding == "cp1252":
        note(f"{name}: read as Windows-1252, for it is no UTF-8. Save it as UTF-8 if characters look wrong.")
    return DeliveredFile(name, opened, encoding)


def _encoding(name: str, opened: Callable[[], IO[bytes]], packed: int | None) -> str:
    with opened() as stream:
        start = stream.read(8)
    _refuse_by_signature(name, start, packed)
    encoding = _declared_encoding(start) or "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    before, lines = 0, 1
    with opened() as stream:
        while True:
            piece = stream.read(PIECE)
            _refuse_bomb(name, before + len(piece), packed)
            if encoding.startswith("utf-8") and b"\0" in piece:
                place = before + piece.index(0)
                raise LandingError(f"{name}: byte {place} is zero: this is no text. Export it as CSV or JSON (UTF-8).")
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                # the decoder puts bytes of a character begun before in front of this piece
                place = before + len(piece) - len(error.object) + error.start
                lines += error.object.count(b"\n", 0, error.start)
                return _not_valid(name, opened, encoding, place, lines, cut_off=not piece)
            if not piece:
                return encoding
            before += len(piece)
            lines += piece.count(b"\n")


def _refuse_by_signature(name: str, start: bytes, packed: int | None) -> None:
    if packed is not None and start.startswith((_GZIP, *_ZIPS)):
        raise LandingError(f"{name}: this is an archive inside an archive. Unpack the outer one.")
    for signature, (kind, mend) in _REFUSED.items():
        if start.startswith(signature):
            raise LandingError(f"{name}: this is {kind}, not CSV or JSON. {mend}")


def _declared_encoding(start: bytes) -> str | None:
    """What a byte order mark, or zeros in the first two characters (a bracket, a column's name), say."""
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    zeros = [byte == 0 for byte in start[:4]]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else None


def _refuse_bomb(name: str, unpacked: int, packed: int | None) -> None:
    if packed is None:
        return
    if unpacked > MOST_UNPACKED or (unpacked > _SMALL and unpacked > packed * MOST_PACKED):
        raise LandingError(
            f"{name}: the archive unpacks to more than {unpacked // 10**6} MB, which no export does. "
            "Land the unpacked file if it is right."
        )


def _not_valid(
    name: str, opened: Callable[[], IO[bytes]], encoding: str, place: int, line: int, *, cut_off: bool
) -> str:
    """Windows-1252, if the file can be that; see the module. `place` is the first byte that breaks `encoding`."""
    where = f"{name}: wrong encoding at byte {place} (line {line})"
    if not encoding.startswith("utf-8"):
        raise LandingError(f"{where}: this is broken {encoding[:6].upper()}. Was the file cut off? Save it as UTF-8.")
    if cut_off:
        raise LandingError(
            f"{where}: the file ends in the middle of a UTF-8 character. Was it cut off? Export it again. "
            "(Windows-1252? End its last line with a line break.)"
        )
    valid, broken, no_character = _beyond_ascii(opened)
    if encoding == "utf-8-sig" or valid * _BROKEN_TO_VALID > broken:
        raise LandingError(
            f"{where}: this is UTF-8 with {broken} broken byte(s). Was it damaged, or put together of files in two "
            "encodings? Save it as UTF-8."
        )
    if no_character is not None:
        raise LandingError(
            f"{where}: this is not UTF-8, nor is byte {no_character} a character of Windows-1252. Save it as UTF-8."
        )
    return "cp1252"


def _beyond_ascii(opened: Callable[[], IO[bytes]]) -> tuple[int, int, int | None]:
    """Valid UTF-8 sequences, bytes that break UTF-8, and the first byte that is no text in Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    valid, broken, before = 0, 0, 0
    no_character: int | None = None
    with opened() as stream:
        while True:
            piece = stream.read(PIECE)
            text = decoder.decode(piece, final=not piece)
            codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
            escaped = int(((codes >= 0xDC80) & (codes <= 0xDCFF)).sum())
            broken += escaped
            valid += int((codes >= 0x80).sum()) - escaped
            found = _NO_WINDOWS_1252.search(piece)
            if found and no_character is None:
                no_character = before + found.start()
            if not piece:
                return valid, broken, no_character
            before += len(piece)
