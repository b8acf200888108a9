"""Which rows are a person's: by badge and show, by e-mail, by name and e-mail, as comparable texts ("keys").

The same rule finds a person, takes the person out of files, and drops the rows of a later delivery. Only the question
whether a key is one of the person's differs: `known` looks into a set of keys, or into a list of keyed hashes. Which
files there are, and how they are rewritten, is the package `privacy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.landing_columns import ROLES
from pa_assets.agendas.core.people.registrations import clean_badge, clean_email, identity_text
from pa_assets.agendas.core.people.shows import resolve_shows, show_cohorts
from pa_assets.agendas.core.text import SEPARATOR, each_value, joined, key_text, tidy

Known = Callable[[Iterable[str]], set[str]]
"""Those of some keys that are the person's (or of one of the people suppressed)."""

BADGE, EMAIL, PERSON = "badge", "email", "person"
"""Kinds of keys."""

_PEOPLE = ("badge_id", "show_ref", "forename", "surname", "email", "source", "metadata_file")
_ALIASES = {
    key_text(name): canonical
    for canonical in _PEOPLE
    for role in ("registrations", "demographics", "scans", "entry_scans")
    for name in (canonical, *ROLES[role].columns.get(canonical, ()))
} | {"visitorid": "badge_id", "cohort": "cohort", "sourcefile": "source_file", "show": "show_tag"}
_OTHER = "other"
"""Begins the names of columns on a second person, as in the list of pairs to review."""
_LISTS = ("badgeslastyear", "badgeidlastyear")
"""How columns with badges of the person's own past begin."""


@dataclass(frozen=True)
class Shows:
    """Which show codes the rows of a file may be of."""

    event: Event
    by_cohort: dict[str, tuple[str, ...]]
    """Codes of each cohort, for rows that name their cohort alone."""
    unnamed: tuple[str, ...]
    """Codes that a row may be of that names neither show nor cohort."""
    named_in: tuple[str, ...] = ()
    """Columns that may name a show code, beside its own."""


def shows_of(event: Event, cohort: str = "", *, invited: bool = False, named_in: Sequence[str] = ()) -> Shows:
    """The shows of an event's files.

    Args:
        event: show codes.
        cohort: of all rows that do not name theirs; "" for any.
        invited: the mode invites last year's people, who are people of this year under their old badges.
        named_in: columns that may name a show code, beside its own.
    """
    codes = tuple(show_cohorts(event))
    by_cohort = {
        name: tuple(code for code, of in show_cohorts(event).items() if of == name)
        for name in ("this_year", "last_year_main", "last_year_secondary")
    }
    if invited:
        by_cohort["this_year"] = codes
    return Shows(event, by_cohort, by_cohort.get(cohort, codes), tuple(named_in))


def badge_key(code: str, badge: str) -> str:
    """Key of a badge at a show."""
    return f"{BADGE}\x1f{code.upper()}\x1f{badge}"


def email_key(email: str) -> str:
    """Key of an e-mail address as it is compared."""
    return f"{EMAIL}\x1f{email}"


def folded_email(text: str) -> str:
    """An e-mail address as it is compared."""
    return identity_text(clean_email(text))


def person_key(forename: str, surname: str, email: str) -> str:
    """Key of name and e-mail as they are compared."""
    return f"{PERSON}\x1f{forename}\x1f{surname}\x1f{email}"


def kind_of(key: str) -> str:
    """Kind of a key."""
    return key.partition("\x1f")[0]


@lru_cache(maxsize=10_000)
def _canonical(name: str) -> tuple[bool, str]:
    """Whether a column is on a second person, and its canonical name; "" for a column on no person."""
    key = key_text(name)
    second = key.startswith(_OTHER)
    return second, _ALIASES.get(key.removeprefix(_OTHER) if second else key, "")


def named(rows: pd.DataFrame, *, spreadsheet: bool = False) -> list[pd.DataFrame]:
    """The columns on people under canonical names: a table for the person of the row, one for a second person.

    Args:
        rows: under any names of columns that deliveries, tables or exports have; values are texts.
        spreadsheet: the cells were made safe for spreadsheets, which puts an apostrophe before some.
    """
    sides: tuple[dict[str, pd.Series[Any]], dict[str, pd.Series[Any]]] = ({}, {})
    for place, name in enumerate(map(str, rows.columns)):
        second, canonical = _canonical(name)
        if canonical and canonical not in sides[second]:
            values = rows.iloc[:, place].astype(object)
            sides[second][canonical] = each_value(values, _uncovered) if spreadsheet else values
    return [pd.DataFrame(side, index=rows.index) for side in sides if "badge_id" in side or "email" in side]


def is_own_record(record: Mapping[str, Any], shows: Shows, known: Known) -> bool:
    """Whether a single record, under any names of columns, is the person's: the rule of `own_rows`."""
    sides: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for name, value in record.items():
        second, canonical = _canonical(name)
        if canonical and isinstance(value, str):
            sides[second].setdefault(canonical, value)
    return any(bool(known(_keys_of(side, shows))) for side in sides if "badge_id" in side or "email" in side)


def _keys_of(side: dict[str, str], shows: Shows) -> list[str]:
    code = tidy(side.get("show_ref", "")).upper()
    codes = (code,) if code else shows.by_cohort.get(side.get("cohort", ""), shows.unnamed)
    keys = badge_keys(codes, side.get("badge_id", ""))
    if email := folded_email(side.get("email", "")):
        forename, surname = (identity_text(side.get(name, "")) for name in ("forename", "surname"))
        keys += [email_key(email), person_key(forename, surname, email)]
    return keys


def _uncovered(text: str) -> str:
    return text[1:] if text.startswith("'") else text


def own_rows(people: pd.DataFrame, shows: Shows, known: Known) -> npt.NDArray[np.bool_]:
    """Whether each row is the person's.

    Args:
        people: a table of `named`.
        shows: which shows the rows may be of.
        known: which keys are the person's.
    """
    own = np.zeros(len(people), dtype=bool)
    if people.empty:
        return own
    if "badge_id" in people:
        for codes, where in _by_codes(people, shows):
            badges = people["badge_id"].astype(object).to_numpy()[where]
            own[where] |= _known_texts(badges, partial(badge_keys, codes), known)
    if "email" in people:
        own |= _known_texts(people["email"].to_numpy(), lambda text: [email_key(folded_email(text))], known)
        keys = person_keys(people)
        if keys is not None:
            own |= keys.isin(known(keys)).to_numpy()
    return own


def badge_keys(codes: Sequence[str], text: str) -> list[str]:
    """Keys of a badge at each show that it may be of; none for a blank one."""
    badge = clean_badge(text)
    return [badge_key(code, badge) for code in codes] if badge else []


def _known_texts(values: npt.NDArray[Any], keys: Callable[[str], list[str]], known: Known) -> npt.NDArray[np.bool_]:
    """Whether one of the keys of each text is known; each distinct text is worked out once."""
    places, distinct = pd.factorize(values)
    by_text = [keys(str(text)) for text in distinct]
    found = known(key for several in by_text for key in several if key.rpartition("\x1f")[2])
    hit = np.array([bool(found.intersection(several)) for several in by_text] + [False], dtype=bool)
    return hit[places]


def person_keys(people: pd.DataFrame) -> pd.Series[Any] | None:
    """Key of name and e-mail of each row; None where a column is missing."""
    names = ("forename", "surname", "email")
    if not set(names) <= set(people.columns):
        return None
    parts = {name: each_value(people[name], folded_email if name == "email" else identity_text) for name in names}
    return PERSON + "\x1f" + joined(pd.DataFrame(parts), names)


def codes_of_rows(people: pd.DataFrame, shows: Shows) -> pd.Series[Any]:
    """The show code that each row names, upper case, `""` for none."""
    named_in = [name for name in shows.named_in if name in people]
    rows = people if "show_ref" in people else people.assign(show_ref="")
    code: pd.Series[Any] = resolve_shows(rows, shows.event, named_in)["code"]
    return code


def badges_of(rows: pd.DataFrame, shows: Shows) -> set[str]:
    """Keys of the badges of some rows, each at every show that it may be of."""
    found: set[str] = set()
    for people in named(rows):
        if "badge_id" in people:
            for codes, places in _by_codes(people, shows):
                for text in set(people["badge_id"].to_numpy()[places]):
                    found.update(badge_keys(codes, str(text)))
    return found


def _by_codes(people: pd.DataFrame, shows: Shows) -> list[tuple[tuple[str, ...], npt.NDArray[np.int64]]]:
    """Positions of the rows, by the show codes that they may be of."""
    cohort = people["cohort"].astype(object).fillna("") if "cohort" in people else _blank(people)
    named_shows = people if "cohort" not in people else people.reindex(columns=["show_ref"], fill_value="")
    code = codes_of_rows(named_shows, shows)
    return [
        ((named_code,) if named_code else shows.by_cohort.get(named_cohort, shows.unnamed), places)
        for (named_code, named_cohort), places in _positions(code, cohort).items()
    ]


def _blank(people: pd.DataFrame) -> pd.Series[Any]:
    return pd.Series("", index=people.index, dtype=object)


def _positions(code: pd.Series[Any], cohort: pd.Series[Any]) -> dict[tuple[str, str], npt.NDArray[np.int64]]:
    pairs = pd.DataFrame({"code": code.to_numpy(), "cohort": cohort.to_numpy()})
    found = cast("dict[tuple[str, str], npt.NDArray[np.int64]]", pairs.groupby(["code", "cohort"]).indices)
    return {pair: np.asarray(places) for pair, places in sorted(found.items())}


def without_badges(cell: Any, codes: Sequence[str], known: Known) -> Any:
    """A cell with badges of last year, as a list or as one text, without those that are known; else the cell itself."""
    items = [tidy(item) for item in cell.split(SEPARATOR.strip())] if isinstance(cell, str) else list(cell)
    kept = [item for item in items if not known(badge_keys(codes, str(item)))]
    if len(kept) == len(items):
        return cell
    return SEPARATOR.join(kept) if isinstance(cell, str) else kept


def badge_list_columns(names: Iterable[str]) -> list[str]:
    """The columns that hold badges of a person's past."""
    return [name for name in names if key_text(name).startswith(_LISTS)]


def names_badge_in_list(rows: pd.DataFrame, shows: Shows, known: Known) -> npt.NDArray[np.bool_]:
    """Whether a list of past badges in each row holds one that is known."""
    past = (*shows.by_cohort["last_year_main"], *shows.by_cohort["last_year_secondary"])
    found = np.zeros(len(rows), dtype=bool)
    for name in badge_list_columns(map(str, rows.columns)):
        lists = rows[name].map(lambda cell: SEPARATOR.join(cell) if not isinstance(cell, str) else cell)
        found |= _known_texts(
            lists.to_numpy(),
            lambda text: [key for item in text.split(SEPARATOR.strip()) for key in badge_keys(past, item)],
            known,
        )
    return found
