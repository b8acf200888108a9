"""Programmes as delivered -> one clean row per session and cohort.

Streams stay as the programme gives them; describing and filling them is `core.streams`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pa_assets.agendas.config import Event, Sessions, StreamProcessing
from pa_assets.agendas.core.landing_columns import ROLES, with_columns
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, finish, with_sources
from pa_assets.agendas.core.sessions.markup import plain_text
from pa_assets.agendas.core.sessions.slots import read_slots
from pa_assets.agendas.core.tables import COHORTS, SESSIONS, THIS_YEAR
from pa_assets.agendas.core.text import (
    NO_ANSWER,
    NOTHING,
    each_value,
    fold,
    fold_values,
    gather_items,
    join_streams,
    key_texts,
    split_streams,
    tidy_values,
)

_COLUMNS = tuple(ROLES["programme"].columns)
_SLOT = ("key_text", "date", "start_time", "end_time", "theatre__name")
_NOTHING_IN = {"stream": NO_ANSWER, "theatre__name": NO_ANSWER}
"""Words for nothing, where they are more than `NOTHING`."""
_NO_SPONSOR = NOTHING | {"no data"}
_CODE_LENGTH = 5
"""A sponsor of at most this many letters is a short code."""


def process_programme(
    rows_by_cohort: Mapping[str, pd.DataFrame],
    event: Event,
    sessions: Sessions,
    streams: StreamProcessing,
) -> Prepared:
    """Clean the programmes of all cohorts.

    The rows of one session (one per speaker) are folded into one with all speakers and streams. The same title
    at another slot is another session. Set aside: blank ids and titles, titles that are no sessions, times that
    cannot be understood, sessions that end before they start, sessions of this year without date or time (past
    ones stay), and rows whose id belongs to another session.

    Args:
        rows_by_cohort: cohort -> rows as `read_rows(..., "programme")` gives them; cohorts may be absent.
        event: time zone.
        sessions: titles to remove, sponsors, whether sessions may end after midnight.
        streams: streams to rename.

    Returns:
        Table `SESSIONS`. The notes count sponsor codes that `sponsor_names` does not spell out.
    """
    delivered = _all_cohorts(rows_by_cohort)
    clean = _clean(delivered)
    slots = read_slots(clean, event.time_zone, overnight=sessions.overnight, date_order=event.date_order)
    clean = clean.drop(columns=["starts_at", "ends_at"]).assign(**slots)
    sieve = Sieve(delivered)
    _set_aside(clean, sessions, sieve)
    _set_aside_second_use(clean, sieve)

    kept = clean[sieve.kept].copy()
    kept["stream"] = _spelled_alike(kept, streams)
    table = _folded(kept)
    table["sponsored_by"], codes = _sponsors(table["sponsored_by"], sessions)
    folded = {"further row of the same session": len(kept) - len(table)}
    return checked(finish(SESSIONS, table), sieve.quarantine(), len(delivered), folded, codes)


def _all_cohorts(rows_by_cohort: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [
        with_sources(with_columns(rows_by_cohort[cohort], "programme")).assign(cohort=cohort)
        for cohort in COHORTS
        if cohort in rows_by_cohort
    ]
    if not parts:
        return with_sources(with_columns(pd.DataFrame({"cohort": pd.Series(dtype=object)}), "programme"))
    return pd.concat(parts, ignore_index=True).fillna("")


def _clean(delivered: pd.DataFrame) -> pd.DataFrame:
    """Delivered texts without markup, surplus spaces and words for nothing."""
    clean = delivered.copy()
    for name in _COLUMNS:
        clean[name] = tidy_values(each_value(delivered[name], plain_text), _NOTHING_IN.get(name, NOTHING))
    clean["key_text"] = key_texts(clean["title"])
    return clean


def _set_aside(clean: pd.DataFrame, sessions: Sessions, sieve: Sieve) -> None:
    sieve.set_aside(clean["session_id"] == "", "blank session id")
    removed = each_value(clean["title"], _title_key).str.fullmatch(_expression(sessions.titles_to_remove))
    no_session = removed & (clean["title"] != "")
    sieve.set_aside(no_session, "title is no session", "title " + each_value(clean["title"], repr))
    sieve.set_aside(clean["key_text"] == "", "blank title")
    sieve.set_aside(clean["unread"] != "", "date or time not understood", clean["unread"])
    missing = clean["starts_at"].isna() | clean["ends_at"].isna()
    sieve.set_aside((clean["cohort"] == THIS_YEAR) & missing, "no date or time")
    shown = "from " + clean["date"] + " " + clean["start_time"] + " to " + clean["end_time"]
    sieve.set_aside(clean["ends_at"] <= clean["starts_at"], "ends before it starts", shown)


def _expression(titles: Sequence[str]) -> str:
    """Regular expression for the keys of some titles, in which `*` stands for any text; of none, it matches nothing."""
    parts = [re.escape(_title_key(title)).replace(r"\*", ".*") for title in titles]
    return f"(?s:{'|'.join(parts) or '(?!)'})"


def _title_key(title: str) -> str:
    """A title for comparison with titles to remove: case, spaces and dots at the end do not count."""
    return fold(title).rstrip(".\u2026 ")


def _set_aside_second_use(clean: pd.DataFrame, sieve: Sieve) -> None:
    """An id belongs to the title and slot that most of its rows give, then to the first by content."""
    session, slot = ["cohort", "session_id"], ["cohort", "session_id", *_SLOT]
    uses = clean[sieve.kept].groupby(slot, sort=True).size().rename("rows").reset_index()
    uses = uses.sort_values([*session, "rows", *_SLOT], ascending=[True, True, False, *[True] * len(_SLOT)])
    owners = pd.MultiIndex.from_frame(uses.drop_duplicates(session)[slot])
    other = ~pd.MultiIndex.from_frame(clean[slot]).isin(owners)
    detail = "session id " + clean["session_id"] + " stands for another title, slot or theatre; give each its own id"
    sieve.set_aside(pd.Series(other, index=clean.index), "session id used twice", detail)


def _spelled_alike(kept: pd.DataFrame, streams: StreamProcessing) -> pd.Series[Any]:
    """Stream cells with renames done and one spelling per stream: the commonest over all programmes."""
    rename = {fold(name): target for name, target in streams.rename.items()}
    cells = {
        cell: [item for name in split_streams(cell) for item in split_streams(rename.get(fold(name), name))]
        for cell in kept["stream"].unique()
    }
    per_session = kept.drop_duplicates(["cohort", "session_id", "stream"])["stream"]
    counts = per_session.map(cells).explode().dropna().value_counts()
    chosen = {fold(target): target for cell in rename.values() for target in split_streams(cell)}
    for name in sorted(counts.index, key=lambda name: (-counts[name], name)):
        chosen.setdefault(fold(name), name)
    joined = {cell: join_streams(dict.fromkeys(chosen[fold(item)] for item in items)) for cell, items in cells.items()}
    return each_value(kept["stream"], lambda cell: joined[cell])


def _folded(kept: pd.DataFrame) -> pd.DataFrame:
    """One row per session: of each column the longest text, and all streams and speakers."""
    kept = kept.reset_index(drop=True)
    group = kept.groupby(["cohort", "session_id"], sort=True).ngroup()
    first = ~group.duplicated()
    table = kept[first].set_axis(group[first].to_numpy()).sort_index()
    for name in ("title", "synopsis_stripped", "sponsored_session", "sponsored_by"):
        ranked = pd.DataFrame({"group": group, "text": kept[name], "length": kept[name].str.len()})
        ranked = ranked.sort_values(["group", "length", "text"], ascending=[True, False, True])
        table[name] = ranked.drop_duplicates("group").set_index("group")["text"]
    for name in ("stream", "speakers"):
        items = gather_items(group, kept[name]).map(join_streams)
        table[name] = items.reindex(table.index).astype(object).fillna("")
    return table


def _sponsors(values: pd.Series[Any], sessions: Sessions) -> tuple[pd.Series[Any], dict[str, int]]:
    """Sponsors spelled out, and how many sessions bear each short code that is not."""
    names = {fold(code): name for code, name in sessions.sponsor_names.items()}
    spelled = tidy_values(each_value(values, lambda value: names.get(fold(value), value)), _NO_SPONSOR)
    known = {fold(name) for name in sessions.sponsor_names.values()}
    code = (spelled != "") & (spelled.str.len() <= _CODE_LENGTH) & ~fold_values(spelled).isin(known)
    counts = spelled[code].value_counts()
    return spelled, {f"sponsor code {name} not in sessions.sponsor_names": int(counts[name]) for name in counts.index}
