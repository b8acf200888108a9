"""Answers of a language model that were paid for, kept in one file of JSON lines.

Each answer is on the disk before `add_many` returns, so a process that dies loses none that it was given. What a dying
process left of its last line counts as nothing and goes with the next writing. What stands in an answer is its
caller's; which questions are equal (the key) too.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pa_assets.kit.files import lock, write_bytes

_log = logging.getLogger(__name__)


class AnswerCache:
    """Answers by key in the file `path`, which need not be there. Safe to use from several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.RLock()
        self._held = False
        self._answers, damaged = _read(path)
        if damaged:
            _log.warning("%s has %d line(s) that are no answer; they are left out.", path, damaged)

    def get(self, key: str) -> dict[str, Any] | None:
        """The answer of a key, or None."""
        return self._answers.get(key)

    def add(self, key: str, value: Mapping[str, Any]) -> None:
        """Keep one answer; see `add_many`."""
        self.add_many({key: value})

    def add_many(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep these answers (JSON objects); they are on the disk when this returns. A later one replaces an earlier.

        Raises:
            OSError: the file cannot be written.
            TimeoutError: another process held the file for too long.
        """
        if not answers:
            return
        lines = b"".join(map(_line, answers, answers.values()))
        with self._guard:
            if self._held:
                _append(self._path, lines)
            else:
                with lock(self._lock_path):
                    self._answers = _mended(self._path)
                    _append(self._path, lines)
            self._answers.update({key: dict(value) for key, value in answers.items()})

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other processes from writing for the length of a `with` block; what they wrote before is read first.

        Who asks a model in the block pays for no answer that another process is paying for at this moment.
        """
        with lock(self._lock_path):
            with self._guard:
                self._answers = _mended(self._path)
                self._held = True
            try:
                yield
            finally:
                self._held = False

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def _lock_path(self) -> Path:
        return self._path.with_name(f".{self._path.name}.lock")


def _mended(path: Path) -> dict[str, dict[str, Any]]:
    """The answers of a file, from which lines that are none were taken. The lock is held."""
    answers, damaged = _read(path)
    if damaged:
        write_bytes(path, b"".join(map(_line, answers, answers.values())))
    return answers


def _line(key: str, value: Mapping[str, Any]) -> bytes:
    return json.dumps({"key": key, "value": value}).encode() + b"\n"


def _append(path: Path, lines: bytes) -> None:
    """Write at the end of a sound file, on to the disk, or not at all. The lock is held."""
    size = path.stat().st_size if path.exists() else None
    with path.open("ab") as file:
        try:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.truncate(path, size or 0)
            raise
    if size is None:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> tuple[dict[str, dict[str, Any]], int]:
    """The answers of a file, the last of each key, and the number of lines that are none."""
    answers: dict[str, dict[str, Any]] = {}
    damaged = 0
    if not path.is_file():
        return answers, damaged
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            entry = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            entry = None
        if isinstance(entry, dict) and isinstance(entry.get("key"), str) and isinstance(entry.get("value"), dict):
            answers[entry["key"]] = entry["value"]
        else:
            damaged += 1
    return answers, damaged
