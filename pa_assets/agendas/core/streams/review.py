"""What people decide about the streams of sessions: what they wrote, which decision counts, for which session.

Pure: where decisions lie and how the files are read and written is `agendas.stream_review`; what a decision does to a
session is `filling`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from pa_assets.agendas.core.tables import COHORTS
from pa_assets.agendas.core.text import fold, join_streams, key_text, split_streams

REVIEW_COLUMNS = (
    "cohort",
    "session_id",
    "title",
    "theatre__name",
    "best_candidates",
    "confidence",
    "why_left",
    "decision",
)
"""Columns of the review list; a person fills the last one."""


class Decision(NamedTuple):
    """One decision of a person."""

    session_id: str
    content_group: str
    """The talk; `""` not known yet."""
    title: str
    streams: str
    """Joined by `; `; NO_STREAM; `""` takes back what was decided before."""
    decided_at: str = ""
    """ISO 8601, UTC, so that its order is that of time; `""` new."""
    by: str = ""


DECISION_COLUMNS = Decision._fields
"""Columns of the decisions that are kept for ever."""

NO_STREAM = "-"
"""A person says that the session belongs to no stream."""

_NO_STREAM = frozenset({"-", "\u2013", "\u2014", "none"})
_CONFIDENCE = re.compile(r"\s*\([01]\.\d\d\)$")
"""What stands behind each of the best candidates, from which people copy."""

_EXAMPLES = 5


def understood(text: str) -> str:
    """A decision as it is kept: streams joined by `; `, `NO_STREAM`, or `""` where nothing is decided.

    Dashes of any length and the word `none` mean that there is no stream. A confidence copied with a candidate's name
    is left out.
    """
    if fold(text) in _NO_STREAM:
        return NO_STREAM
    return join_streams(split_streams(";".join(_CONFIDENCE.sub("", part.strip()) for part in text.split(";"))))


def table_of(decisions: Iterable[Decision]) -> pd.DataFrame:
    """DECISION_COLUMNS, a row for each decision."""
    return pd.DataFrame(list(decisions), columns=list(DECISION_COLUMNS), dtype=object)


def listed(decisions: pd.DataFrame) -> list[Decision]:
    """The rows of DECISION_COLUMNS."""
    return [Decision(*map(str, row)) for row in decisions[list(DECISION_COLUMNS)].to_numpy(object)]


def in_order(decisions: pd.DataFrame) -> pd.DataFrame:
    """Decisions from the first to the latest, whatever the order of the rows.

    Rows without a time are new and come last; equal times are ordered by what the rows say.

    Args:
        decisions: DECISION_COLUMNS, times as text that sorts (ISO 8601, UTC).
    """
    columns = ["decided_at", "session_id", "title", "content_group", "streams", "by"]
    return (
        decisions.assign(new=decisions["decided_at"].eq(""))
        .sort_values(["new", *columns], kind="stable", ignore_index=True)
        .drop(columns="new")
    )


def in_force(decisions: pd.DataFrame) -> pd.DataFrame:
    """The latest decision of each session and title, in order of time; what was taken back is left out.

    Two tables with equal rows here decide alike, however many rows they took. Serves as the content of a version.

    Args:
        decisions: DECISION_COLUMNS.

    Returns:
        Columns session_id, title (its `key_text`) and streams.
    """
    ordered = in_order(decisions)
    ordered = ordered.assign(title=ordered["title"].map(key_text), streams=ordered["streams"].map(understood))
    latest = ordered.drop_duplicates(["session_id", "title"], keep="last")
    return latest.loc[latest["streams"].ne(""), ["session_id", "title", "streams"]].reset_index(drop=True)


def decided(sessions: pd.DataFrame, decisions: pd.DataFrame, names: Iterable[str] = ()) -> pd.DataFrame:
    """What people decided for each session.

    A decision holds for the session it was made for, as long as that is about the same talk (`session_id` and
    `content_group`); a session that nobody decided on takes the latest decision on its talk, so that a decision of
    this year is found again when the session has become a past one, under whatever identifier.

    Args:
        sessions: SESSIONS, in any order.
        decisions: DECISION_COLUMNS, in any order.
        names: streams of the catalogue; a decision that differs from one in case or spaces is given in its spelling.

    Returns:
        Indexed like `sessions`: `streams` (joined by `; `; NO_STREAM where a person says that there is none; `""` where
        nobody decided) and `by`.
    """
    spelling = {fold(name): name for name in names}
    by_session: dict[tuple[str, str], tuple[str, str]] = {}
    by_talk: dict[str, tuple[str, str]] = {}
    for row in listed(in_order(decisions)):
        streams = _spelled(understood(row.streams), spelling)
        answer = (streams, row.by if streams else "")
        by_session[row.session_id, row.content_group] = answer
        by_talk[row.content_group] = answer
    by_talk.pop("", None)
    keys = zip(sessions["session_id"], sessions["content_group"], strict=True)
    answers = [by_session.get(key) or by_talk.get(key[1]) or ("", "") for key in keys]
    return pd.DataFrame(answers, index=sessions.index, columns=["streams", "by"], dtype=object)


def _spelled(streams: str, spelling: dict[str, str]) -> str:
    return join_streams(spelling.get(fold(name), name) for name in split_streams(streams))


def decision_notes(sessions: pd.DataFrame, decisions: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """What a person should know of the decisions: streams that no catalogue holds, and sessions that are gone.

    Args:
        sessions: SESSIONS of all cohorts.
        decisions: DECISION_COLUMNS.
        names: streams of the catalogue.
    """
    notes = []
    known = {fold(name) for name in names} | {NO_STREAM}
    counts: Counter[str] = Counter()
    present = set(sessions["content_group"])
    gone = 0
    for row in _latest(decisions):
        gone += row.content_group not in present
        for name in split_streams(row.streams):
            if fold(name) not in known and row.content_group in present:
                counts[name] += 1
    if counts:
        examples = ", ".join(f"{name!r} ({counts[name]})" for name in sorted(counts)[:_EXAMPLES])
        notes.append(
            f"People decided on {len(counts)} stream(s) that the catalogue does not hold: {examples}. They are given "
            "as written; correct decisions/streams.csv if that is not meant."
        )
    if gone:
        notes.append(f"{gone} decision(s) are about sessions that no programme holds now. They are kept.")
    return notes


def _latest(decisions: pd.DataFrame) -> list[Decision]:
    """The last word on each session and talk, where it is not taken back."""
    latest = {(row.session_id, row.content_group): row for row in listed(in_order(decisions))}
    return [row for row in latest.values() if understood(row.streams)]


def written_on(review: pd.DataFrame, by: str) -> pd.DataFrame:
    """The decisions that a person wrote on the review list, as rows without a time.

    Args:
        review: columns of the list as read, all text; of those absent, nothing is known.
        by: who or what they are said to come from.

    Returns:
        DECISION_COLUMNS; `content_group` is not known yet and blank.
    """
    if "decision" not in review.columns:
        return table_of([])
    streams = review["decision"].map(understood)
    rows = review.assign(streams=streams, content_group="", decided_at="", by=by)[streams.ne("").to_numpy()]
    return rows.reindex(columns=list(DECISION_COLUMNS), fill_value="").reset_index(drop=True)


def not_recorded(written: pd.DataFrame, recorded: pd.DataFrame) -> pd.DataFrame:
    """Rows of `written` that say something else than the latest record on the same session and title.

    Args:
        written: DECISION_COLUMNS.
        recorded: DECISION_COLUMNS.
    """
    latest = {(row.session_id, key_text(row.title)): understood(row.streams) for row in listed(in_order(recorded))}
    return table_of(
        row for row in listed(written) if latest.get((row.session_id, key_text(row.title)), "") != row.streams
    )


def resolved(decisions: pd.DataFrame, sessions: pd.DataFrame, cohorts: Sequence[str] | None = None) -> pd.DataFrame:
    """Decisions with the session they mean: its identifier, talk and title as the programme has them.

    A spreadsheet changes identifiers (`007` becomes `7`) and letters. So a session is known by identifier and title,
    else by a title that one talk of its cohort bears, else by its identifier. One that no programme holds is left as
    written, its talk told from its title.

    Args:
        decisions: DECISION_COLUMNS; rows with a `content_group` are left as they are.
        sessions: SESSIONS of all cohorts.
        cohorts: cohort of each row, `""` unknown; None: of all unknown. Unknown: this year's session goes first.
    """
    known = _Known(sessions)
    cohorts = cohorts or [""] * len(decisions)
    return table_of(
        row if row.content_group else known.named(row, cohort)
        for row, cohort in zip(listed(decisions), cohorts, strict=True)
    )


class _Session(NamedTuple):
    session_id: str
    content_group: str
    title: str


class _Known:
    """Sessions by cohort and identifier, and by cohort and title."""

    def __init__(self, sessions: pd.DataFrame) -> None:
        self._by_id: dict[tuple[str, str], _Session] = {}
        self._by_title: dict[tuple[str, str], list[_Session]] = defaultdict(list)
        columns = ["cohort", *_Session._fields]
        for cohort, *fields in sessions[columns].sort_values(columns).to_numpy(object):
            session = _Session(*fields)
            self._by_id[cohort, session.session_id] = session
            self._by_title[cohort, key_text(session.title)].append(session)

    def named(self, decision: Decision, cohort: str) -> Decision:
        """The decision with the names of its session, or, where there is none, with a talk told from its title."""
        session = self._find(decision, (cohort,) if cohort in COHORTS else COHORTS)
        if session is None:
            return decision._replace(content_group=key_text(decision.title))
        return decision._replace(**session._asdict())

    def _find(self, decision: Decision, cohorts: tuple[str, ...]) -> _Session | None:
        key = key_text(decision.title)
        by_id = [self._by_id[at] for cohort in cohorts if (at := (cohort, decision.session_id)) in self._by_id]
        by_title = [found for cohort in cohorts if (found := self._by_title.get((cohort, key), []))]
        of_both = [session for session in by_id if key_text(session.title) == key]
        of_one_talk = [found[0] for found in by_title if len({session.content_group for session in found}) == 1]
        return next(iter(of_both or of_one_talk or by_id), None)
