"""Pairs -> groups: which people are one, from likely pairs and from what a person decided.

How likely a pair is comes from `linkage_model`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets.agendas.core.people.registrations import clean_badges
from pa_assets.agendas.core.tables import COHORTS
from pa_assets.agendas.core.text import each_value, key_text, tidy_values

SURE = 0.99
"""From this confidence on, two people who both have a badge at one show may be one."""

PAIR = ("person_id", "other_person_id")
_YES = ("yes", "y", "true", "1", "same", "ja", "si", "oui")
_NO = ("no", "n", "false", "0", "different", "nein", "non")
_SAME = {**dict.fromkeys(_YES, "yes"), **dict.fromkeys(_NO, "no")}


@dataclass(frozen=True)
class Decisions:
    """What a person decided of pairs of people."""

    table: pd.DataFrame
    """person_id, other_person_id (the greater one), same (`yes` or `no`): one row per pair, sorted."""
    notes: dict[str, int]
    """Decisions that could not be followed, counted."""


@dataclass
class _Groups:
    """Groups of people as they grow; each is named by the smallest of its people."""

    cohorts: dict[str, frozenset[str]]
    """Where each person has badges; of a group, under its name."""
    apart: set[tuple[str, str]]
    """Pairs that a person decided to be two."""
    name: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    joined_by: dict[str, tuple[float, str]] = field(default_factory=dict)
    """Confidence and source of the weakest link between each person and the name of the group."""

    def of(self, person: str) -> str:
        """Name of the person's group."""
        return self.name.get(person, person)

    def join(self, one: str, other: str, confidence: float, source: str) -> str:
        """Join the groups of two people unless something speaks against it; returns what does."""
        first, second = sorted((self.of(one), self.of(other)))
        if first == second:
            return ""
        stay, move = (self.members.get(name, [name]) for name in (first, second))
        if self.apart and any((min(a, b), max(a, b)) in self.apart for a in stay for b in move):
            return "decided otherwise"
        if source != "decided" and confidence < SURE and self.cohorts[first] & self.cohorts[second]:
            return "two badges at one show"
        self.cohorts[first] |= self.cohorts[second]
        self.members[first] = stay + move
        # Links come by falling confidence: the one that joins two groups is the weakest between them.
        for person in move:
            self.name[person] = first
            self.joined_by[person] = (confidence, source)
        return ""


def read_decisions(rows: pd.DataFrame | None, registrations: pd.DataFrame) -> Decisions:
    """Understand the decisions that landed.

    Rows whose `same` is empty are no decisions: a reviewer need not decide all pairs. Rows that name an unknown
    badge, say neither yes nor no, or contradict each other are counted in the notes and do nothing.

    Args:
        rows: as `read_rows(..., "identity_decisions")` gives them: the columns of the review list, of which
            badge_id, cohort, other_badge_id, other_cohort and same count; or None.
        registrations: table `REGISTRATIONS`.

    Raises:
        LandingError: one of these columns is missing.
    """
    needed = ["badge_id", "cohort", "other_badge_id", "other_cohort", "same"]
    if rows is None or rows.empty:
        return Decisions(pd.DataFrame(columns=[*PAIR, "same"], dtype=object), {})
    if missing := [name for name in needed if name not in rows.columns]:
        files = ", ".join(sorted(set(rows.get("source_file", pd.Series(dtype=object))))) or "identity_decisions"
        raise LandingError(
            f"{files}: missing column(s) {', '.join(map(repr, missing))}. "
            "Copy output/identity_review.csv and fill the column 'same' with yes or no."
        )
    given = pd.DataFrame({name: tidy_values(rows[name]) for name in needed})
    given = given[given["same"] != ""]
    same = each_value(given["same"], lambda text: _SAME.get(key_text(text), ""))
    person_of = registrations.set_index(["cohort", "badge_id"])["person_id"]
    one = _people(person_of, given["cohort"], given["badge_id"])
    other = _people(person_of, given["other_cohort"], given["other_badge_id"])
    known = one.notna() & other.notna()
    table = pd.DataFrame({"one": one, "other": other, "same": same})[known & (same != "")].astype(object)
    equal = table["one"] == table["other"]
    pairs = _ordered(table[~equal]).drop_duplicates()
    both = pairs.duplicated(list(PAIR), keep=False)
    notes = {
        "decisions on unknown badges": int((~known).sum()),
        "decisions that say neither yes nor no": int((same == "").sum()),
        "decisions of no on equal name and e-mail": int((equal & (table["same"] == "no")).sum()),
        "decisions of both yes and no": int(both.sum()) // 2,
    }
    return Decisions(pairs[~both].sort_values(list(PAIR), ignore_index=True), notes)


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    one, other = table["one"], table["other"]
    ordered = {"person_id": one.where(one < other, other), "other_person_id": other.where(one < other, one)}
    return pd.DataFrame({**ordered, "same": table["same"]})


def _people(person_of: pd.Series[Any], cohort: pd.Series[Any], badge: pd.Series[Any]) -> pd.Series[Any]:
    cohort = each_value(cohort, lambda text: text.lower() if text.lower() in COHORTS else "")
    index = pd.MultiIndex.from_arrays([cohort, clean_badges(badge)])
    return pd.Series(person_of.reindex(index).to_numpy(), index=cohort.index, dtype=object)


def group(
    pairs: pd.DataFrame, decisions: Decisions, registrations: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Join people by decided pairs first, then by likely pairs, the likeliest first.

    Two groups stay apart where a person decided so of any two of their people, and where both have a badge at
    one show, unless the pair that would join them is decided or as good as sure (`SURE`): two people with like
    names at one show are more often two than one.

    Args:
        pairs: person_id, other_person_id, confidence: likely enough to be joined.
        decisions: they count before everything else.
        registrations: table `REGISTRATIONS`.

    Returns:
        person_id, linked_person_id (the smallest of its group), source, confidence for each person who turned
        out to be another, sorted by person_id; and how many pairs were kept apart, by reason.
    """
    yes = decisions.table[decisions.table["same"] == "yes"].assign(confidence=1.0, source="decided")
    no = decisions.table[decisions.table["same"] == "no"]
    likely = pairs.assign(source="probable").sort_values(
        ["confidence", *PAIR], ascending=[False, True, True], kind="stable"
    )
    links = [*_links(yes), *_links(likely)]
    people = {person for one, other, *_ in links for person in (one, other)}
    met = registrations[registrations["person_id"].isin(people)]
    cohorts = met.groupby("person_id")["cohort"].agg(frozenset)
    badges_at = dict(zip(cohorts.index.astype(str), cohorts, strict=True))
    groups = _Groups(badges_at, set(zip(no["person_id"], no["other_person_id"], strict=True)))
    refused = pd.Series([groups.join(*link) for link in links], dtype=object)
    decided_against = refused.iloc[: len(yes)] == "decided otherwise"
    notes = {
        "decisions that contradict each other": int(decided_against.sum()),
        "likely pairs kept apart: decided": int((refused.iloc[len(yes) :] == "decided otherwise").sum()),
        "likely pairs kept apart: two badges at one show": int((refused == "two badges at one show").sum()),
    }
    return _persons(groups), notes


def _links(pairs: pd.DataFrame) -> Iterator[tuple[str, str, float, str]]:
    return zip(*(pairs[name] for name in (*PAIR, "confidence", "source")), strict=True)


def _persons(groups: _Groups) -> pd.DataFrame:
    people: Sequence[str] = sorted(groups.joined_by)
    return pd.DataFrame(
        {
            "person_id": pd.Series(people, dtype=object),
            "linked_person_id": pd.Series([groups.of(person) for person in people], dtype=object),
            "source": pd.Series([groups.joined_by[person][1] for person in people], dtype=object),
            "confidence": pd.Series([groups.joined_by[person][0] for person in people], dtype=float),
        }
    )
