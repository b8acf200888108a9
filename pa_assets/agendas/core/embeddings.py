"""Sessions as vectors: which text of a session is encoded, and which texts need not be encoded again.

The model behind `Encoder` and the place of the cache are not this module's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.config import Embeddings
from pa_assets.agendas.core.tables import SESSION_EMBEDDINGS
from pa_assets.agendas.core.text import split_streams
from pa_assets.kit import fingerprint
from pa_assets.kit.ports import Encoder

RECIPE = "1"
"""Part of every text hash; raised when a model's vectors change their meaning, so that cached ones are left behind."""

_KEPT_AT_ONCE = 1024
"""Texts after which vectors go to the cache: what an interrupted run loses at the most."""

Vectors = NDArray[np.float32]


class Cache(Protocol):
    """Where vectors are kept between runs."""

    def get_many(self, keys: Iterable[str]) -> dict[str, Vectors]:
        """The vectors that are there, by key."""
        ...

    def add_many(self, vectors: Mapping[str, Vectors]) -> None:
        """Keep these vectors."""
        ...


@dataclass(frozen=True)
class EmbeddingResult:
    """Vectors of sessions, and what they cost."""

    table: pd.DataFrame
    """SESSION_EMBEDDINGS, by cohort and session."""
    encoded: int
    """Texts that went through the model."""
    reused: int
    """Distinct texts whose vectors were in the cache."""


def join_parts(parts: Iterable[str]) -> str:
    """One text from parts, each on its line; blank parts leave nothing behind."""
    return "\n".join(part for part in map(str.strip, parts) if part)


def session_text(sessions: pd.DataFrame, settings: Embeddings, descriptions: Mapping[str, str]) -> pd.Series[Any]:
    """The text of each session that is encoded, aligned with `sessions`.

    Made of the columns of `settings.fields`, then, if asked for, "stream: description" for each of its streams in the
    order of the programme. A session that has nothing in these columns is encoded by its title.
    """
    lines = [join_parts(row) for row in zip(*(sessions[name].astype(str) for name in settings.fields), strict=True)]
    if settings.include_stream_descriptions:
        described = [
            [f"{stream}: {descriptions[stream]}" for stream in split_streams(cell) if descriptions.get(stream)]
            for cell in sessions["stream"]
        ]
        lines = [join_parts([line, *extra]) for line, extra in zip(lines, described, strict=True)]
    texts = [line or title for line, title in zip(lines, sessions["title"], strict=True)]
    return pd.Series(texts, index=sessions.index, dtype=object)


def text_hash(model: str, text: str) -> str:
    """Key of a vector: the fingerprint of model, recipe and text."""
    return fingerprint.of_text(model, RECIPE, text)


def _encode_missing(texts: Mapping[str, str], encoder: Encoder, cache: Cache) -> tuple[dict[str, Vectors], int]:
    """Vectors by hash of the texts by hash, and how many of them the model had to encode."""
    known = cache.get_many(texts)
    missing = sorted(texts.keys() - known.keys())
    for start in range(0, len(missing), _KEPT_AT_ONCE):
        keys = missing[start : start + _KEPT_AT_ONCE]
        fresh = encoder.encode([texts[key] for key in keys])
        added = dict(zip(keys, fresh.astype(np.float32, copy=False), strict=True))
        cache.add_many(added)
        known |= added
    return known, len(missing)


def cached_encode(texts: Sequence[str], *, encoder: Encoder, cache: Cache) -> Vectors:
    """Vectors of `texts`, shape (len(texts), dimensions); only texts that the cache does not know are encoded."""
    if not texts:
        return encoder.encode([])
    model = encoder.model
    keys = [text_hash(model, text) for text in texts]
    known, _ = _encode_missing(dict(zip(keys, texts, strict=True)), encoder, cache)
    return np.stack([known[key] for key in keys])


def embed_sessions(
    sessions: pd.DataFrame,
    settings: Embeddings,
    descriptions: Mapping[str, str],
    encoder: Encoder,
    cache: Cache,
) -> EmbeddingResult:
    """Encode the sessions of every cohort; equal texts once, known texts never.

    Args:
        sessions: BACKFILLED_SESSIONS, in any order.
        settings: which columns make the text.
        descriptions: of streams, by name.
        encoder: gives vectors of length 1.
        cache: vectors by text hash.
    """
    ordered = sessions.sort_values(["cohort", "session_id"], kind="stable")
    model = encoder.model
    texts = session_text(ordered, settings, descriptions)
    hashes = texts.map({text: text_hash(model, text) for text in texts.unique()})
    by_hash = dict(zip(hashes, texts, strict=True))
    known, encoded = _encode_missing(by_hash, encoder, cache)
    found = pd.Series([known[key] for key in hashes], index=ordered.index, dtype=object)
    table = ordered[["session_id", "cohort"]].assign(text_hash=hashes, vector=found)
    return EmbeddingResult(SESSION_EMBEDDINGS.conform(table), encoded, len(by_hash) - encoded)


def vectors(table: pd.DataFrame) -> Vectors:
    """The vectors of SESSION_EMBEDDINGS as one array, shape (rows, dimensions); (0, 0) without rows."""
    if table.empty:
        return np.zeros((0, 0), dtype=np.float32)
    return np.stack(table["vector"].tolist()).astype(np.float32, copy=False)
