"""The graph over Bolt: one client for Neo4j 5 and for the embedded server.

Transactions, their repetition, and values as the driver takes them. No label, no key, no query of a domain stands
here; which server is meant, and what its errors mean, is `graph_targets`. The driver is imported when a connection is
opened.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from pa_assets.kit import graph_server
from pa_assets.kit.graph_supervisor import OUT_OF_MEMORY, ServerFolder
from pa_assets.kit.ports import GraphError, Write
from pa_assets.kit.resources.graph_targets import (
    DEFAULT_ENVIRONMENT,
    GraphTarget,
    environment_name,
    explained,
    is_memory_error,
    memory_error,
    plain_address,
    target,
)

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Record
    from neo4j.exceptions import DriverError, Neo4jError

__all__ = ["BATCH_SIZE", "BoltGraph", "GraphTarget", "connect", "environment_name", "plain", "target"]

BATCH_SIZE = 5000
_FETCH_SIZE = 10_000
_CONNECT_SECONDS = 15.0
RETRY_SECONDS = 30.0
"""Time after a first failure for which a transaction is repeated."""
_GREETING_SECONDS = 3.0
"""The same for a server that has not answered this client yet: its address may be wrong."""
_CLASHES = 3
"""Repetitions where a key is taken."""

_Result = TypeVar("_Result")
_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def connect(where: GraphTarget, root: Path) -> BoltGraph:
    """A client of a server; the embedded one is started at its first use."""
    return BoltGraph(where, root)


class BoltGraph:
    """A property graph that speaks Bolt: implements `kit.ports.Graph`.

    One driver for its life, opened at the first use. Transactions are repeated on transient errors and where the
    connection was lost; an embedded server that died is started again. A transaction that was cut off while it was
    committed may have taken place: `read` and `write_all` repeat it, `write` and `write_rows` fail.
    """

    def __init__(self, where: GraphTarget, root: Path) -> None:
        self._target = where
        self._root = root
        self._driver: Driver | None = None
        self._description = ""
        self._statements = 0
        self._answered = False
        self._last_end = 0

    def __enter__(self) -> BoltGraph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the next use opens them again."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    @property
    def statements(self) -> int:
        """Statements sent so far, repeated ones included."""
        return self._statements

    @property
    def description(self) -> str:
        """Product, version, edition, environment, address and database; never a password.

        Of the embedded server no address, since its port is nobody's business.
        """
        if not self._description:
            agent = self._explained(lambda: str(self._opened().get_server_info().agent))
            where = self._target
            environment = "" if where.environment == DEFAULT_ENVIRONMENT else f"environment {where.environment}"
            parts = (
                _product(agent) + self._edition(),
                environment,
                "embedded" if where.embedded else where.address,
                f"database {where.database}",
            )
            self._description = ", ".join(part for part in parts if part)
        return self._description

    def _edition(self) -> str:
        if self._target.embedded:
            return ""
        try:
            rows = self.read("CALL dbms.components() YIELD edition RETURN edition LIMIT 1")
        except GraphError:  # some hosted servers allow nobody to ask
            return ""
        return f" {rows[0]['edition']}" if rows else ""

    def read(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a reading query, in one transaction.

        Raises:
            GraphError: refused or failed; the message says what to do.
        """
        return self._transact("execute_read", query, parameters)

    def write(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a writing query, in one transaction that is repeated on transient errors.

        Raises:
            GraphMemoryError: too large for the server's memory.
            GraphError: refused or failed; the message says what to do.
        """
        return self._transact("execute_write", query, parameters)

    def write_rows(
        self, query: str, rows: Iterable[Mapping[str, Any]], *, batch_size: int = BATCH_SIZE, **parameters: Any
    ) -> int:
        """Run `query`, which starts with `UNWIND $rows AS row`, over `rows`; return the rows sent.

        Each batch is one transaction; no more than one batch is held in memory.

        Raises:
            GraphMemoryError: too large for the server's memory.
            GraphError: refused or failed; batches before it stay written.
        """
        sent = 0
        for batch in _batches(rows, batch_size):
            self._transact("execute_write", query, {**parameters, "rows": batch})
            sent += len(batch)
        return sent

    def write_all(self, writes: Sequence[Write]) -> list[int]:
        """Run several statements in one transaction, in their order; all of them take effect or none.

        Rows go in batches of BATCH_SIZE, and no more than one batch is held in memory. The transaction is repeated on
        transient errors, on a lost connection, and where it is unknown whether it took place, so each statement must
        be safe to repeat and rows must be iterable anew.

        Returns:
            For each write, the sum of the column `count` of what its statements return, 0 where they return none.

        Raises:
            ValueError: rows of a write can be iterated only once.
            GraphMemoryError: too large for the server's memory.
            GraphError: refused or failed; nothing was written.
        """
        if any(isinstance(write.rows, Iterator) for write in writes):
            raise ValueError("Rows of a Write must be iterable anew, as a list is: the transaction may be repeated.")

        def work(transaction: ManagedTransaction) -> list[int]:
            return [
                sum(row.get("count") or 0 for sent in _statements(write) for row in self._send(transaction, *sent))
                for write in writes
            ]

        return self._managed("execute_write", work, repeatable=True)

    def schema(self, statement: str) -> None:
        """Run one schema statement (a constraint or an index that may exist already).

        Raises:
            GraphError: refused or failed; the message says what to do.
        """

        def run() -> None:
            with self._opened().session(database=self._target.database) as session:
                self._statements += 1
                session.run(statement).consume()

        self._explained(run)

    def _transact(self, mode: str, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        given = plain(parameters)
        return self._managed(
            mode, lambda transaction: self._send(transaction, query, given), repeatable=mode == "execute_read"
        )

    def _send(self, transaction: ManagedTransaction, query: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        self._statements += 1
        return [_row(record) for record in transaction.run(query, parameters)]

    def _managed(self, mode: str, work: Callable[[ManagedTransaction], _Result], *, repeatable: bool) -> _Result:
        """Do some work in one transaction; `repeatable` also where it may have taken place."""

        def run() -> _Result:
            with self._opened().session(database=self._target.database, fetch_size=_FETCH_SIZE) as session:
                result: _Result = getattr(session, mode)(work)
                return result

        return self._explained(run, repeatable=repeatable)

    def _explained(self, action: Callable[[], _Result], *, repeatable: bool = True) -> _Result:
        from neo4j.exceptions import DriverError, Neo4jError

        try:
            return self._persistent(action, repeatable)
        except (Neo4jError, DriverError) as error:
            # Without its cause: messages of servers and of the driver repeat values of rows and addresses.
            raise explained(error, self._target) from None

    def _persistent(self, action: Callable[[], _Result], repeatable: bool) -> _Result:
        """Repeat an action while others are in its way or the server is away, and at least once.

        Here and not in the driver, which would go on knocking at the port of a dead embedded server, would repeat
        what lacks memory, and would not repeat what was cut off while it was committed.
        """
        from neo4j.exceptions import ConstraintError, DriverError, Neo4jError, ServiceUnavailable, SessionExpired

        deadline, pause, clashes = 0.0, 0.05, 0
        while True:
            try:
                result = action()
            except (Neo4jError, DriverError) as error:
                if isinstance(error, ServiceUnavailable | SessionExpired) and self._target.embedded:
                    self._revive()
                clashes += isinstance(error, ConstraintError)
                again = _may_be_repeated(error, repeatable) and clashes <= _CLASHES
                if not again or (deadline and time.monotonic() > deadline):
                    raise
            else:
                self._answered = True
                return result
            deadline = deadline or time.monotonic() + self._patience()
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _revive(self) -> None:
        """Start the embedded server again.

        Raises:
            GraphMemoryError: it ended for want of memory, which the same transaction would bring about again.
        """
        before = self._last_end
        self.close()
        self._opened()
        if self._last_end != before and ServerFolder.of(self._root).read_end() == OUT_OF_MEMORY:
            raise memory_error(self._target)

    def _patience(self) -> float:
        return RETRY_SECONDS if self._answered or self._target.embedded else min(RETRY_SECONDS, _GREETING_SECONDS)

    def _opened(self) -> Driver:
        if self._target.embedded:
            if self._driver is not None and not graph_server.is_running(self._root):
                self.close()
            graph_server.touch(self._root)
        if self._driver is None:
            self._driver = self._open()
        return self._driver

    def _open(self) -> Driver:
        import neo4j
        from neo4j.exceptions import ConfigurationError

        _keep_driver_quiet()
        where = self._target
        uri, user, password = where.uri or "", where.user, where.password
        if where.embedded:
            server = graph_server.ensure_running(self._root)
            self._last_end = _stamp(ServerFolder.of(self._root).ended)
            uri, user, password = server.uri, server.user, server.password
        try:
            return neo4j.GraphDatabase.driver(
                uri,
                auth=(user, password),
                connection_timeout=_CONNECT_SECONDS,
                connection_acquisition_timeout=_CONNECT_SECONDS,
                max_transaction_retry_time=0.0,
                notifications_min_severity="OFF",
            )
        except (ConfigurationError, ValueError):
            raise GraphError(
                f"{where.variable('NEO4J_URI')} is no address of a graph server: {plain_address(uri)!r}. "
                "Write it like bolt://localhost:7687 or neo4j+s://name.databases.neo4j.io, without user and password."
            ) from None


def _stamp(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _keep_driver_quiet() -> None:
    """What the driver logs, addresses with ports, it also raises, and here it is told better."""
    logger = logging.getLogger("neo4j")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.CRITICAL)


def _product(agent: str) -> str:
    """Name and version of a server: `Neo4j 5.26.12`; of one that says what it is compatible with, its own."""
    own = re.search(r"compatible \((.+)\)", agent)
    return own[1] if own else agent.replace("/", " ", 1)


def _may_be_repeated(error: Neo4jError | DriverError, repeatable: bool) -> bool:
    from neo4j.exceptions import ConstraintError, IncompleteCommit

    if isinstance(error, IncompleteCommit):
        return repeatable
    # A key that is taken may be one that somebody else merged at the same time, which the next try finds.
    return (error.is_retryable() or isinstance(error, ConstraintError)) and not is_memory_error(error)


def _statements(write: Write) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is sent for a write: one statement, or one per batch of rows, made when it is its turn."""
    parameters = plain(write.parameters)
    if write.rows is None:
        yield write.query, parameters
    else:
        for batch in _batches(write.rows, BATCH_SIZE):
            rows = plain(batch)
            yield write.query, {**parameters, "rows": rows}
            # The driver holds the parameters of all statements until the transaction ends.
            rows.clear()


def _batches(rows: Iterable[Mapping[str, Any]], size: int) -> Iterator[list[Mapping[str, Any]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def _row(record: Record) -> dict[str, Any]:
    """A record as a mapping; nodes and relationships as mappings of their properties."""
    # Records of bulk reads hold plain values, for which the driver's own conversion is many times slower.
    if all(type(value) in _AS_THEY_ARE or type(value) is float for value in record.values()):
        return dict(zip(record.keys(), record.values(), strict=True))
    return record.data()


def plain(value: Any) -> Any:
    """A value as the driver takes it: no NaN, no NaT, no value of numpy or pandas; lists and mappings throughout."""
    # First what the rows of a load are made of: exact types, told by one look.
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is dict:
        return {name: item if type(item) in _AS_THEY_ARE else plain(item) for name, item in value.items()}
    if kind is list:
        return [item if type(item) in _AS_THEY_ARE else plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if value == value else None
    if isinstance(value, str):
        return str.__str__(value)
    return _plain_other(value)


def _plain_other(value: Any) -> Any:
    if isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return plain(dict(value))
    if isinstance(value, tuple | set | frozenset | list):
        return plain(list(value))
    if hasattr(value, "to_pydatetime"):
        # The driver takes a time of pandas as it is, and faster than a native one; nanoseconds are not kept.
        return None if value != value else value.floor("us") if value.nanosecond else value
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return value
