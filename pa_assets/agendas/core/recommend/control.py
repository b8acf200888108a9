"""The control group, by badge: nobody changes sides when others register."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.core.recommend.inputs import Flags

Draw = NDArray[np.uint64]

_UNSIGNED = 2.0**64


def draw(badges: pd.Series[str], *words: str) -> Draw:
    """A number per badge, even over 64 bits, that depends on the badge and `words` alone (SipHash)."""
    text = "|".join(words) + "|" + badges.astype(str)
    return np.asarray(pd.util.hash_array(text.to_numpy(dtype=object), categorize=False), dtype=np.uint64)


def in_control_group(badges: pd.Series[str], *, percentage: float, seed: int, show: str) -> Flags:
    """Which badges are in the control group of `percentage` percent."""
    return np.asarray(draw(badges, "control", str(seed), show) / _UNSIGNED < percentage / 100.0)
