"""Rules of the show: who must not get, gets only, or gets more of which sessions. Whole words, by priority.

Matched once on distinct answers and on sessions; applied to blocks of visitors. Functions of rules come from outside
(`pa_assets.agendas.rule_functions`); where their visitors and sessions meet scores is decided here like for any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.attributes import column_of, contains_phrase
from pa_assets.agendas.core.recommend.inputs import (
    Flags,
    Floats,
    Millionths,
    Numbers,
    RecommendationError,
    Words,
)
from pa_assets.agendas.core.text import fold_values

Pair = tuple[Flags, Flags]
"""Visitors (V) and sessions (N): each of these visitors with each of these sessions."""

RuleFunction = Callable[[pd.DataFrame, pd.DataFrame, Mapping[str, Any]], Iterable[Pair]]
"""A rule in Python: this year's visitors, this year's sessions and the rule's `parameters`; gives pairs of masks."""

RuleNumbers = NDArray[np.int16]
"""Which rule, counted from 1 in the order of work; 0: none."""

ANY_SPONSOR = "*"
_NO_SPONSOR = ("", "not sponsored", "no sponsor")


@dataclass
class RuleCount:
    """What one rule did: pairs of visitor and session, and visitors whom it would have left without any."""

    removed: int = 0
    boosted: int = 0
    nothing_left_ignored: int = 0
    nothing_left_empty: int = 0


@dataclass(frozen=True)
class MatchedRule:
    """A rule with what it speaks of."""

    rule: config.Rule
    visitors: Flags
    """M x V: the visitors of each pair of masks."""
    sessions: Flags
    """M x N: the sessions of each."""
    unknown: tuple[str, ...] = ()
    """Identifiers of sessions that the programme does not have."""
    count: RuleCount = field(default_factory=RuleCount)

    def statistics(self) -> dict[str, Any]:
        """Counts by name, for metadata."""
        return {
            "name": self.rule.name,
            "action": self.rule.action,
            "visitors": int(self.visitors.any(axis=0).sum()),
            "sessions": int(self.sessions.any(axis=0).sum()),
            **vars(self.count),
            **({"unknown_sessions": list(self.unknown)} if self.unknown else {}),
        }


class Applied(NamedTuple):
    """What rules make of the fit of some visitors (rows x N)."""

    values: Millionths
    """Scores after boosts; those of removed sessions as if they were not."""
    removed: RuleNumbers
    """The rule that removed a session, the first one where several would."""


def match(
    rules: Sequence[config.Rule],
    visitors: pd.DataFrame,
    sessions: pd.DataFrame,
    questions: Sequence[str],
    functions: Mapping[str, RuleFunction] = MappingProxyType({}),
) -> list[MatchedRule]:
    """Find the visitors and sessions of each rule; the rules in the order of work: by priority, then as given.

    Of `answers` every key must hold; of `unless_answers` one is enough to exempt a visitor. A function's pairs of
    masks join what the rule says in words.

    Raises:
        RecommendationError: a rule names an unknown column, question or function, or limits the visitors of a
            function, or a function gives something else than pairs of masks.
    """
    read = _Answers(visitors, questions)
    known = sessions["session_id"].astype(str)
    matched = []
    for rule in sorted(rules, key=lambda rule: -rule.priority):
        pairs = [*_pairs_in_words(rule, read, sessions), *_pairs_of_function(rule, functions, visitors, sessions)]
        matched.append(
            MatchedRule(
                rule,
                np.array([who for who, _ in pairs], dtype=bool).reshape(len(pairs), len(visitors)),
                np.array([which for _, which in pairs], dtype=bool).reshape(len(pairs), len(sessions)),
                tuple(sorted(set(rule.sessions.session_id) - set(known))),
            )
        )
    return matched


def apply(
    rules: Sequence[MatchedRule],
    rows: Numbers,
    fit: Floats,
    minimum: int,
    score_of: Callable[[Floats], Millionths],
    *,
    count: bool,
) -> Applied:
    """Apply the rules to visitors `rows`: all boosts first, then removals in the order of `rules`.

    Args:
        rules: as `match` gives them.
        rows: rows of the visitors.
        fit: their fit (rows x N), 0 where a session is out of the question anyway.
        minimum: least score in millionths; a rule that would leave a visitor nothing of it follows its policy.
        score_of: what score a fit stands for.
        count: whether what the rules do is added to their counts.

    Visitors whom the same masks speak of share one row of what is against whom. As removals only ever take, a
    visitor who has something left after all of them was emptied by none: only the others are gone through one
    rule at a time.
    """
    if not rules:
        return Applied(score_of(fit), np.zeros(fit.shape, dtype=np.int16))
    group, spoken = _groups(rules, rows)
    factors = [np.where(of, matched.rule.factor, 1.0) for matched, of in spoken if matched.rule.action == "boost"]
    values = score_of(fit * np.prod(factors, axis=0)[group] if factors else fit)
    left = (values >= minimum) & (values > 0)
    by_group = np.zeros((group.max(initial=-1) + 1, fit.shape[1]), dtype=np.int16)
    for number, (matched, against) in enumerate(spoken, start=1):
        if matched.rule.action != "boost":
            by_group[against & (by_group == 0)] = number
    removed: RuleNumbers = by_group[group]
    bare = np.flatnonzero(left.any(axis=1) & ~(left & (removed == 0)).any(axis=1))
    removed[bare] = _one_at_a_time(spoken, group[bare], left[bare], count=count)
    if count:
        taken = np.bincount(removed[left], minlength=len(rules) + 1)
        for number, (matched, of) in enumerate(spoken, start=1):
            if matched.rule.action == "boost":
                matched.count.boosted += int((of[group] & left & (removed == 0)).sum())
            matched.count.removed += int(taken[number])
    return Applied(values, removed)


def most_fitting(values: Millionths, removed: RuleNumbers, most: int) -> tuple[Numbers, Numbers]:
    """Row and session of the best removed sessions of each row, at most `most` of each, best first.

    Args:
        values: scores (rows x N) as if nothing had been removed; 0 is out of the question.
        removed: as `apply` gives it.
        most: removed sessions per row.
    """
    rows = np.flatnonzero((removed > 0).any(axis=1))
    count = values.shape[1]
    # One number per session, so that among equal scores the first session is the best.
    key = np.where(removed[rows] > 0, values[rows], 0).astype(np.int64) * count + np.arange(count - 1, -1, -1)
    if count > most:
        key = -np.partition(-key, most - 1, axis=1)[:, :most]
    key = -np.sort(-key, axis=1)
    row, place = np.nonzero(key >= count)
    return rows[row], count - 1 - key[row, place] % count


def names_of(rules: Sequence[MatchedRule], numbers: Numbers | RuleNumbers) -> Words:
    """Names of the rules of `numbers`; "" for 0."""
    names = np.array(["", *(matched.rule.name for matched in rules)], dtype=object)
    return np.asarray(names[numbers], dtype=object)


def sessions_of(spoken_of: config.RuleSessions, sessions: pd.DataFrame) -> Flags:
    """The sessions (N) that have one of the words in one of the columns, or one of the identifiers."""
    streams = sessions["stream"].str.split(";").explode()
    in_stream = pd.Series(contains_phrase(streams, spoken_of.stream), index=streams.index).groupby(level=0).any()
    return np.asarray(
        in_stream.reindex(sessions.index, fill_value=False).to_numpy(dtype=bool)
        | contains_phrase(sessions["title"], spoken_of.title)
        | contains_phrase(sessions["theatre__name"], spoken_of.theatre)
        | _sponsored_by(sessions["sponsored_by"], spoken_of.sponsor)
        | sessions["session_id"].astype(str).isin(spoken_of.session_id).to_numpy(dtype=bool)
    )


def _sponsored_by(sponsors: pd.Series[str], phrases: Sequence[str]) -> Flags:
    somebody = ~fold_values(sponsors).isin(_NO_SPONSOR).to_numpy(dtype=bool)
    named = contains_phrase(sponsors, [phrase for phrase in phrases if phrase != ANY_SPONSOR])
    return np.asarray(somebody & (named | (ANY_SPONSOR in phrases)))


class _Answers:
    """Visitors by the words of their answers; each column is read once."""

    def __init__(self, visitors: pd.DataFrame, questions: Sequence[str]) -> None:
        self.visitors = visitors
        self.questions = questions
        self.columns: dict[str, tuple[Numbers, Numbers, pd.Series[str]]] = {}

    def who_say(self, name: str, phrases: Sequence[str], where: str) -> Flags:
        """Visitors (V) with one of `phrases` in an answer to question or column `name`."""
        column = column_of(name, self.visitors, self.questions, where)
        if column not in self.columns:
            self.columns[column] = self._read(column)
        rows, code, distinct = self.columns[column]
        result = np.zeros(len(self.visitors), dtype=bool)
        result[rows[contains_phrase(distinct, phrases)[code]]] = True
        return result

    def _read(self, column: str) -> tuple[Numbers, Numbers, pd.Series[str]]:
        """Row of each answer, which of the distinct answers it is, and these."""
        nothing = np.empty(0, dtype=object)
        cells = self.visitors[column].to_numpy(dtype=object) if column in self.visitors else nothing
        answers = pd.Series(cells, index=np.arange(len(cells)), dtype=object).explode().dropna()
        code, distinct = pd.factorize(answers)
        return answers.index.to_numpy(dtype=np.int64), code, pd.Series(distinct, dtype=object)


def _pairs_in_words(rule: config.Rule, read: _Answers, sessions: pd.DataFrame) -> list[Pair]:
    where = f"Rule {rule.name!r}"
    if rule.function and rule.sessions == config.RuleSessions():
        if rule.visitors != config.RuleCondition():
            raise RecommendationError(
                f"{where}: `visitors` stands beside `function` without `sessions`, so it would do nothing; "
                "name sessions too, or let the function choose the visitors (`parameters` are handed to it)"
            )
        return []
    who = np.ones(len(read.visitors), dtype=bool)
    for name, phrases in rule.visitors.answers.items():
        who &= read.who_say(name, phrases, where)
    for name, phrases in rule.visitors.unless_answers.items():
        who &= ~read.who_say(name, phrases, where)
    return [(who, sessions_of(rule.sessions, sessions))]


def _pairs_of_function(
    rule: config.Rule, functions: Mapping[str, RuleFunction], visitors: pd.DataFrame, sessions: pd.DataFrame
) -> list[Pair]:
    if not rule.function:
        return []
    where = f"Rule {rule.name!r}: function {rule.function!r}"
    if rule.function not in functions:
        installed = ", ".join(sorted(functions)) or "none"
        raise RecommendationError(
            f"{where} is not installed; installed under the entry point pa_assets.rules: {installed}"
        )
    given = functions[rule.function](visitors.copy(), sessions.copy(), dict(rule.parameters))
    if not isinstance(given, Iterable):
        raise RecommendationError(f"{where} gives {type(given).__name__}, not pairs of masks")
    pairs = []
    for number, pair in enumerate(given, start=1):
        if not (isinstance(pair, tuple | list) and len(pair) == 2):
            raise RecommendationError(f"{where}: item {number} is no pair of two masks (visitors, sessions)")
        of_visitors = _mask(pair[0], len(visitors), f"{where}: visitors of pair {number}")
        pairs.append((of_visitors, _mask(pair[1], len(sessions), f"{where}: sessions of pair {number}")))
    return pairs


def _mask(given: object, length: int, where: str) -> Flags:
    mask = np.asarray(given)
    if mask.dtype != np.bool_ or mask.shape != (length,):
        raise RecommendationError(
            f"{where}: found {mask.dtype} of shape {mask.shape}; wanted: bool of shape ({length},), one flag per row"
        )
    return mask


def _groups(rules: Sequence[MatchedRule], rows: Numbers) -> tuple[Numbers, list[tuple[MatchedRule, Flags]]]:
    """Which group of equal masks each row is in, and of each rule what it boosts or is against (groups x N)."""
    everybody = np.ones((1, len(rows)), dtype=bool)  # rules whose functions found no pair leave nothing to group by
    masks = np.concatenate([everybody, *(matched.visitors[:, rows] for matched in rules)])
    packed, group = np.unique(np.packbits(masks, axis=0).T, axis=0, return_inverse=True)
    table = np.unpackbits(packed, axis=1, count=len(masks)).astype(np.float32)
    spoken, start = [], 1
    for matched in rules:
        mine = table[:, start : start + len(matched.visitors)]
        start += len(matched.visitors)
        of: Flags = np.asarray(mine @ matched.sessions.astype(np.float32) > 0)
        if matched.rule.action == "keep_only":
            of = np.asarray(mine.any(axis=1, keepdims=True) & ~of)
        spoken.append((matched, of))
    return group.ravel().astype(np.int64), spoken


def _one_at_a_time(
    spoken: Sequence[tuple[MatchedRule, Flags]], group: Numbers, left: Flags, *, count: bool
) -> RuleNumbers:
    """The rule that removed each session of visitors whom some rule leaves nothing, by the rules' policies."""
    removed = np.zeros(left.shape, dtype=np.int16)
    for number, (matched, of) in enumerate(spoken, start=1):
        if matched.rule.action == "boost":
            continue
        against = of[group]
        still = left & (removed == 0)
        emptied: Flags = np.asarray((still & against).any(axis=1) & ~(still & ~against).any(axis=1))
        if matched.rule.if_nothing_is_left == "ignore_rule":
            against &= ~emptied[:, None]
            matched.count.nothing_left_ignored += int(emptied.sum()) if count else 0
        else:
            matched.count.nothing_left_empty += int(emptied.sum()) if count else 0
        removed[against & (removed == 0)] = number
    return removed
