"""Landing store: where delivered files are found, whether they are settled, and what they contain, by fingerprint."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from pa_assets.kit import fingerprint

NEVER_COUNTS = (".*", "~*", "*.part", "*.partial", "*.tmp", "*.crdownload", "*.filepart")
"""Names of files that are hidden, or still being written by common tools."""

PACKED = (".gz", ".zip")
"""Endings of packed files."""


@dataclass(frozen=True)
class LandingFolder:
    """The landing folder of one event."""

    root: Path
    index: fingerprint.FileIndex
    ignore: Sequence[str] = field(default=NEVER_COUNTS)

    def all_files(self) -> list[Path]:
        """Every delivered file, sorted by path; none where there is no folder. Hidden folders do not count."""
        found = []
        for folder, below, names in os.walk(self.root):
            below[:] = [name for name in below if not name.startswith(".")]
            found += [Path(folder) / name for name in names if not self._ignored(name)]
        return sorted(found, key=lambda path: (path.as_posix().casefold(), path.as_posix()))

    def find(self, patterns: Iterable[str]) -> list[Path]:
        """Files that match one of the patterns, sorted by path.

        Case does not count. `*` stays inside one folder, `**` spans folders (`post/*.csv`, `**/*.csv`). A packed file
        is found under its own name and under that of what it holds (`scans.csv.gz` as `scans.csv`).
        """
        wanted = [tuple(pattern.casefold().split("/")) for pattern in patterns]
        return [
            path
            for path in self.all_files()
            if any(_matches(parts, pattern) for parts in self._names(path) for pattern in wanted)
        ]

    def _ignored(self, name: str) -> bool:
        return any(fnmatchcase(name.casefold(), pattern) for pattern in self.ignore)

    def _names(self, path: Path) -> list[tuple[str, ...]]:
        """The path below the folder in lower case, part by part; for a packed file also without its last ending."""
        *folders, name = (part.casefold() for part in path.relative_to(self.root).parts)
        names = [name, *(name.removesuffix(ending) for ending in PACKED if name.endswith(ending))]
        return [(*folders, each) for each in names]

    def version(self, files: Sequence[Path]) -> str:
        """Fingerprint of some files: their names below the folder and their content."""
        return fingerprint.of_named(
            {path.relative_to(self.root).as_posix(): self.index.fingerprint(path) for path in files}
        )

    def unsettled(self, files: Iterable[Path], *, now: float, seconds: float) -> list[Path]:
        """Files that changed less than `seconds` before `now` (seconds since the epoch): wait for them."""
        return [path for path in files if now - path.stat().st_mtime < seconds]

    def describe(self, files: Mapping[str, Sequence[Path]]) -> dict[str, list[str]]:
        """Names of files by group, for metadata."""
        return {name: [path.relative_to(self.root).as_posix() for path in paths] for name, paths in files.items()}


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_matches(parts[start:], pattern[1:]) for start in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])
