"""Which graph server is meant: environments and their names, addresses and credentials, and what its errors mean.

`target` decides from settings and secrets, without reaching for a server; `explained` turns an error of the driver or
of the server into one that says what to do. No connection is opened here: see `graph`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pa_assets.kit import graph_server
from pa_assets.kit.graph_supervisor import DATABASE, MEMORY_VARIABLE, USER
from pa_assets.kit.ports import GraphError, GraphMemoryError

DEFAULT_USER = "neo4j"
DEFAULT_DATABASE = "neo4j"
DEFAULT_ENVIRONMENT = "default"
PROTECTED_ENVIRONMENT = "prod"
NO_SERVER = "none"
"""Environment of a run without a server: the graph is tables alone."""

ENVIRONMENTS = {
    DEFAULT_ENVIRONMENT: (),
    "dev": ("development",),
    "test": ("testing", "qa", "stage", "staging"),
    PROTECTED_ENVIRONMENT: ("production", "live"),
    NO_SERVER: (),
}
"""Name of an environment -> its other names."""

_MEMORY_CODES = re.compile(r"OutOfMemory|StackOverFlow")
_MEMORY_MESSAGES = re.compile(r"Java heap space|OutOfMemoryError|GC overhead limit")


class UnknownEnvironmentError(GraphError, ValueError):
    """No environment has this name; the message lists those there are."""


@dataclass(frozen=True)
class GraphTarget:
    """Which server is meant. `uri` is None for the embedded server of a project root."""

    environment: str
    """default, dev, test or prod."""
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

    @property
    def protected(self) -> bool:
        """Whether what destroys needs an explicit word of a person: production."""
        return self.environment == PROTECTED_ENVIRONMENT

    @property
    def address(self) -> str:
        """Address without user and password; nothing for the embedded server, whose port is nobody's business."""
        return "" if self.uri is None else plain_address(self.uri)

    def variable(self, name: str) -> str:
        """Name of the environment variable that sets `name` for this environment."""
        return _variable(name, self.environment)


def environment_name(text: str) -> str:
    """The environment that a name or one of its other names, in any case, stands for.

    Raises:
        UnknownEnvironmentError: no environment has this name.
    """
    wanted = text.strip().lower()
    for name, others in ENVIRONMENTS.items():
        if wanted in (name, *others):
            return name
    allowed = ", ".join(f"{name} ({', '.join(others)})" if others else name for name, others in ENVIRONMENTS.items())
    raise UnknownEnvironmentError(f"Unknown graph environment {text!r}. Allowed, with other names: {allowed}.")


def _variable(name: str, environment: str) -> str:
    return name if environment == DEFAULT_ENVIRONMENT else f"{name}_{environment.upper()}"


def target(environment: str, root: Path, secrets: Mapping[str, str]) -> GraphTarget:
    """The server of an environment. Reaches for nothing.

    `default` reads NEO4J_URI, NEO4J_USERNAME (or NEO4J_USER), NEO4J_PASSWORD and NEO4J_DATABASE, and means the
    embedded server where no NEO4J_URI is set. `dev`, `test` and `prod` read the same names with `_DEV`, `_TEST` or
    `_PROD` behind them; only user and database fall back to the names without it, never address or password.

    Args:
        environment: a name that `environment_name` knows.
        root: project root, home of the embedded server.
        secrets: names and values, see `kit.secrets`; any other store of secrets serves that maps names to values.

    Raises:
        UnknownEnvironmentError: no environment has this name.
        GraphError: a variable is missing; the message names it.
    """
    environment = environment_name(environment)
    if environment == NO_SERVER:
        raise GraphError("The graph environment 'none' has no server. Choose default, dev, test or prod.")
    uri = secrets.get(_variable("NEO4J_URI", environment), "")
    if not uri and environment == DEFAULT_ENVIRONMENT:
        identity = f"embedded {graph_server.store_id(root)}"
        return GraphTarget(environment, None, USER, "", DATABASE, identity)
    password = secrets.get(_variable("NEO4J_PASSWORD", environment), "")
    for name, value in (("NEO4J_URI", uri), ("NEO4J_PASSWORD", password)):
        if not value:
            raise GraphError(
                f"The graph environment {environment!r} needs {_variable(name, environment)}. Set it in the "
                "environment or in keys/.env"
                + ("." if environment == DEFAULT_ENVIRONMENT else ", or choose graph.environment: default.")
            )
    user = _first(secrets, environment, "NEO4J_USERNAME", "NEO4J_USER") or DEFAULT_USER
    database = _first(secrets, environment, "NEO4J_DATABASE") or DEFAULT_DATABASE
    return GraphTarget(environment, uri, user, password, database, f"{plain_address(uri).lower()} {database}")


def _first(secrets: Mapping[str, str], environment: str, *names: str) -> str:
    """The first of some secrets that is set: those of the environment, then those of all."""
    every = [*(_variable(name, environment) for name in names), *names]
    return next((secrets[name] for name in every if secrets.get(name)), "")


def plain_address(uri: str) -> str:
    """An address without user and password, should somebody have put them there."""
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")


def is_memory_error(error: Exception) -> bool:
    """Whether the server had too little memory for a transaction: to repeat the same one would be in vain."""
    code = str(getattr(error, "code", None) or "")
    return bool(_MEMORY_CODES.search(code) or _MEMORY_MESSAGES.search(str(getattr(error, "message", None) or "")))


def explained(error: Exception, where: GraphTarget) -> GraphError:
    """What went wrong and what to do; never a password, and no value of a row."""
    if is_memory_error(error):
        return memory_error(where)
    return GraphError(_explanation(error, where))


def server_name(where: GraphTarget) -> str:
    """The server at the start of a sentence."""
    return "The embedded graph server" if where.embedded else f"The graph server at {where.address}"


def memory_error(where: GraphTarget) -> GraphMemoryError:
    """A transaction was too large for the server."""
    mend = (
        f"Set {MEMORY_VARIABLE} to more, such as 2g, stop it and run again"
        if where.embedded
        else "Raise its db.memory.transaction.max, dbms.memory.transaction.total.max or server.memory.heap.max_size"
    )
    return GraphMemoryError(
        f"{server_name(where)} has not enough memory for a transaction of this size. {mend}, or write less at once."
    )


def _explanation(error: Exception, where: GraphTarget) -> str:
    from neo4j.exceptions import AuthError, IncompleteCommit, ServiceUnavailable, SessionExpired

    server = server_name(where)
    if isinstance(error, AuthError):
        names = f"{where.variable('NEO4J_USERNAME')} and {where.variable('NEO4J_PASSWORD')}"
        mend = "Stop it and run again." if where.embedded else f"Check {names}."
        return f"{server} refused the user {where.user!r} or the password. {mend}"
    if isinstance(error, IncompleteCommit):
        return f"{server} was lost while it wrote; whether the last transaction took place is unknown. Run again."
    if isinstance(error, ServiceUnavailable | SessionExpired):
        uri = where.variable("NEO4J_URI")
        check = f"Check that it runs and that {uri} is right, encryption (+s) included, then run again."
        mend = "Run again." if where.embedded else check
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
        return f"refused a row whose key is taken ({code}). Two runs may have loaded the same at once: run again."
    if code.startswith("Neo.TransientError"):
        return f"was busy for too long ({code}: {message}). Run again later."
    if code.endswith(("SyntaxError", "ParameterMissing")) or ".Schema." in code or not code.startswith("Neo."):
        return f"refused a statement ({code}): {message}"
    return f"refused a statement ({code}). Its own log says more."
