"""The JSON export: metadata and statistics, each visitor with agenda, alternatives and what rules took, those without.

Session facts stand in every recommendation, as readers of these files expect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.exports import texts
from pa_assets.agendas.core.exports.agendas import Agendas, Several

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Details:
    """What the JSON holds beside the agendas of a group."""

    metadata: dict[str, Any]
    alternatives: Several
    """Of each recommendation."""
    removed: Several
    """By rules, of each visitor."""
    timeless: set[int]
    """Places of the sessions without a time."""
    without: pd.DataFrame
    """W visitors without an agenda: badge_id, reason."""
    removed_without: Several
    """By rules, of each of these."""


def write_json(agendas: Agendas, details: Details, stream: IO[bytes]) -> None:
    """Write the JSON, in one line.

    Raises:
        ValueError: a score is infinite or none.
    """
    facts = _facts(agendas.sessions)
    brief = {name: agendas.sessions[name] for name in ("session_id", "title")}
    removed_facts = _facts(brief)
    alternative_facts = _facts({**brief, "theatre": agendas.sessions["theatre__name"], "start": _starts(agendas)})
    stream.write(f'{{"metadata":{texts.as_json(details.metadata)},"recommendations":{{'.encode())
    for visitors, rows, block in agendas.blocks():
        alternatives = _alternatives(details.alternatives.part(rows), alternative_facts)
        items = texts.joined(
            *(texts.json_texts(block.badges), ':{"visitor":'),
            *(texts.array(texts.json_objects(block.people, len(block.badges))), ',"recommendations":['),
            *(texts.grouped(_recommendations(block, facts, alternatives), block.first, ","), '],"removed_by_rules":'),
            *(_removed(details.removed.part(visitors), removed_facts), ',"notes":'),
            *(_notes(block, details.timeless), "}"),
        )
        stream.write(("," if visitors.start else "").encode() + ",".join(items.to_pylist()).encode())
    stream.write(b'},"without_recommendations":[')
    stream.write(",".join(_without(details, removed_facts).to_pylist()).encode())
    stream.write(b"]}\n")


def _facts(fields: dict[str, list[Any]]) -> pa.Array:
    """JSON of the facts of each session, open at its end for more."""
    count = len(next(iter(fields.values())))
    return texts.array([text[:-1] for text in texts.json_objects(fields, count)])


def _starts(agendas: Agendas) -> list[str]:
    dates, times = agendas.sessions["date"], agendas.sessions["start_time"]
    return [f"{date or ''} {time or ''}".strip() for date, time in zip(dates, times, strict=True)]


def _recommendations(block: Agendas, facts: pa.Array, alternatives: pa.Array) -> pa.Array:
    return texts.joined(
        *(facts.take(block.session), ',"rank":'),
        *(texts.json_numbers(block.rank), ',"score":'),
        *(texts.json_numbers(block.score), ',"strategy":'),
        *(texts.json_texts(block.strategy), ',"reasons":'),
        *(texts.json_lists(block.reasons), ',"alternatives":'),
        *(alternatives, "}"),
    )


def _alternatives(several: Several, facts: pa.Array) -> pa.Array:
    items = texts.joined(facts.take(several.session), ',"score":', texts.json_numbers(several.score), "}")
    return texts.joined("[", texts.grouped(items, several.first, ","), "]")


def _removed(several: Several, facts: pa.Array) -> pa.Array:
    items = texts.joined(
        *(facts.take(several.session), ',"rule":'),
        *(texts.json_texts(several.rule), ',"score":'),
        *(texts.json_numbers(several.score), "}"),
    )
    return texts.joined("[", texts.grouped(items, several.first, ","), "]")


def _notes(block: Agendas, timeless: set[int]) -> pa.Array:
    """What to know of each visitor's agenda, as JSON lists."""
    chosen = np.isin(block.session, list(timeless))
    titles = np.array(block.sessions["title"], dtype=object)[block.session[chosen]]
    notes = [f"No time is known for {title}; no calendar holds it." for title in titles]
    first = np.searchsorted(np.flatnonzero(chosen), block.first).astype(np.int64)
    return texts.joined("[", texts.grouped(texts.json_texts(notes), first, ","), "]")


def _without(details: Details, facts: pa.Array) -> pa.Array:
    return texts.joined(
        *('{"badge_id":', texts.json_texts(details.without["badge_id"].tolist()), ',"reason":'),
        *(texts.json_texts(details.without["reason"].tolist()), ',"removed_by_rules":'),
        *(_removed(details.removed_without, facts), "}"),
    )
