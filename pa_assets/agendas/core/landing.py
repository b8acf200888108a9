"""Landing files -> rows: recognise the format by content, read every cell as text.

Finding files is the landing store's. No rule about values stands here: nothing is repaired, dropped or guessed
beyond the format.
Archives and encodings: `landing_files`; formats: `landing_csv`, `landing_json`; names of columns: `landing_columns`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pa_assets.agendas.core.landing_columns import LandingError, require_columns, unify_columns
from pa_assets.agendas.core.landing_csv import read_csv
from pa_assets.agendas.core.landing_files import DeliveredFile, delivered_files
from pa_assets.agendas.core.landing_json import read_json

__all__ = ["LandingError", "read_rows"]

_SOURCE = ("source_file", "source_row")


def _told_to_nobody(_: str) -> None:
    """A note that nobody wants."""


def read_rows(
    files: Sequence[Path],
    role: str,
    *,
    required_rows: bool = False,
    absent: Collection[str] = (),
    note: Callable[[str], None] = _told_to_nobody,
) -> pd.DataFrame:
    """Rows of the files of one role, in the order of the files, all cells text (`""` where absent).

    Columns bear the canonical names of `landing_columns.ROLES` where the role is known there; further
    columns follow as delivered. Two columns are added: `source_file` (name of the file; `archive.zip/member.json`
    for a member of a ZIP archive) and `source_row` (integer, 1 for its first data row).

    Args:
        files: paths of the files.
        role: registrations, demographics, programme, scans, scan_reference, entry_scans or any other name;
            a cohort may follow a `/`, for messages.
        required_rows: refuse a file without data rows.
        absent: required columns that these files are known not to have.
        note: told, in a sentence that names the file, what is worth a warning.

    Raises:
        LandingError: a file cannot be used; see its message.
    """
    tables = [
        _read_file(delivered, role, required_rows, absent, note)
        for path in files
        for delivered in delivered_files(path, note)
    ]
    if not tables:
        return pd.DataFrame({"source_file": pd.Series(dtype=object), "source_row": pd.Series(dtype="int64")})
    texts = dict.fromkeys(
        name for table in tables for name in table.columns if name not in ("source_file", "source_row")
    )
    names = [*texts, "source_file", "source_row"]
    if len(tables) == 1:
        return tables[0][names]
    return pd.concat([table.reindex(columns=names, fill_value="") for table in tables], ignore_index=True)


def _read_file(
    delivered: DeliveredFile, role: str, required_rows: bool, absent: Collection[str], note: Callable[[str], None]
) -> pd.DataFrame:
    file = delivered.name
    first = _first_character(delivered)
    if not first:
        raise LandingError(f"{file}: the {role} file is empty. Export it again, or remove it from the landing folder.")
    if first in "[{":
        unfold = role.split("/")[0] == "demographics"
        rows = read_json(delivered.text, file, unfold_answers=unfold, note=note)
    elif first == "<":
        raise LandingError(f"{file}: this is XML or HTML, not CSV or JSON. Convert it to CSV first, or drop it.")
    else:
        with delivered.text() as text:
            rows = read_csv(text, file)
    names = [name for name in map(str, rows.columns) if name != "source_row"]
    rows = unify_columns(rows, role, file)
    if rows.empty and required_rows:
        what = "has a header but no row" if names else "holds an empty array"
        raise LandingError(f"{file}: the {role} file {what}. Export it again, or remove it from the landing folder.")
    if names or not rows.empty:
        require_columns(rows, role, file, names, absent)
    return rows.assign(source_file=np.full(len(rows), file, dtype=object))


def _first_character(delivered: DeliveredFile) -> str:
    """The first character that is no blank, `""` if there is none."""
    with delivered.text() as text:
        while piece := text.read(4096):
            if told := piece.lstrip():
                return told[0]
    return ""
