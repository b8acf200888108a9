"""Content: which past sessions a session of this year is like, and how what is known of them carries over.

Every session of this year is new, so nothing is known of it but its content. All that the past tells (who
attended what) reaches it by a regression on content. What the past tells is in `history`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Flags, Floats, Inputs

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MEANING = 0.25
"""Weight of meaning against that of words, 1; words tell topics apart better on real programmes."""

STREAM = 0.15
"""Weight of a common stream, beside its name among the words."""

SHARPNESS = 3
"""Power of the likeness in meaning: a programme's sessions are all a little alike, which says nothing. Odd, so that
a matrix of likenesses stays positive semidefinite."""

RIDGE = 0.3
"""Regularisation of the regression: how far a single past session is believed."""

REGRESSION_MOST_SESSIONS = 6_000
"""Above this many past sessions the regression costs too much; the nearest ones speak for a new session."""

NEIGHBOURS = 30
SHRINKAGE = 0.5
"""Likeness with which the average past session joins the neighbours, so that a faint likeness says little."""

_DIGITS = 6
"""Likeness is rounded, so that sessions of equal text are equally near in whatever order a processor sums."""

_CARRIED_DIGITS = 9


@dataclass(frozen=True)
class Likeness:
    """How like sessions are in content: 1 for the same, 0 for nothing in common, a trace less than 0 for opposites."""

    to_past: Floats
    """N x P: sessions of this year to past ones."""
    among_past: Floats | None
    """P x P, or None where there are too many past sessions for the regression."""
    of_topic: Floats
    """N x P: the same without what a common stream adds."""


def likeness(inputs: Inputs) -> Likeness:
    """Likeness by words (TF-IDF of one and two words), by meaning (vectors around their mean) and by common streams."""
    between = _measure(inputs)
    past = len(inputs.past_sessions)
    old, new = slice(0, past), slice(past, None)
    among_past = between(old, old, STREAM) if past <= REGRESSION_MOST_SESSIONS else None
    return Likeness(between(new, old, STREAM), among_past, between(new, old, 0.0))


def regression(found: Likeness, counted: Flags) -> Floats:
    """Weights (P x N), of either sign, by which a value per past session becomes one per session of this year.

    Kernel ridge regression on content around the mean of all: W = (K + ridge I)^-1 k, and what a column lacks to 1 is
    shared out evenly. Many past sessions of one content count as one voice, and sessions that exist and were not
    attended speak too, which a mean of neighbours does not know. Only past sessions that are `counted` (P) take part.
    """
    weights = np.zeros(found.to_past.T.shape)
    if not counted.any():
        return weights
    to_past = found.to_past[:, counted]
    if found.among_past is None:
        weights[counted] = _nearest(to_past)
        return weights
    from scipy.linalg import cho_factor, cho_solve

    kernel = found.among_past[np.ix_(counted, counted)]
    kernel[np.diag_indices_from(kernel)] += RIDGE
    solved = cho_solve(cho_factor(kernel, overwrite_a=True, check_finite=False), to_past.T, check_finite=False)
    weights[counted] = solved + (1.0 - solved.sum(axis=0)) / len(solved)
    return weights.round(_CARRIED_DIGITS)


def carrier(weights: Floats) -> Floats:
    """Weights of a regression as those of a mean (P x N): none negative, each column sums to 1 or is empty."""
    positive = np.maximum(weights, 0.0)
    total = positive.sum(axis=0)
    return np.asarray((positive / np.where(total > 0, total, 1.0)).round(_CARRIED_DIGITS))


def centrality(inputs: Inputs) -> Floats:
    """How near each session is to the rest of this year's programme (N): the prior where there is no past."""
    count = len(inputs.sessions)
    if count < 2:
        return np.ones(count)
    new = slice(len(inputs.past_sessions), None)
    near = np.maximum(_measure(inputs)(new, new, STREAM), 0.0)
    mean = (near.sum(axis=1) - np.diag(near)) / (count - 1)
    return np.asarray(mean if mean.any() else np.ones(count))


def _measure(inputs: Inputs) -> Callable[[slice, slice, float], Floats]:
    """The likeness between two slices of all sessions, past ones first, with a weight for common streams."""
    sessions = pd.concat([inputs.past_sessions, inputs.sessions], ignore_index=True)
    words = _word_vectors(_texts(sessions))
    streams = _stream_vectors(sessions)
    vectors = _around_mean(np.concatenate([inputs.past_vectors, inputs.vectors]))
    meaning = MEANING if vectors.any() else 0.0

    def between(left: slice, right: slice, stream: float) -> Floats:
        shared = stream if streams.nnz else 0.0
        value = np.asarray((words[left] @ words[right].T).todense(), dtype=np.float64)
        if meaning:
            value += meaning * (vectors[left] @ vectors[right].T) ** SHARPNESS
        if shared:
            value += shared * np.asarray((streams[left] @ streams[right].T).todense())
        return np.asarray((value / (1.0 + meaning + shared)).round(_DIGITS))

    return between


def _nearest(to_past: Floats) -> Floats:
    """The mean of the nearest past sessions, weighted by likeness, and a little of that of all (P x N)."""
    near = np.maximum(to_past, 0.0)
    order = np.argsort(-near, axis=1, kind="stable")[:, :NEIGHBOURS]
    nearest = np.zeros_like(near)
    np.put_along_axis(nearest, order, np.take_along_axis(near, order, axis=1), axis=1)
    weights = (nearest + SHRINKAGE / near.shape[1]) / (nearest.sum(axis=1, keepdims=True) + SHRINKAGE)
    return np.ascontiguousarray(weights.T)


def _texts(sessions: pd.DataFrame) -> list[str]:
    """The words of each session: the title twice, for it says most, and the theatre, for many have a topic."""
    title = sessions["title"]
    joined = title + " " + title + " " + sessions["synopsis_stripped"] + " " + sessions["stream"]
    return [str(text) for text in joined + " " + sessions["theatre__name"]]


def _word_vectors(documents: Sequence[str]) -> csr_matrix:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(re.search(r"\b\w\w+\b", document) for document in documents):
        return csr_matrix((len(documents), 1))
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(documents).tocsr()


def _stream_vectors(sessions: pd.DataFrame) -> csr_matrix:
    """Sessions x streams, each row of length 1 or empty."""
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    names = sessions["stream"].astype(str).str.casefold().str.split(";").explode().str.strip()
    names = names[names.ne("")]
    codes, distinct = pd.factorize(names, sort=True)
    matrix = csr_matrix((np.ones(len(codes)), (names.index, codes)), shape=(len(sessions), max(len(distinct), 1)))
    return normalize(matrix) if len(sessions) else matrix


def _around_mean(vectors: Floats) -> Floats:
    """Vectors around their mean, of length 1; zeros stay zeros."""
    known: Flags = np.asarray(vectors.any(axis=1))
    if known.sum() < 2:
        return np.zeros_like(vectors)
    moved = np.where(known[:, None], vectors - vectors[known].mean(axis=0), 0.0)
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.where(length > 1e-9, length, 1.0))
