"""`pa show`: which shows a graph holds, and taking one out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pa_assets.cli.printing import confirm_show, fail, print_table

if TYPE_CHECKING:
    from pa_assets.agendas.core.graph.shows import ShowContent
    from pa_assets.agendas.graph_tools import OpenGraph

app = typer.Typer(help="Shows in the graph: list them, delete one.", no_args_is_help=True)

_Environment = Annotated[
    str, typer.Option(help="default, dev, test or prod, or another name of one; none: as the events' settings say.")
]


@app.command("list")
def list_shows(environment: _Environment = "") -> None:
    """List every show of the graph: nodes, relationships, the event it belongs to, loads."""
    from pa_assets.agendas.core.graph.shows import contents
    from pa_assets.agendas.graph_tools import opened, targets
    from pa_assets.kit.ports import GraphError

    try:
        for where in targets(environment):
            with opened(where) as server:
                _print_shows(server, list(contents(server.graph).values()))
    except GraphError as error:
        fail(str(error))


@app.command()
def delete(
    shows: Annotated[list[str] | None, typer.Argument(help="Tags of the shows, as `pa show list` tells them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every show of the graph.")] = False,
    environment: _Environment = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. Not enough in production.")] = False,
    confirm: Annotated[str, typer.Option(help="Tag of the show, typed, in place of the question.")] = "",
    batch: Annotated[int, typer.Option(min=1, help="Nodes or relationships of a transaction.")] = 10_000,
) -> None:
    """Take shows out of the graph: all their nodes and every relationship that hangs on them.

    Landing files, tables and exports stay. A deletion that was cut off is completed by the same command.
    """
    from pa_assets.agendas.core.graph.shows import contents
    from pa_assets.agendas.graph_tools import GraphToolError, chosen_shows, only_target, opened
    from pa_assets.kit.ports import GraphError

    try:
        with opened(only_target(environment)) as server:
            found = contents(server.graph)
            chosen = [found[show] for show in chosen_shows(found, shows or [], everything=everything)]
            typer.echo(f"Graph: {server.graph.description}")
            _print_contents(chosen)
            _warn_of_foreign(chosen)
            if dry_run:
                typer.echo("Dry run: nothing was deleted.")
                return
            for show in chosen:
                if server.protected or not yes:
                    confirm_show(show.show, confirm or None)
                _delete(server, show, batch)
    except (GraphError, GraphToolError) as error:
        fail(str(error))


def _delete(server: OpenGraph, show: ShowContent, batch: int) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from pa_assets.agendas.core.graph import shows
    from pa_assets.agendas.graph_tools import forget_loaded

    partition = server.partition_of(show.show)
    if partition:
        # First, so that a deletion that is cut off is mended by the next run as well.
        forget_loaded(partition)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(f"Deleting {show.show}", total=show.node_count + show.relationship_count)
        gone = shows.delete(
            server.graph, show.show, batch_size=batch, progress=lambda rows: progress.advance(task, rows)
        )
    typer.echo(
        f"Deleted: show {gone.show}, {gone.node_count} nodes and {gone.relationship_count} relationships. 0 are left."
    )
    if partition:
        typer.echo(
            f"The event {partition} is still configured: its next run loads the show again, such as\n"
            "dagster asset materialize --select processing_summary"
        )


def _print_shows(server: OpenGraph, found: list[ShowContent]) -> None:
    typer.echo(f"Graph: {server.graph.description}")
    if not found:
        typer.echo("It holds no show.\n")
        return
    print_table(
        ("show", "event", "nodes", "relationships", "made by others", "unfinished loads"),
        [
            (
                show.show,
                server.partition_of(show.show) or "none",
                show.node_count,
                show.relationship_count,
                show.foreign_nodes + show.foreign_relationships,
                ", ".join(show.unfinished) or "none",
            )
            for show in found
        ],
    )
    typer.echo("")
    _print_contents(found)
    loads: list[tuple[object, ...]] = [
        (show.show, loader, mark) for show in found for loader, mark in show.last_loads.items()
    ]
    if loads:
        print_table(("show", "loader", "last load"), loads)
        typer.echo("")


def _print_contents(found: list[ShowContent]) -> None:
    rows: list[tuple[object, ...]] = []
    for show in found:
        rows += [(show.show, "nodes", " and ".join(labels) or "(no label)", n) for labels, n in show.nodes.items()]
        rows += [(show.show, "relationships", name, n) for name, n in show.relationships.items()]
    print_table(("show", "what", "label or type", "count"), rows)
    typer.echo("")


def _warn_of_foreign(chosen: list[ShowContent]) -> None:
    for show in chosen:
        if show.foreign_nodes or show.foreign_relationships:
            typer.echo(
                f"Of show {show.show}, {show.foreign_nodes} nodes and {show.foreign_relationships} relationships were "
                "made by people or other tools. They go too, and no run makes them again."
            )
