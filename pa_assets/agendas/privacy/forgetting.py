"""Takes a person out of everything that the project holds, proves it by a search of all bytes, and leaves a receipt.

The order makes it safe to be cut off at any moment and run again: the hashes first, then the graph and what was made,
then the landing files, which tell who the person is. Nothing here prints; no text here holds a value of the person.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from pa_assets.agendas.assets.steps import STEP_ASSETS
from pa_assets.agendas.core.landing import LandingError
from pa_assets.agendas.core.people.inventories import JOB_ROLES, PROFESSIONS, SPECIALISATIONS
from pa_assets.agendas.core.people.practices import MISSING_COMPANIES
from pa_assets.agendas.core.people.suppression import EMAIL, Known, folded_email
from pa_assets.agendas.core.tables import REGISTRATIONS, SURVEY_ANSWERS, VISITORS
from pa_assets.agendas.privacy.finding import Identity, identity, people_of
from pa_assets.agendas.privacy.graph_part import GraphCount, take_out
from pa_assets.agendas.privacy.places import Place, all_places, partitions, programme_files
from pa_assets.agendas.privacy.rows import GRAPH_TWINS
from pa_assets.agendas.privacy.scrubbing import scrub
from pa_assets.agendas.project import Project
from pa_assets.kit.byte_search import Hit, Needle, files_below, name_needle, needle, search
from pa_assets.kit.files import lock, write_json
from pa_assets.kit.suppression import SuppressionFile

INVENTORIES = (
    *(file.name for file in (SPECIALISATIONS, JOB_ROLES, PROFESSIONS, MISSING_COMPANIES)),
    f"{GRAPH_TWINS}/*_refused.csv",
)
"""Distinct answers, job titles and companies of all visitors: made again by the next run."""
_WAIT_SECONDS = 5.0


class ForgettingError(RuntimeError):
    """It was not, or not wholly, done; the message says why and what to do, without any value of the person."""


@dataclass
class Done:
    """What was, or would be, taken out."""

    rows: dict[str, int] = field(default_factory=dict)
    """Kind of file -> rows, records or list items."""
    files: int = 0
    """Files that held any."""
    removed: int = 0
    """Files that go as a whole: delivered with nobody else's rows, or of the output and made again by the next run."""
    graph: GraphCount = field(default_factory=GraphCount)
    unreadable: tuple[str, ...] = ()
    """Files that could not be read as tables."""


@dataclass(frozen=True)
class Receipt:
    """That somebody was forgotten, without a word on whom."""

    path: Path
    done: Done
    hashes_added: int
    left: list[Hit]
    """Files in which a value still stands, or which could not be searched."""


@contextmanager
def nobody_else_works(project: Project) -> Iterator[None]:
    """Hold the locks that runs take, of every event and mode.

    Raises:
        ForgettingError: a run holds one of them.
    """
    names = ["refresh", *(name for step, assets in STEP_ASSETS.items() for name in (*assets, f"{step}_complete"))]
    with ExitStack() as held:
        for partition, _, folder in partitions(project):
            if not folder.root.is_dir():
                continue
            try:
                for name in names:
                    held.enter_context(lock(folder.locks / f"{name}.lock", timeout_seconds=_WAIT_SECONDS))
            except TimeoutError:
                raise ForgettingError(
                    f"A run of {partition} is at work. Wait for its end, then run this again."
                ) from None
        yield


def look(project: Project, known: Known) -> Done:
    """What would be taken out."""
    return _through(project, known, write=False)


def take(project: Project, known: Known) -> Done:
    """Take out what belongs to some keys, from graph, tables, exports and landing files.

    Raises:
        ForgettingError: files cannot be read as the tables that they should be; the rest was done.
        GraphError: a graph server cannot be reached.
    """
    done = _through(project, known, write=True)
    if done.graph.embedded:
        _wipe_embedded(project.root)
    if done.unreadable:
        raise ForgettingError(
            f"These files cannot be read, so nobody can be taken out of them: {', '.join(done.unreadable)}. Mend or "
            "remove them, then run this again. Everything else is done."
        )
    return done


def _through(project: Project, known: Known, *, write: bool) -> Done:
    done = Done(graph=take_out(project, known, write=write))
    rows: Counter[str] = Counter()
    unreadable: list[str] = []
    places = all_places(project)
    done.removed += _inventories(places, known, write=write)
    for place in places:
        if not place.path.is_file():
            continue
        try:
            found = scrub(place, known, write=write)
        except LandingError:
            unreadable.append(place.path.relative_to(project.root).as_posix())
            continue
        if found.rows:
            rows[place.kind] += found.rows
            done.files += 1
            done.removed += found.removed
    done.rows, done.unreadable = dict(sorted(rows.items())), tuple(sorted(set(unreadable)))
    return done


def _inventories(places: Collection[Place], known: Known, *, write: bool) -> int:
    """Remove the inventories beside tables that hold the person; before the tables, which tell that they do."""
    names = {f"{table.name}.parquet" for table in (REGISTRATIONS, SURVEY_ANSWERS, VISITORS)}
    folders = {
        place.path.parent for place in places if place.path.name in names and scrub(place, known, write=False).rows
    }
    named = (path for folder in sorted(folders) for name in INVENTORIES for path in sorted(folder.glob(name)))
    files = [path for path in named if path.is_file()]
    for path in files if write else ():
        path.unlink()
    return len(files)


def _wipe_embedded(root: Path) -> None:
    """Deleted keys stay in index files and logs of the embedded server until those are made anew."""
    from pa_assets.kit.graph_compaction import compact

    compact(root)


def forget(project: Project, person: Identity) -> Receipt:
    """Forget a person: hashes, graph, files, search of all bytes, receipt.

    Args:
        project: with the configuration of every event.
        person: as `finding.identity` gives it.

    Raises:
        ForgettingError: it could not be done wholly; running it again completes it.
        GraphError: a graph server cannot be reached.
    """
    now = _now()
    added = SuppressionFile(project.root).add(person.keys, now)
    done = take(project, person.known)
    left = search(files_below(searched(project.root)), needles(project, person))
    return _receipt(project, now, done, added, left)


def _people_known(project: Project) -> pd.DataFrame:
    """Everybody who is registered; `again` tells who is on the suppression list."""
    listed = SuppressionFile(project.root).read()
    people = people_of(project, all_places(project))
    emails = f"{EMAIL}\x1f" + people["email"].map(folded_email)
    again = pd.Series(False, index=people.index)
    for keys in (people["person"], people["badge"], emails):
        again |= keys.isin(listed.known(keys))
    return people.assign(again=people["person"].isin(people.loc[again, "person"]), email_key=emails)


def take_again(project: Project) -> Receipt:
    """Take everybody on the suppression list out of what came since; nobody is asked for by name.

    Raises:
        ForgettingError, GraphError, SuppressionError, LandingError: as `forget`; the list or a registration file
            cannot be read.
    """
    now, listed = _now(), SuppressionFile(project.root)
    people = _people_known(project)
    mine = people[people["again"]]
    person = identity(people, set(mine["person"]))
    added = 0
    for _, own in mine.groupby("email_key"):  # each joins their own entry, so that each can be lifted alone
        keys = {*own["person"], *own["badge"], *own["email_key"]}
        added += listed.add({key: person.keys[key] for key in keys & person.keys.keys()}, now, beside=keys)
    done = take(project, listed.read().known)
    left = search(files_below(searched(project.root)), needles(project, person))
    return _receipt(project, now, done, added, left)


def needles(project: Project, person: Identity) -> list[Needle]:
    """What is looked for byte by byte: values that nobody else has; no name that a programme publishes."""
    plain = [needle(kind, text) for kind, texts in person.distinctive.items() for text in texts]
    names = [name_needle(f"name {number}", *name) for number, name in enumerate(person.names, start=1)]
    published = {hit.kind for hit in search(programme_files(project), names)}
    return [*plain, *(name for name in names if name.kind not in published)]


def searched(root: Path) -> list[Path]:
    """The folders that are ours: data, state, the storage of Dagster and of MLflow, logs."""
    home = os.environ.get("DAGSTER_HOME")
    folders = [root / name for name in ("data", ".pa", ".dagster_home", ".dagster", "mlruns", "mlartifacts", "logs")]
    temporary = sorted(root.glob(".tmp_dagster_home_*"))
    return [folder for folder in [*folders, *temporary, *([Path(home)] if home else [])] if folder.is_dir()]


def _receipt(project: Project, now: str, done: Done, added: int, left: list[Hit]) -> Receipt:
    name = f"forgotten_{now.replace(':', '').replace('-', '')}_{secrets.token_hex(4)}.json"
    path = project.root / "data" / "receipts" / name
    content = {
        "at": now,
        "rows": done.rows,
        "files": done.files,
        "files_removed": done.removed,
        "graph": {**asdict(done.graph), "note": "Servers elsewhere keep their own logs and backups."},
        "hashes_added": added,
        "search_of_all_bytes": {
            "folders": [folder.name for folder in searched(project.root)],
            "still_found_in": [{"file": _relative(hit.path, project.root), "what": hit.kind} for hit in left],
        },
        "complete": not left,
    }
    write_json(path, content)
    return Receipt(path, done, added, left)


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
