"""Compiled loops: the past profiles most like a profile of this year. Imported inside functions only: numba is heavy.

Past profiles stand in a tree, an attribute a level. The search goes down it depth first, the likest branch first,
and leaves out branches that cannot reach those that it has: exact, and seldom a look at more than a few of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pa_assets.agendas.core.recommend.compiled import compiled, inner
from pa_assets.agendas.core.recommend.inputs import Floats, Numbers

_HAIR = 1e-9
"""Sums of fractions that are equal may differ so little."""


class Sets(NamedTuple):
    """Distinct sets of answers: set s holds answers[first[s]:first[s + 1]], ascending."""

    first: Numbers
    answers: Numbers


class Tree(NamedTuple):
    """Distinct past profiles over K attributes. Below the root, node 0, level k of the tree is attribute k.

    Nodes are numbered level by level, so that the children of node n are those from child[n] to child[n + 1]. The L
    nodes of the last level are the profiles.
    """

    weights: Floats
    """K: what each attribute counts."""
    sets: Numbers
    """Set of answers of each node; of the root none."""
    child: Numbers
    """First child of each node that is no profile, and one entry more."""
    first_profile: int
    people: Numbers
    """L: attendees of each profile."""
    attended_first: Numbers
    attended_session: Numbers
    attended: Floats
    """What they attended: L x past sessions, as a sparse matrix by rows."""


class Work(NamedTuple):
    """Tables that are used again for each profile of this year."""

    node: Numbers
    depth: Numbers
    likeness: Floats
    """Branches to be looked at, the next one last: node, level and likeness up to there."""
    profile: Numbers
    level: Numbers
    """Past profiles that were like enough when they were found, and their likeness in millionths."""
    best_level: Numbers
    best_people: Numbers
    """The likest of them, as many as it takes for the people wanted."""
    rest: Floats
    """What the attributes from each level on add at most."""
    compared: Numbers
    overlap: Floats
    """Past set -> the set of this year that it was compared with last, and their overlap."""


@inner
def _workspace(tree: Tree, past: Sets, count: int) -> Work:
    attributes, profiles = len(tree.weights), len(tree.people)
    rest = np.zeros(attributes + 1)
    for depth in range(attributes - 1, -1, -1):
        rest[depth] = rest[depth + 1] + tree.weights[depth]
    branches = len(tree.sets) + 1
    return Work(
        node=np.zeros(branches, dtype=np.int64),
        depth=np.zeros(branches, dtype=np.int64),
        likeness=np.zeros(branches),
        profile=np.zeros(profiles, dtype=np.int64),
        level=np.zeros(profiles, dtype=np.int64),
        best_level=np.zeros(min(count, profiles) + 1, dtype=np.int64),
        best_people=np.zeros(min(count, profiles) + 1, dtype=np.int64),
        rest=rest,
        compared=np.full(len(past.first), -1, dtype=np.int64),
        overlap=np.zeros(len(past.first)),
    )


@inner
def _overlap(sets: Sets, one: int, others: Sets, other: int) -> float:
    """Common answers of two sets by all of them (Jaccard)."""
    here, end = sets.first[one], sets.first[one + 1]
    there, stop = others.first[other], others.first[other + 1]
    together = end - here + stop - there
    common = 0
    while here < end and there < stop:
        if sets.answers[here] == others.answers[there]:
            common += 1
            here += 1
            there += 1
        elif sets.answers[here] < others.answers[there]:
            here += 1
        else:
            there += 1
    return float(common / max(together - common, 1))


@inner
def _level(likeness: float) -> int:
    """Likeness in whole millionths, so that sums that are equal but for their last digits are equal."""
    return int(likeness * 1_000_000 + 0.5)


@inner
def _put(work: Work, length: int, total: int, level: int, people: int, count: int) -> tuple[int, int]:
    """Put a profile among the likest, as many as it takes for `count` people; returns how many and how many people."""
    place = length
    while place > 0 and work.best_level[place - 1] < level:
        work.best_level[place] = work.best_level[place - 1]
        work.best_people[place] = work.best_people[place - 1]
        place -= 1
    work.best_level[place] = level
    work.best_people[place] = people
    length, total = length + 1, total + people
    while total - work.best_people[length - 1] >= count:
        length -= 1
        total -= work.best_people[length]
    return length, total


@inner
def _search(tree: Tree, past: Sets, now: Sets, wanted: Numbers, count: int, work: Work) -> tuple[int, int]:
    """Find the likest profiles; returns how many were found, and the least level of those that count."""
    attributes = len(tree.weights)
    work.node[0], work.depth[0], work.likeness[0] = 0, 0, 0.0
    height, found, length, total, least = 1, 0, 0, 0, 1
    while height > 0:
        height -= 1
        node, depth, likeness = work.node[height], work.depth[height], work.likeness[height]
        if _level(likeness + work.rest[depth] + _HAIR) < least:
            continue
        if depth == attributes:
            profile, level = node - tree.first_profile, _level(likeness)
            work.profile[found], work.level[found] = profile, level
            found += 1
            if total < count or level > least:
                length, total = _put(work, length, total, level, tree.people[profile], count)
                least = work.best_level[length - 1] if total >= count else least
            continue
        best, mine = height, wanted[depth]
        for child in range(tree.child[node], tree.child[node + 1]):
            other = tree.sets[child]
            if work.compared[other] != mine:
                work.compared[other] = mine
                work.overlap[other] = _overlap(now, mine, past, other)
            value = likeness + tree.weights[depth] * work.overlap[other]
            if _level(value + work.rest[depth + 1] + _HAIR) >= least:
                work.node[height], work.depth[height], work.likeness[height] = child, depth + 1, value
                best = height if value > work.likeness[best] else best
                height += 1
        if height > best:
            top = height - 1
            work.node[top], work.node[best] = work.node[best], work.node[top]
            work.likeness[top], work.likeness[best] = work.likeness[best], work.likeness[top]
    return found, least


@compiled
def attendance_of_nearest(
    tree: Tree, past: Sets, now: Sets, wanted: Numbers, count: int, into: Floats, rows: Numbers
) -> None:
    """Write into `rows` of `into` what the `count` likest attendees of each profile attended on average.

    Args:
        tree: past profiles.
        past: their sets of answers.
        now: sets of this year.
        wanted: set of each of the K attributes of each profile of this year; none of them is empty.
        count: people that are wanted; all who are as like as the last one count too.
        into: profiles x past sessions, zeros.
        rows: which of the profiles; faster where neighbours have equal sets.
    """
    work = _workspace(tree, past, count)
    for row in rows:
        found, least = _search(tree, past, now, wanted[row], count, work)
        total = 0.0
        for place in range(found):
            level = work.level[place]
            if level >= least:
                profile = work.profile[place]
                total += level * tree.people[profile]
                for entry in range(tree.attended_first[profile], tree.attended_first[profile + 1]):
                    into[row, tree.attended_session[entry]] += level * tree.attended[entry]
        if total > 0:
            into[row] /= total


@compiled
def carry(attended: Floats, carrier: Floats, into: Floats, rows: Numbers) -> None:
    """Write `attended` times `carrier` into `rows` of `into`.

    Each row is a sum of its own in one order: the same to the last digit whatever the other rows are, which products
    of whole matrices do not promise.

    Args:
        attended: profiles x P.
        carrier: P x N.
        into: profiles x N.
        rows: which of the profiles.
    """
    result = np.zeros(carrier.shape[1])
    for row in rows:
        result[:] = 0.0
        for past in range(len(carrier)):
            share = attended[row, past]
            if share != 0.0:
                for session in range(len(result)):
                    result[session] += share * carrier[past, session]
        into[row] = result
