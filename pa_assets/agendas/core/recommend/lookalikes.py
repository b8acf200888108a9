"""Look-alikes: past attendees with the same answers, and what they attended.

Visitors with equal answers share one profile; all work is on distinct profiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pa_assets.agendas.core.recommend.attributes import Attribute
from pa_assets.agendas.core.recommend.inputs import Floats, Inputs, Numbers, Words, blocks

_CELLS = 20_000_000
"""Profile pairs that are held at once: 80 MB."""

_LEAST_HOLDERS = 5
"""An answer that fewer past attendees gave is no group, and naming it could single a person out."""

_PRIOR_HOLDERS = 20.0
"""Average attendees added to each group, so that small groups do not look special by chance."""


@dataclass(frozen=True)
class LookAlikes:
    """Attendance of past visitors most like each profile of this year, G distinct profiles."""

    profile: Numbers
    """Profile of each visitor (V)."""
    attended: Floats
    """G x P: share of the look-alikes who attended; zeros where nobody is alike."""


def find(inputs: Inputs, attributes: Sequence[Attribute], count: int) -> LookAlikes:
    """Mean attendance of the `count` most similar past attendees of each visitor, weighted by likeness.

    Likeness is the weighted sum over the attributes of the overlap of the two sets of answers (Jaccard). All who
    are exactly as alike as the last one count too, so no draw is needed. A person of both years is their own
    look-alike, which adds nothing that their history would not say.
    """
    attendees = np.flatnonzero(np.diff(inputs.past_attendance.indptr))
    visitors, sessions = len(inputs.visitors), len(inputs.past_sessions)
    if not attributes or not len(attendees):
        return LookAlikes(np.zeros(visitors, dtype=np.int64), np.zeros((1, sessions)))
    tables, now, then = [], [], []
    for attribute in attributes:
        table, sets, past_sets = _overlaps(attribute, attendees)
        tables.append(table)
        now.append(sets)
        then.append(past_sets)
    profiles, profile = np.unique(np.stack(now, axis=1), axis=0, return_inverse=True)
    past_profiles, past_profile = np.unique(np.stack(then, axis=1), axis=0, return_inverse=True)
    sums, sizes = _grouped(inputs.past_attendance[attendees], past_profile.ravel(), len(past_profiles))
    attended = np.zeros((len(profiles), sessions))
    for rows in blocks(np.arange(len(profiles)), max(1, _CELLS // len(past_profiles))):
        alike = np.zeros((len(rows), len(past_profiles)), dtype=np.float32)
        for position, table in enumerate(tables):
            alike += table[profiles[rows, position]][:, past_profiles[:, position]]
        attended[rows] = _mean_of_nearest(alike, sums, sizes, count)
    return LookAlikes(profile.ravel().astype(np.int64), attended)


def _overlaps(attribute: Attribute, attendees: Numbers) -> tuple[Any, Numbers, Numbers]:
    """Weighted overlap of each distinct set of answers with each past one, and the set of every visitor."""
    first, sets = _distinct_rows(attribute.this_year)
    past = attribute.past[attendees]
    past_first, past_sets = _distinct_rows(past)
    left, right = attribute.this_year[first], past[past_first]
    common = np.asarray((left @ right.T).todense(), dtype=np.float32)
    size_left = np.asarray(left.sum(axis=1), dtype=np.float32).reshape(-1, 1)
    size_right = np.asarray(right.sum(axis=1), dtype=np.float32).reshape(1, -1)
    union = np.maximum(size_left + size_right - common, 1.0)
    return np.float32(attribute.weight) * common / union, sets, past_sets


def _distinct_rows(matrix: Any) -> tuple[Numbers, Numbers]:
    """First row of each distinct row, and which distinct row each row is."""
    packed = [np.packbits(matrix[rows].toarray() > 0, axis=1) for rows in blocks(np.arange(matrix.shape[0]), 10_000)]
    if not packed or not matrix.shape[1]:
        return np.zeros(min(1, matrix.shape[0]), dtype=np.int64), np.zeros(matrix.shape[0], dtype=np.int64)
    _, first, inverse = np.unique(np.concatenate(packed), axis=0, return_index=True, return_inverse=True)
    return first.astype(np.int64), inverse.ravel().astype(np.int64)


def _grouped(attendance: Any, group: Numbers, groups: int) -> tuple[Any, Any]:
    from scipy.sparse import csr_matrix

    member = csr_matrix((np.ones(len(group)), (group, np.arange(len(group)))), shape=(groups, len(group)))
    return (member @ attendance).tocsr(), np.bincount(group, minlength=groups).astype(np.float64)


def _mean_of_nearest(alike: Any, sums: Any, sizes: Any, count: int) -> Floats:
    from scipy.sparse import csr_matrix

    most = min(count, alike.shape[1])
    best = np.argpartition(-alike, most - 1, axis=1)[:, :most]
    level = np.take_along_axis(alike, best, axis=1)
    order = np.argsort(-level, axis=1, kind="stable")
    people = np.cumsum(np.take_along_axis(sizes[best], order, axis=1), axis=1)
    last = np.minimum((people < count).sum(axis=1), most - 1)
    least = np.take_along_axis(np.take_along_axis(level, order, axis=1), last[:, None], axis=1)
    row, column = np.nonzero((alike >= least) & (alike > 0))
    weights = csr_matrix((alike[row, column].astype(np.float64), (row, column)), shape=alike.shape)
    total = np.asarray(weights @ sizes)
    return np.asarray((weights @ sums).todense()) / np.where(total > 0, total, 1.0)[:, None]


@dataclass(frozen=True)
class Groups:
    """Answers as groups of past attendees, for reasons: T answers of all attributes."""

    columns: Words
    """Column of each answer (T)."""
    names: Words
    """The answer as written (T)."""
    members: Any
    """V x T: who gave the answer this year."""
    lift: Floats
    """T x N: attendance of like sessions by the group, against everybody's; 0 for groups too small to name."""


def groups(inputs: Inputs, attributes: Sequence[Attribute], carrier: Floats) -> Groups:
    """How much more than everybody each group of equal answers attended what is like each session."""
    from scipy.sparse import csr_matrix, hstack

    attendees = np.flatnonzero(np.diff(inputs.past_attendance.indptr))
    if not attributes or not len(attendees):
        empty = np.empty(0, dtype=object)
        return Groups(empty, empty, csr_matrix((len(inputs.visitors), 0)), np.zeros((0, len(inputs.sessions))))
    attendance = inputs.past_attendance[attendees]
    everybody = np.asarray(attendance.mean(axis=0)).ravel()
    past = hstack([attribute.past[attendees] for attribute in attributes], format="csr")
    size = np.asarray(past.sum(axis=0)).ravel()
    attended = np.asarray((past.T @ attendance).todense())
    rate = (attended + _PRIOR_HOLDERS * everybody) / (size + _PRIOR_HOLDERS)[:, None]
    lift = (rate @ carrier) / np.maximum(everybody @ carrier, 1e-12)
    lift[size < _LEAST_HOLDERS] = 0.0
    return Groups(
        columns=np.repeat(
            np.array([attribute.column for attribute in attributes], dtype=object),
            [len(attribute.names) for attribute in attributes],
        ),
        names=np.concatenate([attribute.names for attribute in attributes]),
        members=hstack([attribute.this_year for attribute in attributes], format="csr"),
        lift=lift,
    )
