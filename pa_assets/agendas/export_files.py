"""The exports of an event as files: under which names they are written, and which of them are complete.

What stands in them is `core.exports`; files that other parts make again from them are in `export_tools`.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.exports import CHANGES_KINDS, Exports, export_stem, file_name
from pa_assets.kit import files, fingerprint

LATEST = "latest.json"
_UNFINISHED = ".unfinished"
"""Folder of files that do not have their names yet."""


@dataclass(frozen=True)
class ExportFiles:
    """The files of the latest exports."""

    paths: dict[str, Path]
    """By kind of file."""
    version: str
    """Fingerprint of their content."""


def write_exports(folder: Path, event: Event, exports: Exports) -> ExportFiles:
    """Write the export files under a new timestamp, or keep the last ones where their content is the same.

    What changed since the run before does not count as content: agendas made again as they were keep their files, and
    the list of changes that came with them. `latest.json` is written last and lists every complete export; what it
    does not list was cut off and goes.

    Args:
        folder: of the event's exports.
        event: show and time zone, for the names.
        exports: what to write.
    """
    unfinished = folder / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    made = {kind: unfinished / file_name("unfinished", kind) for kind in exports.files}
    for kind, write in exports.files.items():
        with files.replacing(made[kind]) as temporary, temporary.open("wb") as stream:
            write(stream)
    version = fingerprint.of_named(
        {kind: fingerprint.of_file(path) for kind, path in made.items() if kind not in CHANGES_KINDS}
    )
    latest = folder / LATEST
    known: dict[str, Any] = (
        files.read_json(latest) if latest.is_file() else {"version": "", "files": {}, "complete": []}
    )
    paths = {kind: folder / name for kind, name in known["files"].items()}
    if known["version"] != version or not all(path.is_file() for path in paths.values()):
        _remove_incomplete(folder, set(known["complete"]))
        stem = export_stem(event.show, dt.datetime.now(ZoneInfo(event.time_zone)))
        names = {kind: file_name(stem, kind) for kind in exports.files}
        paths = {kind: folder / name for kind, name in names.items()}
        for kind, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            made[kind].replace(path)
        complete = sorted({*known["complete"], *names.values()})
        files.write_json(latest, {"version": version, "files": names, "complete": complete})
    shutil.rmtree(unfinished)
    return ExportFiles(paths, version)


def _remove_incomplete(folder: Path, complete: set[str]) -> None:
    for path in folder.rglob("*visitor_recommendations_*"):
        if path.relative_to(folder).as_posix() not in complete:
            path.unlink()
