"""A classifier of sessions into streams, learnt from the sessions that have one.

Five views of a session - words, letters, title, speakers, meaning - become one kernel (a weighted mean of their
cosines), and one ridge regression per stream is solved in closed form on it (kernel ridge classification; Rifkin and
Lippert 2007, "Notes on regularized least squares", which also gives the leave-one-out predictions used here for
calibration). Every stream also counts as one document of its own, its name and description, so that a stream without
any session, or a programme without any label, still has something to resemble. Probabilities are made in `decision`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WORDS_WEIGHT, LETTERS_WEIGHT, TITLE_WEIGHT, SPEAKERS_WEIGHT, MEANING_WEIGHT = 2.0, 1.0, 0.5, 0.5, 1.0
RIDGE = 0.6
RARITY = 0.5
"""Weights and ridge: by trial on FOSDEM 2024, EPSA 2019 and from FOSDEM 2025 back to 2024 (left-out accuracy); around
them it moves by 1 %. A session counts by the size of its stream to the power of -RARITY, so that small streams are not
drowned."""

_NO_LENGTH = 1e-9


@dataclass(frozen=True)
class Documents:
    """What the classifier reads, one item per session (or stream)."""

    titles: Sequence[str]
    bodies: Sequence[str]
    speakers: Sequence[str]
    """Joined by `;`."""
    vectors: NDArray[np.float32] | None
    """Meaning, shape (n, dimensions), rows of length 1; None where no encoder is at hand."""

    def __len__(self) -> int:
        return len(self.titles)

    @property
    def texts(self) -> list[str]:
        """Title twice, then the body: a word of the title says more."""
        return [f"{title}\n{title}\n{body}" for title, body in zip(self.titles, self.bodies, strict=True)]


Read = Callable[[Documents], Sequence[str]]


class StreamClassifier:
    """Learns from labelled documents and from one document per stream.

    Args:
        labelled: sessions that have streams.
        labels: membership, shape (sessions, streams), 0 or 1.
        streams: one document per stream.
    """

    def __init__(self, labelled: Documents, labels: Array, streams: Documents) -> None:
        self._views = _views(labelled, streams)
        count, number = labels.shape
        self._features = [view.learnt for view in self._views]
        targets = np.vstack([labels, np.eye(number)])
        self._base = labels.mean(axis=0) if count else np.full(number, 1.0 / number)
        kernel = self._kernel(self._features)
        kernel[np.diag_indices_from(kernel)] += RIDGE / np.concatenate([_importance(labels), np.ones(number)])
        inverse = np.linalg.inv(kernel)
        self._weights = inverse @ (targets - self._base)
        self.left_out: Array = (targets - self._weights / np.diag(inverse)[:, None])[:count]
        """Scores of each labelled session by a classifier that did not see it, shape (sessions, streams)."""

    def scores(self, documents: Documents) -> Array:
        """How well each stream fits, about 0 to 1, shape (documents, streams)."""
        kernel = self._kernel([view.of(documents) for view in self._views])
        scores: Array = kernel @ self._weights + self._base
        return scores

    def telling_words(self, documents: Documents, streams: Sequence[int], most: int = 3) -> list[list[str]]:
        """For each document, the words that speak most for its stream, strongest first.

        Args:
            documents: sessions.
            streams: column of the stream in question, one per document.
            most: how many words at most.
        """
        words, trained = self._views[0], self._features[0]
        if isinstance(words, _Meaning) or words.vectorizer is None:
            return [[] for _ in streams]
        names = words.vectorizer.get_feature_names_out()
        rows = words.of(documents)
        found = []
        for index, stream in enumerate(streams):
            row = rows[index]
            support = row.data * (trained[:, row.indices].T @ self._weights[:, stream])
            order = sorted(range(len(support)), key=lambda at: (-round(float(support[at]), 9), names[row.indices[at]]))
            found.append(_distinct([str(names[row.indices[at]]) for at in order if support[at] > 0], most))
        return found

    def _kernel(self, features: Sequence[Any]) -> Array:
        total = sum(view.weight for view in self._views)
        parts = zip(self._views, features, self._features, strict=True)
        return np.asarray(sum(view.weight / total * _cosines(left, right) for view, left, right in parts))


def _importance(labels: Array) -> Array:
    """How much each labelled session counts, 1 on average: more where its streams are rare."""
    sizes = np.maximum(labels.sum(axis=0), 1.0)
    weights: Array = (labels * sizes**-RARITY).sum(axis=1) / labels.sum(axis=1)
    return weights / weights.mean() if len(weights) else weights


def _distinct(terms: Sequence[str], most: int) -> list[str]:
    """The first terms, leaving out those that share a word with an earlier one."""
    chosen: list[str] = []
    for term in terms:
        if len(chosen) < most and not any(set(term.split()) & set(other.split()) for other in chosen):
            chosen.append(term)
    return chosen


def _cosines(left: Any, right: Any) -> Array:
    product = left @ right.T
    return np.asarray(product.toarray() if hasattr(product, "toarray") else product, dtype=np.float64)


class _Terms:
    """Documents as rows of TF-IDF of length 1; all zero where there is no term at all."""

    def __init__(self, weight: float, vectorizer: Any, read: Read, documents: Sequence[Documents]) -> None:
        self.weight = weight
        self.vectorizer = vectorizer
        self._read = read
        try:
            self.learnt = vectorizer.fit_transform(self._texts(documents))
        except ValueError:  # raised by scikit-learn when no text holds any term
            self.vectorizer = None
            self.learnt = self.of(*documents)

    def of(self, *documents: Documents) -> Any:
        texts = self._texts(documents)
        if self.vectorizer is None or not texts:
            return np.zeros((len(texts), len(self.vectorizer.vocabulary_) if self.vectorizer else 1))
        return self.vectorizer.transform(texts)

    def _texts(self, documents: Sequence[Documents]) -> list[str]:
        return [text for part in documents for text in self._read(part)]


class _Meaning:
    """Vectors without what all have in common, which tells no stream from another; rows of length 1 or 0."""

    weight = MEANING_WEIGHT

    def __init__(self, documents: Sequence[Documents]) -> None:
        self._common = _stacked(documents).mean(axis=0)
        self.learnt = self.of(*documents)

    def of(self, *documents: Documents) -> Any:
        own = _stacked(documents) - self._common
        lengths = np.linalg.norm(own, axis=1, keepdims=True)
        return own / np.where(lengths < _NO_LENGTH, 1.0, lengths)


def _stacked(documents: Sequence[Documents]) -> Array:
    parts = [part.vectors for part in documents if part.vectors is not None and len(part)]
    return np.vstack(parts).astype(np.float64)


def _names(cell: str) -> list[str]:
    return [name.strip().casefold() for name in cell.split(";") if name.strip()]


def _views(labelled: Documents, streams: Documents) -> list[_Terms | _Meaning]:
    """The views, words first."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    both = (labelled, streams)
    terms: dict[str, Any] = {"sublinear_tf": True, "strip_accents": "unicode"}
    words = TfidfVectorizer(ngram_range=(1, 2), stop_words="english", **terms)
    title = TfidfVectorizer(ngram_range=(1, 2), stop_words="english", **terms)
    # Runs of letters in more than a tenth of the documents cost ten times the rest, and tell nothing.
    most = max(20, (len(labelled) + len(streams)) // 10)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), min_df=2, max_df=most, **terms)
    views: list[_Terms | _Meaning] = [
        _Terms(WORDS_WEIGHT, words, lambda part: part.texts, both),
        _Terms(LETTERS_WEIGHT, letters, lambda part: part.texts, both),
        _Terms(TITLE_WEIGHT, title, lambda part: part.titles, both),
        _Terms(SPEAKERS_WEIGHT, TfidfVectorizer(analyzer=_names), lambda part: part.speakers, both),
    ]
    return views if streams.vectors is None else [*views, _Meaning(both)]
