"""History: how much each past attendance counts, and what attending one past session tells of another.

Speaks of past sessions only; how this reaches the sessions of this year is in `content`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pa_assets.agendas.config_recommendations import PastShowWeights
from pa_assets.agendas.core.recommend.inputs import Floats, Inputs

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

EASE_REGULARISATION = 50.0
EASE_MOST_SESSIONS = 6_000
"""Above this many past sessions the inverse costs too much, and history is not smoothed."""

OWN_SHARE = 0.15
"""Weight of the sessions attended beside the sessions that EASE infers from them."""

HALF_SURE = 2.0
"""Sessions attended by which a history is half sure of itself: one speaks with a third of its weight, ten with 5/6."""

_DIGITS = 9


def weighted(inputs: Inputs, weights: PastShowWeights) -> Inputs:
    """The inputs with every attendance counted by the weight of its past show; those of weight 0 are gone."""
    from scipy.sparse import diags

    factors = weights.model_dump()
    factor = inputs.past_sessions["cohort"].map(factors).to_numpy(dtype=np.float64)
    if (factor == 1.0).all():
        return inputs
    scale = diags(factor.astype(inputs.people.dtype))

    def counted(matrix: csr_matrix) -> csr_matrix:
        result = (matrix @ scale).tocsr()
        result.eliminate_zeros()
        return result

    return replace(
        inputs,
        history=counted(inputs.history),
        people=counted(inputs.people),
        past_attendance=counted(inputs.past_attendance),
    )


def smoothing(people: csr_matrix) -> Floats | None:
    """What attending one past session tells of liking another (P x P), or None where there are too many.

    EASE, the regularised item-item model in closed form (Steck 2019, "Embarrassingly Shallow Autoencoders for
    Sparse Data"): B = -P / diag(P) with zero diagonal, P = inverse(A'WA + regularisation * I). W weighs each person
    by one over the root of their attendance, for who attends everything says little of what goes with what; the
    regularisation is scaled by the mean weight. The attended sessions themselves stay in with `OWN_SHARE`.
    """
    from scipy.linalg import inv
    from scipy.sparse import diags

    count = people.shape[1]
    attended = np.asarray(people.sum(axis=1), dtype=np.float64).ravel()
    if not 0 < count <= EASE_MOST_SESSIONS or not attended.any():
        return None
    weight = 1.0 / np.sqrt(np.where(attended > 0, attended, 1.0))
    gram = np.asarray((people.T @ diags(weight) @ people).todense(), dtype=np.float64)
    squares = np.asarray(people.multiply(people).sum(axis=1), dtype=np.float64).ravel()
    gram[np.diag_indices(count)] += EASE_REGULARISATION * (weight @ squares) / squares.sum()
    inverse = np.asarray(inv(gram, overwrite_a=True))
    weights: Floats = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, OWN_SHARE)
    return weights.round(_DIGITS)


def certainty(history: csr_matrix) -> Floats:
    """How much a history says (rows), 0 to below 1: see `HALF_SURE`."""
    count = np.asarray(history.sum(axis=1), dtype=np.float64).ravel()
    return np.asarray(count / (count + HALF_SURE))
