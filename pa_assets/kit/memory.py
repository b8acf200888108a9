"""How bulk work treats memory. What is kept or thrown away is the matter of the work itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (100_000, 50, 100)
"""Thresholds of Python's collector; its own are (700, 10, 10) or near."""


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Let Python look for cyclic garbage seldom.

    Tables are built of millions of small objects that form no cycle, and each full look visits all of them: a tenth of
    the time of a large delivery.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
