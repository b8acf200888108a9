"""Reasons: why a session stands in an agenda, in plain words, from the signals that carried it.

Only for chosen pairs, in bulk. No reason names or describes another person; groups are of five people or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.inputs import Floats, Inputs, Numbers, Words, blocks
from pa_assets.agendas.core.recommend.lookalikes import Groups
from pa_assets.agendas.core.recommend.scores import (
    OWN_HISTORY,
    SIGNALS,
    SIMILAR_VISITORS,
    STREAMS,
    Scorer,
)
from pa_assets.agendas.core.recommend.streams import SOURCES

MOST_REASONS = 3
OTHERWISE = "Completes your agenda at its time"
"""Where no signal puts the session above the programme's average."""

_POPULAR = "Well attended topic last year"
_SHARED = "Popular with visitors who attended what you attended"
_CENTRAL = "Close to the heart of this year's programme"

_BLOCK = 20_000
_LEAST_SHARE = 0.2
"""A signal is named when it brings at least this share of the strongest one's part."""

_LEAST_LIKENESS = 0.12
"""A session attended is named when it is at least so like this one; on real programmes, like ones begin here."""

_LEAST_LIFT = 1.25
"""A group is named when it attended like sessions at least this much more than everybody."""

_STREAM_TEXTS = {
    "history": "which you followed before",
    "named": "which you named in your registration",
    "job_role": "which suits your job role",
    "specialisation": "which suits what you do",
}


@dataclass(frozen=True)
class Explainer:
    """What reasons are made of, beside the scorer."""

    scorer: Scorer
    groups: Groups
    questions: dict[str, str]
    """Column -> question as asked."""

    def explain(self, visitor: Numbers, session: Numbers) -> tuple[list[list[str]], Words]:
        """1 to 3 reasons for each pair of visitor row and session row, strongest first, and what carried each agenda.

        An agenda is carried by the signal that brings most to the fit of its sessions.
        """
        parts, fits = self._contributions(visitor, session)
        eligible = (fits > 1.0) & (parts >= _LEAST_SHARE * parts.max(axis=1, keepdims=True, initial=0.0))
        texts = np.full(parts.shape, "", dtype=object)
        for column, name in enumerate(SIGNALS):
            rows = np.flatnonzero(eligible[:, column])
            texts[rows, column] = self._texts(name, visitor[rows], session[rows])
        order = np.argsort(-np.where(eligible, parts, -1.0), axis=1, kind="stable")[:, :MOST_REASONS]
        ranked = np.take_along_axis(texts, order, axis=1)
        ranked[(ranked == "").all(axis=1), 0] = OTHERWISE
        return _as_lists(ranked), _carried_by(visitor, parts)

    def _contributions(self, visitor: Numbers, session: Numbers) -> tuple[Floats, Floats]:
        """Part of each signal in the fit of each pair, and the signal itself (pairs x signals)."""
        parts, fits = np.zeros((len(visitor), len(SIGNALS))), np.zeros((len(visitor), len(SIGNALS)))
        rows, place = np.unique(visitor, return_inverse=True)
        for block in blocks(np.arange(len(rows)), _BLOCK):
            pairs = np.flatnonzero((place >= block[0]) & (place <= block[-1]))
            at = place[pairs] - block[0]
            signals = self.scorer.signals(rows[block])
            shares = self.scorer.shares(signals)
            for column, name in enumerate(SIGNALS):
                fits[pairs, column] = signals[name][at, session[pairs]]
                parts[pairs, column] = shares[name][at] * fits[pairs, column]
        return parts, fits

    def _texts(self, name: str, visitor: Numbers, session: Numbers) -> Words:
        if not len(visitor):
            return np.empty(0, dtype=object)
        if name == OWN_HISTORY:
            return self._own_history(visitor, session)
        if name == SIMILAR_VISITORS:
            return self._similar_visitors(visitor, session)
        if name == STREAMS:
            return self._streams(visitor, session)
        return np.full(len(visitor), _POPULAR if self.scorer.has_past else _CENTRAL, dtype=object)

    def _own_history(self, visitor: Numbers, session: Numbers) -> Words:
        """The session attended that is most like this one; where none is like it, the link through other people."""
        pair, past = _expanded(self.scorer.inputs.history, visitor)
        likeness = self.scorer.likeness[session[pair], past]
        near = likeness >= _LEAST_LIKENESS
        best = _best_item(pair[near], past[near], likeness[near], len(visitor))
        result = np.full(len(visitor), _SHARED, dtype=object)
        result[best >= 0] = _attended_texts(self.scorer.inputs)[best[best >= 0]]
        return result

    def _similar_visitors(self, visitor: Numbers, session: Numbers) -> Words:
        result = np.full(len(visitor), "Popular with visitors like you", dtype=object)
        pair, answer = _expanded(self.groups.members, visitor)
        lift = self.groups.lift[answer, session[pair]]
        special = lift >= _LEAST_LIFT
        best = _best_item(pair[special], answer[special], lift[special], len(visitor))
        named = best >= 0
        result[named] = _group_texts(self.groups, self.questions)[best[named]]
        return result

    def _streams(self, visitor: Numbers, session: Numbers) -> Words:
        affinity = self.scorer.affinity
        pair, stream = _expanded(affinity.sessions, session)
        strength = np.stack(
            [np.asarray(affinity.sources[name][visitor[pair], stream]).ravel() for name in SOURCES], axis=1
        )
        source = strength.argmax(axis=1)
        best = _best_item(pair, np.arange(len(pair)), strength.max(axis=1), len(visitor))
        ends = np.array([_STREAM_TEXTS[name] for name in SOURCES], dtype=object)
        return np.asarray("In the stream " + affinity.names[stream[best]] + ", " + ends[source[best]], dtype=object)


def _carried_by(visitor: Numbers, parts: Floats) -> Words:
    """Name of the strongest signal over all pairs of each pair's visitor."""
    sums = np.zeros((int(visitor.max(initial=-1)) + 1, len(SIGNALS)))
    np.add.at(sums, visitor, parts)
    strongest: Numbers = sums.argmax(axis=1)[visitor]
    return np.array(SIGNALS, dtype=object)[strongest]


def _attended_texts(inputs: Inputs) -> Words:
    """How having attended each past session is spoken of (P): what was a year before is last year, else its year."""
    year = inputs.past_sessions["starts_at"].dt.year
    last = inputs.sessions["starts_at"].dt.year.min() - 1
    when = ("in " + year.astype("Int64").astype(str)).where(year.notna() & year.ne(last), "last year")
    return np.asarray("You attended '" + inputs.past_sessions["title"] + "' " + when, dtype=object)


def _group_texts(groups: Groups, questions: dict[str, str]) -> Words:
    """How each answer is spoken of (T)."""
    texts = [
        f"Popular with visitors who answered '{answer}' to '{questions[column].rstrip('?')}'"
        if column in questions
        else f"Popular with visitors whose {column.replace('_', ' ')} is {answer}"
        for column, answer in zip(groups.columns, groups.names, strict=True)
    ]
    return np.array([*texts, ""], dtype=object)


def _expanded(matrix: object, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Every entry of the given rows of a sparse matrix: (position in `rows`, column), positions ascending."""
    picked = matrix[rows].tocoo()  # type: ignore[index]
    order = np.lexsort((picked.col, picked.row))
    return picked.row[order].astype(np.int64), picked.col[order].astype(np.int64)


def _best_item(pair: Numbers, item: Numbers, value: Floats, pairs: int) -> Numbers:
    """The item with the highest value of each pair, the first among equals; -1 where a pair has none."""
    order = np.lexsort((item, -value, pair))
    first = order[np.unique(pair[order], return_index=True)[1]]
    result = np.full(pairs, -1, dtype=np.int64)
    result[pair[first]] = item[first]
    return result


def _as_lists(texts: Words) -> list[list[str]]:
    """Rows of texts as lists without the empty ones."""
    table = pd.Series(texts.ravel(), index=np.repeat(np.arange(len(texts)), texts.shape[1]), dtype=object)
    count = np.zeros(len(texts), dtype=np.int64)
    filled = table[table.ne("")]
    np.add.at(count, filled.index.to_numpy(), 1)
    flat: Sequence[str] = filled.tolist()
    ends = np.cumsum(count)
    return [list(flat[end - number : end]) for end, number in zip(ends.tolist(), count.tolist(), strict=True)]
