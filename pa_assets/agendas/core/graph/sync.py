"""Bringing a server in line with parts: a checksum tells what differs, and only that is written.

Which rows there should be is `people`, `programme` and `later`; the Cypher is `statements`. A load that was cut off,
at whatever point, is completed by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pa_assets.agendas.core.graph import statements
from pa_assets.agendas.core.graph.changes import Held, Work, checksums, indexable, owner_of, work_of
from pa_assets.agendas.core.graph.declaration import HASH, Element, Layer, NodeType, RelationshipType
from pa_assets.agendas.core.graph.parts import LoadReport, Part, version_of
from pa_assets.kit.ports import Graph, GraphError, GraphMemoryError, Write

TRANSACTION_ROWS = 100_000
"""Rows written and removed that go as one transaction: what a Neo4j with a heap of 1 GB takes with room to spare."""

SMALLEST_TRANSACTION = 50
"""Rows below which a transaction is not cut further."""

_SLICE = 2000


def load(
    graph: Graph,
    show: str,
    loader: str,
    parts: Sequence[Part],
    *,
    load_id: str,
    known: Mapping[str, pd.DataFrame] | None = None,
    everything: bool = False,
    again: Mapping[str, pd.DataFrame] | None = None,
    transaction_rows: int = TRANSACTION_ROWS,
) -> LoadReport:
    """Let what the graph holds of some elements and one show equal their parts.

    What left the parts goes. Nodes without a hash, relationships that somebody else created, properties that no load
    noted, other shows: all of that stays, except relationships of an exclusive type.

    Args:
        graph: the server.
        show: tag of the show.
        loader: who loads; its unfinished loads stand on its record.
        parts: what should be there, in any order.
        load_id: mark of this load, on every row written.
        known: rows of the last load, by element: `element.ends` and `row_hash`. They save reading where the server's
            checksum says that they are what it holds.
        everything: write every row, changed or not.
        again: ends of rows to be written whether changed or not, by element; what the graph holds is then read.
        transaction_rows: rows that go as one transaction. More are written in batches under the load's mark.

    Raises:
        GraphError: refused or failed; the message says what to do. What was written in batches stays until the next
            load, and readers can leave it out, see `statements.READERS_FILTER`.
    """
    before = graph.statements
    ordered = sorted(map(indexable, parts), key=_rank)
    _create_schema(graph, ordered)
    records = {row["name"]: row for row in graph.read(statements.READ_RECORDS, show=show)}
    works = [
        work_of(graph, show, part, total, records, Held(known or {}, everything, again))
        for part, total in zip(ordered, checksums(graph, show, ordered), strict=True)
    ]
    session = _Session(graph, show, loader, load_id, works, _loading(records, loader))
    whole = session.run(transaction_rows)
    idle = session.is_idle
    return LoadReport(
        parts={work.part.element.name: work.report() for work in works},
        version=version_of(parts),
        load_id="" if idle else load_id,
        statements=graph.statements - before,
        whole=whole,
    )


def _rank(part: Part) -> tuple[int, str]:
    """Nodes before layers before relationships."""
    kinds = (NodeType, Layer, RelationshipType)
    return next(index for index, kind in enumerate(kinds) if isinstance(part.element, kind)), part.element.name


def _create_schema(graph: Graph, parts: Sequence[Part]) -> None:
    nodes: dict[str, NodeType] = {}
    for part in parts:
        element = part.element
        if isinstance(element, RelationshipType):
            nodes |= {element.start.name: element.start, element.end.name: element.end}
        else:
            node = element.node if isinstance(element, Layer) else element
            nodes[node.name] = node
    for statement in statements.schema_statements(nodes.values(), graph.read(statements.SHOW_INDEXES)):
        graph.schema(statement)


def _loading(records: Mapping[str, Mapping[str, Any]], loader: str) -> list[str]:
    return list((records.get(loader) or {}).get("loading") or [])


@dataclass(frozen=True)
class _Rows:
    """Rows of a table as mappings, converted a slice at a time, as often as asked."""

    frame: pd.DataFrame
    ends: list[str]
    fixed: Mapping[str, Any]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for start in range(0, len(self.frame), _SLICE):
            piece = self.frame.iloc[start : start + _SLICE]
            keys: list[dict[str, Any]] = piece[self.ends].to_dict("records")  # type: ignore[assignment]
            values = _stored(piece.drop(columns=self.ends)).to_dict("records") or [{}] * len(piece)
            for key, properties in zip(keys, values, strict=True):
                yield {**key, "properties": {**self.fixed, **properties}}


def _stored(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with None for `""` and `[]`, which the graph does not keep."""
    return pd.DataFrame(
        {name: values.map(_present) if values.dtype == object else values for name, values in frame.items()},
        index=frame.index,
    )


def _present(value: Any) -> Any:
    return None if isinstance(value, str | list) and not value else value


@dataclass(frozen=True)
class _Task:
    """One statement over a number of rows, of which any stretch can go alone."""

    rows: int
    write: Callable[[int, int], Write]
    """First and last row -> what to send."""
    work: Work | None = None
    """Whose rows are counted as written."""


@dataclass
class _Session:
    """The writing half of a load."""

    graph: Graph
    show: str
    loader: str
    load_id: str
    works: list[Work]
    unfinished: list[str]
    """Loads of this loader that were cut off, as the record says at the start."""
    tasks: list[_Task] = field(init=False)

    def __post_init__(self) -> None:
        self.tasks = [task for task in self._tasks() if task.rows]

    @property
    def is_idle(self) -> bool:
        """Whether the graph is as it should be."""
        return not (self.tasks or self.unfinished or any(work.names != work.noted for work in self.works))

    def run(self, transaction_rows: int) -> bool:
        """Write; whether it went as one transaction."""
        if self.is_idle:
            return True
        rows = sum(task.rows for task in self.tasks)
        if rows <= transaction_rows:
            try:
                self._send([(task, 0, task.rows) for task in self.tasks], self._last())
                return True
            except GraphMemoryError:
                transaction_rows = _smaller(min(rows, transaction_rows))
        self._run_in_batches(transaction_rows)
        return False

    def _run_in_batches(self, size: int) -> None:
        opened = {**self._base(), "load_id": self.load_id, "loader": self.loader}
        notes = [{"name": w.part.element.name, "properties": sorted({*w.names, *w.noted})} for w in self.works]
        # Noted before they are written: should this load be cut off, the next one knows what may be there.
        self.graph.write_all(
            [Write(statements.OPEN_LOAD, None, opened), Write(statements.WRITE_NOTES, notes, self._base())]
        )
        for task in self.tasks:
            start = 0
            while start < task.rows:
                stop = min(start + size, task.rows)
                try:
                    self._send([(task, start, stop)], [])
                    start = stop
                except GraphMemoryError:
                    size = _smaller(min(size, stop - start))
        self.graph.write_all(self._last())

    def _send(self, pieces: list[tuple[_Task, int, int]], further: list[Write]) -> None:
        writes = [task.write(start, stop) for task, start, stop in pieces]
        counts = self.graph.write_all([*writes, *further])
        for (task, start, stop), count in zip(pieces, counts, strict=False):
            if task.work is not None:
                task.work.written += min(count, stop - start)

    def _last(self) -> list[Write]:
        notes = [{"name": work.part.element.name, "properties": work.names} for work in self.works]
        closed = {"load_id": self.load_id, "loader": self.loader, "finished": [*self.unfinished, self.load_id]}
        return [
            Write(statements.WRITE_NOTES, notes, self._base()),
            Write(statements.CLOSE_LOAD, None, {**self._base(), **closed}),
        ]

    def _base(self) -> dict[str, Any]:
        return {"show": self.show}

    def _tasks(self) -> Iterator[_Task]:
        """Doubled relationships first, so that one can be written anew; removals last, relationships before nodes."""
        for work in self.works:
            yield self._removal(work, work.doubled)
        for work in self.works:
            yield self._writing(work)
        for work in reversed(self.works):
            yield self._removal(work, work.gone)
            if isinstance(work.part.element, RelationshipType):
                yield self._removal_of_others(work, work.part.element)

    def _writing(self, work: Work) -> _Task:
        element = work.part.element
        fixed = {**dict.fromkeys(sorted({*work.noted} - {*work.names})), statements.load_id_of(element): self.load_id}
        frame = work.changed.rename(columns={HASH: statements.hash_of(element)})
        return self._task(element, statements.write(element), frame, fixed, work)

    def _removal(self, work: Work, ends: pd.DataFrame) -> _Task:
        element = work.part.element
        fixed = {}
        if isinstance(element, Layer):
            fixed = dict.fromkeys([*work.names, *work.noted, element.hash, statements.load_id_of(element)])
        return self._task(element, statements.remove(element), ends, fixed)

    def _task(
        self, element: Element, query: str, frame: pd.DataFrame, fixed: Mapping[str, Any], work: Work | None = None
    ) -> _Task:
        parameters = {**self._base(), **owner_of(element)}

        def write(start: int, stop: int) -> Write:
            return Write(query, _Rows(frame.iloc[start:stop], element.ends, fixed), parameters)

        return _Task(len(frame), write, work)

    def _removal_of_others(self, work: Work, edge: RelationshipType) -> _Task:
        def write(start: int, stop: int) -> Write:
            return Write(
                statements.remove_others(edge), None, {**self._base(), **owner_of(edge), "limit": stop - start}
            )

        return _Task(work.others, write)


def _smaller(rows: int) -> int:
    """Rows for the next try after a transaction of `rows` was too large.

    Raises:
        GraphError: it can hardly be smaller.
    """
    if rows <= SMALLEST_TRANSACTION:
        raise GraphError(
            f"The graph server has no memory for a transaction of {rows} rows. Give it more (Neo4j: "
            "dbms.memory.transaction.total.max, server.memory.heap.max_size), then run again: what was written stays."
        )
    return max(rows // 4, SMALLEST_TRANSACTION)
