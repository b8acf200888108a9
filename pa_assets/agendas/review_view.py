"""The review of streams as people work with it in a terminal: what waits, one decision, copies put back.

The files are `stream_review`'s and `kit.backups`'; what is wrong with a request is said here.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pa_assets.agendas.config_files import ConfigError
from pa_assets.agendas.core.streams.catalog_files import load_catalog
from pa_assets.agendas.core.streams.review import NO_STREAM, Decision
from pa_assets.agendas.core.tables import COHORTS, SESSIONS
from pa_assets.agendas.core.text import fold, join_streams, split_streams
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.project import current_project
from pa_assets.agendas.stream_review import read_review, record_decision, review_file
from pa_assets.kit.backups import copied_files, copies, restore, stamp_of


class ReviewError(LookupError):
    """A request cannot be followed; the message says why and what to do."""


@dataclass(frozen=True)
class Waiting:
    """A session on the review list."""

    cohort: str
    session_id: str
    title: str
    theatre: str
    best_candidates: str
    why_left: str
    decision: str
    """What a person wrote beside it and no run has taken over yet."""


@dataclass(frozen=True)
class Copy:
    """A copy of a file from before it changed."""

    file: Path
    stamp: str
    size: int
    """Bytes."""


def waiting(partition: str) -> list[Waiting]:
    """The review list of an event, in the order of the file.

    Raises:
        ReviewError: no such event, or no run has written a list yet.
        DecisionsError: the list cannot be read.
    """
    folder = _folder(partition)
    if not review_file(folder).is_file():
        raise ReviewError(f"{partition} has no review list yet. {_make(partition)}")
    columns = ["cohort", "session_id", "title", "theatre__name", "best_candidates", "why_left", "decision"]
    rows = read_review(folder).reindex(columns=columns, fill_value="")
    return [Waiting(*map(str, row)) for row in rows.to_numpy(object)]


def decide(partition: str, session_id: str, streams: str, *, cohort: str | None = None, new: bool = False) -> Decision:
    """Record a person's decision on one session.

    Args:
        partition: the event, or an event in a further mode.
        session_id: the session.
        streams: joined by `;`; NO_STREAM; `""` takes back what was decided.
        cohort: where the identifier stands in several programmes; None: this year's goes first.
        new: allow streams that the catalogue does not hold.

    Returns:
        The decision, streams in the spelling of the catalogue.

    Raises:
        ReviewError: no such event, session, cohort or stream, more than three streams, or the programme has one.
        DecisionsError: a file with decisions cannot be read.
    """
    folder = _folder(partition)
    path = folder.table(SESSIONS.name)
    if not path.is_file():
        raise ReviewError(f"{partition} has no sessions yet. {_make(partition)}")
    sessions = pd.read_parquet(path)
    session = _session(partition, sessions, session_id, cohort)
    if session["stream"]:
        raise ReviewError(
            f"The programme gives session {session_id} the stream {session['stream']!r}, and is never overruled. "
            "Correct it there."
        )
    spelled = streams if streams in ("", NO_STREAM) else _spelled(partition, folder, streams, new=new)
    return record_decision(folder, sessions, session, spelled, by="pa review")


def kept_copies(partition: str) -> list[Copy]:
    """The copies of an event's files, by file, the newest first.

    Raises:
        ReviewError: no such event.
    """
    folder = _folder(partition)
    files = [*copied_files(folder.output), *copied_files(folder.decisions)]
    return [Copy(file, stamp_of(copy), copy.stat().st_size) for file in files for copy in copies(file)]


def put_back(partition: str, file: str, stamp: str) -> Path:
    """Put a copy in the place of its file; what is there now is copied first.

    Args:
        partition: the event, or an event in a further mode.
        file: name of the file; `""`: the sessions of this year.
        stamp: which copy, as `kept_copies` names it, or `latest`.

    Raises:
        ReviewError: no such event, file or copy.
    """
    name = file or _session_file(partition)
    found = [copy for copy in kept_copies(partition) if copy.file.name == name]
    if not found:
        raise ReviewError(f"{partition} has no copy of {name}. See what there is: pa restore {partition}")
    chosen = found[0] if stamp == "latest" else next((copy for copy in found if copy.stamp == stamp), None)
    if chosen is None:
        raise ReviewError(f"{name} has no copy {stamp!r}. Copies: {', '.join(copy.stamp for copy in found)}.")
    restore(chosen.file, chosen.file.with_name(f"{name}.{chosen.stamp}.bak"))
    return chosen.file


def _folder(partition: str) -> EventFolder:
    try:
        return current_project().folder(partition)
    except (KeyError, ConfigError) as error:
        raise ReviewError(str(error.args[0]) if isinstance(error, KeyError) else str(error)) from error


def _session_file(partition: str) -> str:
    _folder(partition)
    return current_project().event(partition).session_output_files.processed_sessions.this_year


def _make(partition: str) -> str:
    return f"Make it: dagster asset materialize --select event/sessions_backfilled --partition {partition}"


def _session(partition: str, sessions: pd.DataFrame, session_id: str, cohort: str | None) -> pd.Series:
    if cohort is not None and cohort not in COHORTS:
        raise ReviewError(f"No cohort {cohort!r}. Cohorts: {', '.join(COHORTS)}.")
    for name in [cohort] if cohort else COHORTS:
        found = sessions[sessions["cohort"].eq(name) & sessions["session_id"].eq(session_id)]
        if len(found):
            return found.iloc[0]
    where = f" of {cohort}" if cohort else ""
    raise ReviewError(
        f"{partition} has no session {session_id!r}{where}. {_nearest(session_id, sessions['session_id'].tolist())}"
        f"Those that wait: pa review {partition}"
    )


def _spelled(partition: str, folder: EventFolder, streams: str, *, new: bool) -> str:
    config = current_project().event(partition)
    names = {
        fold(name): name for name in load_catalog(folder.output, config.stream_processing, config.session_output_files)
    }
    given = split_streams(streams)
    if not given:
        raise ReviewError("No stream was named. Say --none where the session belongs to none.")
    if len(given) > 3:
        raise ReviewError(f"{len(given)} streams were named; a session has three at the most.")
    for stream in given:
        if fold(stream) not in names and not new:
            raise ReviewError(
                f"The catalogue of {partition} has no stream {stream!r}. {_nearest(stream, list(names.values()))}"
                "A stream that is new on purpose: --new."
            )
    return join_streams(names.get(fold(stream), stream) for stream in given)


def _nearest(text: str, known: list[str]) -> str:
    """A sentence that names what comes closest, or nothing."""
    by_key = {fold(name): name for name in known}
    close = difflib.get_close_matches(fold(text), by_key, n=1, cutoff=0.5)
    return f"Did you mean {by_key[close[0]]!r}? " if close else ""
