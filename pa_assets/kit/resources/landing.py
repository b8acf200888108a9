"""Landing store: where delivered files are found, whether they are settled, and what they contain, by fingerprint."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pa_assets.kit import fingerprint

NEVER_COUNTS = (".*", "~*", "*.tmp", "*.part", "*.crdownload")
"""Names of files that are hidden, or still being written by common tools."""


@dataclass(frozen=True)
class LandingFolder:
    """The landing folder of one event."""

    root: Path
    index: fingerprint.FileIndex
    ignore: Sequence[str] = field(default=NEVER_COUNTS)

    def all_files(self) -> list[Path]:
        """Every delivered file, sorted by path."""
        if not self.root.is_dir():
            return []
        return sorted(
            path
            for path in self.root.rglob("*")
            if path.is_file() and not any(fnmatch.fnmatch(path.name, pattern) for pattern in self.ignore)
        )

    def find(self, patterns: Iterable[str]) -> list[Path]:
        """Files that match one of the patterns (case counts for nothing), sorted by path."""
        wanted = [pattern.lower() for pattern in patterns]
        return [
            path
            for path in self.all_files()
            if any(fnmatch.fnmatch(path.relative_to(self.root).as_posix().lower(), pattern) for pattern in wanted)
        ]

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
