"""The mixture of the signals: their names, and how weights and certainties make one fit of them.

Where the signals come from is in `scores`, where weights are learned in `learning`.
"""

from __future__ import annotations

import numpy as np

from pa_assets.agendas.core.recommend.inputs import Floats

OWN_HISTORY, SIMILAR_VISITORS, STREAMS, POPULARITY = "own_history", "similar_visitors", "streams", "popularity"
SIGNALS = (OWN_HISTORY, SIMILAR_VISITORS, STREAMS, POPULARITY)

Signals = dict[str, Floats]
"""Signal -> rows x N in single precision, in multiples of the average session times how certain the signal is,
0 to 1; 0: silent."""


def shares(signals: Signals, weights: dict[str, float]) -> dict[str, Floats]:
    """Factor of each signal in the mixture (rows); popularity speaks alone where all else is silent.

    The factors bring the certainties of the signals, by weight, to 1: what one leaves open the others fill.
    """
    certain = {name: certainty(signals[name]) for name in SIGNALS}
    total = np.sum([weights[name] * certain[name] for name in SIGNALS], axis=0)
    silent = total <= 0
    result = {name: np.where(silent, 0.0, weights[name] / np.where(silent, 1.0, total)) for name in SIGNALS}
    result[POPULARITY] = np.where(silent, 1.0, result[POPULARITY])
    return result


def mixture(signals: Signals, factors: dict[str, Floats]) -> Floats:
    """The sum of the signals by their factors (rows x N), in multiples of the average session."""
    first, *others = SIGNALS
    total = signals[first] * factors[first][:, None].astype(np.float32)
    part = np.empty_like(total)
    for name in others:
        total += np.multiply(signals[name], factors[name][:, None].astype(np.float32), out=part)
    return total


def multiples(values: Floats, certain: Floats | None = None) -> Floats:
    """Rows as multiples of their mean, times the certainty of each; a row of zeros stays. In single precision."""
    mean = certainty(values)
    factor = (1.0 if certain is None else certain) / np.where(mean > 0, mean, 1.0)
    return np.multiply(values, factor[:, None], dtype=np.float32, casting="same_kind")


def certainty(values: Floats) -> Floats:
    """Mean of each row: how sure a signal is, 0 where it is silent."""
    return np.asarray(values.sum(axis=1) / max(values.shape[1], 1), dtype=np.float64)
