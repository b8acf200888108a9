"""Patterns of the settings: plain text in which `*` stands for any text, whatever the case and the spaces.

Titles and theatres to remove, marks of repetition and the naming of sponsors are written so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from pa_assets.agendas.core.text import each_value, fold


def matches_any(values: pd.Series[Any], patterns: Sequence[str]) -> pd.Series[Any]:
    """Whether a whole text is one of the patterns; dots at its end do not count, and a blank is none."""
    parts = [".*".join(map(re.escape, _key(pattern).split("*"))) for pattern in patterns]
    return each_value(values, _key).str.fullmatch(f"(?s:{'|'.join(parts) or '(?!)'})") & (values != "")


@lru_cache(maxsize=256)
def found_within(pattern: str, anything: str) -> str:
    """Regular expression that finds a pattern somewhere in a text.

    A `*` at its end takes the rest of the text; a letter or digit at its end or beginning bounds a whole word.

    Args:
        pattern: not empty.
        anything: regular expression for `*`.
    """
    first = r"(?<!\w)" if pattern[0].isalnum() else ""
    last = "$" if pattern.endswith("*") else r"(?!\w)" if pattern[-1].isalnum() else ""
    return first + anything.join(map(re.escape, pattern.split("*"))) + last


def _key(text: str) -> str:
    return fold(text).rstrip(".\u2026 ")
