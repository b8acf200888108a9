"""People whose registrations change between shows, with the truth of who is who: what identity is measured on.

Only names, contact and badges; interests and programmes are `people` and `programme`. All shares are assumptions,
chosen so that about 70 % of the pairs of registrations of one person agree in name and e-mail.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.core.tables import COHORTS, LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, PAST_COHORTS, THIS_YEAR
from pa_assets.agendas.core.text import fold_values, joined
from pa_assets.agendas.demo import names
from pa_assets.agendas.demo.chance import Integers, drawn, generator, picked, places
from pa_assets.agendas.demo.population_changes import PRIVATE_PROVIDERS, Pool, change, plain

CODES = {THIS_YEAR: "BVA2025", LAST_YEAR_MAIN: "BVA2024", LAST_YEAR_SECONDARY: "LVS2024"}

_DATES = {THIS_YEAR: "2025-03-01T09:00:00", **dict.fromkeys(PAST_COHORTS, "2024-03-01T09:00:00")}
_TAKES_PART = {
    (THIS_YEAR,): 0.32,
    (LAST_YEAR_MAIN,): 0.25,
    (LAST_YEAR_SECONDARY,): 0.14,
    (LAST_YEAR_MAIN, THIS_YEAR): 0.17,
    (LAST_YEAR_SECONDARY, THIS_YEAR): 0.06,
    (LAST_YEAR_MAIN, LAST_YEAR_SECONDARY): 0.03,
    (LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR): 0.03,
}
_CHANGED = {THIS_YEAR: 0.32, LAST_YEAR_SECONDARY: 0.1, LAST_YEAR_MAIN: 0.0}
"""Share of the registrations of each cohort that do not follow the person's usual name and e-mail."""

_FAMILY, _HOMONYMS, _SHARED_MAILBOX, _TWO_BADGES, _NO_IDENTITY = 0.02, 0.01, 0.04, 0.015, 0.01
_EMAIL_STYLES = {"{f}.{s}@{d}": 0.5, "{i}{s}@{d}": 0.15, "{f}@{d}": 0.13, "{f}{s}{n}@{p}": 0.17, "{s}{n}@{p}": 0.05}


_SURNAME_ENDINGS = (
    "ley",
    "ton",
    "wood",
    "field",
    "worth",
    "by",
    "ham",
    "ford",
    "croft",
    "well",
    "gate",
    "stone",
    "land",
    "burn",
    "bury",
    "side",
)


@dataclass(frozen=True)
class KnownPeople:
    """Registrations as delivered, and who each of them is."""

    rows: pd.DataFrame
    """Delivered rows of the role registrations, with `source_file` and `source_row`."""
    truth: pd.DataFrame
    """cohort, badge_id, person (number), change (kind of change or empty), nameless (its identity is blank)."""


def make(people: int, seed: int, codes: Mapping[str, str] = CODES) -> KnownPeople:
    """Draw people and their registrations in up to three cohorts.

    Two different people never have equal names and e-mail: nobody could tell them apart, so the second is
    left out.

    Args:
        people: persons; they make about 1.35 registrations each.
        seed: equal seed, equal people.
        codes: show code of each cohort.
    """
    persons = _persons(people, generator(seed, "population", "persons"))
    chance = generator(seed, "population", "registrations")
    registered = _registered(persons, chance)
    registered = _without_equal_people(registered)
    registered["badge_id"] = [f"T{number:07d}" for number in chance.permutation(len(registered))]
    registered["registration_date"] = registered["cohort"].map(_DATES)
    registered["show_ref"] = registered["cohort"].map(dict(codes))
    nameless = _blank_identity(registered, chance)
    registered = registered.assign(badge_type="Delegate", nameless=nameless, source="Web", source_file="people.json")
    registered = registered.iloc[chance.permutation(len(registered))].reset_index(drop=True)
    registered["source_row"] = np.arange(1, len(registered) + 1)
    truth = registered[["cohort", "badge_id", "person", "change", "nameless"]]
    hidden = ["cohort", "person", "change", "nameless", "domain"]
    return KnownPeople(registered.drop(columns=hidden), truth)


def _persons(count: int, chance: np.random.Generator) -> pd.DataFrame:
    companies = _companies(max(20, count // 5))
    forenames = dict.fromkeys(chance.permutation(np.array(names.FORENAMES)), 0.0)
    persons = pd.DataFrame(
        {
            "title": drawn(chance, {**names.TITLES, "": 0.15}, count),
            "forename": drawn(chance, _falling(forenames, 0.6), count),
            "surname": drawn(chance, _surnames(chance), count),
            "company": drawn(chance, _falling(companies, 0.7), count),
            "country": drawn(chance, {"United Kingdom": 0.85, "Ireland": 0.06, "France": 0.05, "Spain": 0.04}, count),
            "job_title": drawn(chance, _JOB_TITLES, count),
        }
    )
    persons["domain"] = persons["company"].map(companies)
    lines = dict(zip(companies, _numbers("020 7946", chance, len(companies)), strict=True))
    persons["tel"] = persons["company"].map(lines).mask(chance.random(count) < 0.45, "")
    persons["mobile"] = _numbers("07700 900", chance, count).mask(chance.random(count) < 0.3, "")
    _make_homonyms(persons, chance)
    relative, other = _make_families(persons, chance)
    persons["email"] = _emails(persons, chance)
    one_mailbox = chance.random(len(other)) < 0.4
    persons.loc[relative[one_mailbox], "email"] = persons.loc[other[one_mailbox], "email"].to_numpy()
    practice = places(chance, _SHARED_MAILBOX, count)
    persons.loc[practice, "email"] = "info@" + persons.loc[practice, "domain"]
    return persons


_JOB_TITLES = {
    "Veterinary Surgeon": 0.4,
    "Veterinary Nurse": 0.25,
    "Practice Manager": 0.12,
    "Practice Owner": 0.1,
    "Receptionist": 0.05,
    "": 0.08,
}


def _companies(count: int) -> dict[str, str]:
    """Companies and the domains of their e-mail addresses."""
    words = names.PLACE_WORDS
    made: dict[str, str] = {}
    for number in range(count):
        first, second = words[number % len(words)], words[(number // len(words)) % len(words)]
        tail = number // len(words) ** 2
        name = f"{first} {second} Vets{f' {tail + 1}' if tail else ''}"
        made[name] = f"{name.lower().replace(' ', '')}.example.com"
    return made


def _surnames(chance: np.random.Generator) -> dict[str, float]:
    """Known surnames, some of them common, and a long tail of rare ones."""
    common = _falling(dict.fromkeys(chance.permutation(np.array(names.SURNAMES))), 0.6)
    tail = [word + ending for word in names.PLACE_WORDS for ending in _SURNAME_ENDINGS]
    rare = _falling(dict.fromkeys(chance.permutation(np.array(tail))), 0.4)
    return {**{name: 0.45 * part for name, part in common.items()}, **{name: 0.55 * p for name, p in rare.items()}}


def _falling(options: Mapping[str, object], steepness: float) -> dict[str, float]:
    """Frequencies that fall with the rank: `1 / (rank + 5) ** steepness`, of sum 1."""
    weights = 1 / (np.arange(len(options)) + 5.0) ** steepness
    return dict(zip(options, (weights / weights.sum()).tolist(), strict=True))


def _numbers(prefix: str, chance: np.random.Generator, count: int) -> pd.Series:
    """Telephone numbers that begin as those kept for fiction do and are too long to be anybody's."""
    return prefix + " " + pd.Series(chance.integers(0, 10_000_000, size=count)).astype(str).str.zfill(7)


def _make_homonyms(persons: pd.DataFrame, chance: np.random.Generator) -> None:
    """Give some persons the names of another."""
    namesakes = places(chance, _HOMONYMS, len(persons))
    others = chance.integers(len(persons), size=len(namesakes))
    for column in ("forename", "surname"):
        persons.loc[namesakes, column] = persons.loc[others, column].to_numpy()


def _make_families(persons: pd.DataFrame, chance: np.random.Generator) -> tuple[Integers, Integers]:
    """Make some persons relatives who work together; returns them and whose relatives they are."""
    drawn_people = chance.permutation(len(persons))
    pairs = round(_FAMILY / 2 * len(persons))
    relative, other = drawn_people[:pairs], drawn_people[pairs : 2 * pairs]
    unlike = persons.loc[relative, "forename"].to_numpy() != persons.loc[other, "forename"].to_numpy()
    relative, other = relative[unlike], other[unlike]
    for column in ("surname", "company", "domain", "tel", "country"):
        persons.loc[relative, column] = persons.loc[other, column].to_numpy()
    one_number = chance.random(len(other)) < 0.15
    persons.loc[relative[one_number], "mobile"] = persons.loc[other[one_number], "mobile"].to_numpy()
    return relative, other


def _emails(persons: pd.DataFrame, chance: np.random.Generator) -> pd.Series:
    """An address for each person, none twice."""
    styles = drawn(chance, _EMAIL_STYLES, len(persons))
    providers = drawn(chance, PRIVATE_PROVIDERS, len(persons))
    numbers = chance.integers(1, 99, size=len(persons))
    made = [
        style.format(f=plain(forename), i=plain(forename)[:1], s=plain(surname), d=domain, p=provider, n=number)
        for style, forename, surname, domain, provider, number in zip(
            styles, persons["forename"], persons["surname"], persons["domain"], providers, numbers, strict=True
        )
    ]
    emails = pd.Series(made, index=persons.index, dtype=object)
    earlier = emails.groupby(emails).cumcount()
    local, domain = emails.str.split("@", n=1).str[0], emails.str.split("@", n=1).str[1]
    return local + (earlier + 1).astype(str).where(earlier.gt(0), "") + "@" + domain


def _registered(persons: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    patterns = list(_TAKES_PART)
    pattern = chance.choice(len(patterns), len(persons), p=list(_TAKES_PART.values()))
    member = {cohort: np.array([cohort in taken for taken in patterns]) for cohort in COHORTS}
    parts = []
    for cohort in COHORTS:
        people = np.flatnonzero(member[cohort][pattern])
        again = people[places(chance, _TWO_BADGES, len(people))]
        held = persons.iloc[np.concatenate([people, again])].assign(
            person=np.concatenate([people, again]), cohort=cohort, change=""
        )
        held = held.reset_index(drop=True)
        # A second badge of one show is as often as not in another name or from another address.
        part = np.where(np.arange(len(held)) < len(people), _CHANGED[cohort], 0.5)
        changed = np.flatnonzero(chance.random(len(held)) < part)
        parts.append(_typed(change(held, changed, Pool(persons, chance)), chance))
    return pd.concat(parts, ignore_index=True)


def _blank(_: str) -> str:
    return ""


def _typed(held: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """What differs between any two registrations: case, spaces, Unicode form, what is left blank."""
    count = len(held)
    forms: tuple[tuple[str, float, Callable[[str], str]], ...] = (
        ("forename", 0.04, lambda text: f" {text} "),
        ("surname", 0.06, str.upper),
        ("email", 0.04, str.upper),
        ("forename", 0.1, lambda text: unicodedata.normalize("NFD", text)),
        ("surname", 0.1, lambda text: unicodedata.normalize("NFD", text)),
        ("company", 0.06, lambda text: f"{text} Ltd"),
        ("company", 0.05, str.upper),
        ("company", 0.03, lambda text: text.replace(" Vets", " Veterinary Centre")),
        ("company", 0.04, _blank),
        ("mobile", 0.08, _blank),
        ("mobile", 0.2, lambda text: text.replace("07700", "+44 7700")),
        ("tel", 0.15, _blank),
        ("title", 0.1, _blank),
    )
    for column, part, form in forms:
        rows = places(chance, part, count)
        held.loc[rows, column] = held.loc[rows, column].map(form)
    rows = places(chance, 0.05, count)
    held.loc[rows, "mobile"] = _numbers("07700 900", chance, len(rows)).to_numpy()
    rows = places(chance, 0.12, count)
    held.loc[rows, "job_title"] = drawn(chance, _JOB_TITLES, len(rows))
    return held


def _without_equal_people(registered: pd.DataFrame) -> pd.DataFrame:
    key = joined(registered.apply(fold_values), ["forename", "surname", "email"])
    first = registered["person"].groupby(key).transform("first")
    return registered[registered["person"] == first].reset_index(drop=True)


def _blank_identity(registered: pd.DataFrame, chance: np.random.Generator) -> pd.Series:
    """Blank the name or e-mail of some registrations as exports do; returns which."""
    rows = places(chance, _NO_IDENTITY, len(registered))
    columns = picked(chance, ("forename", "surname", "email"), len(rows))
    nothing = picked(chance, ("", "None", "nan", "null"), len(rows))
    for column in ("forename", "surname", "email"):
        registered.loc[rows[columns == column], column] = nothing[columns == column]
    return pd.Series(registered.index.isin(rows), index=registered.index)
