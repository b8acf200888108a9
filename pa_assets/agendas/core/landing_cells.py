"""Rows read chunk by chunk -> whole columns of text, in which equal texts are one object in memory.

A million answers repeat few questions, answers and badges: shared, they fit into a tenth of the memory. What the
cells say is the matter of the formats.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

ROWS_AT_A_TIME = 200
"""Rows of a file that are held as objects of their own before they become columns; more leave the processor's cache."""

_SAMPLE = 20_000
"""Rows after which a column of mostly different texts is no more searched for equal ones."""

Name = TypeVar("Name", bound=Hashable)


class Cells(Generic[Name]):
    """Columns of text that grow by chunks; where a chunk lacks a column, its cells are `""`."""

    def __init__(self) -> None:
        self._columns: dict[Name, _Column] = {}
        self._numbers: list[npt.NDArray[np.int64]] = []
        self.rows = 0

    def add(self, columns: Mapping[Name, Sequence[str]], numbers: Sequence[int]) -> None:
        """Add rows: columns of equal length, and the number of each row in its file."""
        for name in columns:
            if name not in self._columns:
                self._columns[name] = _Column(self.rows)
        for name, column in self._columns.items():
            column.add(columns[name]) if name in columns else column.add_blanks(len(numbers))
        self._numbers.append(np.array(numbers, dtype=np.int64))
        self.rows += len(numbers)

    def columns(self) -> dict[Name, npt.NDArray[Any]]:
        """The columns in the order in which they came up."""
        return {name: column.whole() for name, column in self._columns.items()}

    def numbers(self) -> npt.NDArray[np.int64]:
        """The number of each row in its file."""
        return np.concatenate(self._numbers) if self._numbers else np.array([], dtype=np.int64)


class _Column:
    def __init__(self, blanks: int) -> None:
        self._parts: list[npt.NDArray[Any]] = []
        self._known: dict[str, str] | None = {}
        self._rows = 0
        self.add_blanks(blanks)

    def add(self, texts: Sequence[str]) -> None:
        self._rows += len(texts)
        if self._known is not None:
            texts = list(map(self._known.setdefault, texts, texts))
            if self._rows > _SAMPLE and len(self._known) > self._rows // 2:
                self._known = None
        part = np.empty(len(texts), dtype=object)
        part[:] = texts
        self._parts.append(part)

    def add_blanks(self, count: int) -> None:
        self._rows += count
        self._parts.append(np.full(count, "", dtype=object))

    def whole(self) -> npt.NDArray[Any]:
        return np.concatenate(self._parts)
