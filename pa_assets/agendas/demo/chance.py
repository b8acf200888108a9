"""Seeded chance: one generator per purpose, so that a change in one part of a show leaves the others alone."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def generator(seed: int, *purpose: str) -> np.random.Generator:
    """The generator of one purpose; equal seed and purpose, equal numbers on every machine."""
    return np.random.default_rng([seed, *(zlib.crc32(part.encode("utf-8")) for part in purpose)])


def drawn(chance: np.random.Generator, frequencies: Mapping[str, float], count: int) -> npt.NDArray[np.object_]:
    """`count` names drawn by their relative frequency."""
    names = np.array(list(frequencies), dtype=object)
    weights = np.array(list(frequencies.values()), dtype=float)
    return names[chance.choice(len(names), count, p=weights / weights.sum())]


def picked(chance: np.random.Generator, options: Sequence[str], count: int) -> npt.NDArray[np.object_]:
    """`count` options drawn evenly."""
    return np.array(options, dtype=object)[chance.integers(len(options), size=count)]


def share(chance: np.random.Generator, part: float, count: int) -> Flags:
    """Flags of which exactly `round(part * count)` are set, at drawn places."""
    flags = np.zeros(count, dtype=bool)
    flags[chance.choice(count, round(part * count), replace=False)] = True
    return flags


def places(chance: np.random.Generator, part: float, count: int, *, least: int = 0) -> Integers:
    """Sorted places of a share of `count` rows, at least `least` of them where there are as many."""
    size = min(count, max(least, round(part * count)))
    return np.sort(chance.choice(count, size, replace=False)).astype(np.int64)
