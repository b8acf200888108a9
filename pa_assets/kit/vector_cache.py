"""Vectors on disk by key, so that no text is encoded twice.

One folder per event; one file per vector length, since vectors of one model share it. Keys are fingerprints that the
caller makes of model and text. A cache can be lost at any time: a damaged file counts as empty, with a warning.
"""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pa_assets.kit.files import lock, replacing

_log = logging.getLogger(__name__)

Vector = NDArray[np.float32]


class VectorCache:
    """Vectors by key in the folder `folder`. Safe to use from several processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_many(self, keys: Iterable[str]) -> dict[str, Vector]:
        """The vectors that are there, by key; a key that is not there is left out."""
        wanted = set(keys)
        if not wanted:
            return {}
        return {key: vector for path in self._files() for key, vector in _read(path).items() if key in wanted}

    def add_many(self, vectors: Mapping[str, Vector]) -> None:
        """Keep these vectors, of any lengths."""
        by_length: dict[int, dict[str, Vector]] = {}
        for key, vector in vectors.items():
            by_length.setdefault(len(vector), {})[key] = vector
        for length, added in by_length.items():
            path = self._folder / f"vectors_{length}.npz"
            with lock(self._folder / ".lock"):
                _write(path, {**_read(path), **added})

    def __len__(self) -> int:
        return sum(len(_read(path)) for path in self._files())

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("vectors_*.npz"))


def _read(path: Path) -> dict[str, Vector]:
    if not path.is_file():
        return {}
    try:
        with np.load(path, allow_pickle=False) as stored:
            keys, vectors = stored["keys"], stored["vectors"]
        if vectors.ndim != 2 or len(keys) != len(vectors) or not np.isfinite(vectors).all():
            raise ValueError("keys and vectors do not belong together")
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError, OSError) as error:
        _log.warning("The vector cache %s is damaged (%s); its texts will be encoded again.", path, error)
        return {}
    return dict(zip(keys.tolist(), vectors.astype(np.float32, copy=False), strict=True))


def _write(path: Path, vectors: Mapping[str, Vector]) -> None:
    keys = sorted(vectors)
    if not keys:
        path.unlink(missing_ok=True)
        return
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            keys=np.array(keys, dtype=np.str_),
            vectors=np.array([vectors[key] for key in keys], dtype=np.float32),
        )
