"""`pa recommendations`: agendas of an export brought back into the graph, and its CSV made again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pa_assets.cli.printing import confirm_show, fail, print_table

if TYPE_CHECKING:
    from pa_assets.agendas.graph_tools import Restoration

app = typer.Typer(help="Exported agendas: bring them back into the graph, make their CSV again.", no_args_is_help=True)


@app.command()
def restore(
    event: Annotated[str, typer.Argument(help="Name of the event.")],
    json_file: Annotated[
        Path | None, typer.Option("--json", help="JSON export; none: the newest export of the event.")
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="CSV export; beside --json it is only compared with it.")
    ] = None,
    control: Annotated[bool, typer.Option("--control", help="Read the control group's file beside it too.")] = False,
    environment: Annotated[
        str, typer.Option(help="default, dev, test or prod, or another name of one; none: as the event's YAML says.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    no_replace: Annotated[
        bool, typer.Option("--no-replace", help="Visitors who have an agenda keep it; only the others get one.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Rows of a transaction; fewer go as one.")] = 20_000,
    confirm: Annotated[str, typer.Option(help="Tag of the show, typed; asked for in production.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Keys listed of each mismatch.")] = 20,
) -> None:
    """Bring the agendas of the graph in line with an export. Tables and exports of the event stay as they are."""
    from pa_assets.agendas.core.graph.restore import ExportError
    from pa_assets.agendas.graph_tools import GraphToolError, restoration
    from pa_assets.kit.ports import GraphError

    try:
        with restoration(
            event,
            json_file=json_file,
            csv_file=csv_file,
            control=control,
            replace=not no_replace,
            environment=environment,
        ) as found:
            _print_plan(found, limit)
            if dry_run:
                typer.echo("Dry run: nothing was written.")
                return
            if found.open.protected:
                confirm_show(found.event.event.show, confirm or None)
            report = found.write(batch)
    except (ExportError, GraphError, GraphToolError) as error:
        fail(str(error))
    print_table(
        ("part", "given", "written", "unchanged", "removed"),
        [(name, part.given, part.written, part.unchanged, part.removed) for name, part in report.parts.items()],
    )
    typer.echo(
        f"\nThe table of agendas was not changed. The next run that makes event/recommendations of {event} again, "
        "because something it is made from changed, replaces what was restored."
    )


@app.command()
def csv(
    json_file: Annotated[Path, typer.Argument(metavar="FILE.json", help="JSON export, of either group.")],
    output: Annotated[
        Path | None, typer.Option(help="File to write, which may exist; none: beside the JSON, as it was exported.")
    ] = None,
) -> None:
    """Make the CSV of an exported JSON again, byte for byte. Nothing else is read, and nothing is computed."""
    from pa_assets.agendas.core.graph.restore import ExportError
    from pa_assets.agendas.export_tools import ExportToolError, csv_again

    try:
        made = csv_again(json_file, output)
    except (ExportError, ExportToolError) as error:
        fail(str(error))
    state = "written" if made.written else "there already, with the same content"
    typer.echo(f"{made.path}: {made.rows} recommendations, {state}.")


def _print_plan(found: Restoration, limit: int) -> None:
    plan = found.plan
    typer.echo(f"Graph:  {found.open.graph.description}")
    typer.echo(f"Export: {', '.join(map(str, found.files))}\n")
    print_table(
        ("visitors", "count"),
        [
            ("with the agenda of the export", plan.restored),
            ("who keep the agenda they have", plan.kept),
            ("who lose the agenda they have", plan.removed),
        ],
    )
    typer.echo("")
    if plan.left_out:
        typer.echo(f"{plan.left_out} recommendations of the export cannot be restored.")
    _print_keys("badges that the graph lacks", plan.missing_visitors, limit)
    _print_keys("sessions that the graph lacks", plan.missing_sessions, limit)
    if both := found.differences:
        typer.echo("The JSON and the CSV differ; what the JSON says is restored.")
        _print_keys("badges and sessions only in the JSON", both.only_json, limit)
        _print_keys("badges and sessions only in the CSV", both.only_csv, limit)
        _print_keys("badges and sessions with another rank or score", both.changed, limit)


def _print_keys(what: str, keys: list[str], limit: int) -> None:
    if keys:
        more = f" and {len(keys) - limit} more" if len(keys) > limit else ""
        typer.echo(f"{len(keys)} {what}: {', '.join(keys[:limit])}{more}")
