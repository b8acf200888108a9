"""A classifier of sessions into streams, learnt from the sessions that have one.

Three views of a session - words, meaning, speakers - become one kernel (a weighted mean of their cosines), and one
ridge regression per stream is solved in closed form on it (kernel ridge classification; Rifkin and Lippert 2007,
"Notes on regularized least squares", which also gives the leave-one-out predictions used here for calibration).
Every stream also counts as one document of its own, its name and description, so that a stream without any session,
or a programme without any label, still has something to resemble. Turning scores into decisions is `filling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WORDS_WEIGHT, MEANING_WEIGHT, SPEAKERS_WEIGHT = 2.0, 1.0, 0.5
RIDGE = 0.1
"""Weights and ridge: by trial on the FOSDEM programmes of 2024 and 2025; around them accuracy moves by 1 %."""


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
        self._features = [view.of(labelled, streams) for view in self._views]
        targets = np.vstack([labels, np.eye(number)])
        self._base = labels.mean(axis=0) if count else np.full(number, 1.0 / number)
        inverse = np.linalg.inv(self._kernel(self._features) + RIDGE * np.eye(count + number))
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
        if not isinstance(words, _Words) or words.vectorizer is None:
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

    def __init__(self, weight: float, vectorizer: Any, texts: Sequence[str]) -> None:
        self.weight = weight
        self.vectorizer = vectorizer
        try:
            vectorizer.fit(texts)
        except ValueError:  # raised by scikit-learn when no text holds any term
            self.vectorizer = None

    def rows(self, texts: Sequence[str]) -> Any:
        if self.vectorizer is None or not texts:
            return np.zeros((len(texts), len(self.vectorizer.vocabulary_) if self.vectorizer else 1))
        return self.vectorizer.transform(texts)


class _Words(_Terms):
    def of(self, *documents: Documents) -> Any:
        return self.rows([text for part in documents for text in part.texts])


class _Speakers(_Terms):
    def of(self, *documents: Documents) -> Any:
        return self.rows([text for part in documents for text in part.speakers])


class _Meaning:
    weight = MEANING_WEIGHT

    def of(self, *documents: Documents) -> Any:
        return np.vstack([part.vectors for part in documents if part.vectors is not None and len(part)])


def _names(cell: str) -> list[str]:
    return [name.strip().casefold() for name in cell.split(";") if name.strip()]


def _views(labelled: Documents, streams: Documents) -> list[_Words | _Speakers | _Meaning]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, stop_words="english", strip_accents="unicode")
    speakers = TfidfVectorizer(analyzer=_names)
    views: list[_Words | _Speakers | _Meaning] = [
        _Words(WORDS_WEIGHT, words, [*labelled.texts, *streams.texts]),
        _Speakers(SPEAKERS_WEIGHT, speakers, list(labelled.speakers)),
    ]
    return views if streams.vectors is None else [*views, _Meaning()]
