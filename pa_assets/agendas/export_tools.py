"""What the command line makes of exports that were written before. Nothing is printed.

Which exports there are is `export_files`; agendas of an export brought back into the graph are in `graph_tools`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from pa_assets.agendas.core.exports import csv_of_json
from pa_assets.kit.files import write_bytes


class ExportToolError(LookupError):
    """A request cannot be followed; the message says why and what to do."""


@dataclass(frozen=True)
class MadeAgain:
    """A CSV made again from the JSON export."""

    path: Path
    rows: int
    """Recommendations in it."""
    written: bool
    """False where it was there, with the same content."""


def csv_again(json_file: Path, output: Path | None = None) -> MadeAgain:
    """Make the CSV of an exported JSON again: the same bytes as the CSV that was exported beside it.

    Args:
        json_file: an export of either group.
        output: where to write; a file that is there is replaced. None: beside the JSON, where no file that differs is
            replaced.

    Raises:
        ExportToolError: a file cannot be read or written, or another one is in the way.
        ExportError: the JSON is no such export.
    """
    path = output or json_file.with_suffix(".csv")
    if path.resolve() == json_file.resolve():
        raise ExportToolError(f"{json_file} is the file to read. Name another one: --output FILE.csv")
    made = io.BytesIO()
    try:
        rows = csv_of_json(json_file.read_bytes(), str(json_file), made)
        there = path.read_bytes() if path.is_file() else None
        if there is not None and there != made.getvalue() and output is None:
            raise ExportToolError(
                f"{path} is there and differs from what {json_file.name} gives. It was left as it is; to have both, or "
                "to replace it, name the file to write: --output FILE.csv"
            )
        if there != made.getvalue():
            write_bytes(path, made.getvalue())
    except OSError as error:
        raise ExportToolError(f"{error.filename or path} cannot be read or written ({error.strerror}).") from error
    return MadeAgain(path, rows, written=there != made.getvalue())
