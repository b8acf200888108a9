"""What the exports of one group of visitors hold, in columns: visitors, sessions, and what ties them together.

Made from tables here, from an exported JSON in `from_json`; the other modules turn it into files, in blocks of
visitors, so that no file has to stand in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.exports.columns import SESSION_FACTS, plain
from pa_assets.agendas.core.recommend.inputs import Numbers, RecommendationError, Words

VISITORS_AT_A_TIME = 2_000


@dataclass(frozen=True)
class Agendas:
    """Agendas of one group: V visitors, S sessions, R recommendations in order of visitor and rank."""

    show: str
    badges: list[str]
    """V badges, sorted."""
    people: dict[str, list[Any]]
    """Name in the exports -> V plain values."""
    sessions: dict[str, list[Any]]
    """Name of `SESSION_FACTS` -> S plain values."""
    first: Numbers
    """V + 1: the recommendations of visitor v are `first[v]` up to `first[v + 1]`."""
    session: Numbers
    """R: place of the session."""
    rank: Numbers
    score: list[float]
    strategy: Words
    reasons: Words
    """R lists of texts."""
    overlapping: list[str]
    """R: identifiers of the alternatives, joined by `|`."""

    @property
    def visitor(self) -> Numbers:
        """R: place of the visitor."""
        return np.repeat(np.arange(len(self.badges)), np.diff(self.first))

    def blocks(self) -> Iterator[tuple[slice, slice, Agendas]]:
        """The same in blocks of visitors, each with where its visitors and its recommendations are."""
        for start in range(0, len(self.badges), VISITORS_AT_A_TIME):
            some = slice(start, min(start + VISITORS_AT_A_TIME, len(self.badges)))
            rows = slice(int(self.first[some.start]), int(self.first[some.stop]))
            block = replace(
                self,
                badges=self.badges[some],
                people={name: values[some] for name, values in self.people.items()},
                first=self.first[some.start : some.stop + 1] - rows.start,
                session=self.session[rows],
                rank=self.rank[rows],
                score=self.score[rows],
                strategy=self.strategy[rows],
                reasons=self.reasons[rows],
                overlapping=self.overlapping[rows],
            )
            yield some, rows, block


@dataclass(frozen=True)
class Several:
    """Several sessions for each of some things, such as the alternatives of each recommendation."""

    first: Numbers
    """Those of thing t are `first[t]` up to `first[t + 1]`."""
    session: Numbers
    """Place of the session."""
    score: list[float]
    rule: Words
    """Name of the rule that took the session away; empty texts for alternatives."""

    def part(self, things: slice) -> Several:
        """Those of some consecutive things."""
        own = slice(int(self.first[things.start]), int(self.first[things.stop]))
        first = self.first[things.start : things.stop + 1] - own.start
        return Several(first, self.session[own], self.score[own], self.rule[own])


def alternatives_of(rows: pd.DataFrame, alternatives: pd.DataFrame, programme: pd.Index[Any]) -> Several:
    """The alternatives of each recommendation, in their order.

    Args:
        rows: badge_id and session_id of the R recommendations.
        alternatives: badge_id, session_id, place, alternative_id, score; those of other recommendations do not count.
        programme: identifiers of the sessions.
    """
    keys = ["badge_id", "session_id"]
    places = rows[keys].assign(row=np.arange(len(rows)))
    found = alternatives.merge(places, on=keys).sort_values(["row", "place"], kind="stable")
    return _several(found["row"], len(rows), found["alternative_id"], found["score"], programme)


def removed_of(badges: pd.Index[Any], removed: pd.DataFrame, programme: pd.Index[Any]) -> Several:
    """The sessions that rules took from each of some visitors, the best first.

    Args:
        badges: of the visitors.
        removed: badge_id, session_id, rule, score; those of other visitors do not count.
        programme: identifiers of the sessions.
    """
    row = badges.get_indexer(pd.Index(removed["badge_id"]))
    worst = -removed["score"].astype("float64")
    found = removed.assign(row=row, worst=worst)[row >= 0]
    found = found.sort_values(["row", "worst", "session_id", "rule"], kind="stable")
    return _several(found["row"], len(badges), found["session_id"], found["score"], programme, found["rule"])


def _several(
    thing: pd.Series[Any],
    things: int,
    sessions: pd.Series[Any],
    score: pd.Series[Any],
    programme: pd.Index[Any],
    rule: pd.Series[Any] | None = None,
) -> Several:
    return Several(
        first=np.searchsorted(thing.to_numpy(), np.arange(things + 1)).astype(np.int64),
        session=places_of(sessions, programme, "session"),
        score=score.tolist(),
        rule=np.full(len(thing), "", dtype=object) if rule is None else rule.to_numpy(dtype=object),
    )


def read_agendas(
    show: str,
    rows: pd.DataFrame,
    people: pd.DataFrame,
    programme: pd.DataFrame,
    person_columns: Mapping[str, str],
    alternatives: Several,
) -> Agendas:
    """The agendas of a group, from tables.

    Args:
        show: tag of the show.
        rows: table RECOMMENDATIONS of the group, sorted by badge and rank.
        people: table VISITORS of this year, by badge.
        programme: table BACKFILLED_SESSIONS of this year, by session.
        person_columns: name in the exports -> column of `people`.
        alternatives: of each row.

    Raises:
        RecommendationError: a row names a visitor or session that the tables lack.
    """
    badge = rows["badge_id"].to_numpy(dtype=object)
    begins = np.flatnonzero(np.append(True, badge[1:] != badge[:-1])) if len(badge) else np.empty(0, np.int64)
    chosen = people.iloc[places_of(pd.Series(badge[begins], dtype=object), people.index, "visitor")]
    sessions = {name: plain(programme[column]) for name, column in SESSION_FACTS.items()}
    identifiers = np.array(programme.index, dtype=object)[alternatives.session]
    return Agendas(
        show=show,
        badges=badge[begins].tolist(),
        people={name: plain(values_of(chosen, column)) for name, column in person_columns.items()},
        sessions=sessions,
        first=np.append(begins, len(badge)).astype(np.int64),
        session=places_of(rows["session_id"], programme.index, "session"),
        rank=rows["rank"].to_numpy(np.int64),
        score=rows["score"].tolist(),
        strategy=rows["strategy"].to_numpy(dtype=object),
        reasons=rows["reasons"].to_numpy(dtype=object),
        overlapping=joined_groups(identifiers.tolist(), alternatives.first, "|"),
    )


def places_of(keys: pd.Series[Any], known: pd.Index[Any], what: str) -> Numbers:
    """Where each key stands in an index.

    Raises:
        RecommendationError: one is not there.
    """
    places: Numbers = known.get_indexer(pd.Index(keys)).astype(np.int64)
    if missing := int((places < 0).sum()):
        raise RecommendationError(
            f"exports: {missing} rows of the agendas name a {what} that this year's tables lack. "
            "Make event/recommendations again, then the exports."
        )
    return places


def values_of(people: pd.DataFrame, column: str) -> pd.Series[Any]:
    """A visitor column, or empty lists for a question that nobody answered."""
    if column in people.columns:
        return people[column]
    return pd.Series([[] for _ in range(len(people))], index=people.index, dtype=object)


def joined_groups(texts: list[str], first: Numbers, separator: str) -> list[str]:
    """One text for each group of texts."""
    from pa_assets.agendas.core.exports.texts import grouped

    joined: list[str] = grouped(texts, first, separator).to_pylist()
    return joined
