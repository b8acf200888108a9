"""Slots of one talk: each stays a session of its own, and what one slot lacks it has from the others.

Which titles are one talk is `titles.content_key`. Slots whose synopses speak of different things (a "Panel
discussion" in two theatres) share a title and nothing else.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from pa_assets.agendas.config import Sessions
from pa_assets.agendas.core.sessions.sponsors import names_nobody
from pa_assets.agendas.core.text import SEPARATOR, each_value, gather_items, join_streams, key_texts, split_streams

_SAME_WORDS = 0.3
"""Share of words that two synopses of one talk have in common at least, of all words of both."""
_GROUP = ["cohort", "content_group"]


def unite_slots(table: pd.DataFrame, sessions: Sessions) -> tuple[pd.DataFrame, dict[str, int]]:
    """Give the slots of each talk the streams, speakers, synopsis and sponsor of one another.

    Streams and speakers are united, a slot's own first. A synopsis or sponsor that is missing is taken from the
    other slots: the longest synopsis; a sponsor only where all others name the same.

    Args:
        table: one row per session, with `cohort`, `content_group`, `stream`, `speakers`, `synopsis_stripped` and
            `sponsored_by`; a unique index.
        sessions: which sponsors are none.

    Returns:
        The table, and how many slots were given what, for the notes.
    """
    several = table.duplicated(_GROUP, keep=False)
    slots = table[several]
    talk, apart = _talks(slots)
    united = {name: _united(slots[name], talk) for name in ("stream", "speakers")}
    synopses = slots["synopsis_stripped"]
    united["synopsis_stripped"] = synopses.mask(synopses == "", _longest(synopses, talk))
    sponsors, nobody = slots["sponsored_by"], names_nobody(slots["sponsored_by"], sessions)
    united["sponsored_by"] = sponsors.mask(nobody, _only(sponsors[~nobody], talk).fillna(sponsors))
    notes = {
        f"{name} completed from another slot of the talk": int((united[name] != slots[name]).sum()) for name in united
    }
    table = table.copy()
    table.loc[several, list(united)] = pd.DataFrame(united)
    return table, {**notes, "title shared by talks with different synopses": apart}


def _talks(slots: pd.DataFrame) -> tuple[pd.Series[Any], int]:
    """Number of the talk of each slot, and how many titles are shared by different talks."""
    group = slots.groupby(_GROUP).ngroup()
    synopsis = key_texts(slots["synopsis_stripped"])
    named = pd.DataFrame({"group": group, "key": synopsis, "text": slots["synopsis_stripped"]})[synopsis != ""]
    named["rows"] = named.groupby(["group", "key"])["text"].transform("size")
    distinct = named.sort_values(["group", "rows", "key", "text"], ascending=[True, False, True, True])
    distinct = distinct.drop_duplicates(["group", "key"])
    apart = [number for number, texts in distinct.groupby("group")["text"] if not _of_one_thing([*map(_words, texts)])]
    part = synopsis.where(group.isin(apart), "")
    return pd.DataFrame({"group": group, "part": part}).groupby(["group", "part"]).ngroup(), len(apart)


def _of_one_thing(texts: list[set[str]]) -> bool:
    """Whether all texts share enough words with the first; a text within another is the same one cut short."""
    first, *others = texts
    return all(
        first <= other or other <= first or len(first & other) >= _SAME_WORDS * len(first | other) for other in others
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _united(cells: pd.Series[Any], talk: pd.Series[Any]) -> pd.Series[Any]:
    """Cells with their own items first, then those of the other cells of the talk."""
    pooled = gather_items(talk, cells).map(join_streams).reindex(talk.to_numpy()).fillna("").set_axis(cells.index)
    return each_value(cells + SEPARATOR + pooled, lambda cell: join_streams(split_streams(cell)))


def _longest(texts: pd.Series[Any], talk: pd.Series[Any]) -> pd.Series[Any]:
    """The longest text of each talk, the first of the alphabet of equal ones, aligned with `texts`."""
    ranked = pd.DataFrame({"talk": talk, "text": texts, "length": texts.str.len()})
    ranked = ranked.sort_values(["talk", "length", "text"], ascending=[True, False, True])
    return talk.map(ranked.drop_duplicates("talk").set_index("talk")["text"])


def _only(texts: pd.Series[Any], talk: pd.Series[Any]) -> pd.Series[Any]:
    """The one text of each talk, missing where there is none or several, aligned with `talk`."""
    own = pd.DataFrame({"talk": talk.reindex(texts.index), "text": texts}).drop_duplicates()
    return talk.map(own[~own["talk"].duplicated(keep=False)].set_index("talk")["text"])
