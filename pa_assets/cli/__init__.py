"""The `pa` command: what Dagster's own commands have no word for.

Thin: each command reads its arguments, calls the function that does the work and prints. What a command needs is
imported inside it, so that `pa --help` answers at once. Commands on events are `events`; each group has its module.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pa_assets.cli import events, graph, graph_diff, person, recommendations, show

app = typer.Typer(
    help="Personal agendas for trade shows. The asset graph itself is run by `dagster`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(events.app)
app.add_typer(graph.app, name="graph")
graph.app.add_typer(graph_diff.app)
app.add_typer(show.app, name="show")
app.add_typer(recommendations.app, name="recommendations")
app.add_typer(person.app, name="person")


def main() -> None:
    """Entry point of `pa`."""
    from pa_assets.kit.files import ProjectRootNotFoundError

    try:
        app()
    except ProjectRootNotFoundError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"pa_assets {version('pa-assets')}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Options before the command."""
