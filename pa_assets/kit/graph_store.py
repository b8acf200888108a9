"""Whether the store of the embedded graph server is as the server left it.

The server opens a truncated store without a word and answers from what is left. So its files are noted when it has
ended in order, and compared before it is started again; after a crash there is no note, and the server recovers from
its log of transactions. Files alone: no process, no client.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from pa_assets.kit import files

MEND = (
    "Put the whole folder {folder} back from a copy. Or remove it and materialize the graph's assets again: what the "
    "pipeline loads comes back, what people added by hand does not."
)
"""What to do about a damaged store."""

_NOTE = "files.json"
_SMALL = 1 << 20
_LOG_OF_TRANSACTIONS = ".wal"


class DamagedStoreError(ValueError):
    """Files of the store are not as the server left them; the message says which and what to do."""


def note(database: Path) -> None:
    """Note the files of a store whose server has ended in order; nothing where it has not."""
    if database.is_dir() and not any(path.suffix == _LOG_OF_TRANSACTIONS for path in database.iterdir()):
        files.write_json(_note(database), _files(database))


def check(database: Path) -> None:
    """Compare the files with the note.

    Raises:
        DamagedStoreError: they differ.
    """
    try:
        noted = files.read_json(_note(database))
    except (FileNotFoundError, json.JSONDecodeError):
        return
    found = _files(database) if database.is_dir() else {}
    if wrong := sorted(name for name in noted if found.get(name) != noted[name]):
        raise DamagedStoreError(
            f"The store of the embedded graph server is damaged: {', '.join(wrong)} in {database} changed while no "
            f"server ran. {MEND.format(folder=database.parents[2])}"
        )


def forget(database: Path) -> None:
    """Take the note away: from here on the server changes the files."""
    _note(database).unlink(missing_ok=True)


def replace(database: Path, aside: Path, fresh: Path) -> None:
    """Put a store in the place of another, whose server has ended; `heal` mends what a crash in between leaves."""
    forget(database)
    database.rename(aside)
    fresh.rename(database)
    shutil.rmtree(aside)
    note(database)


def heal(database: Path, aside: Path) -> None:
    """End a replacement that a crash cut off."""
    if aside.is_dir():
        if not database.is_dir():
            aside.rename(database)
        shutil.rmtree(aside, ignore_errors=True)


def _note(database: Path) -> Path:
    return database.parent / _NOTE


def _files(database: Path) -> dict[str, Any]:
    """Size of each file, and of small ones, the schema among them, the content."""
    return {path.name: _content(path) for path in sorted(database.iterdir()) if path.is_file()}


def _content(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    return {"bytes": size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest() if size <= _SMALL else None}
