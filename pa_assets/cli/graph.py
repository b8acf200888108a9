"""`pa graph`: the graph server, and a shell on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pa_assets.cli.printing import fail, print_table

if TYPE_CHECKING:
    from pa_assets.kit.resources.graph import BoltGraph
    from pa_assets.kit.resources.graph_targets import GraphTarget
    from pa_assets.kit.secrets import Secrets

app = typer.Typer(help="The graph: its server, and a shell on it.", no_args_is_help=True)

_Environment = Annotated[
    str, typer.Option(help="default, dev, test or prod, or another name of one; none: as the settings say.")
]


@app.command()
def start(
    keep: Annotated[bool, typer.Option("--keep", help="Let it run, used or not, until `pa graph stop`.")] = False,
) -> None:
    """Start the embedded server, or find it running."""
    from pa_assets.kit.files import project_root
    from pa_assets.kit.graph_server import GraphServerError, ensure_running
    from pa_assets.kit.graph_server import status as server_status
    from pa_assets.kit.graph_status import stay

    try:
        ensure_running(project_root(), keep=keep)
        typer.echo(f"The embedded graph server runs. {stay(server_status(project_root()))}")
    except GraphServerError as error:
        fail(str(error))
    typer.echo("Ask it: pa graph shell. Open it with another client: pa graph url.")


@app.command()
def stop() -> None:
    """End the embedded server. Its data stay."""
    from pa_assets.kit import graph_server
    from pa_assets.kit.files import project_root

    try:
        running = graph_server.stop(project_root())
    except graph_server.GraphServerError as error:
        fail(str(error))
    typer.echo("The embedded graph server has ended. Its data stay." if running else "No embedded graph server runs.")


@app.command()
def status(
    environment: Annotated[str, typer.Option(help="Only this one: embedded, default, dev, test or prod.")] = "",
) -> None:
    """Show every graph server that is configured, whether it answers, and the loads that are not finished."""
    from pa_assets.kit.graph_status import all_servers
    from pa_assets.kit.ports import GraphError

    root, secrets = _project()
    try:
        servers = all_servers(root, secrets, only=environment)
    except GraphError as error:
        fail(str(error))
    print_table(
        ("environment", "server", "address", "database", "state", "since", "idle s", "store"),
        [server.row for server in servers],
        widths=(None, None, 40, None, 48, None, None, None),
    )
    unfinished: list[tuple[object, ...]] = [load for server in servers for load in server.unfinished]
    if unfinished:
        typer.echo("\nUnfinished loads (running now, or cut off: the next run of the same asset heals them):")
        print_table(("environment", "show", "load"), unfinished)


@app.command()
def url(
    environment: _Environment = "",
    show_password: Annotated[bool, typer.Option("--show-password", help="Print the password, too.")] = False,
) -> None:
    """Print how to open the graph with Neo4j Browser or any other Bolt client. Starts the embedded server."""
    from pa_assets.kit.graph_server import ensure_running
    from pa_assets.kit.graph_server import status as server_status
    from pa_assets.kit.graph_status import stay
    from pa_assets.kit.graph_supervisor import ServerFolder
    from pa_assets.kit.ports import GraphError

    root, where = _target(environment)
    address, password = where.address, where.password
    kept_in = f"{where.variable('NEO4J_PASSWORD')} (environment or keys/.env)"
    try:
        if where.embedded:
            server = ensure_running(root)
            address, password, kept_in = server.uri, server.password, str(ServerFolder.of(root).password)
        rows = [("address", address), ("user", where.user), ("database", where.database)]
        rows.append(("password", password if show_password else f"in {kept_in}; --show-password prints it"))
        for name, value in rows:
            typer.echo(f"{name + ':':<10} {value}")
        if where.embedded:
            typer.echo(f"\n{stay(server_status(root))}")
    except GraphError as error:
        fail(str(error))


@app.command()
def shell(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="Statements to run.")] = None,
    environment: _Environment = "",
    write: Annotated[bool, typer.Option("--write", help="Let statements change the graph.")] = False,
    command: Annotated[str, typer.Option("--command", "-c", help="Run these statements and end.")] = "",
    parameter: Annotated[list[str] | None, typer.Option(help="A parameter: name=value; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Rows that are shown; 0: all.")] = 100,
    form: Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="How rows are printed.")] = "table",
) -> None:
    """Ask the graph in Cypher: the statements of a file or of -c, or line by line. Reads only, unless --write."""
    from pa_assets.kit.cypher_files import declared_parameters
    from pa_assets.kit.graph_shell import ParameterError, parameters, split_statements
    from pa_assets.kit.ports import GraphError
    from pa_assets.kit.resources.graph import connect

    if file and command:
        fail("Give a file or -c, not both.")
    text = file.read_text("utf-8") if file else command
    try:
        given = {**declared_parameters(text), **parameters(parameter or [])}
    except (ParameterError, ValueError) as error:
        fail(str(error))
    root, where = _target(environment)
    if write and where.protected:
        _confirm(where)
    with connect(where, root) as graph:
        session = _Session(graph, write, given, limit, form)
        if file or command:
            complete, rest = split_statements(text)
            try:
                for statement in [*complete, *([rest] if rest else [])]:
                    typer.echo(session.run(statement))
            except GraphError as error:
                fail(str(error))
        else:
            _converse(session)


class _Session:
    """What the statements of one call of the shell have in common."""

    def __init__(
        self,
        graph: BoltGraph,
        write: bool,
        parameters: dict[str, object],
        limit: int,
        form: Literal["table", "csv", "json"],
    ) -> None:
        self.graph = graph
        self._write = write
        self._parameters = parameters
        self._limit = limit
        self._form = form

    def run(self, statement: str) -> str:
        """Run a statement; return its answer as text."""
        from pa_assets.kit.graph_shell import answer, reads_only
        from pa_assets.kit.ports import GraphError

        reading = reads_only(statement)
        if not reading and not self._write:
            # The embedded server would write in a transaction that was opened for reading.
            raise GraphError("This statement may change the graph. Run the shell with --write to allow it.")
        ask = self.graph.read if reading else self.graph.write
        return answer(ask(statement, **self._parameters), self._form, self._limit)


_HELP = """\
A statement ends with ; and may take several lines.
:help   this text
:clear  forget the lines of an unfinished statement
:exit   end (as does Ctrl-D)"""


def _converse(session: _Session) -> None:
    """Read statements from the keyboard and print their answers, until the user ends it."""
    import contextlib

    from pa_assets.kit.graph_shell import split_statements
    from pa_assets.kit.ports import GraphError

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - lines can be edited and called back once it is imported
    try:
        typer.echo(f"{session.graph.description}. :help tells more.")
    except GraphError as error:
        fail(str(error))
    text = ""
    while (line := _line("   ...> " if text else "cypher> ")) not in (None, ":exit", ":quit"):
        if line == ":help":
            typer.echo(_HELP)
        elif line == ":clear":
            text = ""
        else:
            complete, text = split_statements(f"{text}\n{line}")
            for statement in complete:
                _print_answer(session, statement)


def _line(prompt: str) -> str | None:
    """A line from the keyboard; None at its end, `:clear` for Ctrl-C."""
    try:
        line = input(prompt)
    except EOFError:
        return None
    except KeyboardInterrupt:
        typer.echo()
        return ":clear"
    command = line.strip().rstrip(";")
    return command if command.startswith(":") else line


def _print_answer(session: _Session, statement: str) -> None:
    from pa_assets.kit.ports import GraphError

    try:
        typer.echo(session.run(statement))
    except GraphError as error:
        typer.echo(str(error), err=True)
    except KeyboardInterrupt:
        typer.echo("Given up.", err=True)


def _confirm(where: GraphTarget) -> None:
    """Let a person type the name of a protected environment."""
    typed = typer.prompt(f"This writes to {where.address}. Type the name of the environment ({where.environment})")
    if typed.strip() != where.environment:
        fail("Not the name. Nothing was done.")


def _project() -> tuple[Path, Secrets]:
    from pa_assets.kit.files import project_root
    from pa_assets.kit.secrets import load_secrets

    root = project_root()
    return root, load_secrets(root)


def _target(environment: str) -> tuple[Path, GraphTarget]:
    from pa_assets.agendas.graph_tools import GraphToolError, only_target
    from pa_assets.kit.files import project_root
    from pa_assets.kit.ports import GraphError

    try:
        return project_root(), only_target(environment)
    except (GraphError, GraphToolError) as error:
        fail(str(error))
