"""What the labelled sessions teach about those that have no stream: odds of every stream, and how sure the best is.

The scores come from `classifier`, their calibration from `decision`. Which streams are filled in, and what goes to the
language model or to review, is `filling`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.config import StreamProcessing
from pa_assets.agendas.core.embeddings import join_parts
from pa_assets.agendas.core.streams.classifier import Array, Documents, StreamClassifier
from pa_assets.agendas.core.streams.decision import CLOSE, Texts, Theatres, fitted, learnt_closeness, learnt_trust
from pa_assets.agendas.core.text import fold, split_streams

Encode = Callable[[Sequence[str]], NDArray[np.float32]]

MOST_STREAMS = 3
"""Streams that one session is given at most."""

_MULTIPLE_SHARE = 0.15
"""From this share of labelled sessions with several streams on, a session may be filled with several."""


@dataclass(frozen=True)
class Judgement:
    """What is thought of each session without a stream, row by row in the order they were given."""

    names: tuple[str, ...]
    """Streams of the catalogue, sorted: the columns of the arrays."""
    odds: Array
    """Probability of each stream, shape (sessions, streams), rows that sum to 1."""
    ranked: NDArray[np.intp]
    """Columns, best first, shape (sessions, streams)."""
    confidence: Array
    """Probability that the best stream is right, one per session."""
    several: float
    """Mean streams of a session where several are usual, else 1."""
    close: float
    """Part of the best stream's probability that a further one needs, where several are usual."""
    reasons: list[str]
    """Why the best one; no speaker is named."""
    holds: NDArray[np.bool_]
    """Whether the session's theatre held the stream, in any show, shape (sessions, streams)."""
    diagnostics: dict[str, float]
    """How well the labelled sessions were judged without themselves, and what was fitted on them."""


def judge(
    labelled: pd.DataFrame,
    unlabelled: pd.DataFrame,
    descriptions: dict[str, str],
    settings: StreamProcessing,
    encode: Encode | None,
) -> Judgement:
    """Judge sessions without a stream by those that have one, and by the names and descriptions of the streams.

    Args:
        labelled: rows of SESSIONS with streams, of any cohort; those of no stream of the catalogue are left out.
        unlabelled: the rows of SESSIONS asked about.
        descriptions: the catalogue, description by stream, at least one.
        settings: for the synonyms of streams.
        encode: vectors of texts, rows of length 1; None judges by words alone.
    """
    names = sorted(descriptions)
    labelled = labelled.iloc[np.lexsort((labelled["session_id"].to_numpy(str), labelled["cohort"].to_numpy(str)))]
    labels = _memberships(labelled["stream"], names, settings)
    known = np.flatnonzero(labels.any(axis=1))
    labelled, labels = labelled.iloc[known], labels[known]
    shares = labels / labels.sum(axis=1, keepdims=True)
    classifier = StreamClassifier(_documents(labelled, encode), labels, _stream_documents(names, descriptions, encode))

    theatres = Theatres(labelled["cohort"].to_numpy(object), _theatres(labelled), shares)
    left_out = theatres.evidence(theatres.cohorts, theatres.theatres, own=shares)
    decision = fitted(classifier.left_out, left_out, shares)
    judged = decision.probabilities(classifier.left_out, left_out)
    right = labels[np.arange(len(labels)), judged.argmax(axis=1)] > 0
    several = _streams_per_session(labels)
    trust = learnt_trust(np.minimum(1.0, several * judged.max(axis=1, initial=0.0)), right)

    documents, rooms = _documents(unlabelled, encode), _theatres(unlabelled)
    evidence = theatres.evidence(unlabelled["cohort"].to_numpy(object), rooms)
    odds = np.round(decision.probabilities(classifier.scores(documents), evidence), 6)
    ranked = np.argsort(-odds, axis=1, kind="stable")
    best = ranked[:, 0]
    words = classifier.telling_words(documents, best.tolist())
    holds = theatres.holds(rooms)
    return Judgement(
        names=tuple(names),
        odds=odds,
        ranked=ranked,
        confidence=trust.confidence(np.minimum(1.0, several * odds.max(axis=1))).round(4),
        several=several,
        close=learnt_closeness(judged, labels, MOST_STREAMS) if several > 1 else CLOSE,
        reasons=_reasons(best.tolist(), names, labels, words, holds, unlabelled),
        holds=holds,
        diagnostics={
            "classifier_left_out_accuracy": round(float(right.mean()), 4) if len(right) else 0.0,
            "classifier_sharpness": round(decision.sharpness, 2),
            "theatre_trust": decision.trust,
        },
    )


def _documents(rows: pd.DataFrame, encode: Encode | None) -> Documents:
    titles, bodies = rows["title"].tolist(), rows["synopsis_stripped"].tolist()
    texts = [join_parts(parts) for parts in zip(titles, bodies, strict=True)]
    return Documents(titles, bodies, rows["speakers"].tolist(), encode(texts) if encode else None)


def _stream_documents(names: Sequence[str], descriptions: dict[str, str], encode: Encode | None) -> Documents:
    bodies = [descriptions[name] for name in names]
    texts = [join_parts(parts) for parts in zip(names, bodies, strict=True)]
    return Documents(names, bodies, [""] * len(names), encode(texts) if encode else None)


def _memberships(cells: pd.Series, names: Sequence[str], settings: StreamProcessing) -> Array:
    """Which streams of the catalogue each session carries, shape (sessions, streams); synonyms are followed."""
    columns = {fold(name): at for at, name in enumerate(names)}
    for other, name in settings.synonyms.items():
        if fold(name) in columns:
            columns.setdefault(fold(other), columns[fold(name)])
    labels = np.zeros((len(cells), len(names)))
    for row, cell in enumerate(cells):
        for stream in split_streams(cell):
            if (column := columns.get(fold(stream))) is not None:
                labels[row, column] = 1.0
    return labels


def _streams_per_session(labels: Array) -> float:
    """Mean streams of a session where several are usual, else 1."""
    sizes = labels.sum(axis=1)
    return float(sizes.mean()) if len(sizes) and (sizes > 1).mean() >= _MULTIPLE_SHARE else 1.0


def _theatres(rows: pd.DataFrame) -> Texts:
    return np.array([fold(name) for name in rows["theatre__name"]], dtype=object)


def _reasons(
    best: Sequence[int],
    names: Sequence[str],
    labels: Array,
    words: Sequence[Sequence[str]],
    holds: NDArray[np.bool_],
    rows: pd.DataFrame,
) -> list[str]:
    counts = labels.sum(axis=0).astype(int)
    reasons = []
    for row, (column, theatre) in enumerate(zip(best, rows["theatre__name"], strict=True)):
        count = int(counts[column])
        likeness = f"{count} session{'' if count == 1 else 's'} of" if count else "the name and description of"
        parts = [f"reads like {likeness} '{names[column]}'"]
        if words[row]:
            parts.append(f"words: {', '.join(words[row])}")
        if holds[row, column]:
            parts.append(f"theatre {theatre}")
        reasons.append("; ".join(parts))
    return reasons
