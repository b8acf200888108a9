"""Content: which past sessions a session of this year is like, and how what is known of them carries over.

Every session of this year is new, so nothing is known of it but its content. All that the past tells (who
attended what) reaches it through its nearest past sessions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pa_assets.agendas.core.recommend.inputs import Floats, Inputs, texts

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

LEXICAL_SHARE = 0.75
"""Share of words against meaning in a likeness; words tell topics apart better on real programmes."""

NEIGHBOURS = 30
"""Past sessions that speak for a new one."""

_DIGITS = 6
"""Likeness is rounded, so that sessions of equal text are equally near in whatever order a processor sums; among
them those with the lowest cohort and identifier are neighbours."""

SHRINKAGE = 0.5
"""Likeness with which the average past session joins the neighbours, so that a faint likeness says little."""

EASE_REGULARISATION = 50.0
EASE_MOST_SESSIONS = 3_000
"""Above this many past sessions the inverse costs too much, and history is not smoothed."""

OWN_SHARE = 0.5
"""Weight of the sessions attended beside the sessions that EASE infers from them."""


def likeness(inputs: Inputs) -> tuple[Floats, Floats]:
    """Likeness of this year's sessions to past ones (N x P) and to each other (N x N), 0 to 1."""
    past, new = texts(inputs.past_sessions), texts(inputs.sessions)
    words = _word_vectors([*past, *new])
    old_words, new_words = words[: len(past)], words[len(past) :]
    to_past = np.asarray((new_words @ old_words.T).todense(), dtype=np.float64)
    to_new = np.asarray((new_words @ new_words.T).todense(), dtype=np.float64)
    if inputs.vectors.any() and (inputs.past_vectors.any() or not past):
        meaning_past = np.clip(inputs.vectors @ inputs.past_vectors.T, 0.0, 1.0)
        meaning_new = np.clip(inputs.vectors @ inputs.vectors.T, 0.0, 1.0)
        to_past = LEXICAL_SHARE * to_past + (1 - LEXICAL_SHARE) * meaning_past
        to_new = LEXICAL_SHARE * to_new + (1 - LEXICAL_SHARE) * meaning_new
    return to_past.round(_DIGITS), to_new.round(_DIGITS)


def carrier(to_past: Floats) -> Floats:
    """Weights (P x N) by which a value per past session becomes a value per session of this year.

    Each new session gets the mean of its nearest past sessions, weighted by likeness, and a little of the mean
    of all (see `SHRINKAGE`); its column sums to 1.
    """
    new, past = to_past.shape
    if not past:
        return np.zeros((0, new))
    order = np.argsort(-to_past, axis=1, kind="stable")[:, :NEIGHBOURS]
    nearest = np.zeros_like(to_past)
    np.put_along_axis(nearest, order, np.take_along_axis(to_past, order, axis=1), axis=1)
    weights = (nearest + SHRINKAGE / past) / (nearest.sum(axis=1, keepdims=True) + SHRINKAGE)
    return np.ascontiguousarray(weights.T)


def smoothing(people: csr_matrix) -> Floats | None:
    """What attending one past session tells of liking another (P x P), or None where there are too many.

    EASE, the regularised item-item model in closed form (Steck 2019, "Embarrassingly Shallow Autoencoders for
    Sparse Data"): B = -P / diag(P) with zero diagonal, P = inverse(A'A + regularisation * I). The attended
    sessions themselves stay in with `OWN_SHARE`.
    """
    count = people.shape[1]
    if not 0 < count <= EASE_MOST_SESSIONS:
        return None
    gram = np.asarray((people.T @ people).todense(), dtype=np.float64)
    gram[np.diag_indices(count)] += EASE_REGULARISATION
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, OWN_SHARE)
    return weights


def centrality(to_new: Floats) -> Floats:
    """How near each session is to the rest of this year's programme (N): the prior where there is no past."""
    count = len(to_new)
    if count < 2:
        return np.ones(count)
    mean = (to_new.sum(axis=1) - np.diag(to_new)) / (count - 1)
    return np.asarray(mean if mean.any() else np.ones(count))


def _word_vectors(documents: Sequence[str]) -> csr_matrix:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(re.search(r"\b\w\w+\b", document) for document in documents):
        return csr_matrix((len(documents), 1))
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(documents).tocsr()
