"""`pa graph diff`: the graph of an event against its tables, and mending what differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pa_assets.cli.printing import confirm_show, fail, print_table

if TYPE_CHECKING:
    from pa_assets.agendas.core.graph.compare import Comparison

app = typer.Typer()


@app.command()
def diff(
    event: Annotated[str, typer.Argument(help="Event, or event and mode.")],
    environment: Annotated[
        str, typer.Option(help="default, dev, test or prod, or another name of one; none: as the settings say.")
    ] = "",
    mend: Annotated[bool, typer.Option("--mend", help="Let the graph hold what the tables say.")] = False,
    confirm: Annotated[str, typer.Option(help="Tag of the show, typed, in place of the question.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Examples of each difference.")] = 20,
    output: Annotated[Path | None, typer.Option("--json", help="File for all differences.")] = None,
) -> None:
    """Compare every value of an event's graph with its tables. Ends with 0 where they are equal, with 1 where not.

    What people and other tools made is counted apart and is no difference.
    """
    from pa_assets.agendas.graph_diff import graph_and_tables
    from pa_assets.agendas.graph_tools import GraphToolError
    from pa_assets.kit.ports import GraphError

    try:
        with graph_and_tables(event, environment) as both:
            typer.echo(f"Graph: {both.open.graph.description}\nShow:  {both.show}\n")
            found = both.compare()
            _print(found, limit)
            if mend and not found.equal:
                if both.open.protected:
                    confirm_show(both.show, confirm or None)
                report = both.mend(found)
                typer.echo(f"\nMended: {report.written} rows written, {report.removed} removed. Compared again:\n")
                found = both.compare()
                _print(found, limit)
            if output:
                output.write_text(json.dumps(_told(found), ensure_ascii=False, indent=1), "utf-8")
    except (GraphError, GraphToolError, OSError) as error:
        fail(str(error))
    raise typer.Exit(0 if found.equal else 1)


def _print(found: Comparison, limit: int) -> None:
    table = found.table()
    print_table(tuple(table.columns), list(table.itertuples(index=False, name=None)))
    examples = found.examples(limit)
    if len(examples):
        typer.echo(f"\nDifferences, up to {limit} of each kind:")
        rows: list[tuple[object, ...]] = [
            (part, kind, " | ".join(map(str, key)), names)
            for part, kind, key, names in examples.itertuples(index=False, name=None)
        ]
        print_table(tuple(examples.columns), rows, widths=(None, None, 60, 50))
    for item in found.elements:
        for name, count in item.other_properties.items():
            typer.echo(f"{item.element.name}: property {name} of somebody else on {count}")
    for loader, marks in found.unfinished.items():
        typer.echo(f"Unfinished load of {loader}: {', '.join(marks)}. The next run of its asset completes it.")
    if found.without_table:
        typer.echo(f"Never loaded from here, so not compared: {', '.join(found.without_table)}")
    typer.echo(f"\nTables: {found.expected_digest}\nGraph:  {found.found_digest}")
    typer.echo("Equal." if found.equal else "Not equal.")


def _told(found: Comparison) -> dict[str, object]:
    return {
        "show": found.show,
        "equal": found.equal,
        "tables": found.expected_digest,
        "graph": found.found_digest,
        "parts": found.table().to_dict("records"),
        "differences": found.examples(found.most).to_dict("records"),
        "unfinished": dict(found.unfinished),
        "without_table": list(found.without_table),
    }
