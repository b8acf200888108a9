"""Commands on events: settings, demonstration, imports, agendas, reviews and copies of files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pa_assets.cli.printing import fail, print_table

if TYPE_CHECKING:
    from pa_assets.agendas.review_view import Waiting

app = typer.Typer()


@app.command("check-config")
def check_config(
    events: Annotated[list[str] | None, typer.Argument(help="Events to check; none: all, and the pipeline.")] = None,
) -> None:
    """Check the YAML files of config/ and say every mistake. Ends with 1 if there is one."""
    from pa_assets.agendas.config_files import check_all
    from pa_assets.agendas.layout import config_folder

    errors = check_all(config_folder())
    if unknown := [name for name in events or () if name not in errors]:
        fail(f"No such event: {', '.join(unknown)}. Known: {', '.join(errors)}.")
    chosen = {name: errors[name] for name in events or errors}
    print_table(
        ("event", "state", "mistakes"),
        [(name, "broken" if error else "fine", len(error.mistakes) if error else 0) for name, error in chosen.items()],
    )
    broken = [error for error in chosen.values() if error]
    for error in broken:
        typer.echo("\n" + "\n".join(map(str, error.mistakes)))
    raise typer.Exit(1 if broken else 0)


@app.command("new-event")
def new_event(
    name: Annotated[str, typer.Argument(help="Name of the event: lower-case letters, digits and _.")],
    title: Annotated[str, typer.Option(help="Name of the show as people say it.")] = "",
    show: Annotated[str, typer.Option(help="Short tag of the show, unlike any other event's; default: NAME.")] = "",
) -> None:
    """Write config/NAME.yaml to start from, and make its landing folder."""
    from pa_assets.agendas.event_template import NewEventError, create_event

    try:
        path, landing = create_event(name, title, show)
    except NewEventError as error:
        fail(str(error))
    typer.echo(f"Written: {path}\nMade:    {landing}\n")
    typer.echo("Next:")
    for step in (
        f"Open {path} and give event.* and people.questions_to_keep your own values.",
        f"Check it: pa check-config {name}",
        f"Put the files into {landing}; data/README.md says which and how they are named.",
        f"Run it: dagster asset materialize --select event/sessions_backfilled --partition {name}",
    ):
        typer.echo(f"  - {step}")


@app.command()
def demo(
    visitors: Annotated[int, typer.Option(min=20, help="Visitors of this year in each event.")] = 300,
    seed: Annotated[int, typer.Option(help="Another seed makes other shows.")] = 7,
) -> None:
    """Let a synthetic show land for every event without files, and make everything from it."""
    from pa_assets.agendas.demo.run import prepare_demo
    from pa_assets.agendas.project import current_project

    project = current_project()
    for show in prepare_demo(project.root, events=list(project.events), visitors=visitors, seed=seed):
        state = "written" if show.written else "left as they are"
        typer.echo(f"{show.event}: {len(show.files)} landing files {state} in {show.landing.relative_to(project.root)}")
    command = ["dagster", "asset", "materialize", "--select", "processing_summary"]
    typer.echo(f"\n$ {' '.join(command)}\n")
    _run(command, project.root)
    typer.echo("\nExports for e-mail and CRM:")
    for event in project.events:
        for path in sorted(project.folder(event).recommendations.glob("visitor_recommendations_*")):
            typer.echo(f"  {path.relative_to(project.root)}")
    typer.echo("\nReports:")
    for event in project.events:
        typer.echo(f"  {project.folder(event).reports.relative_to(project.root)}/pre_show.html")
    _print_agenda(next(iter(project.events)), None)
    typer.echo("\nAnother visitor:   pa agenda EVENT BADGE")
    typer.echo("The asset graph:   dagster dev      then open http://localhost:3000")


@app.command("import-programme")
def import_programme(
    source: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Pentabarf XML (plain or .gz), or CSV.")],
    event: Annotated[str, typer.Argument(help="Event whose landing folder receives it.")],
    cohort: Annotated[str, typer.Option(help="this_year, last_year_main or last_year_secondary.")] = "this_year",
) -> None:
    """Turn a programme of another system into the landing file of an event."""
    from pa_assets.agendas.core.tables import COHORTS
    from pa_assets.agendas.demo.pentabarf import ProgrammeFormatError
    from pa_assets.agendas.demo.pentabarf import import_programme as convert
    from pa_assets.agendas.layout import EventFolder

    if cohort not in COHORTS:
        fail(f"No cohort {cohort!r}. Cohorts: {', '.join(COHORTS)}.")
    target = EventFolder(event).landing / f"sessions_{cohort}.csv"
    if target.exists():
        fail(f"{target} is there already. Move it away first.")
    try:
        rows = convert(source, target)
    except ProgrammeFormatError as error:
        fail(str(error))
    typer.echo(f"Written: {target} ({len(rows)} rows, {rows['session_id'].nunique()} sessions)")


@app.command("import-show")
def import_show(
    kind: Annotated[
        Literal["fosdem", "meetup"],
        typer.Argument(help="fosdem (programmes of two years) or meetup (groups, events, RSVPs)."),
    ],
    source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder with the downloaded files.")],
    event: Annotated[str, typer.Argument(help="Name of the event to make.")],
    visitors: Annotated[int, typer.Option(min=20, help="Synthetic visitors, for fosdem.")] = 3000,
) -> None:
    """Make an event of real data: landing files, and config/EVENT.yaml where there is none."""
    from pa_assets.agendas.demo.run import LandingInUseError
    from pa_assets.agendas.demo.run import import_show as bring_in
    from pa_assets.kit.files import project_root

    try:
        show = bring_in(kind, source, event, root=project_root(), visitors=visitors)
    except (LandingInUseError, FileNotFoundError, ValueError) as error:
        fail(str(error))
    typer.echo(f"Written: {len(show.files)} files in {show.landing}")
    typer.echo("Run it: dagster asset materialize --select recommendation_exports")


@app.command()
def agenda(
    event: Annotated[str, typer.Argument(help="Name of the event.")],
    badge: Annotated[str | None, typer.Argument(help="Badge of a visitor; none: one with a full agenda.")] = None,
) -> None:
    """Print one visitor's agenda with its reasons."""
    from pa_assets.agendas.agenda_view import NoAgendaError

    try:
        _print_agenda(event, badge)
    except NoAgendaError as error:
        fail(str(error))


def _print_agenda(event: str, badge: str | None) -> None:
    from pa_assets.agendas.agenda_view import agenda as read_agenda

    badge, lines = read_agenda(event, badge)
    typer.echo(f"\nAgenda of visitor {badge} at {event}:\n")
    print_table(
        ("day", "time", "theatre", "session", "score", "why"),
        [(line.day, line.time, line.theatre, line.title, f"{line.score:.2f}", line.reason) for line in lines],
        widths=(None, None, 18, 44, None, 44),
    )


@app.command()
def review(
    event: Annotated[str, typer.Argument(help="Name of the event.")],
    session_id: Annotated[str | None, typer.Argument(help="Session to decide on; none: list what waits.")] = None,
    streams: Annotated[str | None, typer.Option(help="Its streams, up to three, joined by ;.")] = None,
    none: Annotated[bool, typer.Option("--none", help="It belongs to no stream.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take back what was decided.")] = False,
    cohort: Annotated[str | None, typer.Option(help="Where an identifier stands in several programmes.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Allow streams that the catalogue does not hold.")] = False,
) -> None:
    """List the sessions whose streams wait for a person, or record a decision on one."""
    from pa_assets.agendas.core.streams.review import NO_STREAM
    from pa_assets.agendas.review_view import ReviewError, decide, waiting

    answers = [streams] * (streams is not None) + [NO_STREAM] * none + [""] * withdraw
    if len(answers) != (session_id is not None):
        fail("To decide: SESSION_ID and one of --streams, --none and --withdraw. To see what waits: EVENT alone.")
    try:
        if session_id is None:
            _print_waiting(event, waiting(event))
            return
        decision = decide(event, session_id, str(answers[0]), cohort=cohort, new=new)
    except (ReviewError, ValueError) as error:
        fail(str(error))
    told = {"": "decision taken back", NO_STREAM: "no stream"}.get(decision.streams, decision.streams)
    typer.echo(f"Recorded: session {decision.session_id}, {decision.title!r}: {told}")
    typer.echo("Follow it: dagster asset materialize --select sessions_backfilled")


@app.command()
def restore(
    event: Annotated[str, typer.Argument(help="Name of the event.")],
    file: Annotated[str, typer.Option(help="Name of the file; default: this year's sessions.")] = "",
    copy: Annotated[str, typer.Option(help="Copy to put back, as listed, or `latest`; none: list them.")] = "",
) -> None:
    """List the copies of files from before they changed, or put one back."""
    from pa_assets.agendas.review_view import ReviewError, kept_copies, put_back

    try:
        if copy:
            path = put_back(event, file, copy)
        else:
            found = [kept for kept in kept_copies(event) if file in ("", kept.file.name)]
    except ReviewError as error:
        fail(str(error))
    if not copy:
        print_table(("file", "copy", "bytes"), [(kept.file.name, kept.stamp, kept.size) for kept in found])
        typer.echo(f"\nPut one back: pa restore {event} --file FILE --copy COPY" if found else "There is no copy.")
        return
    typer.echo(f"Put back: {path}")
    typer.echo("What it was before is a copy now. The next run that makes the file writes it again from its inputs.")


def _print_waiting(event: str, sessions: list[Waiting]) -> None:
    from dataclasses import astuple

    if not sessions:
        typer.echo(f"No session of {event} waits for review.")
        return
    print_table(
        ("cohort", "session", "title", "theatre", "best candidates", "why", "decision"),
        [astuple(row) for row in sessions],
        widths=(None, None, 36, 16, 36, 24, 20),
    )
    typer.echo(f'\nDecide: pa review {event} SESSION --streams "A; B", or --none')


def _run(command: list[str], root: Path) -> None:
    """Run a command of this environment in the project root; end with its exit code if it fails."""
    import subprocess

    program = Path(sys.executable).with_name(command[0])
    code = subprocess.run([program, *command[1:]], cwd=root, check=False).returncode  # noqa: S603 - our own command
    if code:
        raise typer.Exit(code)
