"""People of a show: who they are, what they care for in secret, and how they registered in each year.

Everything is drawn in bulk. Interests follow from the answers that a person would give, so that people who
answer alike care for like streams. Wrong and doubtful rows are added by `dirt`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, PAST_COHORTS, THIS_YEAR
from pa_assets.agendas.demo import names
from pa_assets.agendas.demo.chance import Integers, Numbers, drawn, generator, picked, places, share
from pa_assets.agendas.demo.profiles import ShowProfile

SECONDARY_SIZE = 0.8
"""Visitors of last year's paired show per visitor of this year."""
STRENGTHS = (1.0, 0.75, 0.55)
"""Strength of a person's first, second and third interest."""
_RETURNING_SPLIT = {LAST_YEAR_MAIN: 0.67, LAST_YEAR_SECONDARY: 0.38}
_VARIANTS = 0.08
_TWO_BADGES = 0.01
_UNANSWERED = 0.07


@dataclass(frozen=True)
class Population:
    """All persons of a show and their registrations in every cohort."""

    persons: pd.DataFrame
    """One row per person: names, contact, company, job title, country, and `answer_<n>` lists per question."""
    interests: Numbers
    """persons x streams: 0 or the strength of the hidden interest."""
    registrations: pd.DataFrame
    """cohort, person, badge_id, show_ref, badge_type, registration_date, source, and the names as typed that year."""
    practices: pd.DataFrame
    """Company Name, Main Type of Veterinary Practice; empty where the show has no such table."""

    def of(self, cohort: str) -> pd.DataFrame:
        """Registrations of one cohort."""
        return self.registrations[self.registrations["cohort"].eq(cohort)].reset_index(drop=True)


def make(profile: ShowProfile, streams: Sequence[str], *, visitors: int, seed: int) -> Population:
    """The people of a show.

    Args:
        profile: the show.
        streams: streams of its programmes: what people can be interested in.
        visitors: registrations of this year.
        seed: equal seed, equal people.
    """
    members = _members(profile, visitors)
    count = 1 + max(int(people.max()) for people in members.values())
    persons, practices = _persons(profile, count, seed)
    interests = _interests(profile, persons, streams, generator(seed, profile.event, "interests"))
    cohorts = [_registered(profile, cohort, people, persons, seed) for cohort, people in members.items()]
    return Population(persons, interests, pd.concat(cohorts, ignore_index=True), practices)


def _members(profile: ShowProfile, visitors: int) -> dict[str, Integers]:
    """Persons of each cohort: this year's are numbered first, the first of them were there before."""
    members: dict[str, Integers] = {THIS_YEAR: np.arange(visitors)}
    past = [cohort for cohort in PAST_COHORTS if cohort in profile.cohorts]
    returning = round(profile.returning * visitors)
    next_person = visitors
    for cohort in past:
        size = visitors if cohort == LAST_YEAR_MAIN else round(SECONDARY_SIZE * visitors)
        split = round(_RETURNING_SPLIT[cohort] * returning) if len(past) > 1 else returning
        back = np.arange(split) if cohort == LAST_YEAR_MAIN else np.arange(returning - split, returning)
        fresh = np.arange(next_person, next_person + max(size - split, 0))
        next_person += len(fresh)
        members[cohort] = np.concatenate([back, fresh])
    return members


def _persons(profile: ShowProfile, count: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    chance = generator(seed, profile.event, "persons")
    companies = _companies(profile, max(40, count // 6))
    company = chance.integers(len(companies), size=count)
    persons = pd.DataFrame(
        {
            "title": drawn(chance, names.TITLES, count),
            "forename": picked(chance, names.FORENAMES, count),
            "surname": picked(chance, names.SURNAMES, count),
            "company": companies[company],
            "country": drawn(chance, profile.countries, count),
            "tel": _numbers("020 7946 0", chance, count),
            "mobile": _numbers("07700 900", chance, count),
        }
    )
    persons["email"] = _emails(persons)
    types = _answers(profile, persons, company, len(companies), chance)
    role = persons[f"answer_{profile.role_question}"].str[0]
    persons["job_title"] = _job_titles(profile, role, chance)
    if types is None:
        return persons, pd.DataFrame({"Company Name": [], "Main Type of Veterinary Practice": []})
    listed = places(chance, 0.6, len(companies))
    practices = pd.DataFrame({"Company Name": companies[listed], "Main Type of Veterinary Practice": types[listed]})
    return persons, practices


def _companies(profile: ShowProfile, count: int) -> npt.NDArray[np.object_]:
    words, endings = names.PLACE_WORDS, profile.company_endings
    made: list[str] = []
    for number in range(count):
        first, second = words[number % len(words)], words[(number // len(words)) % len(words)]
        tail = number // len(words) ** 2
        middle = f" {second}" if number >= len(words) else ""
        made.append(f"{first}{middle} {endings[number % len(endings)]}{f' {tail + 1}' if tail else ''}")
    return np.array(made, dtype=object)


def _numbers(prefix: str, chance: np.random.Generator, count: int) -> pd.Series:
    """Telephone numbers of the blocks that are kept for fiction."""
    return prefix + pd.Series(chance.integers(0, 1000, size=count)).astype(str).str.zfill(3)


def _emails(persons: pd.DataFrame) -> pd.Series:
    local = (persons["forename"] + "." + persons["surname"].str.replace("'", "", regex=False)).str.lower()
    domain = persons["company"].str.lower().str.replace(r"[^a-z0-9]+", "", regex=True)
    earlier = persons.assign(local=local, domain=domain).groupby(["local", "domain"]).cumcount()
    suffix = earlier.astype(str).where(earlier.gt(0), "")
    return local + suffix + "@" + domain + ".example.com"


def _answers(
    profile: ShowProfile, persons: pd.DataFrame, company: Integers, companies: int, chance: np.random.Generator
) -> npt.NDArray[np.object_] | None:
    """Add `answer_<n>` (lists) to `persons`; returns the type of practice of each company where there is one."""
    count, types = len(persons), None
    for number, question in enumerate(profile.questions):
        first = drawn(chance, question.answers, count)
        if number == profile.practice_question:
            types = drawn(chance, question.answers, companies)
            first = types[company]
        second = drawn(chance, question.answers, count)
        doubled = share(chance, 0.3, count) & (second != first) if question.multiple else np.zeros(count, dtype=bool)
        lists = [[one, two] if both else [one] for one, two, both in zip(first, second, doubled, strict=True)]
        persons[f"answer_{number}"] = pd.Series(lists, index=persons.index, dtype=object)
    return types


def _job_titles(profile: ShowProfile, roles: pd.Series, chance: np.random.Generator) -> pd.Series:
    typed = pd.Series("", index=roles.index, dtype=object)
    for role in roles.unique():
        held = roles.eq(role)
        typed[held] = picked(chance, profile.job_titles.get(role, (role,)), int(held.sum()))
    return typed


def _interests(
    profile: ShowProfile, persons: pd.DataFrame, streams: Sequence[str], chance: np.random.Generator
) -> Numbers:
    """Draw one to three streams per person, weighted by the answers (Gumbel top-k, without replacement)."""
    position = {stream: index for index, stream in enumerate(streams)}
    logits = np.tile(chance.normal(0, 0.4, len(streams)), (len(persons), 1))
    for number, question in enumerate(profile.questions):
        given = persons[f"answer_{number}"].explode()
        for answer, liked in question.streams.items():
            columns = [position[stream] for stream in liked if stream in position]
            people = given.index[given.eq(answer)].to_numpy()
            logits[people[:, None], columns] += question.pull
    order = np.argsort(-(logits + chance.gumbel(size=logits.shape)), axis=1, kind="stable")
    wanted = chance.choice([1, 2, 3], len(persons), p=[0.35, 0.45, 0.2])
    interests = np.zeros_like(logits)
    for rank, strength in enumerate(STRENGTHS[: len(streams)]):
        people = np.flatnonzero(wanted > rank)
        interests[people, order[people, rank]] = strength
    return interests


def _registered(profile: ShowProfile, cohort: str, people: Integers, persons: pd.DataFrame, seed: int) -> pd.DataFrame:
    chance = generator(seed, profile.event, cohort, "registrations")
    if cohort != THIS_YEAR:
        people = np.concatenate([people, people[places(chance, _TWO_BADGES, len(people))]])
    people = chance.permutation(people)
    count = len(people)
    codes = picked(chance, profile.codes[cohort], count)
    days = np.minimum(chance.exponential(35, count), 200)
    moments = pd.Timestamp(profile.first_days[cohort]) - pd.to_timedelta((days * 86_400).astype(int), unit="s")
    held = persons.iloc[people][
        ["title", "forename", "surname", "email", "tel", "mobile", "company", "job_title", "country"]
    ]
    held = held.reset_index(drop=True)
    if cohort != THIS_YEAR:
        held = _typed_otherwise(held, chance)
    return held.assign(
        cohort=cohort,
        person=people,
        badge_id=badges(codes, np.arange(count)),
        show_ref=codes,
        badge_type=drawn(chance, profile.badge_types, count),
        registration_date=moments.strftime("%Y-%m-%dT%H:%M:%S"),
        source=pd.Series(codes, dtype=object) + picked(chance, ("_Email", "_Web", "_Com", "_Social"), count),
    )


def _typed_otherwise(held: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """Some names of last year differ in case and spaces from this year's."""
    held = held.copy()
    changes: Mapping[str, tuple[str, ...]] = {
        "forename": ("{} ", "  {}"),
        "surname": ("UPPER", " {}"),
        "email": ("UPPER",),
    }
    for column, forms in changes.items():
        for form in forms:
            rows = places(chance, _VARIANTS / len(forms), len(held))
            values = held.loc[rows, column]
            held.loc[rows, column] = values.str.upper() if form == "UPPER" else values.map(form.format)
    return held


def badges(codes: Sequence[str] | npt.NDArray[np.object_], numbers: Integers) -> pd.Series:
    """Badge identifiers such as `LVS25A00017`: letters and two-digit year of the code, block, number."""
    prefix = {code: _prefix(code) for code in set(codes)}
    block = pd.Series(np.array(list("ABCDEFGHJKLMNPQRSTUVWXYZ"), dtype=object)[(numbers // 100_000) % 24])
    return pd.Series(codes, dtype=object).map(prefix) + block + pd.Series(numbers % 100_000).astype(str).str.zfill(5)


def _prefix(code: str) -> str:
    return "".join(re.findall(r"[A-Z]+", code)) + code[-2:]


def answers(profile: ShowProfile, population: Population, seed: int) -> pd.DataFrame:
    """Survey answers as given: cohort, badge_id, show_ref, source, question (text), choices (list of answers).

    Not everybody answers, and those who do skip some questions.
    """
    parts: list[pd.DataFrame] = []
    for cohort in profile.cohorts:
        chance = generator(seed, profile.event, cohort, "answers")
        registered = population.of(cohort)
        registered = registered[share(chance, profile.answering, len(registered))]
        for number, question in enumerate(profile.questions):
            if not question.asked(cohort):
                continue
            those = registered[chance.random(len(registered)) >= _UNANSWERED]
            choices = population.persons[f"answer_{number}"].iloc[those["person"].to_numpy()].to_numpy()
            part = those[["cohort", "badge_id", "show_ref", "source"]].assign(
                question=question.asked(cohort), choices=choices, number=number
            )
            parts.append(part)
    return pd.concat(parts, ignore_index=True)
