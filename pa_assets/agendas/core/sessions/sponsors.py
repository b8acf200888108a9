"""Sponsors: spelled out, and found in titles where the programme's own column names nobody."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pa_assets.agendas.config import Sessions
from pa_assets.agendas.core.sessions.titles import sponsor_in_title
from pa_assets.agendas.core.text import NOTHING, each_value, fold, fold_values, tidy_values

_NOBODY = NOTHING | {"no data"}
_CODE_LENGTH = 5
"""A sponsor of at most this many letters is a short code."""


def names_nobody(values: pd.Series[Any], sessions: Sessions) -> pd.Series[Any]:
    """Whether a cell says that there is no sponsor: blank, a word for nothing, or how the settings spell that out."""
    spelled = {fold(name) for code, name in sessions.sponsor_names.items() if fold(code) in _NOBODY}
    return fold_values(values).isin(_NOBODY | spelled)


def sponsors_of_titles(values: pd.Series[Any], titles: pd.Series[Any], sessions: Sessions) -> pd.Series[Any]:
    """Sponsors, taken from the title where none is named."""
    found = each_value(titles, lambda title: sponsor_in_title(title, sessions.sponsor_in_title))
    return values.mask(names_nobody(values, sessions) & (found != ""), found)


def spelled_out(values: pd.Series[Any], sessions: Sessions) -> pd.Series[Any]:
    """Sponsors as `sponsor_names` spells them out; other words for nobody are blank."""
    names = {fold(code): name for code, name in sessions.sponsor_names.items()}
    return tidy_values(each_value(values, lambda value: names.get(fold(value), value)), _NOBODY)


def unknown_codes(sponsors: pd.Series[Any], sessions: Sessions) -> dict[str, int]:
    """How many sessions bear each short code that `sponsor_names` does not spell out, for the notes."""
    known = {fold(name) for name in sessions.sponsor_names.values()}
    code = (sponsors != "") & (sponsors.str.len() <= _CODE_LENGTH) & ~fold_values(sponsors).isin(known)
    counts = sponsors[code].value_counts()
    return {f"sponsor code {name} not in sessions.sponsor_names": int(counts[name]) for name in counts.index}
