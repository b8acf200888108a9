"""The columns of each landing role under all the names in which they are delivered.

`BadgeId`, `badge_id`, `badgeId` and `Badge Id` are one name here: letters and digits in lower case count.
Which values are allowed is the matter of the stage that cleans the role.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from pa_assets.agendas.core.text import key_text

_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[^\W\d_]+")
_WORDS_OF_MANY_COLUMNS = frozenset({"name", "text", "type", "id", "code", "date", "time", "file", "title", "session"})
_LIKE = 0.7
_SHARED_WORD = 0.7
_LONGEST_NAME = 60
_FEWEST_DIGITS_OF_A_VALUE = 9
_MOST_SHOWN = 24
_MOST_COMPARED = 200
_OF_PEOPLE = frozenset({"registrations", "demographics", "scans", "entry_scans", "bookings"})
"""Roles whose rows are people's: where no column is known, the header misses and a person stands in its place."""


class LandingError(ValueError):
    """A landing file cannot be used; the message names file, row or key, and the mend, and no personal value."""


@dataclass(frozen=True)
class Role:
    """A kind of landing file: canonical columns with further names, and what must be there."""

    columns: dict[str, tuple[str, ...]]
    """Canonical column -> other names, the preferred ones first."""
    required: tuple[tuple[str, ...], ...] = ()
    """Each entry: canonical columns of which one must be there."""


_FILE_NAME = ("metadata_filename", "metadata_source_filename", "metadata_source_file_name")

ROLES: dict[str, Role] = {
    "registrations": Role(
        {
            "badge_id": (),
            "show_ref": ("show_code",),
            "title": ("salutation",),
            "forename": ("first_name",),
            "surname": ("last_name",),
            "email": ("email_address",),
            "tel": ("telephone", "phone"),
            "mobile": ("mobile_phone",),
            "company": ("company_name",),
            "job_title": (),
            "country": (),
            "badge_type": (),
            "source": (),
            "registration_date": ("registered_at",),
            "metadata_file": _FILE_NAME,
        },
        required=(("badge_id",), ("forename",), ("surname",), ("email",), ("badge_type",)),
    ),
    "demographics": Role(
        {
            "badge_id": (),
            "show_ref": ("show_code",),
            "source": (),
            "question_text": ("question",),
            "answer_text": ("answer",),
            "response_text": (),
            "metadata_file": _FILE_NAME,
        },
        required=(("badge_id",), ("question_text",), ("answer_text", "response_text")),
    ),
    "scans": Role(
        {
            "badge_id": ("badge",),
            "short_name": (),
            "scan_date": ("scanned_at", "scan_time", "scan_datetime"),
            "file": ("file_name",),
        },
        required=(("badge_id",), ("short_name",)),
    ),
    "scan_reference": Role(
        {"short_name": (), "seminar_name": ("seminar", "seminar_title", "session_title", "title")},
        required=(("short_name",), ("seminar_name",)),
    ),
    "entry_scans": Role(
        {
            "badge_id": ("badge",),
            "show_ref": ("show_code", "event_code", "show"),
            "show_name": ("show_title", "event_name"),
            "badge_type": (),
        },
        required=(("badge_id",),),
    ),
    "bookings": Role(
        {
            "badge_id": ("badge",),
            "session_id": ("session_code", "session"),
            "date": ("booking_date", "day"),
            "start_time": (),
            "end_time": (),
            "starts_at": ("start", "starts", "begin"),
            "ends_at": ("end", "ends", "finish"),
        },
        required=(("badge_id",), ("session_id", "date", "start_time", "starts_at")),
    ),
    "programme": Role(
        {
            "session_id": ("id", "session_code", "code"),
            "date": ("session_date", "day"),
            "start_time": (),
            "end_time": (),
            "starts_at": ("start", "starts", "begin"),
            "ends_at": ("end", "ends", "finish"),
            "theatre__name": ("theatre", "room", "room_name", "location", "venue", "stage"),
            "title": ("session_title", "name"),
            "stream": ("streams", "track", "tracks", "topic", "topics"),
            "synopsis_stripped": ("synopsis", "abstract", "description"),
            "sponsored_session": (),
            "sponsored_by": ("sponsor",),
            "speakers": ("speaker", "speaker_name", "speaker_names", "presenter", "presenters"),
        },
        required=(
            ("session_id",),
            ("date", "starts_at"),
            ("start_time", "starts_at"),
            ("end_time", "ends_at"),
            ("theatre__name",),
            ("title",),
            ("stream",),
            ("synopsis_stripped",),
        ),
    ),
}
"""Roles whose columns are known. Others (mappings, capacity) keep their columns as delivered."""


def unify_columns(rows: pd.DataFrame, role: str, file: str) -> pd.DataFrame:
    """`rows` with the canonical names of `role`; columns of no known name stay as delivered.

    Args:
        rows: as delivered.
        role: a key of `ROLES`, or any other role, whose columns are left alone. What follows a `/` does not
            count (`scans/this_year`).
        file: name for messages.

    Raises:
        LandingError: a required column is missing, or two columns have one name.
    """
    known = ROLES.get(role.split("/")[0])
    if known is None:
        return rows
    by_key: dict[str, list[str]] = {}
    for name in map(str, rows.columns):
        by_key.setdefault(key_text(name), []).append(name)
    renamed: dict[str, str] = {}
    for canonical, others in known.columns.items():
        for name in (canonical, *others):
            delivered = [found for found in by_key.get(key_text(name), []) if found not in renamed]
            if len(delivered) > 1:
                raise LandingError(
                    f"{file}: the columns {quoted(delivered)} are one and the same column {canonical!r} "
                    f"of {role}. Keep one of them."
                )
            if delivered:
                renamed[delivered[0]] = canonical
                break
    return _without_clashes(rows, renamed, known)


def require_columns(
    rows: pd.DataFrame, role: str, file: str, delivered: Sequence[str], absent: Collection[str] = ()
) -> None:
    """Check that the columns which `role` needs are there.

    Args:
        rows: with canonical names.
        role: see `unify_columns`.
        file: name for messages.
        delivered: names of the columns before they were unified, for messages.
        absent: columns that need not be there.

    Raises:
        LandingError: some are missing; the message names them, what was found, and the nearest.
    """
    known = ROLES.get(role.split("/")[0])
    if known is None:
        return
    found = {*map(str, rows.columns), *absent}
    missing = [names for names in known.required if not found & set(names)]
    if not missing:
        return
    if role.split("/")[0] in _OF_PEOPLE and not known.columns.keys() & set(rows.columns):
        raise LandingError(
            f"{file}: none of its {len(delivered)} columns has a name that {role} know, such as "
            f"{quoted(names[0] for names in missing)}. Does the header line miss? Add it, or rename the columns."
        )
    unused = [name for name in delivered if name in rows.columns and name not in known.columns and is_name(name)]
    lines = []
    for names in missing:
        near = _nearest((*names, *(other for name in names for other in known.columns[name])), unused[:_MOST_COMPARED])
        hint = f" (is {near!r} meant?)" if near else ""
        lines.append(f"{' or '.join(map(repr, names))}{hint}")
    raise LandingError(
        f"{file}: missing column(s) of {role}: {', '.join(lines)}. Found: {quoted(delivered) or 'none'}. "
        "Add the column(s) to the export, or rename the one that is meant."
    )


def _nearest(names: Sequence[str], delivered: Sequence[str]) -> str | None:
    """The delivered name that is most like one of `names`, if any is like one."""
    likeness = {found: max(_likeness(name, found) for name in names) for found in delivered}
    best = max(likeness, key=lambda found: likeness[found], default=None)
    return best if best is not None and likeness[best] >= _LIKE else None


def _likeness(name: str, found: str) -> float:
    """0 to 1: how alike two names are, spelt alike or sharing a word that tells."""
    key, found_key = key_text(name), key_text(found)
    if len(key) > 2 and key in found_key:
        return 1.0
    alike = difflib.SequenceMatcher(None, key, found_key).ratio()
    shares = bool(_words(name) & _words(found) - _WORDS_OF_MANY_COLUMNS)
    return max(alike, _SHARED_WORD if shares else 0.0)


def _words(name: str) -> set[str]:
    """`BadgeNumber`, `badge_number` -> badge, number."""
    return {key_text(word) for word in _WORD.findall(name)}


def with_columns(rows: pd.DataFrame, role: str) -> pd.DataFrame:
    """`rows` with every canonical column of `role`, blank where it was not delivered, and a plain index."""
    rows = unify_columns(rows, role, role).reset_index(drop=True)
    missing = [name for name in ROLES[role].columns if name not in rows.columns]
    return rows.assign(**dict.fromkeys(missing, "")) if missing else rows


def _without_clashes(rows: pd.DataFrame, renamed: dict[str, str], known: Role) -> pd.DataFrame:
    """Rename; a column that bears a canonical name but another meaning steps aside."""
    taken = set(renamed.values())
    aside = {
        name: f"{name}_as_delivered" for name in map(str, rows.columns) if name in taken and renamed.get(name) != name
    }
    return rows.rename(columns={**aside, **renamed}) if known.columns else rows


def quoted(names: Iterable[str]) -> str:
    """Names of columns for a message: the first ones, and of what is no such name only that it is none.

    Where a header is missing, the cells of a row stand in its place, and those may be a person's.
    """
    texts = [repr(name) if is_name(name) else "(a value)" for name in map(str, names)]
    further = len(texts) - _MOST_SHOWN
    return ", ".join(texts[:_MOST_SHOWN]) + (f" and {further:,} more" if further > 0 else "")


def is_name(name: str) -> bool:
    """Whether a text may be the name of a column: short, no address, no telephone number."""
    return len(name) <= _LONGEST_NAME and "@" not in name and sum(map(str.isdigit, name)) < _FEWEST_DIGITS_OF_A_VALUE
