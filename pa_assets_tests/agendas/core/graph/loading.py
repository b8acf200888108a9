"""What tests of loads and comparisons share: twins of tables, a comparison by them, a graph made to fail."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from pa_assets.agendas.core.graph.compare import Comparison, compare
from pa_assets.agendas.core.graph.parts import Part
from pa_assets.kit.ports import Graph, Write
from pa_assets_tests.agendas.core.graph.graph_tables import Tables
from pa_assets_tests.graph_loads import loads, schema_of


def parts_of(tables: Tables, show: str) -> dict[str, tuple[Part, ...]]:
    """Loader -> its parts."""
    return {loader: make() for loader, make in loads(tables, show)}


def twins_of(tables: Tables, show: str) -> dict[str, pd.DataFrame]:
    """Name of an element -> its rows as they should be."""
    return {part.element.name: part.frame for parts in parts_of(tables, show).values() for part in parts}


def compared(graph: Graph, show: str, twins: Mapping[str, pd.DataFrame]) -> Comparison:
    """The graph of a show against its twins."""
    return compare(graph, show, schema_of(show), twins)


def emptied(tables: Tables) -> Tables:
    """The same tables without rows."""
    without = {name: value.iloc[:0] for name, value in vars(tables).items() if isinstance(value, pd.DataFrame)}
    return Tables(**{**without, "descriptions": {}})


class Watched:
    """A graph that asks a function before each transaction that writes."""

    def __init__(self, inner: Graph, before: Callable[[int], None]) -> None:
        """`before` takes the rows of the transaction, and may raise."""
        self._inner, self._before = inner, before
        self.transactions: list[int] = []

    @property
    def statements(self) -> int:
        return self._inner.statements

    @property
    def description(self) -> str:
        return self._inner.description

    def read(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        return self._inner.read(query, **parameters)

    def write(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        return self._inner.write(query, **parameters)

    def write_rows(self, query: str, rows: Iterable[Mapping[str, Any]], **parameters: Any) -> int:
        return self._inner.write_rows(query, rows, **parameters)

    def write_all(self, writes: Sequence[Write]) -> list[int]:
        rows = sum(sum(1 for _ in write.rows or ()) for write in writes if "LoadRecord" not in write.query)
        self._before(rows)
        self.transactions.append(rows)
        return self._inner.write_all(writes)

    def schema(self, statement: str) -> None:
        self._inner.schema(statement)
