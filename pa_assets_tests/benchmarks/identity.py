"""Precision and recall of identity, on generated people whose truth is known.

Pairs of registrations (badge and cohort) are counted: all that are of one person by truth, all that are said to
be. Registrations whose name or e-mail is blank are set aside before anything is compared, so their pairs cannot be
found by anybody and are left out; every other pair counts, also where nothing but a common name is left.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pa_assets.agendas.config import Linkage
from pa_assets.agendas.core.people import process_registrations
from pa_assets.agendas.core.people.linkage import link_people
from pa_assets.agendas.demo import population
from pa_assets_tests.agendas.core.preparation import EVENT, PEOPLE
from pa_assets_tests.benchmarks.rows import Row

UNTOUCHED_SEEDS = tuple(range(101, 111))
"""Populations that the model was not tuned on; it was on those of seeds 1 to 10."""
SEEDS_OF_SIZE = {150: 10, 1_500: 5, 7_500: 3, 37_500: 1}
"""Persons (they make about 1.35 registrations each) -> populations drawn."""


@dataclass(frozen=True)
class Score:
    """Pairs counted."""

    right: int
    """Said to be one person, and one by truth."""
    said: int
    true: int

    @property
    def precision(self) -> float:
        """Share of what was said that is right; 1 where nothing was said."""
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        """Share of what is true that was said; 1 where there is nothing to say."""
        return self.right / self.true if self.true else 1.0


@dataclass(frozen=True)
class Measured:
    """How well one population was matched."""

    registrations: int
    exact: Score
    """Equal name and e-mail."""
    both: Score
    """Both passes together."""
    further: Score
    """The probabilistic pass alone: of the pairs that the exact one does not give."""
    by_change: pd.DataFrame
    """Per kind of change: pairs, exact and both (pairs found)."""
    seconds: float
    """Time of `link_people`."""


def measure(people: int, seed: int) -> Measured:
    """Generate people, clean their registrations, link them and compare with the truth."""
    known = population.make(people, seed)
    registrations = process_registrations(known.rows, EVENT, PEOPLE).table
    started = time.perf_counter()
    persons = link_people(registrations, Linkage(enabled=True)).persons
    seconds = time.perf_counter() - started
    badges = registrations.merge(known.truth, on=["cohort", "badge_id"])[["badge_id", "person", "person_id", "change"]]
    linked = badges["person_id"].map(persons.set_index("person_id")["linked_person_id"])
    badges["linked"] = linked.fillna(badges["person_id"])
    true, exact, both = (_pairs(badges, key) for key in ("person", "person_id", "linked"))
    further = _score(true.drop(exact.index, errors="ignore"), both.drop(exact.index, errors="ignore"))
    by_change = _by_change(true, exact, both)
    return Measured(len(registrations), _score(true, exact), _score(true, both), further, by_change, seconds)


def _pairs(badges: pd.DataFrame, key: str) -> pd.DataFrame:
    """Pairs of badges with equal `key`, by the two badges, with their kinds of change."""
    part = badges[["badge_id", "change", key]]
    pairs = part.merge(part, on=key, suffixes=("", "_other"))
    pairs = pairs[pairs["badge_id"] < pairs["badge_id_other"]]
    return pairs.set_index(["badge_id", "badge_id_other"])[["change", "change_other"]]


def _score(true: pd.DataFrame, said: pd.DataFrame) -> Score:
    return Score(len(said.index.intersection(true.index)), len(said), len(true))


def _pooled(scores: Iterable[Score]) -> Score:
    counted = list(scores)
    return Score(*(sum(getattr(score, name) for score in counted) for name in ("right", "said", "true")))


def _by_change(true: pd.DataFrame, exact: pd.DataFrame, both: pd.DataFrame) -> pd.DataFrame:
    one, other = true["change"], true["change_other"]
    kind = (one + other).mask((one != "") & (other != ""), "both changed").replace("", "unchanged")
    hits = pd.DataFrame({"exact": true.index.isin(exact.index), "both": true.index.isin(both.index)}, index=true.index)
    return hits.assign(pairs=1).groupby(kind).sum()


def identity(root: Path) -> list[Row]:
    """Several sizes and seeds, then the recall of each kind of change over all of them."""
    rows: list[Row] = []
    kinds: list[pd.DataFrame] = []
    for people, seeds in SEEDS_OF_SIZE.items():
        runs = [measure(people, seed) for seed in UNTOUCHED_SEEDS[:seeds]]
        kinds += [run.by_change for run in runs]
        rows += _rows(runs)
    table = pd.concat(kinds).groupby(level=0).sum().sort_values("pairs", ascending=False)
    for kind, exact, both, pairs in table.itertuples():
        detail = f"exact {exact / pairs:.3f}; {pairs:,} pairs"
        rows.append((f"identity: {kind}", f"recall {both / pairs:.3f}", "", detail))
    return rows


def _rows(runs: list[Measured]) -> list[Row]:
    what = f"identity, {max(run.registrations for run in runs):,} registrations, {len(runs)} seed(s)"
    exact, both = _pooled(run.exact for run in runs), _pooled(run.both for run in runs)
    further = _pooled(run.further for run in runs)
    seconds = max(run.seconds for run in runs)
    detail = (
        f"of the {further.true:,} pairs beyond exact: precision {further.precision:.4f}, recall {further.recall:.3f}; "
        f"worst seed: precision {min(run.both.precision for run in runs):.4f}, "
        f"recall {min(run.both.recall for run in runs):.3f}; {seconds:.1f} s"
    )
    measured = f"precision {both.precision:.4f}, recall {both.recall:.3f}"
    return [
        (f"{what}: exact", f"precision {exact.precision:.4f}", "1.0", f"recall {exact.recall:.3f}"),
        (f"{what}: with the probabilistic pass", measured, ">= .99, >= .90", detail),
    ]
