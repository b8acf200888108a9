"""`pa person`: what is held on a person, forgetting a person, and the list that keeps the person from coming back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pa_assets.cli.printing import confirm_show, fail, print_table

if TYPE_CHECKING:
    from pa_assets.agendas.privacy.finding import Candidate, Identity, Query
    from pa_assets.agendas.privacy.forgetting import Done, Receipt
    from pa_assets.agendas.project import Project

app = typer.Typer(help="What is held on a person, and forgetting a person.", no_args_is_help=True)

_NEXT = "Bring the events up to date: dagster asset materialize --select processing_summary"

_Email = Annotated[str, typer.Option(help="E-mail address of the person.")]
_Badge = Annotated[str, typer.Option(help="Badge of the person; needs --event.")]
_Event = Annotated[str, typer.Option(help="Event that the badge is of.")]
_Show = Annotated[str, typer.Option(help="Show code of the badge, where it is not this year's.")]
_Join = Annotated[
    str, typer.Option(help="Who of those listed is the same person: `all`, `first`, or numbers such as `1,3`.")
]


@app.command()
def export(
    email: _Email = "",
    badge: _Badge = "",
    event: _Event = "",
    show: _Show = "",
    join: _Join = "",
    output: Annotated[Path | None, typer.Option(help="File to write; default: person_export_<time>.zip.")] = None,
) -> None:
    """Write everything held on a person, in every event, as a ZIP archive that you alone can read."""
    from datetime import UTC, datetime

    from pa_assets.agendas.privacy.exporting import held, write_archive
    from pa_assets.kit.ports import GraphError

    project = _project()
    chosen, person = _person(project, _query(email, badge, event, show), join, ask=True)
    now = datetime.now(UTC)
    path = output or Path(f"person_export_{now:%Y%m%d_%H%M%S}.zip")
    try:
        content = held(project, person.known)
        write_archive(path, chosen, content, now.isoformat(timespec="seconds"))
    except (GraphError, OSError) as error:
        fail(str(error))
    rows = [(kind, sum(len(file["rows"]) for file in files)) for kind, files in content["files"].items()]
    print_table(("kind", "rows"), [*rows, ("graph: nodes", len(content["graph"]))])
    for name in content["files_not_readable"]:
        typer.echo(f"Not readable as a table: {name}", err=True)
    typer.echo(f"Written: {path} (readable by you alone; remove it when it was handed over)")


@app.command()
def forget(
    email: _Email = "",
    badge: _Badge = "",
    event: _Event = "",
    show: _Show = "",
    join: _Join = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go, in numbers.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    confirm: Annotated[str, typer.Option(help="Shows in the production graph, typed, in place of the question.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Take out everybody who was forgotten before and landed since.")
    ] = False,
) -> None:
    """Forget a person: files, tables, exports, graph, in every event; and keep the person from coming back."""
    from pa_assets.agendas.core.landing import LandingError
    from pa_assets.agendas.graph_tools import protected_shows
    from pa_assets.agendas.privacy import forgetting
    from pa_assets.kit.ports import GraphError
    from pa_assets.kit.suppression import SuppressionError, SuppressionFile

    project = _project()
    try:
        person = None if again else _forgettable(project, _query(email, badge, event, show), join, ask=not yes)
        known = SuppressionFile(project.root).read().known if person is None else person.known
        if dry_run or not yes:
            _print_done(forgetting.look(project, known), "would go")
        if dry_run:
            return
        if not yes:
            typer.confirm("This cannot be undone. Go on?", abort=True)
        if shows := protected_shows():
            confirm_show(", ".join(shows), confirm)
        with forgetting.nobody_else_works(project):
            receipt = forgetting.take_again(project) if person is None else forgetting.forget(project, person)
    except (forgetting.ForgettingError, GraphError, SuppressionError, LandingError, OSError) as error:
        fail(str(error))
    _print_receipt(project, receipt)


@app.command()
def suppressed() -> None:
    """Say how many people were forgotten, and when. The list holds no personal data."""
    from collections import Counter

    from pa_assets.kit.suppression import SuppressionError, SuppressionFile

    try:
        listed = SuppressionFile(_project().root).read()
    except SuppressionError as error:
        fail(str(error))
    kinds = [Counter(entry.hashes.values()) for entry in listed.entries]
    rows: list[tuple[object, ...]] = [
        (entry.added, count["person"], count["email"], count["badge"])
        for entry, count in zip(listed.entries, kinds, strict=True)
    ]
    print_table(("forgotten at", "names with e-mail", "e-mails", "badges"), rows)
    typer.echo(f"\n{len(listed.entries)} person(s), {len(listed)} hash(es).")


@app.command()
def allow(email: Annotated[str, typer.Option(help="E-mail address of the person, who registered anew.")]) -> None:
    """Take a person off the list again, by their own wish; the next run takes in what has landed of them."""
    from pa_assets.agendas.privacy.allowing import allow as lift
    from pa_assets.kit.suppression import SuppressionError

    try:
        lifted = lift(_project(), email)
    except SuppressionError as error:
        fail(str(error))
    if not lifted:
        fail("Nobody with that e-mail address is on the list.")
    typer.echo(f"Taken off the list: {lifted} hash(es). {_NEXT}")


def _project() -> Project:
    from pa_assets.agendas.project import current_project

    project = current_project()
    if project.broken:
        fail(
            f"The settings of {', '.join(sorted(project.broken))} have mistakes, so nobody can tell what its files "
            "hold. See `pa check-config`."
        )
    return project


def _query(email: str, badge: str, event: str, show: str) -> Query:
    from pa_assets.agendas.privacy.finding import Query

    if bool(email) == bool(badge) or (badge and not event):
        fail("Name the person by --email, or by --badge and --event.")
    return Query(email, badge, event, show)


def _forgettable(project: Project, query: Query, join: str, *, ask: bool) -> Identity | None:
    """The person, or None where the person was forgotten before and nothing of them can be found by name."""
    from pa_assets.agendas.privacy.allowing import is_suppressed
    from pa_assets.agendas.privacy.finding import NobodyFoundError

    try:
        return _found(project, query, join, ask=ask)[1]
    except NobodyFoundError as error:
        if not is_suppressed(project, query):
            fail(str(error))
        typer.echo("This person was forgotten before. Looking again, by the hashes of the list.")
        return None


def _person(project: Project, query: Query, join: str, *, ask: bool) -> tuple[list[Candidate], Identity]:
    from pa_assets.agendas.privacy.finding import NobodyFoundError

    try:
        return _found(project, query, join, ask=ask)
    except NobodyFoundError as error:
        fail(str(error))


def _found(project: Project, query: Query, join: str, *, ask: bool) -> tuple[list[Candidate], Identity]:
    from pa_assets.agendas.core.landing import LandingError
    from pa_assets.agendas.privacy.finding import candidates, identity, people_of
    from pa_assets.agendas.privacy.places import all_places

    try:
        people = people_of(project, all_places(project))
        listed = candidates(project, people, query)
    except LandingError as error:
        fail(f"{error} Mend it first: it may hold the person.")
    except KeyError as error:
        fail(str(error.args[0]))
    chosen = _joined(listed, join, ask=ask)
    return chosen, identity(people, [each.key for each in chosen])


def _joined(listed: list[Candidate], join: str, *, ask: bool) -> list[Candidate]:
    """Who of the candidates is the person."""
    rows: list[tuple[object, ...]] = [
        (number, each.name, each.email, ", ".join(each.badges), each.why) for number, each in enumerate(listed, start=1)
    ]
    print_table(("", "name", "e-mail", "badges", "why"), rows, widths=(None, 30, 40, 40, 30))
    if len(listed) == 1:
        return listed
    if not join and ask:
        join = typer.prompt("Several may be this person. Which are: all, first, or numbers such as 1,3")
    if join == "all":
        return listed
    if join == "first":
        return listed[:1]
    numbers = [int(part) for part in join.split(",") if part.strip().isdigit()]
    if not numbers or not all(1 <= number <= len(listed) for number in numbers):
        fail("Several may be this person. Say who is: --join all, --join first, or numbers such as --join 1,3.")
    return [listed[number - 1] for number in sorted(set(numbers))]


def _print_done(done: Done, what: str) -> None:
    rows: list[tuple[object, ...]] = [(kind, count) for kind, count in done.rows.items()]
    rows += [("graph: nodes", done.graph.nodes), ("graph: relationships", done.graph.relationships)]
    print_table(("kind", f"rows that {what}"), rows)
    if done.removed:
        typer.echo(f"{done.removed} file(s) {what} as a whole; those of the output are made again by the next run.")
    for name in done.unreadable:
        typer.echo(f"Not readable as a table: {name}", err=True)


def _print_receipt(project: Project, receipt: Receipt) -> None:
    _print_done(receipt.done, "are gone")
    for name in receipt.done.graph.outside:
        typer.echo(f"The logs and backups of the graph server {name} are its keeper's matter.")
    typer.echo(f"Receipt: {receipt.path.relative_to(project.root)}")
    if receipt.left:
        for hit in receipt.left:
            typer.echo(f"Still there: {hit.kind} in {hit.path}", err=True)
        fail("Not all is gone. Remove those files, or mend them, then run this again.")
    typer.echo(_NEXT)
