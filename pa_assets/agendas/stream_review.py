"""Where decisions of people on streams lie, and how those files are read and written. Files only.

People write in two places: in the column `decision` of the review list (`output/streams_review.csv`, which every run
writes anew), and by `pa review`. What stands on the list is taken over into `decisions/streams.csv` before the list is
written, so each decision ends there, where nothing is ever removed. What decisions mean: `core.streams.review`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets.agendas.core.landing_csv import read_csv
from pa_assets.agendas.core.landing_files import delivered_files
from pa_assets.agendas.core.streams.review import (
    DECISION_COLUMNS,
    Decision,
    decided,
    in_force,
    in_order,
    not_recorded,
    resolved,
    table_of,
    understood,
    written_on,
)
from pa_assets.agendas.layout import EventFolder
from pa_assets.kit import fingerprint
from pa_assets.kit.backups import back_up
from pa_assets.kit.files import csv_bytes, lock, project_root, write_bytes
from pa_assets.kit.tables import for_spreadsheet

Note = Callable[[str], None]
"""Is told what is worth a warning."""

_COPIES = 10
"""Copies kept of the decisions; they are small, and made by hand."""


class DecisionsError(ValueError):
    """A file with decisions cannot be used; the message names file, row where there is one, and the mend."""


def _told_to_nobody(_: str) -> None:
    """A note that nobody wants."""


def decisions_file(folder: EventFolder) -> Path:
    """The decisions that are kept, of all modes of the event."""
    return folder.decisions / "streams.csv"


def review_file(folder: EventFolder) -> Path:
    """The list that people fill, written anew by every run."""
    return folder.output / "streams_review.csv"


def read_decisions(folder: EventFolder, note: Note = _told_to_nobody) -> pd.DataFrame:
    """The decisions that are kept, in order of time.

    Returns:
        DECISION_COLUMNS; those written by hand may have blank cells.

    Raises:
        DecisionsError: the file cannot be used.
    """
    path = decisions_file(folder)
    mend = "Correct it, or put a copy back: pa restore EVENT --file streams.csv."
    rows = _read(path, ("session_id", "streams"), "streams", mend, note)
    if rows is None:
        return table_of([])
    places = zip(_column(rows, "decided_at"), rows["source_row"], strict=True)
    times = [_time(text, path, int(row)) for text, row in places]
    kept = rows.reindex(columns=list(DECISION_COLUMNS), fill_value="")
    return in_order(kept.assign(decided_at=times, streams=kept["streams"].map(understood)))


def read_review(folder: EventFolder, note: Note = _told_to_nobody) -> pd.DataFrame:
    """The review list as it stands, all cells text, without a row where there is none.

    Raises:
        DecisionsError: the file cannot be used.
    """
    mend = "Save it as CSV again, or move it away: the next run makes a new one."
    rows = _read(review_file(folder), ("session_id",), "decision", mend, note)
    return pd.DataFrame({"session_id": pd.Series(dtype=object)}) if rows is None else rows


def collect_decisions(folder: EventFolder, sessions: pd.DataFrame, note: Note = _told_to_nobody) -> pd.DataFrame:
    """All decisions, after those that people wrote on the review list were taken over.

    Doing it twice does no more than once. What was taken over is blanked on the list, unless somebody saved the list
    in that moment: then it is found again, and known.

    Args:
        folder: of the event in one mode; the list is that of the mode.
        sessions: SESSIONS of all cohorts.
        note: told what was not understood.

    Returns:
        DECISION_COLUMNS in order of time.

    Raises:
        DecisionsError: a file cannot be used; nothing was changed.
    """
    with _locked(folder):
        return _collected(folder, sessions, note)


def write_review(folder: EventFolder, review: pd.DataFrame, sessions: pd.DataFrame) -> None:
    """Write the review list, after what people wrote on the last one while the run worked was taken over.

    Such sessions are left out of the new list; their decision makes the filling stale, and the next run follows it.

    Args:
        folder: of the event in one mode.
        review: REVIEW_COLUMNS.
        sessions: SESSIONS of all cohorts.

    Raises:
        DecisionsError: a file cannot be used; nothing was changed.
    """
    with _locked(folder):
        decisions = _collected(folder, sessions, _told_to_nobody)
        answered = sessions[decided(sessions, decisions)["streams"].ne("")]
        settled = set(zip(answered["cohort"], answered["session_id"], strict=True))
        keys = zip(review["cohort"], review["session_id"], strict=True)
        left = pd.Series([key not in settled for key in keys], index=review.index, dtype=bool)
        write_bytes(review_file(folder), csv_bytes(for_spreadsheet(review[left])))


def record_decision(folder: EventFolder, sessions: pd.DataFrame, session: pd.Series, streams: str, by: str) -> Decision:
    """Add one decision to those that are kept, as the latest.

    Args:
        folder: of the event in one mode.
        sessions: SESSIONS of all cohorts.
        session: the row of SESSIONS that it is about.
        streams: joined by `;`; `-` for none; `""` takes back what was decided.
        by: who decides.

    Raises:
        DecisionsError: a file cannot be used; nothing was changed.
    """
    with _locked(folder):
        before = _collected(folder, sessions, _told_to_nobody)
        decision = Decision(
            session["session_id"], session["content_group"], session["title"], understood(streams), _now(before), by
        )
        _write_decisions(folder, pd.concat([before, table_of([decision])], ignore_index=True))
        return decision


def decisions_version(folder: EventFolder) -> str:
    """Version of what people decided, kept and on the review list together; `""` where nobody decided.

    It does not change when a decision goes from the list to those that are kept. Of a file that cannot be read, the
    content counts: the run that reads it says what is wrong, and the mended file is a change.
    """
    try:
        kept = read_decisions(folder)
        written = _written(folder)
    except DecisionsError:
        files = [path for path in (decisions_file(folder), review_file(folder)) if path.is_file()]
        return fingerprint.of_text("unreadable", *map(fingerprint.of_file, files))
    together = in_force(pd.concat([kept, not_recorded(written, kept)], ignore_index=True))
    return fingerprint.of_frame(together) if len(together) else ""


def _locked(folder: EventFolder) -> AbstractContextManager[bool]:
    """The lock on the decisions of an event, one for all of its modes."""
    return lock(EventFolder(folder.event).locks / "decisions.lock", timeout_seconds=60)


def _written(folder: EventFolder, note: Note = _told_to_nobody) -> pd.DataFrame:
    return written_on(read_review(folder, note), by="review list")


def _collected(folder: EventFolder, sessions: pd.DataFrame, note: Note) -> pd.DataFrame:
    before = read_decisions(folder, note)
    path = review_file(folder)
    content = path.read_bytes() if path.is_file() else b""
    review = read_review(folder, note)
    told = _column(review, "decision")
    for session_id in review.loc[told.ne("") & told.map(understood).eq(""), "session_id"]:
        note(f"{_name(path)}: the decision on session {session_id} says no stream and not '-'; it counts as blank.")
    written = resolved(
        written_on(review, by="review list"), sessions, list(_column(review, "cohort")[told.map(understood).ne("")])
    )
    kept = resolved(before, sessions)
    after = pd.concat([kept, not_recorded(written, kept)], ignore_index=True)
    after = in_order(after.assign(decided_at=after["decided_at"].mask(after["decided_at"].eq(""), _now(before))))
    if not after.equals(before):
        _write_decisions(folder, after)
    if len(written) and path.read_bytes() == content:
        blank = review.drop(columns="source_row").assign(decision="")
        write_bytes(path, csv_bytes(for_spreadsheet(blank)))
    return after


def _write_decisions(folder: EventFolder, decisions: pd.DataFrame) -> None:
    path, content = decisions_file(folder), csv_bytes(for_spreadsheet(decisions[list(DECISION_COLUMNS)]))
    back_up(path, content, keep=_COPIES)
    write_bytes(path, content)


def _now(decisions: pd.DataFrame) -> str:
    """The time of a new decision: later than every other, also where the clock was set back."""
    now = datetime.now(UTC)
    if latest := max(decisions["decided_at"], default=""):
        now = max(now, datetime.fromisoformat(latest) + timedelta(microseconds=1))
    return _text_of(now)


def _text_of(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _time(text: str, path: Path, row: int) -> str:
    """A time in the form that sorts; without a zone it is UTC."""
    if not text:
        return ""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise DecisionsError(
            f"{_name(path)}: row {row}, decided_at: {text[:40]!r} is no time. Write it like 2025-10-08T09:30:00Z, or "
            "leave it blank, which means now."
        ) from error
    return _text_of(time if time.tzinfo else time.replace(tzinfo=UTC))


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows[name] if name in rows else pd.Series("", index=rows.index, dtype=object)


def _name(path: Path) -> str:
    return path.relative_to(project_root()).as_posix()


def _read(path: Path, required: tuple[str, ...], answer: str, mend: str, note: Note) -> pd.DataFrame | None:
    """Rows of a CSV file that a spreadsheet may have saved, all text, or None where there is none or it is blank.

    Comma, semicolon or tab, with or without byte order mark, UTF-8, UTF-16 or Windows-1252 are read, and names of
    columns in whatever case. The apostrophes of `for_spreadsheet` are taken off. `source_row` numbers the rows below
    the header.

    Args:
        path: of the file.
        required: columns that must be there.
        answer: the column with the decision; a row that has one must say on which session.
        mend: what to do about a file that cannot be read, in a sentence.
        note: told when the encoding was guessed.

    Raises:
        DecisionsError: it is none of this, or lacks a column or a session.
    """
    if not path.is_file() or not path.read_bytes().strip(b"\xef\xbb\xbf\r\n\t ,;"):
        return None
    try:
        for delivered in delivered_files(path, note):
            with delivered.text() as text:
                rows = read_csv(text, _name(path))
    except LandingError as error:
        raise DecisionsError(f"{_name(path)}: {str(error).removeprefix(f'{_name(path)}: ')} {mend}") from error
    rows.columns = rows.columns.str.strip().str.lower()
    if absent := [name for name in required if name not in rows]:
        raise DecisionsError(f"{_name(path)}: there is no column {' and no column '.join(absent)}. {mend}")
    rows = _without_apostrophes(rows)
    for name in [column for column in rows if column != "source_row"]:
        rows[name] = rows[name].str.strip()
    nameless = rows["session_id"].eq("") & _column(rows, "title").eq("") & _column(rows, answer).ne("")
    if nameless.any():
        row = int(rows.loc[nameless, "source_row"].iloc[0])
        raise DecisionsError(f"{_name(path)}: row {row} says {answer} and of no session: session_id is blank. {mend}")
    return rows


def _without_apostrophes(rows: pd.DataFrame) -> pd.DataFrame:
    """Undo `for_spreadsheet`: a cell is bared where the bare text would be written as the cell stands."""
    bare = rows.copy()
    for name in [column for column in rows if column != "source_row"]:
        bare[name] = rows[name].str.replace(r"(^|; *)'", r"\1", regex=True)
    return bare.where(for_spreadsheet(bare).eq(rows), rows)
