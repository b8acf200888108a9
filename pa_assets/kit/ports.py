"""Ports: what the core asks of the outside world, as protocols.

Real implementations live in `kit.resources`; tests may bring their own. Imports no client library and no dagster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LandingStore(Protocol):
    """Where delivered files are found and told apart by content."""

    def all_files(self) -> list[Path]:
        """Every delivered file that is not still being written, in a fixed order."""
        ...

    def find(self, patterns: Iterable[str]) -> list[Path]:
        """The delivered files that match one of the patterns, in the same order."""
        ...

    def version(self, files: Sequence[Path]) -> str:
        """Fingerprint of the names and the content of some files."""
        ...


class Encoder(Protocol):
    """Turns texts into vectors of unit length."""

    @property
    def model(self) -> str:
        """Name that identifies the model in caches and metadata."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of `texts`, shape (len(texts), dimensions), each of length 1."""
        ...


class LanguageModelUnavailableError(RuntimeError):
    """No language model is configured or it cannot be reached; the message says what is missing."""


class LanguageModelBudgetError(LanguageModelUnavailableError):
    """The budget of calls or tokens of this run is spent; the model itself is well."""


class LanguageModelQuestionError(LanguageModelUnavailableError):
    """This one question was refused, too long, or its answer was cut off; a shorter or another one may be answered."""


@dataclass(frozen=True)
class Usage:
    """What a language model was used for so far."""

    calls: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0

    def since(self, before: Usage) -> Usage:
        """What was used since an earlier reading."""
        return Usage(
            self.calls - before.calls,
            self.prompt_tokens - before.prompt_tokens,
            self.answer_tokens - before.answer_tokens,
        )


class LanguageModel(Protocol):
    """A chat model that answers in JSON of a given schema."""

    @property
    def model(self) -> str:
        """Name that identifies the model in caches and metadata."""
        ...

    @property
    def usage(self) -> Usage:
        """Calls and tokens so far, as the server counts them."""
        ...

    def answer(self, *, instructions: str, content: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """One structured answer.

        Raises:
            LanguageModelBudgetError: the budget of this run is spent.
            LanguageModelQuestionError: refused or too long, which a smaller question may not be.
            LanguageModelUnavailableError: not configured, refused, or unreachable after retries.
        """
        ...


class GraphError(RuntimeError):
    """The graph refused or failed; the message says what to do."""


class GraphMemoryError(GraphError):
    """The graph has not enough memory for a transaction of this size; a smaller one may pass."""


@dataclass(frozen=True)
class Write:
    """One writing statement of a transaction."""

    query: str
    rows: Iterable[Mapping[str, Any]] | None = None
    """With rows, `query` starts with `UNWIND $rows AS row` and is sent once per batch; iterated anew at each try."""
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Graph(Protocol):
    """A property graph that speaks Cypher."""

    @property
    def statements(self) -> int:
        """Statements sent so far, repeated ones included."""
        ...

    @property
    def description(self) -> str:
        """Server, edition, address and database, never a password."""
        ...

    def read(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a reading query, in one transaction."""
        ...

    def write(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a writing query, in one transaction that is retried on transient errors."""
        ...

    def write_rows(self, query: str, rows: Iterable[Mapping[str, Any]], **parameters: Any) -> int:
        """Run `query`, which starts with `UNWIND $rows AS row`, over `rows` in batches; return the rows sent."""
        ...

    def write_all(self, writes: Sequence[Write]) -> list[int]:
        """Run several statements in one transaction, in their order; all of them take effect or none.

        The transaction is repeated on transient errors and where it is unknown whether it took place, so each
        statement must be safe to repeat.

        Returns:
            For each write, the sum of the column `count` of what its statements return, 0 where they return none.

        Raises:
            GraphMemoryError: too large for the server's memory.
            GraphError: refused or failed; nothing was written.
        """
        ...

    def schema(self, statement: str) -> None:
        """Run one schema statement (a constraint or an index that may exist already)."""
        ...


class TrackedRun(Protocol):
    """One run of an experiment tracker."""

    @property
    def url(self) -> str | None:
        """Where a person can look at it."""
        ...

    def log_parameters(self, parameters: Mapping[str, Any]) -> None:
        """Record settings."""
        ...

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Record numbers."""
        ...


class Tracker(Protocol):
    """An experiment tracker; a failure of it never fails the work it tracks."""

    def run(self, experiment: str, name: str, tags: Mapping[str, str]) -> AbstractContextManager[TrackedRun]:
        """Open a run for the length of a `with` block."""
        ...
