"""Content fingerprints: equal content, equal fingerprint, whatever the time, the path or the machine.

They serve as Dagster data versions and as cache keys. Nothing here reads the clock or keeps state,
except `FileIndex`, which remembers the fingerprints of files by size and modification time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

LENGTH = 24
"""Hex digits of a fingerprint: 96 bits, short enough to read in the UI."""

_CHUNK = 1 << 20


def of_bytes(*parts: bytes) -> str:
    """Fingerprint of some byte strings; their boundaries count."""
    digest = hashlib.blake2b(digest_size=LENGTH // 2)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def of_text(*parts: str) -> str:
    """Fingerprint of some texts, as UTF-8."""
    return of_bytes(*(part.encode("utf-8", "surrogatepass") for part in parts))


def of_json(value: Any) -> str:
    """Fingerprint of a JSON-like value; the order of mapping keys does not count."""
    return of_text(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str))


def of_file(path: Path) -> str:
    """Fingerprint of a file's content."""
    digest = hashlib.blake2b(digest_size=LENGTH // 2)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def of_frame(frame: pd.DataFrame) -> str:
    """Fingerprint of a table's column names, types and values in row order; the index does not count."""
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return of_bytes(sink.getvalue().to_pybytes())


def of_named(parts: Mapping[str, str]) -> str:
    """Fingerprint of a set of named fingerprints, in any order."""
    return of_text(*(f"{name}\0{value}" for name, value in sorted(parts.items())))


class FileIndex:
    """Fingerprints of files, read again only where size or modification time changed.

    The index is one JSON file; losing it costs time, never truth. A file younger than the clock's
    grain cannot be told from its next version by its time, so such entries are not kept.
    """

    _GRAIN_NS = 50_000_000

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known: dict[str, list[Any]] = json.loads(path.read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            self._known = {}
        self._changed = False

    def fingerprint(self, path: Path) -> str:
        """Fingerprint of the file at `path`."""
        import time

        stat = path.stat()
        key, state = str(path), [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        known = self._known.get(key)
        if known is not None and known[:3] == state:
            return str(known[3])
        value = of_file(path)
        if time.time_ns() - stat.st_mtime_ns > self._GRAIN_NS:
            self._known[key] = [*state, value]
            self._changed = True
        return value

    def save(self, keep: Iterable[Path] | None = None) -> None:
        """Write the index if it changed; with `keep`, forget every other file."""
        from pa_assets.kit.files import write_json

        if keep is not None:
            kept = {str(path) for path in keep}
            if dropped := set(self._known) - kept:
                self._changed = True
                for key in dropped:
                    del self._known[key]
        if self._changed:
            write_json(self._path, self._known)
            self._changed = False
