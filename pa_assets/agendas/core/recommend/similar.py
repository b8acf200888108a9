"""Similar visitors as the previous pipeline found them: by equal answers, exactly, and drawn from a pool.

For the strategy `max_cosine` alone; the look-alikes of the other strategy are in `lookalikes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, groupby

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.attributes import Attribute
from pa_assets.agendas.core.recommend.control import Draw, draw
from pa_assets.agendas.core.recommend.inputs import Flags, Numbers, RecommendationError, blocks

_MOST_ATTRIBUTES = 12
"""The ways in which two people can be alike double with each attribute."""

_PAIRS = 4_000_000
"""Pairs of profile and person that are held at once: 32 MB a column."""

_LAST = np.uint64(np.iinfo(np.uint64).max)


def answers(attributes: Sequence[Attribute], given: Sequence[object], rows: int) -> Draw:
    """A number for each row's set of answers to each attribute (rows x A), the same for equal sets; 0: no answer.

    The sum of 64-bit hashes of the answers: two different sets share a number once in 10^19.

    Args:
        attributes: what the answers are to.
        given: of each attribute a sparse matrix, rows x answers.
        rows: how many rows.
    """
    result = np.zeros((rows, len(attributes)), dtype=np.uint64)
    for place, (attribute, matrix) in enumerate(zip(attributes, given, strict=True)):
        names = pd.Series(attribute.names, dtype=object).astype(str).str.casefold()
        result[:, place] = matrix.astype(np.uint64) @ draw(names, attribute.column)  # type: ignore[attr-defined]
    return result


def most_similar(profiles: Draw, people: Draw, weights: Sequence[int], most: int) -> Numbers:
    """The `most` people most similar to each profile, best first (rows of `people`, G x `most`); -1: no more.

    Likeness is the sum of the weights of equal answers. The ways to be alike (sets of attributes) are gone through
    from the heaviest to the lightest, until every profile has its people. The first `most` people who agree with a
    profile in a set are enough to look at: whoever agrees in more stands before in any case.

    Args:
        profiles: answers of G profiles to A attributes, as numbers; 0 is no answer, and equals nothing.
        people: the same of past people, in the order in which equally similar ones are taken.
        weights: what an equal answer counts, by attribute.
        most: people per profile.

    Raises:
        RecommendationError: more than 12 attributes.
    """
    if len(weights) > _MOST_ATTRIBUTES:
        raise RecommendationError(
            f"recommendations.similarity_attributes: found {len(weights)}; the strategy max_cosine takes "
            f"{_MOST_ATTRIBUTES} at most"
        )
    pool = np.full((len(profiles), most), -1, dtype=np.int64)
    filled = np.zeros(len(profiles), dtype=np.int64)
    for ways in _by_weight(weights):
        tables = [_Buckets(people, way, most) for way in ways]
        wanting = np.flatnonzero(filled < most)
        for rows in blocks(wanting, max(1, _PAIRS // (most * len(ways)))):
            pairs = [table.agreeing(profiles[rows]) for table in tables]
            row = np.concatenate([pair[0] for pair in pairs])
            person = np.concatenate([pair[1] for pair in pairs])
            order = np.lexsort((person, row))
            row, person = row[order], person[order]
            place = filled[rows[row]] + np.arange(len(row)) - np.searchsorted(row, row, side="left")
            fits = place < most
            pool[rows[row[fits]], place[fits]] = person[fits]
            filled[rows] += np.bincount(row[fits], minlength=len(rows))
        if (filled == most).all():
            break
    return pool


def drawn(profiles: Draw, pool: Numbers, lots: Draw, count: int) -> Numbers:
    """`count` of each profile's pool (G x `count`), -1 where the pool has fewer, drawn by answers and lots alone.

    Args:
        profiles: answers of G profiles, as numbers.
        pool: people of each profile; -1: none.
        lots: a random number for each of all people.
        count: people per profile.
    """
    number = _mixed(profiles.sum(axis=1, dtype=np.uint64)[:, None] ^ np.append(lots, _LAST)[pool])
    number[pool < 0] = _LAST
    order = np.argsort(number, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(pool, order, axis=1)


def _by_weight(weights: Sequence[int]) -> Iterator[list[tuple[int, ...]]]:
    """Sets of attributes with equal sums of weights together, the heaviest first."""
    attributes = range(len(weights))
    ways = [way for size in range(1, len(weights) + 1) for way in combinations(attributes, size)]

    def weight(way: tuple[int, ...]) -> int:
        return sum(weights[attribute] for attribute in way)

    for _, equal in groupby(sorted(ways, key=weight, reverse=True), key=weight):
        yield list(equal)


class _Buckets:
    """People by their answers to a set of attributes."""

    def __init__(self, people: Draw, way: tuple[int, ...], most: int) -> None:
        self.people = people
        self.way = list(way)
        self.others = [attribute for attribute in range(people.shape[1]) if attribute not in way]
        self.most = most
        answered = np.flatnonzero(_answered(people, self.way))
        key = people[answered][:, self.way].sum(axis=1, dtype=np.uint64)
        order = np.argsort(key, kind="stable")
        self.key, self.person = key[order], answered[order]

    def agreeing(self, profiles: Draw) -> tuple[Numbers, Numbers]:
        """Pairs of row and person who agree in this set and in nothing else, of the first `most` who agree in it."""
        rows = np.flatnonzero(_answered(profiles, self.way))
        key = profiles[rows][:, self.way].sum(axis=1, dtype=np.uint64)
        first = np.searchsorted(self.key, key, side="left")
        count = np.minimum(np.searchsorted(self.key, key, side="right") - first, self.most)
        row = np.repeat(rows, count)
        person = self.person[np.repeat(first - np.cumsum(count) + count, count) + np.arange(len(row))]
        alone = np.ones(len(row), dtype=bool)
        for attribute in self.others:
            answer = profiles[row, attribute]
            alone &= (answer == 0) | (answer != self.people[person, attribute])
        return row[alone], person[alone]


def _answered(table: Draw, way: Sequence[int]) -> Flags:
    return np.asarray((table[:, way] != 0).all(axis=1))


def _mixed(values: Draw) -> Draw:
    """Bits well mixed: the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)))
