"""The graph over Bolt: one client for Neo4j 5 and for the embedded server, and the choice between them.

`target` decides from settings and secrets which server is meant, without reaching for it; `connect` opens it.
No label, no key, no query of a domain stands here. The driver is imported when a connection is opened.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pa_assets.kit import graph_server
from pa_assets.kit.graph_supervisor import DATABASE, USER
from pa_assets.kit.ports import GraphError

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

BATCH_SIZE = 5000
DEFAULT_USER = "neo4j"
DEFAULT_DATABASE = "neo4j"
_USER_NAMES = ("NEO4J_USERNAME", "NEO4J_USER")
_FETCH_SIZE = 10_000
_CONNECT_SECONDS = 15.0
RETRY_SECONDS = 30.0
"""Time for which transient errors are retried."""

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class GraphTarget:
    """Which server is meant. `uri` is None for the embedded server of a project root."""

    environment: str
    uri: str | None
    user: str
    password: str = field(repr=False)
    database: str
    identity: str
    """Stable text that tells one store from another: address and database, or the name of the embedded store."""

    @property
    def embedded(self) -> bool:
        """Whether it is the embedded server."""
        return self.uri is None

    def variable(self, name: str) -> str:
        """Name of the environment variable that sets `name` for this environment."""
        return _variable(name, self.environment)


def _variable(name: str, environment: str) -> str:
    return name if environment == "default" else f"{name}_{environment.upper()}"


def target(environment: str, root: Path, secrets: Mapping[str, str]) -> GraphTarget:
    """The server of an environment. Reaches for nothing.

    `default` reads NEO4J_URI, NEO4J_USERNAME (or NEO4J_USER), NEO4J_PASSWORD and NEO4J_DATABASE, and means the
    embedded server where no NEO4J_URI is set. `dev`, `test` and `prod` read the same names with `_DEV`, `_TEST` or
    `_PROD` behind them; only user and database fall back to the names without it, never address or password.

    Args:
        environment: default, dev, test or prod.
        root: project root, home of the embedded server.
        secrets: names and values, see `kit.secrets`.

    Raises:
        GraphError: a variable is missing; the message names it.
    """
    if environment not in ("default", "dev", "test", "prod"):
        raise GraphError(f"Unknown graph environment {environment!r}. Allowed: default, dev, test, prod.")
    uri = secrets.get(_variable("NEO4J_URI", environment), "")
    if not uri and environment == "default":
        identity = f"embedded {graph_server.store_id(root)}"
        return GraphTarget(environment, None, USER, "", DATABASE, identity)
    password = secrets.get(_variable("NEO4J_PASSWORD", environment), "")
    for name, value in (("NEO4J_URI", uri), ("NEO4J_PASSWORD", password)):
        if not value:
            raise GraphError(
                f"The graph environment {environment!r} needs {_variable(name, environment)}. Set it in the "
                "environment or in keys/.env"
                + ("." if environment == "default" else ", or choose graph.environment: default.")
            )
    named = [
        _variable("NEO4J_USERNAME", environment),
        _variable("NEO4J_USER", environment),
        "NEO4J_USERNAME",
        "NEO4J_USER",
    ]
    user = next((secrets[name] for name in named if secrets.get(name)), DEFAULT_USER)
    databases = [_variable("NEO4J_DATABASE", environment), "NEO4J_DATABASE"]
    database = next((secrets[name] for name in databases if secrets.get(name)), DEFAULT_DATABASE)
    return GraphTarget(environment, uri, user, password, database, f"{_address(uri).lower()} {database}")


def _address(uri: str) -> str:
    """An address without user and password, should somebody have put them there."""
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")


def connect(where: GraphTarget, root: Path) -> BoltGraph:
    """A client of a server; the embedded one is started at its first use."""
    return BoltGraph(where, root)


class BoltGraph:
    """A property graph that speaks Bolt: implements `kit.ports.Graph`.

    One driver for its life, opened at the first use. Transactions are retried on transient errors; an embedded server
    that died is started again, and the transaction, which it rolled back, is repeated once.
    """

    def __init__(self, where: GraphTarget, root: Path) -> None:
        self._target = where
        self._root = root
        self._driver: Driver | None = None
        self._uri = ""
        self._description = ""

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
    def description(self) -> str:
        """Server, edition, address and database, never a password."""
        if not self._description:
            agent = self._explained(lambda: str(self._opened().get_server_info().agent))
            name = f"{agent}, embedded" if self._target.embedded else f"{agent}{self._edition()}"
            self._description = f"{name}, {_address(self._uri)}, database {self._target.database}"
        return self._description

    def _edition(self) -> str:
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
        """Rows of a writing query, in one transaction that is retried on transient errors.

        Raises:
            GraphError: refused or failed; the message says what to do.
        """
        return self._transact("execute_write", query, parameters)

    def write_rows(
        self, query: str, rows: Iterable[Mapping[str, Any]], *, batch_size: int = BATCH_SIZE, **parameters: Any
    ) -> int:
        """Run `query`, which starts with `UNWIND $rows AS row`, over `rows`; return the rows sent.

        Each batch is one transaction; no more than one batch is held in memory.

        Raises:
            GraphError: refused or failed; batches before it stay written.
        """
        sent = 0
        for batch in _batches(rows, batch_size):
            self._transact("execute_write", query, {**parameters, "rows": batch})
            sent += len(batch)
        return sent

    def schema(self, statement: str) -> None:
        """Run one schema statement (a constraint or an index that may exist already).

        Raises:
            GraphError: refused or failed; the message says what to do.
        """

        def run() -> None:
            with self._opened().session(database=self._target.database) as session:
                session.run(statement).consume()

        self._explained(run)

    def _transact(self, mode: str, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        given = plain(parameters)

        def work(transaction: ManagedTransaction) -> list[dict[str, Any]]:
            return [record.data() for record in transaction.run(query, given)]

        def run() -> list[dict[str, Any]]:
            with self._opened().session(database=self._target.database, fetch_size=_FETCH_SIZE) as session:
                rows: list[dict[str, Any]] = getattr(session, mode)(work)
                return rows

        return self._explained(run, repeatable=mode == "execute_read")

    def _explained(self, action: Callable[[], _Result], *, repeatable: bool = True) -> _Result:
        from neo4j.exceptions import DriverError, Neo4jError

        try:
            return self._persistent(action, repeatable) if self._target.embedded else action()
        except (Neo4jError, DriverError) as error:
            # Without its cause: messages of servers and of the driver repeat values of rows and addresses.
            raise GraphError(_explanation(error, self._target, _address(self._uri))) from None

    def _persistent(self, action: Callable[[], _Result], repeatable: bool) -> _Result:
        """Repeat an action of the embedded server while others are in its way, and once when the server died.

        Here and not in the driver, which would go on knocking at the port of a dead server.
        """
        from neo4j.exceptions import IncompleteCommit, ServiceUnavailable, SessionExpired, TransientError

        deadline = time.monotonic() + RETRY_SECONDS
        pause, healed = 0.05, False
        while True:
            try:
                return action()
            except TransientError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(pause)
                pause = min(2 * pause, 1.0)
            except (ServiceUnavailable, SessionExpired) as error:
                # Whether a write that was cut off took place is unknown: that is for the next load to find out.
                if healed or (isinstance(error, IncompleteCommit) and not repeatable):
                    raise
                self.close()
                healed = True

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

        where = self._target
        uri, user, password = where.uri or "", where.user, where.password
        if where.embedded:
            server = graph_server.ensure_running(self._root)
            uri, user, password = server.uri, server.user, server.password
        self._uri, self._description = uri, ""
        try:
            return neo4j.GraphDatabase.driver(
                uri,
                auth=(user, password),
                connection_timeout=_CONNECT_SECONDS,
                max_transaction_retry_time=0.0 if where.embedded else RETRY_SECONDS,
                notifications_min_severity="OFF",
            )
        except (ConfigurationError, ValueError):
            raise GraphError(
                f"{where.variable('NEO4J_URI')} is no address of a graph server: {_address(uri)!r}. "
                "Write it like bolt://localhost:7687 or neo4j+s://name.databases.neo4j.io."
            ) from None


def _explanation(error: Exception, where: GraphTarget, address: str) -> str:
    """What went wrong and what to do; never a password, and no value of a row."""
    from neo4j.exceptions import AuthError, ServiceUnavailable, SessionExpired

    server = f"The graph server at {address}"
    if isinstance(error, AuthError):
        names = f"{where.variable('NEO4J_USERNAME')} and {where.variable('NEO4J_PASSWORD')}"
        mend = "Stop it and run again." if where.embedded else f"Check {names}."
        return f"{server} refused the user {where.user!r} or the password. {mend}"
    if isinstance(error, ServiceUnavailable | SessionExpired):
        mend = (
            "Run again." if where.embedded else f"Check that it runs and that {where.variable('NEO4J_URI')} is right."
        )
        return f"{server} does not answer ({type(error).__name__}). {mend}"
    code = str(getattr(error, "code", None) or type(error).__name__)
    if "DatabaseNotFound" in code or "DatabaseUnavailable" in code:
        return f"{server} has no database {where.database!r} at hand. Check {where.variable('NEO4J_DATABASE')}."
    if code.startswith("Neo.ClientError.Security"):
        return f"{server} denies this to the user {where.user!r} ({code}): let it read, write and create constraints."
    return f"{server} {_refusal(error, code)}"


def _refusal(error: Exception, code: str) -> str:
    message = str(getattr(error, "message", None) or error).strip()[:500]
    if "ConstraintValidationFailed" in code:
        return f"refused a row whose key is taken ({code}). Two runs may have loaded the same show at once: run again."
    if code.startswith("Neo.TransientError"):
        return f"was busy or short of memory for too long ({code}: {message}). Run again later."
    if code.endswith(("SyntaxError", "ParameterMissing")) or ".Schema." in code or not code.startswith("Neo."):
        return f"refused a statement ({code}): {message}"
    return f"refused a statement ({code}). Its own log says more."


def _batches(rows: Iterable[Mapping[str, Any]], size: int) -> Iterator[list[Mapping[str, Any]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def plain(value: Any) -> Any:
    """A value as the driver takes it: no NaN, no NaT, no value of numpy or pandas; lists and mappings throughout."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _plain_array_value(value)


def _plain_array_value(value: Any) -> Any:
    if hasattr(value, "to_pydatetime"):
        return None if value != value else value.to_pydatetime(warn=False)
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return value
