"""Compiled loops of the strategy `max_cosine`. Imported inside functions only, for numba is heavy."""

from __future__ import annotations

import numpy as np

from pa_assets.agendas.core.recommend.compiled import compiled
from pa_assets.agendas.core.recommend.inputs import Floats, Numbers


@compiled
def highest(starts: Numbers, columns: Numbers, values: Floats) -> Floats:
    """Highest value of each session over some references (rows x N), at least 0.

    Args:
        starts: where each row's references start in `columns`, and where the last one's end (compressed rows).
        columns: rows of `values`.
        values: likeness of every reference to each session (P x N).
    """
    rows, sessions = len(starts) - 1, values.shape[1]
    result = np.zeros((rows, sessions))
    for row in range(rows):
        for at in range(starts[row], starts[row + 1]):
            reference = columns[at]
            for session in range(sessions):
                result[row, session] = max(result[row, session], values[reference, session])
    return result
