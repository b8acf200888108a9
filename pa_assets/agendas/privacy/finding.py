"""Who a person is, in every event, show and year: registrations by name and e-mail, their badges, links between them.

Equal name and e-mail are one person. Everybody else who may be the same (another name on the e-mail address or on the
badge, a link by likeness or by decision) is a candidate, for a person to accept: families share a mailbox.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pa_assets.agendas.core.people.registrations import clean_badges, identity_text
from pa_assets.agendas.core.people.suppression import (
    EMAIL,
    Known,
    badge_key,
    codes_of_rows,
    email_key,
    folded_email,
    kind_of,
    named,
    person_keys,
    shows_of,
)
from pa_assets.agendas.core.tables import REGISTRATIONS as REGISTRATIONS_TABLE
from pa_assets.agendas.core.tables import VISITORS
from pa_assets.agendas.core.text import each_value, joined, tidy_values
from pa_assets.agendas.privacy.places import REGISTRATIONS, Place, partitions
from pa_assets.agendas.privacy.rows import delivered_rows
from pa_assets.agendas.project import Project
from pa_assets.kit import fingerprint

PEOPLE_COLUMNS = (
    *("person", "forename", "surname", "email", "tel", "mobile"),
    *("badge_id", "badge", "code", "event", "person_id"),
)
"""`person` and `badge` are keys; `code` is the show code, `event` where the row stands."""
_PROBABLE = {"probable": "linked by likeness", "decided": "linked by a person's decision"}


_FEWEST_DIGITS, _FEWEST_CHARACTERS = 7, 5
"""Of a telephone or a badge that is looked for byte by byte."""


class NobodyFoundError(LookupError):
    """Nobody matches what was asked for; the message does not repeat it."""


@dataclass(frozen=True)
class Query:
    """Whom to look for: an e-mail address, or a badge of an event."""

    email: str = ""
    badge: str = ""
    event: str = ""
    show: str = ""
    """Show code of the badge; "" for any of the event, this year's first."""


@dataclass(frozen=True)
class Candidate:
    """One name and e-mail that is, or may be, the person."""

    key: str
    name: str
    email: str
    badges: tuple[str, ...]
    """Show code and badge of each registration."""
    why: str


@dataclass(frozen=True)
class Identity:
    """A person as known by keys, and the values that tell them apart from everybody else."""

    keys: dict[str, str]
    """Key -> kind."""
    distinctive: dict[str, tuple[str, ...]]
    """Kind of value -> texts that no other person has: e-mail, telephone, badge, person id."""
    names: tuple[tuple[str, str], ...]
    """Forename and surname, where nobody else bears both."""

    @property
    def known(self) -> Known:
        """Which of some keys are this person's."""
        return lambda keys: set(keys) & self.keys.keys()


def people_of(project: Project, places: Iterable[Place]) -> pd.DataFrame:
    """Everybody who is registered, as `PEOPLE_COLUMNS`: as delivered, and as in the tables and exports made earlier.

    Raises:
        LandingError: a registration file cannot be read; it has to be mended first.
    """
    parts = [_people(delivered_rows(place), place) for place in places if _names_people(place)]
    for partition, config, folder in partitions(project):
        path = folder.table(REGISTRATIONS_TABLE.name)
        if path.is_file():
            shows = shows_of(config.event)
            parts.append(_people_of_table(pd.read_parquet(path), shows, partition))
    return pd.concat([part for part in parts if not part.empty] or [_nobody()], ignore_index=True)


def _names_people(place: Place) -> bool:
    export = place.kind == "recommendations" and place.path.suffix == ".csv"
    return place.role == REGISTRATIONS or export


def _people(rows: pd.DataFrame, place: Place) -> pd.DataFrame:
    if rows.empty:
        return _nobody()
    return _people_of_table(rows.drop(columns="show", errors="ignore"), place.shows, place.event)


def _nobody() -> pd.DataFrame:
    return pd.DataFrame(columns=list(PEOPLE_COLUMNS), dtype=object)


def _people_of_table(rows: pd.DataFrame, shows: Any, event: str) -> pd.DataFrame:
    (people, *_) = [*named(rows), None]
    keys = None if people is None else person_keys(people)
    if people is None or keys is None or "badge_id" not in people:
        return _nobody()
    code = codes_of_rows(people, shows)
    only = shows.unnamed[0] if len(shows.unnamed) == 1 else ""
    code = code.mask(code == "", only)
    badge = clean_badges(people["badge_id"])
    by_name = {str(name).casefold(): name for name in rows.columns}
    empty = pd.Series("", index=rows.index, dtype=object)
    telephones = {name: tidy_values(rows[by_name[name]]) if name in by_name else empty for name in ("tel", "mobile")}
    compared = pd.DataFrame(
        {
            name: each_value(people[name], folded_email if name == "email" else identity_text)
            for name in ("forename", "surname", "email")
        }
    )
    table = pd.DataFrame(
        {
            "person": keys,
            **{name: tidy_values(people[name]) for name in ("forename", "surname", "email")},
            **telephones,
            "badge_id": badge,
            "badge": ("badge\x1f" + code + "\x1f" + badge).where((code != "") & (badge != ""), ""),
            "code": code,
            "event": event,
            "person_id": each_value(joined(compared, compared.columns), fingerprint.of_text),
        }
    )
    return table[list(PEOPLE_COLUMNS)]


def candidates(project: Project, people: pd.DataFrame, query: Query) -> list[Candidate]:
    """Those who are, or may be, the person asked for; the first is certainly meant if only one bears the e-mail.

    Raises:
        NobodyFoundError: nobody matches.
    """
    why = dict.fromkeys(_asked(project, people, query), "as asked")
    if not why:
        raise NobodyFoundError(
            "Nobody with that e-mail address or badge stands in any landing file, table or export of the events."
        )
    links = _links(project, people)
    open_ones = list(why)
    while open_ones:
        person = open_ones.pop(0)
        own = people[people["person"] == person]
        found: dict[str, str] = {}
        for column, told in (("email", "same e-mail, other name"), ("badge", "same badge, other name or e-mail")):
            same = people[people[column].isin(set(own[column]) - {""})]
            found |= {other: told for other in same["person"].unique() if other not in found}
        found |= {other: told for other, told in links.get(person, {}).items() if other not in found}
        for other, told in found.items():
            if other not in why:
                why[other] = told
                open_ones.append(other)
    return [_candidate(people[people["person"] == person], person, told) for person, told in why.items()]


def _asked(project: Project, people: pd.DataFrame, query: Query) -> list[str]:
    if query.email:
        email = folded_email(query.email)
        found = people.loc[people["email"].map(folded_email) == email] if email else people.head(0)
        return sorted(found["person"].unique())
    event = project.event(query.event).event
    orders = [[query.show.upper()]] if query.show else [event.shows_this_year, list(shows_of(event).unnamed)]
    for codes in orders:
        keys = {badge_key(code.strip(), query.badge.strip()) for code in codes}
        found = people.loc[people["badge"].isin(keys)]
        if not found.empty:
            return sorted(found["person"].unique())
    return []


def _links(project: Project, people: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Person -> others that the matching of people took for the same, and why."""
    by_badge = people[people["badge"] != ""].drop_duplicates(["badge", "person"])
    links: dict[str, dict[str, str]] = {}
    for _, config, folder in partitions(project):
        path = folder.table(VISITORS.name)
        if not path.is_file():
            continue
        columns = ["badge_id", "show_ref", "person_id", "identity_source", "identity_confidence"]
        table = pd.read_parquet(path, columns=columns)
        table = table[table["identity_source"] != "exact"].rename(columns={"person_id": "one"})
        shows = shows_of(config.event)
        if table.empty:
            continue
        table["badge"] = "badge\x1f" + codes_of_rows(table, shows) + "\x1f" + table["badge_id"]
        joined_rows = table.merge(by_badge[["badge", "person"]], on="badge")
        for _, group in joined_rows.groupby("one"):
            source, confidence = group["identity_source"].iloc[0], group["identity_confidence"].min()
            told = f"{_PROBABLE.get(source, 'linked')}, confidence {confidence:.2f}"
            members = sorted(group["person"].unique())
            for person in members:
                links.setdefault(person, {}).update({other: told for other in members if other != person})
    return links


def _candidate(own: pd.DataFrame, person: str, why: str) -> Candidate:
    first = own.iloc[0]
    pairs = zip(own["code"], own["badge_id"], strict=True)
    badges = sorted({f"{code} {badge}".strip() for code, badge in pairs if badge})
    return Candidate(person, f"{first['forename']} {first['surname']}".strip(), first["email"], tuple(badges), why)


def identity(people: pd.DataFrame, chosen: Collection[str]) -> Identity:
    """The person of some candidates; what somebody else has too does not count as theirs.

    Args:
        people: as `people_of` gives it.
        chosen: keys of the candidates that are the person.
    """
    own_rows = people["person"].isin(set(chosen))
    own, others = people[own_rows], people[~own_rows]
    emails = {email for email in own["email"].map(folded_email) if email} - set(others["email"].map(folded_email))
    badges = set(own["badge"]) - set(others["badge"]) - {""}
    keys = {key: kind_of(key) for key in [*chosen, *badges]} | {email_key(email): EMAIL for email in emails}
    badge_texts = {badge.rpartition("\x1f")[2] for badge in badges} - set(others["badge_id"])
    telephones = set(own["tel"]) | set(own["mobile"])
    shared = set(map(_digits, others["tel"])) | set(map(_digits, others["mobile"]))
    names = set(zip(own["forename"], own["surname"], strict=True))
    taken = set(map(_folded, zip(others["forename"], others["surname"], strict=True)))
    values = {
        "e-mail": {*emails, *(email for email in own["email"] if folded_email(email) in emails)},
        "telephone": {
            text for text in telephones if len(_digits(text)) >= _FEWEST_DIGITS and _digits(text) not in shared
        },
        "badge": set(filter(_tells, badge_texts)),
        "person id": set(own["person_id"]) - set(others["person_id"]),
    }
    return Identity(
        keys,
        {kind: tuple(sorted(texts - {""})) for kind, texts in values.items()},
        tuple(sorted(name for name in names if all(name) and _folded(name) not in taken)),
    )


def _tells(badge: str) -> bool:
    """Whether a badge is long enough not to stand somewhere by chance."""
    return len(badge) >= (_FEWEST_DIGITS if badge.isdigit() else _FEWEST_CHARACTERS)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _folded(name: tuple[str, str]) -> tuple[str, str]:
    return identity_text(name[0]), identity_text(name[1])
