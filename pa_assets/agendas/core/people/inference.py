"""Values that follow from a text by declared rules, such as a job role from a job title, each with its confidence.

What is inferred from what is `visitors` and `practices`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.config import InferenceRule
from pa_assets.agendas.core.text import tidy, whole_words

ANSWER = "answer"
"""Source of what a visitor said."""

_DOT_OF_AN_ABBREVIATION = re.compile(r"(?<!\w)(\w)\.(?=\w(?!\w))")
_PUNCTUATION = re.compile(r"[\W_]+")


def infer(texts: pd.Series[Any], rules: Sequence[InferenceRule]) -> pd.DataFrame:
    """The value of the first rule of which a word or phrase stands in the text.

    Words count as wholes and whatever their case; what stands between them does not: `Locum (R.V.N.)` holds the
    phrase `locum rvn`. No text, and a text that no rule knows, gives no value.

    Returns:
        Columns `value`, `source` (`rule:<value>`) and `confidence` with the index of `texts`; `""`, `""` and 0
        where there is no value.
    """
    patterns = [whole_words(map(_plain, rule.any_words)) for rule in rules]
    codes, distinct = pd.factorize(texts.astype(object))
    none = len(rules)
    first = [
        next((number for number, words in enumerate(patterns) if words.search(text)), none)
        for text in (_plain(str(text)) for text in distinct)
    ]
    chosen = np.array([*first, none])[codes]
    values = np.array([*(rule.value for rule in rules), ""], dtype=object)[chosen]
    confidences = np.array([*(rule.confidence for rule in rules), 0.0])[chosen]
    found = found_by("", pd.Series(values, texts.index), pd.Series(confidences, texts.index))
    return found.assign(source=("rule:" + found["value"]).where(found["value"] != "", ""))


def found_by(source: str, values: pd.Series[Any], confidence: pd.Series[Any] | float = 1.0) -> pd.DataFrame:
    """Values that one source gives, in the form of `infer`; `""` is no value."""
    found = pd.DataFrame({"value": values.astype(object), "source": source, "confidence": confidence}, values.index)
    return found.assign(
        source=found["source"].where(found["value"] != "", ""),
        confidence=found["confidence"].where(found["value"] != "", 0.0),
    )


def first_found(first: pd.DataFrame, *others: pd.DataFrame) -> pd.DataFrame:
    """Row by row the first value that there is, with its source and confidence."""
    found = first
    for other in others:
        there = found["value"] != ""
        found = pd.DataFrame({name: found[name].where(there, other[name]) for name in found.columns})
    return found


def _plain(text: str) -> str:
    """Words with single spaces between; `R.V.N.` is one word."""
    return tidy(_PUNCTUATION.sub(" ", _DOT_OF_AN_ABBREVIATION.sub(r"\1", text)))
