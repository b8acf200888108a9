"""One spelling per theatre and per stream over all programmes, so that names typed otherwise are one name.

Only case and spaces are taken for spelling; other names of the same thing are settings (aliases, renames).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from pa_assets.agendas.core.text import each_value, fold, join_streams, split_streams


def theatres_spelled_alike(theatres: pd.Series[Any], aliases: Mapping[str, str]) -> pd.Series[Any]:
    """Theatres with aliases done, each in its commonest spelling, or in that of the alias."""
    known = {fold(name): target for name, target in aliases.items()}
    named = each_value(theatres, lambda name: known.get(fold(name), name))
    chosen = _spellings(named[named != ""].value_counts(), aliases.values())
    return each_value(named, lambda name: chosen.get(fold(name), name))


def streams_spelled_alike(sessions: pd.DataFrame, rename: Mapping[str, str]) -> pd.Series[Any]:
    """Stream cells with renames done and one spelling per stream: that of the rename, else the commonest.

    Args:
        sessions: columns `cohort`, `session_id`, `stream`; a session may have several rows.
        rename: stream as delivered -> stream as kept.
    """
    known = {fold(name): target for name, target in rename.items()}
    cells = {
        cell: [item for name in split_streams(cell) for item in split_streams(known.get(fold(name), name))]
        for cell in sessions["stream"].unique()
    }
    per_session = sessions.drop_duplicates(["cohort", "session_id", "stream"])["stream"]
    counts = per_session.map(cells).explode().dropna().value_counts()
    targets = [target for cell in known.values() for target in split_streams(cell)]
    chosen = _spellings(counts, targets)
    joined = {cell: join_streams(dict.fromkeys(chosen[fold(item)] for item in items)) for cell, items in cells.items()}
    return each_value(sessions["stream"], lambda cell: joined[cell])


def _spellings(counts: pd.Series[Any], preferred: Iterable[str]) -> dict[str, str]:
    """Folded name -> its spelling: a preferred one, else the commonest, then the first of the alphabet."""
    chosen = {fold(name): name for name in preferred}
    for name in sorted(counts.index, key=lambda name: (-counts[name], name)):
        chosen.setdefault(fold(name), name)
    return chosen
