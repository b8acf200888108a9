"""Look-alikes: past attendees with the same answers, and what they attended.

Visitors with equal answers share one profile; all work is on distinct profiles. How the nearest are found is in
`lookalike_kernels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.agendas import in_threads
from pa_assets.agendas.core.recommend.attributes import Attribute
from pa_assets.agendas.core.recommend.inputs import Floats, Inputs, Numbers, Words, blocks

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from pa_assets.agendas.core.recommend.lookalike_kernels import Sets, Tree

_CELLS = 4_000_000
"""Profiles x past sessions that are held at once: 32 MB."""

_KEPT_CELLS = 100_000_000
"""Profiles x sessions that are kept once they are made: 400 MB. More are made anew whenever asked for."""

_LEAST_HOLDERS = 5
"""An answer that fewer past attendees gave is no group, and naming it could single a person out."""

_MOST_GROUPS = 2_000
"""Answers to one question that are groups: those that most gave. Typed-in answers know no end."""

_PRIOR_HOLDERS = 20.0
"""Average attendees added to each group, so that small groups do not look special by chance."""


@dataclass(frozen=True)
class LookAlikes:
    """The past attendees most like each of G distinct profiles of this year; P past sessions."""

    profile: Numbers
    """Profile of each visitor (V)."""
    count: int
    """People that are wanted."""
    sessions: int
    """P."""
    chosen: Numbers
    """G x attributes: number of the set of answers."""
    kind: Numbers
    """G: which attributes are answered, as a sum of powers of two."""
    now: Sets
    past: Sets
    trees: dict[int, tuple[list[int], Tree]]
    """Kind -> attributes in the tree's order, and the past profiles over these attributes alone."""

    def attended(self, profiles: Numbers) -> Floats:
        """Share of the look-alikes of each profile who attended (profiles x P); zeros where nobody is alike."""
        from pa_assets.agendas.core.recommend import lookalike_kernels as kernels

        result = np.zeros((len(profiles), self.sessions))
        for kind, (columns, tree) in self.trees.items():
            wanted = np.ascontiguousarray(self.chosen[profiles][:, columns])
            rows = np.lexsort(wanted.T)
            rows = rows[self.kind[profiles][rows] == kind]
            search = partial(kernels.attendance_of_nearest, tree, self.past, self.now, wanted, self.count, result)
            in_threads(rows, search)
        return result


def find(inputs: Inputs, attributes: Sequence[Attribute], count: int) -> LookAlikes:
    """The `count` most similar past attendees of each visitor, whose attendance counts by their likeness.

    Likeness is the weighted sum over the attributes of the overlap of the two sets of answers (Jaccard), in whole
    millionths. All who are exactly as alike as the last one count too, so no draw is needed. A person of both years
    is their own look-alike, which adds nothing that their history would not say.

    Attributes that a visitor did not answer make nobody more alike. So visitors are told apart by the attributes
    that they answered, and each kind has past profiles over these alone, of which there are far fewer.
    """
    attendees = np.flatnonzero(np.diff(inputs.past_attendance.indptr))
    now, chosen = _sets([attribute.this_year for attribute in attributes], len(inputs.visitors))
    past, given = _sets([attribute.past[attendees] for attribute in attributes], len(attendees))
    first, profile = _distinct(chosen)
    past_first, past_profile = _distinct(given)
    chosen, given = chosen[first], given[past_first]
    sums, people = _grouped(inputs.past_attendance[attendees], past_profile, len(past_first))
    answered = np.diff(now.first)[chosen] > 0
    kind = answered @ (2 ** np.arange(len(attributes)))
    weights = np.array([attribute.weight for attribute in attributes])
    few_first = np.argsort([len(np.unique(column)) for column in given.T], kind="stable")
    trees = {}
    for number in np.unique(kind[kind > 0]).tolist() if len(attendees) else []:
        columns = [column for column in few_first.tolist() if number >> column & 1]
        trees[number] = columns, _tree(given[:, columns], weights[columns], sums, people)
    return LookAlikes(profile, count, len(inputs.past_sessions), chosen, kind, now, past, trees)


@dataclass(frozen=True)
class Carried:
    """What look-alikes attended, carried over to the N sessions of this year."""

    found: LookAlikes
    carrier: Floats
    """P x N; by rows in memory."""
    kept: Floats | None
    """G x N in single precision, or None where that would be too much."""

    def of(self, rows: Numbers) -> Floats:
        """For visitors `rows` (rows x N), in single precision."""
        profiles, place = np.unique(self.found.profile[rows], return_inverse=True)
        values = _carried(self.found, self.carrier, profiles) if self.kept is None else self.kept[profiles]
        return np.asarray(values[place])


def carried(found: LookAlikes, carrier: Floats) -> Carried:
    """What look-alikes attended by the weights of a carrier (P x N)."""
    carrier = np.ascontiguousarray(carrier)
    profiles = np.arange(len(found.chosen))
    small = len(profiles) * carrier.shape[1] <= _KEPT_CELLS
    return Carried(found, carrier, _carried(found, carrier, profiles) if small else None)


def _carried(found: LookAlikes, carrier: Floats, profiles: Numbers) -> Floats:
    from pa_assets.agendas.core.recommend import lookalike_kernels as kernels

    result = np.zeros((len(profiles), carrier.shape[1]), dtype=np.float32)
    for places in blocks(np.arange(len(profiles)), max(1, _CELLS // max(len(carrier), 1))):
        attended, into = found.attended(profiles[places]), result[places[0] : places[-1] + 1]
        in_threads(np.arange(len(places)), partial(kernels.carry, attended, carrier, into))
    return result


def _sets(matrices: Sequence[csr_matrix], rows: int) -> tuple[Sets, Numbers]:
    """Distinct sets of answers of all attributes, and which of them each row has of each attribute."""
    from pa_assets.agendas.core.recommend.lookalike_kernels import Sets

    lengths, answers, chosen, count = [np.zeros(1, dtype=np.int64)], [np.empty(0, dtype=np.int64)], [], 0
    for matrix in matrices:
        row, number = _distinct_rows(matrix)
        picked = matrix[row]
        lengths.append(np.diff(picked.indptr).astype(np.int64))
        answers.append(picked.indices.astype(np.int64))
        chosen.append(number + count)
        count += len(row)
    columns = np.stack(chosen, axis=1) if chosen else np.zeros((rows, 0), dtype=np.int64)
    return Sets(np.cumsum(np.concatenate(lengths)), np.concatenate(answers)), columns


def _distinct_rows(matrix: csr_matrix) -> tuple[Numbers, Numbers]:
    """First row of each distinct set, and which distinct set each row is; columns of a row ascend."""
    length = np.diff(matrix.indptr)
    number = np.zeros(matrix.shape[0], dtype=np.int64)
    known = 1
    for place in range(int(length.max(initial=0))):
        rows = np.flatnonzero(length > place)
        answer = matrix.indices[matrix.indptr[rows] + place].astype(np.int64)
        longer, distinct = pd.factorize(number[rows] * matrix.shape[1] + answer)
        number[rows] = longer + known
        known += len(distinct)
    return _renumbered(number)


def _distinct(table: Numbers) -> tuple[Numbers, Numbers]:
    """First of each distinct row of a table, and which distinct row each row is."""
    number = np.zeros(len(table), dtype=np.int64)
    for column in table.T:
        number = pd.factorize(number * (int(column.max(initial=0)) + 1) + column)[0].astype(np.int64)
    return _renumbered(number)


def _renumbered(number: Numbers) -> tuple[Numbers, Numbers]:
    codes, distinct = pd.factorize(number)
    first = np.zeros(len(distinct), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first, codes.astype(np.int64)


def _tree(given: Numbers, weights: Floats, sums: csr_matrix, people: Numbers) -> Tree:
    """The distinct rows of `given` (past profiles x attributes) as a tree, with people and attendance added up."""
    from pa_assets.agendas.core.recommend.lookalike_kernels import Tree

    order = np.lexsort(given.T[::-1])
    ordered = given[order]
    new = np.ones(ordered.shape, dtype=bool)
    new[1:] = np.logical_or.accumulate(ordered[1:] != ordered[:-1], axis=1)
    node = np.cumsum(new, axis=0) + np.concatenate([[0], np.cumsum(new.sum(axis=0))[:-1]])
    sets = [np.full(1, -1, dtype=np.int64)]
    child = [np.ones(1, dtype=np.int64)]
    for level in range(given.shape[1]):
        sets.append(ordered[new[:, level], level])
        if level:
            child.append(node[new[:, level - 1], level])
    child.append(np.full(1, node[-1, -1] + 1))
    first_profile = int(node[0, -1])
    profile = np.empty(len(given), dtype=np.int64)
    profile[order] = node[:, -1] - first_profile
    attended, number = _grouped(sums, profile, int(profile.max()) + 1, people)
    return Tree(
        weights=weights,
        sets=np.concatenate(sets),
        child=np.concatenate(child),
        first_profile=first_profile,
        people=number,
        attended_first=attended.indptr.astype(np.int64),
        attended_session=attended.indices.astype(np.int64),
        attended=attended.data.astype(np.float64),
    )


def _grouped(
    attendance: csr_matrix, group: Numbers, groups: int, people: Numbers | None = None
) -> tuple[csr_matrix, Numbers]:
    """Attendance and people (by default one a row) added up by group."""
    from scipy.sparse import csr_matrix

    member = csr_matrix((np.ones(len(group), dtype=np.float32), (group, np.arange(len(group)))), (groups, len(group)))
    number = np.bincount(group, people, minlength=groups).astype(np.int64)
    return (member @ attendance).tocsr(), number


@dataclass(frozen=True)
class Groups:
    """Answers as groups of past attendees, for reasons: T answers of all attributes that enough people gave."""

    columns: Words
    """Column of each answer (T)."""
    names: Words
    """The answer as written (T)."""
    members: Any
    """V x T: who gave the answer this year."""
    lift: Floats
    """T x N: attendance of like sessions by the group, against everybody's."""


def groups(inputs: Inputs, attributes: Sequence[Attribute], carrier: Floats) -> Groups:
    """How much more than everybody each group of equal answers attended what is like each session."""
    from scipy.sparse import csr_matrix, hstack

    attendees = np.flatnonzero(np.diff(inputs.past_attendance.indptr))
    if not attributes or not len(attendees):
        empty = np.empty(0, dtype=object)
        return Groups(empty, empty, csr_matrix((len(inputs.visitors), 0)), np.zeros((0, len(inputs.sessions))))
    attendance = inputs.past_attendance[attendees]
    everybody = np.asarray(attendance.sum(axis=0), dtype=np.float64).ravel() / len(attendees)
    usual = np.maximum(everybody @ carrier, 1e-12)
    columns, names, members, lift = [], [], [], []
    for attribute in attributes:
        past = attribute.past[attendees]
        size = np.bincount(past.indices, minlength=past.shape[1]).astype(np.float64)
        large = np.sort(np.argsort(-size, kind="stable")[:_MOST_GROUPS])
        large = large[size[large] >= _LEAST_HOLDERS]
        attended = np.asarray((past[:, large].T @ attendance).todense(), dtype=np.float64)
        rate = (attended + _PRIOR_HOLDERS * everybody) / (size[large] + _PRIOR_HOLDERS)[:, None]
        columns.append(np.full(len(large), attribute.column, dtype=object))
        names.append(attribute.names[large])
        members.append(attribute.this_year[:, large])
        lift.append(rate @ carrier / usual)
    return Groups(np.concatenate(columns), np.concatenate(names), hstack(members, format="csr"), np.concatenate(lift))
