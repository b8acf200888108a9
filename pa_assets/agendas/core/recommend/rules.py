"""Rules of the show: who must not get, gets only, or gets more of which sessions. Whole words, in order.

Matched once on distinct answers and on sessions; applied to blocks of visitors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend.attributes import column_of, contains_phrase, rows_that_speak_of
from pa_assets.agendas.core.recommend.inputs import Flags, Floats, Numbers
from pa_assets.agendas.core.recommend.scores import score_of


@dataclass
class RuleCount:
    """What one rule did: pairs of visitor and session, and visitors whom it would have left without any."""

    removed: int = 0
    boosted: int = 0
    nothing_left_ignored: int = 0
    nothing_left_empty: int = 0


@dataclass(frozen=True)
class MatchedRule:
    """A rule with the visitors (V) and sessions (N) that it speaks of."""

    rule: config.Rule
    visitors: Flags
    sessions: Flags
    count: RuleCount = field(default_factory=RuleCount)

    def statistics(self) -> dict[str, Any]:
        """Counts by name, for metadata."""
        return {
            "name": self.rule.name,
            "action": self.rule.action,
            "visitors": int(self.visitors.sum()),
            "sessions": int(self.sessions.sum()),
            **vars(self.count),
        }


def match(
    rules: Sequence[config.Rule], visitors: pd.DataFrame, sessions: pd.DataFrame, questions: Sequence[str]
) -> list[MatchedRule]:
    """Find the visitors and sessions of each rule.

    Of `answers` every key must hold; of `unless_answers` one is enough to exempt a visitor.

    Raises:
        RecommendationError: a rule names an unknown column or question.
    """
    return [
        MatchedRule(rule, _visitors_of(rule, visitors, questions), _sessions_of(rule.sessions, sessions))
        for rule in rules
    ]


def apply(
    rules: Sequence[MatchedRule], rows: Numbers, fit: Floats, minimum: int, *, count: bool
) -> tuple[Floats, Flags]:
    """Apply the rules in order to visitors `rows` (fit: rows x N); returns the fit after boosts and what is allowed.

    A rule that would leave a visitor nothing of at least `minimum` (millionths) follows its policy.
    """
    fit = fit.copy()
    allowed = np.ones(fit.shape, dtype=bool)
    for matched in rules:
        concerned, spoken_of = matched.visitors[rows][:, None], matched.sessions[None, :]
        if matched.rule.action == "boost":
            fit *= np.where(concerned & spoken_of, matched.rule.factor, 1.0)
            matched.count.boosted += int((concerned & spoken_of & allowed).sum()) if count else 0
            continue
        against = concerned & (spoken_of if matched.rule.action == "drop" else ~spoken_of)
        left = allowed & (score_of(fit) >= minimum)
        emptied: Flags = np.asarray((left & against).any(axis=1) & ~(left & ~against).any(axis=1))
        if matched.rule.if_nothing_is_left == "ignore_rule":
            against = against & ~emptied[:, None]
        allowed &= ~against
        if count:
            _record(matched, int((left & against).sum()), int(emptied.sum()))
    return fit, allowed


def _record(matched: MatchedRule, removed: int, emptied: int) -> None:
    matched.count.removed += removed
    if matched.rule.if_nothing_is_left == "ignore_rule":
        matched.count.nothing_left_ignored += emptied
    else:
        matched.count.nothing_left_empty += emptied


def _visitors_of(rule: config.Rule, visitors: pd.DataFrame, questions: Sequence[str]) -> Flags:
    where = f"Rule {rule.name!r}"
    result = np.ones(len(visitors), dtype=bool)
    for name, phrases in rule.visitors.answers.items():
        result &= rows_that_speak_of(visitors, column_of(name, visitors, questions, where), phrases)
    for name, phrases in rule.visitors.unless_answers.items():
        result &= ~rows_that_speak_of(visitors, column_of(name, visitors, questions, where), phrases)
    return result


def _sessions_of(spoken_of: config.RuleSessions, sessions: pd.DataFrame) -> Flags:
    streams = sessions["stream"].str.split(";").explode()
    in_stream = pd.Series(contains_phrase(streams, spoken_of.stream), index=streams.index).groupby(level=0).any()
    return np.asarray(
        in_stream.reindex(sessions.index, fill_value=False).to_numpy(dtype=bool)
        | contains_phrase(sessions["title"], spoken_of.title)
        | contains_phrase(sessions["theatre__name"], spoken_of.theatre)
    )
