"""What differs between parts and the graph: by a checksum where that is enough, else by reading keys and hashes.

Nothing is written here: that is `sync`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.graph import statements
from pa_assets.agendas.core.graph.declaration import HASH, Element, Layer, NodeType, RelationshipType
from pa_assets.agendas.core.graph.parts import Part, PartReport, refusals
from pa_assets.kit.ports import Graph

MISSING_END = "is not in the graph: run `pa graph diff EVENT --mend`"

INDEX_BYTES = 7_500
"""Bytes of a key or of an indexed property, as UTF-8: Neo4j refuses a whole load above about 8,000 with the show."""


def indexable(part: Part) -> Part:
    """The part without nodes whose key or indexed property is longer than an index takes; those count as refused."""
    element = part.element
    if not isinstance(element, NodeType):
        return part
    keys = sum((_bytes(part.frame[name]) for name in element.key), np.zeros(len(part.frame), dtype=np.int64))
    lengths = [keys, *(_bytes(part.frame[name]) for name in element.indexed if name in part.frame)]
    fits = np.max(lengths, axis=0) <= INDEX_BYTES
    if fits.all():
        return part
    why = f"{' or '.join((*element.key, *element.indexed))} has more than {INDEX_BYTES} bytes"
    stamps = {
        name: value[fits].reset_index(drop=True) if isinstance(value, pd.Series) else value
        for name, value in part.stamps.items()
    }
    refused = pd.concat([part.refused, refusals([(why, "", int((~fits).sum()))])], ignore_index=True)
    return Part(element, part.frame[fits].reset_index(drop=True), refused, stamps)


def _bytes(values: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return values.map(lambda value: len(value.encode()) if isinstance(value, str) else 0).to_numpy(dtype=np.int64)


@dataclass(frozen=True)
class Checksum:
    """What the server says of the rows of one element, without their being read."""

    rows: int
    first: int
    second: int
    others: int = 0

    def fits(self, frame: pd.DataFrame) -> bool:
        """Whether the graph holds exactly these rows."""
        hashes = frame[HASH].to_numpy(dtype=np.int64)
        # fmod has the sign of the dividend, as % of Cypher does.
        first, second = (int(np.fmod(hashes, modulus).sum()) for modulus in statements.MODULI)
        return (self.rows, self.first, self.second) == (len(frame), first, second)


def checksums(graph: Graph, show: str, parts: Sequence[Part]) -> list[Checksum]:
    """What the graph holds of each part, by one statement."""
    if not parts:
        return []
    query, owners = statements.checksums([part.element for part in parts])
    rows = {row["part"]: row for row in graph.read(query, show=show, **owners)}
    names = ("rows", "first", "second", "others")
    return [Checksum(*(int(rows.get(index, {}).get(name) or 0) for name in names)) for index in range(len(parts))]


@dataclass(frozen=True)
class Held:
    """How to find out what the graph holds, and what to write although it holds it."""

    known: Mapping[str, pd.DataFrame]
    everything: bool
    again: Mapping[str, pd.DataFrame] | None

    def rows(self, graph: Graph, show: str, part: Part, total: Checksum) -> pd.DataFrame:
        """Ends and hashes of what the graph holds: by the checksum where that is enough, else read."""
        if self.again is None:
            for frame in self._guesses(part):
                if total.fits(frame):
                    return frame
        return read_hashes(graph, show, part.element)

    def _guesses(self, part: Part) -> Iterator[pd.DataFrame]:
        """What the graph may hold: what it should; what the last load left; of that, what did not go with its nodes."""
        ends = part.element.ends
        yield part.frame[[*ends, HASH]]
        if (known := self.known.get(part.element.name)) is not None:
            yield known[[*ends, HASH]]
            yield known.loc[contained(known, part.frame, ends), [*ends, HASH]]

    def settles(self, part: Part, total: Checksum) -> bool:
        """Whether the graph holds the part, and nothing is to be written although it does."""
        return self.again is None and not self.everything and not total.others and total.fits(part.frame)

    def wanted(self, part: Part) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Rows of a part to be written whether changed or not."""
        named = (self.again or {}).get(part.element.name)
        if self.everything or named is None:
            return np.full(len(part.frame), self.everything)
        return contained(part.frame, named, part.element.ends)


def read_hashes(graph: Graph, show: str, element: Element) -> pd.DataFrame:
    """Ends and `row_hash` (nullable) of all rows of an element that its loader wrote, by one read."""
    rows = graph.read(statements.read_hashes(element), show=show, **owner_of(element))
    table = pd.DataFrame(rows, columns=[*element.ends, HASH]).astype(object)
    return table.assign(**{HASH: table[HASH].astype("Int64")})


def owner_of(element: Element) -> dict[str, str]:
    """The parameter `owner` of statements on relationships."""
    return {"owner": element.owner} if isinstance(element, RelationshipType) else {}


@dataclass
class Work:
    """What one part needs: rows to be written and removed."""

    part: Part
    found: int
    changed: pd.DataFrame
    gone: pd.DataFrame
    """Ends."""
    doubled: pd.DataFrame
    """Ends of relationships that stand there several times: all are taken away, and one is written anew."""
    others: int
    names: list[str]
    """Properties that the part has."""
    noted: list[str]
    """Properties that may be there from earlier loads."""
    written: int = 0

    @property
    def rows(self) -> int:
        """Rows of all writes."""
        return len(self.changed) + len(self.gone) + len(self.doubled) + self.others

    def report(self) -> PartReport:
        """What was done, once it is done."""
        refused = {str(why): int(count) for why, count in self.part.refused.groupby("reason")["rows"].sum().items()}
        if missing := len(self.changed) - self.written:
            refused[f"{_ends_named(self.part.element)} {MISSING_END}"] = missing
        return PartReport(
            given=len(self.part.frame) + int(self.part.refused["rows"].sum()),
            written=self.written,
            removed=len(self.gone) + self.others,
            refused=refused,
            found=self.found,
        )


def _ends_named(element: Element) -> str:
    if isinstance(element, RelationshipType):
        return f"{element.start.meaning} or {element.end.meaning}"
    return element.node.meaning if isinstance(element, Layer) else element.meaning


def work_of(
    graph: Graph, show: str, part: Part, total: Checksum, records: Mapping[str, Mapping[str, Any]], held: Held
) -> Work:
    """Compare a part with what the graph holds.

    Args:
        graph: the server.
        show: tag of the show.
        part: what should be there.
        total: what the server says of it.
        records: records of earlier loads, by name.
        held: how to find out more.
    """
    element, ends = part.element, part.element.ends
    noted = list((records.get(element.name) or {}).get("properties") or [])
    names = sorted({*part.frame.columns, *part.stamps} - {*ends, HASH})
    if held.settles(part, total):
        nothing = part.frame.iloc[:0]
        return Work(part, total.rows, nothing, nothing[ends], nothing[ends], 0, names, noted)
    known = held.rows(graph, show, part, total)
    doubled = known.duplicated(ends, keep=False).to_numpy()
    gone = known[~contained(known, part.frame, ends)].drop_duplicates(ends)
    again = known[doubled & contained(known, part.frame, ends)].drop_duplicates(ends)
    return Work(
        part=part,
        found=total.rows,
        changed=part.frame.assign(**part.stamps)[held.wanted(part) | _differs(part.frame, known[~doubled], ends)],
        gone=gone[ends],
        doubled=again[ends],
        others=total.others,
        names=names,
        noted=noted,
    )


def _differs(frame: pd.DataFrame, known: pd.DataFrame, ends: list[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Rows that the graph lacks or holds with another hash."""
    before = known.rename(columns={HASH: "known"}).astype({"known": "Int64"})
    compared = frame[[*ends, HASH]].merge(before, on=ends, how="left")
    return compared[HASH].ne(compared["known"]).fillna(value=True).to_numpy(dtype=bool)


def contained(frame: pd.DataFrame, other: pd.DataFrame, ends: list[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Rows of `frame` whose ends stand in `other`."""
    merged = frame[ends].merge(other[ends].drop_duplicates(), on=ends, how="left", indicator=True)
    return merged["_merge"].eq("both").to_numpy(dtype=bool)
