"""Filling sessions that have no stream: who is a candidate, what is sure enough, and what goes to review.

The classifier is `classifier`, its calibration `decision`. A stream is filled by its exact name in the catalogue;
what the programme says is never changed.
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
from pa_assets.agendas.core.streams.decision import Texts, Theatres, fitted
from pa_assets.agendas.core.tables import BACKFILLED_SESSIONS
from pa_assets.agendas.core.text import fold, join_streams, split_streams

Encode = Callable[[Sequence[str]], NDArray[np.float32]]

REVIEW_COLUMNS = ("cohort", "session_id", "title", "theatre__name", "best_candidates", "confidence", "why_left")
PROGRAMME, CLASSIFIER = "programme", "classifier"

_MOST_STREAMS = 3
_MULTIPLE_SHARE = 0.15
"""From this share of labelled sessions with several streams on, a session may be filled with several."""
_CLOSE = 0.6
"""A further stream needs this part of the best one's probability."""


@dataclass(frozen=True)
class Backfill:
    """Sessions with streams filled, and what was left."""

    table: pd.DataFrame
    """BACKFILLED_SESSIONS, rows in the order of the input."""
    metrics: dict[str, int | float]
    """Counts, by the names that the processing summary uses, and how the classifier was calibrated."""
    review: pd.DataFrame
    """Sessions left without a stream: REVIEW_COLUMNS."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Filled:
    """Answers for the sessions without stream, row by row."""

    streams: list[str]
    confidence: list[float]
    reasons: list[str]
    candidates: list[str]
    accuracy: float
    sharpness: float
    trust: float


def backfill(
    sessions: pd.DataFrame,
    descriptions: dict[str, str],
    settings: StreamProcessing,
    encode: Encode | None,
) -> Backfill:
    """Give streams to the sessions that have none, where the classifier is sure enough.

    Candidates are the streams of `descriptions`. What the theatre held, this year before other shows, goes before the
    rest as far as theatres tell streams apart in this event. Nothing is encoded or learnt when nothing is missing.

    Args:
        sessions: SESSIONS of all cohorts, in any order.
        descriptions: the catalogue, description by stream; {} fills nothing, with a warning.
        settings: whether to fill, and how sure to be.
        encode: vectors of texts, rows of length 1; None judges by words alone.
    """
    table = _passed_through(sessions)
    missing = table["stream"].eq("").to_numpy()
    if not missing.any() or not settings.create_missing_streams:
        return Backfill(
            table, _metrics(table, missing, ~missing | True, descriptions), _review(table.head(0), [], [], [])
        )
    if not descriptions:
        warning = (
            f"{int(missing.sum())} session(s) have no stream and there is no catalogue of streams: nothing was filled. "
            "Label some sessions in the programme, or put a streams_enhanced.json beside streams.json."
        )
        rows = table[missing]
        review = _review(rows, [""] * len(rows), [0.0] * len(rows), ["no catalogue of streams"] * len(rows))
        return Backfill(table, _metrics(table, missing, ~missing, descriptions), review, (warning,))
    order = np.lexsort((table["session_id"].to_numpy(str), table["cohort"].to_numpy(str)))
    ordered = table.iloc[order]
    unlabelled = ordered[ordered["stream"].eq("")]
    answers = _classified(ordered[ordered["stream"].ne("")], unlabelled, descriptions, settings, encode)
    return _assembled(table, unlabelled, answers, missing, descriptions)


def _passed_through(sessions: pd.DataFrame) -> pd.DataFrame:
    given = sessions["stream"].ne("")
    return BACKFILLED_SESSIONS.conform(
        sessions.assign(
            stream_source=np.where(given, PROGRAMME, ""),
            stream_confidence=given.astype(float),
            stream_reason="",
        )
    )


def _assembled(
    table: pd.DataFrame,
    unlabelled: pd.DataFrame,
    answers: _Filled,
    missing: NDArray[np.bool_],
    descriptions: dict[str, str],
) -> Backfill:
    sure = np.array([bool(stream) for stream in answers.streams])
    table.loc[unlabelled.index, "stream"] = answers.streams
    table.loc[unlabelled.index, "stream_source"] = np.where(sure, CLASSIFIER, "")
    table.loc[unlabelled.index, "stream_confidence"] = np.where(sure, answers.confidence, 0.0)
    table.loc[unlabelled.index, "stream_reason"] = np.where(sure, answers.reasons, "")
    blank = unlabelled["synopsis_stripped"].str.strip().eq("").to_numpy()
    why = np.where(blank, "not sure enough: there is a title and no synopsis", "not sure enough")
    review = _review(
        unlabelled[~sure],
        [text for text, filled in zip(answers.candidates, sure, strict=True) if not filled],
        [value for value, filled in zip(answers.confidence, sure, strict=True) if not filled],
        why[~sure].tolist(),
    )
    metrics = _metrics(table, missing, table["stream"].ne("").to_numpy(), descriptions)
    metrics |= {
        "classifier_left_out_accuracy": answers.accuracy,
        "classifier_sharpness": answers.sharpness,
        "theatre_trust": answers.trust,
    }
    return Backfill(BACKFILLED_SESSIONS.conform(table), metrics, review)


def _metrics(
    table: pd.DataFrame, missing: NDArray[np.bool_], done: NDArray[np.bool_], descriptions: dict[str, str]
) -> dict[str, int | float]:
    filled, left = missing & table["stream"].ne("").to_numpy(), missing & ~done
    blank = table["synopsis_stripped"].str.strip().eq("").to_numpy()
    return {
        "files_evaluated": int(table["cohort"].nunique()),
        "files_modified": int(table.loc[filled, "cohort"].nunique()),
        "total_missing_streams": int(missing.sum()),
        "sessions_backfilled": int(filled.sum()),
        "sessions_skipped_empty_synopsis": int((left & blank).sum()),
        "sessions_skipped_no_candidates": 0 if descriptions else int(left.sum()),
        "sessions_failed_llm": 0,
        "left_for_review": int(left.sum()),
    }


def _review(
    rows: pd.DataFrame, candidates: Sequence[str], confidence: Sequence[float], why: Sequence[str]
) -> pd.DataFrame:
    review = rows[list(REVIEW_COLUMNS[:4])].assign(best_candidates=candidates, confidence=confidence, why_left=why)
    return review.reset_index(drop=True)


def _documents(rows: pd.DataFrame, encode: Encode | None) -> Documents:
    titles, bodies = rows["title"].tolist(), rows["synopsis_stripped"].tolist()
    texts = [join_parts(parts) for parts in zip(titles, bodies, strict=True)]
    return Documents(titles, bodies, rows["speakers"].tolist(), encode(texts) if encode else None)


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


def _classified(
    labelled: pd.DataFrame,
    unlabelled: pd.DataFrame,
    descriptions: dict[str, str],
    settings: StreamProcessing,
    encode: Encode | None,
) -> _Filled:
    names = sorted(descriptions)
    labels = _memberships(labelled["stream"], names, settings)
    known = np.flatnonzero(labels.any(axis=1))
    labelled, labels = labelled.iloc[known], labels[known]
    shares = labels / labels.sum(axis=1, keepdims=True)
    classifier = StreamClassifier(_documents(labelled, encode), labels, _stream_documents(names, descriptions, encode))

    theatres = Theatres(labelled["cohort"].to_numpy(object), _theatres(labelled), shares)
    left_out = theatres.evidence(theatres.cohorts, theatres.theatres, own=shares)
    decision = fitted(classifier.left_out, left_out, shares)
    judged = decision.probabilities(classifier.left_out, left_out)
    accuracy = float(labels[np.arange(len(labels)), judged.argmax(axis=1)].mean()) if len(labels) else 0.0

    documents, rooms = _documents(unlabelled, encode), _theatres(unlabelled)
    evidence = theatres.evidence(unlabelled["cohort"].to_numpy(object), rooms)
    odds = np.round(decision.probabilities(classifier.scores(documents), evidence), 6)
    ranked = np.argsort(-odds, axis=1, kind="stable")[:, : settings.candidates]
    several = _streams_per_session(labels)
    chosen = [_chosen(odds[row], order, several, settings.minimum_confidence) for row, order in enumerate(ranked)]
    best = ranked[:, 0].tolist()
    words = classifier.telling_words(documents, best)
    return _Filled(
        streams=[join_streams(names[column] for column in columns) for columns in chosen],
        confidence=[round(min(1.0, several * float(odds[row, column])), 4) for row, column in enumerate(best)],
        reasons=_reasons(best, names, labels, words, theatres.holds(rooms), unlabelled),
        candidates=[_candidates(odds[row], order, names) for row, order in enumerate(ranked)],
        accuracy=round(accuracy, 4),
        sharpness=round(decision.sharpness, 2),
        trust=decision.trust,
    )


def _stream_documents(names: Sequence[str], descriptions: dict[str, str], encode: Encode | None) -> Documents:
    bodies = [descriptions[name] for name in names]
    texts = [join_parts(parts) for parts in zip(names, bodies, strict=True)]
    return Documents(names, bodies, [""] * len(names), encode(texts) if encode else None)


def _streams_per_session(labels: Array) -> float:
    """Mean streams of a session where several are usual, else 1."""
    sizes = labels.sum(axis=1)
    return float(sizes.mean()) if len(sizes) and (sizes > 1).mean() >= _MULTIPLE_SHARE else 1.0


def _candidates(odds: Array, ranked: NDArray[np.intp], names: Sequence[str]) -> str:
    return join_streams(f"{names[column]} ({odds[column]:.2f})" for column in ranked[:_MOST_STREAMS])


def _theatres(rows: pd.DataFrame) -> Texts:
    return np.array([fold(name) for name in rows["theatre__name"]], dtype=object)


def _chosen(odds: Array, ranked: NDArray[np.intp], several: float, minimum: float) -> list[int]:
    """Columns of the streams to fill, best first; none where the best is not sure enough.

    Where sessions carry several streams, `several` on average, probabilities share 1 among them: each is counted
    that many times.
    """
    best = float(odds[ranked[0]])
    if min(1.0, several * best) < minimum:
        return []
    close = [int(at) for at in ranked[:_MOST_STREAMS] if odds[at] >= _CLOSE * best]
    return close if several > 1 else close[:1]


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
