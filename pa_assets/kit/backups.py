"""Copies of a file from before it changed: made, counted, put back. Knows nothing of what the file holds.

The copies of `name` lie beside it as `name.<YYYYmmddHHMMSS>.bak` (UTC, so that their order is that of time), the
second of one second as `name.<YYYYmmddHHMMSS>-1.bak`.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from pa_assets.kit.files import write_bytes

_COPY = re.compile(r"(?P<name>.+)\.(?P<stamp>\d{14})(?:-(?P<number>\d+))?\.bak")


def back_up(path: Path, new_content: bytes, keep: int, now: datetime | None = None) -> Path | None:
    """Copy a file beside itself before `new_content` replaces it, and remove the oldest copies.

    Nothing is copied where there is no file yet or where it would not change.

    Args:
        path: the file.
        new_content: what will be written; this function does not write it.
        keep: copies to be there in the end; 0: none is made, and those that are there are left.
        now: time of the copy; None: now.

    Returns:
        The copy, or None.
    """
    if keep <= 0 or not path.is_file():
        return None
    content = path.read_bytes()
    if content == new_content:
        return None
    copy = _copied(path, content, (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y%m%d%H%M%S"))
    for old in [other for other in copies(path) if other != copy][keep - 1 :]:
        old.unlink(missing_ok=True)
    return copy


def _copied(path: Path, content: bytes, stamp: str) -> Path:
    """Write a copy, whole, under the next name of this second."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp") as temporary:
        # locked, as in `kit.files`: what a killed process left goes with the next write of the file
        fcntl.flock(temporary, fcntl.LOCK_EX)
        temporary.write(content)
        temporary.flush()
        os.fsync(temporary.fileno())
        Path(temporary.name).chmod(stat.S_IMODE(path.stat().st_mode))
        number = 1 + max((number for other, number, _ in _own_copies(path) if other == stamp), default=-1)
        while True:
            copy = path.with_name(f"{path.name}.{stamp}{f'-{number}' if number else ''}.bak")
            try:
                os.link(temporary.name, copy)  # fails where the name is taken, in whatever process
            except FileExistsError:
                number += 1
            else:
                return copy


def copies(path: Path) -> list[Path]:
    """Copies of a file, the newest first; the file itself need not be there."""
    return [copy for _, _, copy in sorted(_own_copies(path), reverse=True)]


def _own_copies(path: Path) -> list[tuple[str, int, Path]]:
    """Time, number within its second and path of each copy."""
    found = [(match, other) for other in _beside(path) if (match := _COPY.fullmatch(other.name))]
    return [(match["stamp"], int(match["number"] or 0), other) for match, other in found if match["name"] == path.name]


def _beside(path: Path) -> list[Path]:
    return list(path.parent.iterdir()) if path.parent.is_dir() else []


def copied_files(folder: Path) -> list[Path]:
    """Files of a folder that have copies, by name."""
    names = {match["name"] for other in _beside(folder / "any") if (match := _COPY.fullmatch(other.name))}
    return [folder / name for name in sorted(names)]


def stamp_of(copy: Path) -> str:
    """What tells a copy from the others of its file: its time, and its number within a second."""
    match = _COPY.fullmatch(copy.name)
    if match is None:
        raise ValueError(f"{copy.name} is no copy: it does not end in .<YYYYmmddHHMMSS>.bak.")
    return match["stamp"] + (f"-{match['number']}" if match["number"] else "")


def restore(path: Path, copy: Path) -> None:
    """Put a copy in the place of its file, in one step; what is there now is copied first, and no copy removed.

    Raises:
        FileNotFoundError: the copy is not there.
    """
    content = copy.read_bytes()
    back_up(path, content, keep=len(copies(path)) + 1)
    write_bytes(path, content)
