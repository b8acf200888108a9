"""Landing files -> rows: recognise the format by content, read every cell as text.

Finding files is the landing store's. No rule about values stands here: nothing is repaired, dropped or guessed
beyond the format.
Formats: `landing_csv`, `landing_json`; names of columns: `landing_columns`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from pa_assets.agendas.core.landing_columns import LandingError, require_columns, unify_columns
from pa_assets.agendas.core.landing_csv import parse_csv
from pa_assets.agendas.core.landing_json import parse_json

__all__ = ["LandingError", "read_rows"]

_ARCHIVES = {b"PK\x03\x04": "a ZIP archive or an Excel workbook", b"\x1f\x8b": "a gzip archive"}
_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_rows(
    files: Sequence[Path], role: str, *, required_rows: bool = False, absent: Collection[str] = ()
) -> pd.DataFrame:
    """Rows of the files of one role, in the order of the files, all cells text (`""` where absent).

    Columns bear the canonical names of `landing_columns.ROLES` where the role is known there; further
    columns follow as delivered. Two columns are added: `source_file` (name of the file) and `source_row`
    (integer, 1 for its first data row).

    Args:
        files: paths of the files.
        role: registrations, demographics, programme, scans, scan_reference, entry_scans or any other name;
            a cohort may follow a `/`, for messages.
        required_rows: refuse a file without data rows.
        absent: required columns that these files are known not to have.

    Raises:
        LandingError: a file cannot be used; see its message.
    """
    tables = [_read_file(path, role, required_rows, absent) for path in files]
    if not tables:
        return pd.DataFrame({"source_file": pd.Series(dtype=object), "source_row": pd.Series(dtype="int64")})
    rows = pd.concat(tables, ignore_index=True)
    texts = [name for name in rows.columns if name not in ("source_file", "source_row")]
    rows[texts] = rows[texts].where(rows[texts].notna(), "")
    return rows[[*texts, "source_file", "source_row"]]


def _read_file(path: Path, role: str, required_rows: bool, absent: Collection[str]) -> pd.DataFrame:
    file = path.name
    text = _text(path.read_bytes(), file, role)
    if text[0] in "[{":
        rows = parse_json(text, file, unfold_answers=role.split("/")[0] == "demographics")
    elif text[0] == "<":
        raise LandingError(f"{file}: this is XML or HTML, not CSV or JSON. Convert it to CSV first, or drop it.")
    else:
        rows = parse_csv(text, file)
    delivered = [name for name in map(str, rows.columns) if name != "source_row"]
    rows = unify_columns(rows, role, file)
    if rows.empty and required_rows:
        what = "has a header but no row" if delivered else "holds an empty array"
        raise LandingError(f"{file}: the {role} file {what}. Export it again, or remove it from the landing folder.")
    if delivered or not rows.empty:
        require_columns(rows, role, file, delivered, absent)
    return rows.assign(source_file=file)


def _text(content: bytes, file: str, role: str) -> str:
    """The file as text, without a byte order mark and without blanks before its first character."""
    for signature, kind in _ARCHIVES.items():
        if content.startswith(signature):
            raise LandingError(f"{file}: this is {kind}, not CSV or JSON. Unpack it, or save it as CSV (UTF-8).")
    for mark, encoding in _OTHER_ENCODINGS.items():
        if content.startswith(mark):
            raise LandingError(f"{file}: wrong encoding at byte 0: this is {encoding}. Save it as UTF-8.")
    try:
        text = content.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LandingError(
            f"{file}: wrong encoding at byte {error.start} (line {line}): this is not UTF-8. Save it as UTF-8."
        ) from error
    if not text:
        raise LandingError(f"{file}: the {role} file is empty. Export it again, or remove it from the landing folder.")
    return text
