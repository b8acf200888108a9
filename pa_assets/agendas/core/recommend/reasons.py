"""Reasons: why a session stands in an agenda, in plain words, from the signals that carried it.

Only for chosen pairs, in blocks of visitors; a reason is a whole number until the end of its block. The words are in
`phrases`. No reason names or describes another person; groups are of five people or more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.core.recommend.inputs import Flags, Floats, Numbers, Words, blocks
from pa_assets.agendas.core.recommend.lookalikes import Groups
from pa_assets.agendas.core.recommend.phrases import Phrases, phrases
from pa_assets.agendas.core.recommend.scores import (
    OWN_HISTORY,
    POPULARITY,
    SIMILAR_VISITORS,
    STREAMS,
    Scorer,
)
from pa_assets.agendas.core.recommend.streams import SOURCES
from pa_assets.agendas.core.tables import VISITORS

Codes = NDArray[np.int32]

MOST_REASONS = 3

_BLOCK_CELLS = 4_000_000
"""Visitors x sessions whose signals are held at once: 32 MB a signal."""

_LEAST_MULTIPLE = 1.2
"""A signal is named when it puts the session at least this far above the average one: a stream that nearly every
session is in tells nothing."""

_LEAST_SHARE = 0.2
"""A signal is named when it brings at least this share of the strongest one's part."""

_LEAST_LIKENESS = 0.15
"""A session attended is named when it is at least so like this one; below, on real programmes, a town or a common word
is all that the two share."""

_LEAST_LIFT = 1.25
"""A group is named when it attended like sessions at least this much more than everybody."""

_REPEATED, _LEAST_REPEATED = 0.75, 0.4
"""What each time that a reason stood first before in the same agenda leaves of its strength, and what stays at last:
readers see ten sessions, and a reason nearly as strong tells them more than the same one again."""

_NONE = -1
_CHOICES = 2
"""Texts that each signal offers for a pair, such as the two sessions attended that are most like it."""

_PERSONAL = frozenset(column.name for column in VISITORS.columns if column.personal)


def attended(words: Phrases, sessions: pd.DataFrame, past_sessions: pd.DataFrame) -> list[str]:
    """How attendance of each past session is spoken of (P), by its year.

    That is last year where all this year's sessions fall in one year and that one is the year before.
    """
    now = sessions["starts_at"].dt.year.dropna().unique()
    last = now[0] - 1 if len(now) == 1 else None
    return [
        words.say("attended_last_year", title=str(title))
        if pd.isna(year) or year == last
        else words.say("attended_in_year", title=str(title), year=str(int(year)))
        for title, year in zip(past_sessions["title"], past_sessions["starts_at"].dt.year, strict=True)
    ]


@dataclass(frozen=True)
class _Texts:
    """Every text that a reason may have, and where each kind begins."""

    all: Words
    begin: dict[str, int]


@dataclass(frozen=True)
class Explainer:
    """What reasons are made of, beside the scorer."""

    scorer: Scorer
    groups: Groups
    questions: dict[str, str]
    """Column -> question as asked."""
    language: str = "en"
    pinned: Flags | None = None
    """N: sessions that stand in every agenda."""
    exposed: Flags | None = None
    """N: sessions that the show wants many visitors to get; their reasons always say so."""
    words: Phrases = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", phrases(self.language))

    def explain(self, visitor: Numbers, session: Numbers) -> tuple[Words, Words]:
        """1 to 3 reasons for each pair of visitor row and session row, strongest first, and what carried each agenda.

        Pairs of one visitor are to be in the order of their ranks: of two reasons of like strength, the one that is
        new in the agenda goes first. An agenda is carried by the signal that brings most to the fit of its sessions.

        Returns:
            A list of texts per pair (equal ones are one object, not to be changed in place), and a signal's name
            per pair.
        """
        said, carried = np.empty(len(visitor), dtype=object), np.empty(len(visitor), dtype=object)
        known: dict[tuple[int, ...], list[str]] = {}
        rows, place = np.unique(visitor, return_inverse=True)
        order = np.argsort(place, kind="stable")
        bounds = np.searchsorted(place[order], np.arange(len(rows) + 1))
        for block in blocks(np.arange(len(rows)), max(1, _BLOCK_CELLS // max(len(self.scorer.inputs.sessions), 1))):
            pairs = order[bounds[block[0]] : bounds[block[-1] + 1]]
            found = _Block(self, rows[block], place[pairs] - block[0], session[pairs])
            codes = self._with_the_show_s(found.reasons(), session[pairs])
            said[pairs], carried[pairs] = _as_lists(codes, self.texts.all, known), found.carried_by()
        return said, carried

    @cached_property
    def texts(self) -> _Texts:
        """All texts; what is common to many pairs is written once."""
        say, inputs = self.words.say, self.scorer.inputs
        parts: dict[str, Iterable[str]] = {
            "fixed": [say(kind) for kind in _FIXED],
            "attended": attended(self.words, inputs.sessions, inputs.past_sessions),
            "groups": self._groups(),
            "streams": [
                say(f"stream_{source}", stream=str(name)) for source in SOURCES for name in self.scorer.affinity.names
            ],
            "shown": [
                say("sponsor", sponsor=str(name)) if str(name).strip() else say("highlighted")
                for name in inputs.sessions["sponsored_by"]
            ],
        }
        begin: dict[str, int] = {}
        flat: list[str] = []
        for kind, texts in parts.items():
            begin[kind] = len(flat)
            flat.extend(texts)
        return _Texts(np.array(flat, dtype=object), begin)

    def code(self, kind: str, item: Any) -> Any:
        """Codes of items of a kind of texts; `_NONE` for items below 0."""
        return np.where(np.asarray(item) < 0, _NONE, self.texts.begin[kind] + np.asarray(item))

    def fixed(self, kind: str) -> int:
        """Code of a text that is the same for everybody."""
        return self.texts.begin["fixed"] + _FIXED.index(kind)

    def _groups(self) -> list[str]:
        """How each answer is spoken of (T); of columns that may tell who somebody is, nothing but likeness is said."""
        named = zip(self.groups.columns, self.groups.names, strict=True)
        return [self._group(str(column), str(answer)) for column, answer in named]

    def _group(self, column: str, answer: str) -> str:
        say = self.words.say
        if column in self.questions:
            return say("answered", answer=answer, question=self.questions[column].rstrip("?¿ "))
        if column in _PERSONAL:
            return say("like_you")
        if column in ("job_role", "country"):
            return say(column, answer=answer)
        return say("attribute", attribute=column.replace("_", " "), answer=answer)

    def _with_the_show_s(self, codes: Codes, session: Numbers) -> Codes:
        """The reasons with what the show itself adds: pinned sessions first, disclosure of exposure last."""
        if self.pinned is not None:
            here = self.pinned[session]
            codes[here, 1:] = codes[here, :-1]
            codes[here, 0] = self.fixed("pinned")
        if self.exposed is not None:
            shown = np.flatnonzero(self.exposed[session])
            free = np.minimum((codes[shown] != _NONE).sum(axis=1), MOST_REASONS - 1)
            codes[shown, free] = self.code("shown", session[shown])
        codes[(codes == _NONE).all(axis=1), 0] = self.fixed("completes")
        return codes


_FIXED = ("attended_alike", "like_you", "popular", "central", "completes", "pinned")


@dataclass(frozen=True)
class _Block:
    """Reasons of the pairs of a block of visitors: B visitors, Q pairs, S signals, C choices each."""

    explainer: Explainer
    rows: Numbers
    """Visitor rows (B)."""
    at: Numbers
    """Position in `rows` of each pair (Q), ascending; pairs of one visitor by rank."""
    session: Numbers
    """Session row of each pair (Q)."""

    @cached_property
    def parts(self) -> tuple[list[str], Floats, Floats]:
        """Names of the signals (S), part of each in the fit of each pair, and multiple of its mean (Q x S)."""
        scorer = self.explainer.scorer
        signals = scorer.signals(self.rows)
        shares = scorer.shares(signals)
        here = np.stack([values[self.at, self.session] for values in signals.values()], axis=1)
        means = np.stack([values.mean(axis=1) for values in signals.values()], axis=1)[self.at]
        factors = np.stack([shares[name][self.at] for name in signals], axis=1)
        return list(signals), factors * here, here / np.where(means > 0, means, 1.0)

    def carried_by(self) -> Words:
        """Name of the strongest signal over all pairs of each pair's visitor."""
        names, parts, _ = self.parts
        sums = np.stack([np.bincount(self.at, part, len(self.rows)) for part in parts.T], axis=1)
        strongest: Numbers = sums.argmax(axis=1)[self.at]
        return np.array(names, dtype=object)[strongest]

    def reasons(self) -> Codes:
        """Codes of up to `MOST_REASONS` reasons per pair, strongest first."""
        names, parts, multiples = self.parts
        least = _LEAST_SHARE * _LEAST_REPEATED * parts.max(axis=1, keepdims=True, initial=0.0)
        eligible = (multiples >= _LEAST_MULTIPLE) & (parts >= least)
        codes = np.full((*parts.shape, _CHOICES), _NONE, dtype=np.int32)
        strength = np.zeros((*parts.shape, _CHOICES))
        for column, name in enumerate(names):
            pairs = np.flatnonzero(eligible[:, column])
            codes[pairs, column], relative = self._choices(name, pairs)
            strength[pairs, column] = parts[pairs, column, None] * relative
        return _varied(self.at, codes, np.where(codes == _NONE, 0.0, strength))

    def _choices(self, name: str, pairs: Numbers) -> tuple[Codes, Floats]:
        """Codes of the texts that a signal offers for some pairs, and their strength against the best (Q' x C)."""
        explainer = self.explainer
        if name == OWN_HISTORY:
            return self._own_history(pairs)
        if name == SIMILAR_VISITORS:
            return self._similar_visitors(pairs)
        if name == STREAMS:
            return self._streams(pairs)
        if name == POPULARITY:
            return _alone(explainer.fixed("popular" if explainer.scorer.has_past else "central"), len(pairs))
        return _alone(_NONE, len(pairs))

    def _own_history(self, pairs: Numbers) -> tuple[Codes, Floats]:
        """The sessions attended that are most like this one; where none is like it, the link through other people."""
        scorer = self.explainer.scorer
        pair, past = _expanded(scorer.inputs.history[self.rows], self.at[pairs])
        likeness = scorer.likeness[self.session[pairs][pair], past]
        item, relative = _best_items(pair, past, likeness, len(pairs), _LEAST_LIKENESS)
        codes = self.explainer.code("attended", item)
        codes[item[:, 0] < 0, 0] = self.explainer.fixed("attended_alike")
        return codes, relative

    def _similar_visitors(self, pairs: Numbers) -> tuple[Codes, Floats]:
        """The answers whose group attended like sessions most beyond everybody."""
        groups = self.explainer.groups
        pair, answer = _expanded(groups.members[self.rows], self.at[pairs])
        item, relative = _best_items(
            pair, answer, groups.lift[answer, self.session[pairs][pair]], len(pairs), _LEAST_LIFT
        )
        codes = self.explainer.code("groups", item)
        codes[item[:, 0] < 0, 0] = self.explainer.fixed("like_you")
        return codes, relative

    def _streams(self, pairs: Numbers) -> tuple[Codes, Floats]:
        """The stream of the session that fits the visitor best, and how it is known to."""
        affinity = self.explainer.scorer.affinity
        pair, stream = _expanded(affinity.sessions, self.session[pairs])
        sources = np.stack([np.asarray(affinity.sources[name][self.rows].todense()) for name in SOURCES])
        strength = sources[:, self.at[pairs][pair], stream]
        item = strength.argmax(axis=0) * len(affinity.names) + stream
        best, relative = _best_items(pair, item, strength.max(axis=0, initial=0.0), len(pairs), 0.0)
        return self.explainer.code("streams", best), relative


def _alone(code: int, pairs: int) -> tuple[Codes, Floats]:
    """One and the same text for each pair as choices."""
    codes = np.full((pairs, _CHOICES), _NONE, dtype=np.int32)
    codes[:, 0] = code
    return codes, np.ones((pairs, _CHOICES))


def _expanded(matrix: Any, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Every entry of the given rows of a sparse matrix: (position in `rows`, column), both ascending."""
    picked = matrix[rows]
    picked.eliminate_zeros()
    picked.sort_indices()
    return np.repeat(np.arange(len(rows)), np.diff(picked.indptr)), picked.indices.astype(np.int64)


def _best_items(pair: Numbers, item: Numbers, value: Floats, pairs: int, least: float) -> tuple[Numbers, Floats]:
    """The items of the highest values of each pair, the first among equals, and their values against the best.

    Args:
        pair: pair of each item, ascending.
        item: what is chosen among.
        value: its strength; only strengths of at least `least`, and above 0, count.
        pairs: number of pairs Q.
        least: least strength.

    Returns:
        Items (Q x `_CHOICES`), -1 where there is none, and strengths relative to the first, 1 for none.
    """
    items = np.full((pairs, _CHOICES), -1, dtype=np.int64)
    values = np.ones((pairs, _CHOICES))
    left = np.where(value >= least, value, 0.0)
    for choice in range(_CHOICES):
        highest = np.zeros(pairs)
        np.maximum.at(highest, pair, left)
        at = np.flatnonzero((left > 0) & (left == highest[pair]))
        at = at[np.diff(pair[at], prepend=-1) > 0]
        items[pair[at], choice] = item[at]
        values[pair[at], choice] = left[at]
        left[at] = 0.0
    return items, values / values[:, :1]


def _varied(at: Numbers, codes: Codes, strength: Floats) -> Codes:
    """The strongest reasons of each pair, where a reason weakens each time that it stood first in the agenda.

    Args:
        at: visitor of each pair (Q), ascending, pairs of one visitor by rank.
        codes: texts (Q x S x C).
        strength: their strength, 0 for none (Q x S x C).

    Returns:
        Codes (Q x `MOST_REASONS`), at most one per signal.
    """
    result = np.full((len(at), MOST_REASONS), _NONE, dtype=np.int32)
    rank = np.arange(len(at)) - np.searchsorted(at, at, side="left")
    longest = int(rank.max(initial=-1)) + 1
    first = np.full((int(at.max(initial=-1)) + 1, longest), _NONE, dtype=np.int32)
    for place in range(longest):
        pairs = np.flatnonzero(rank == place)
        before = first[at[pairs], None, None, :place]
        times = (codes[pairs][..., None] == before).sum(axis=-1)
        weakened = strength[pairs] * np.maximum(_REPEATED**times, _LEAST_REPEATED)
        choice = weakened.argmax(axis=2)[..., None]
        best = np.take_along_axis(weakened, choice, axis=2)[..., 0]
        text = np.take_along_axis(codes[pairs], choice, axis=2)[..., 0]
        order = np.argsort(-best, axis=1, kind="stable")[:, :MOST_REASONS]
        best, text = np.take_along_axis(best, order, axis=1), np.take_along_axis(text, order, axis=1)
        named = (best > 0) & (best >= _LEAST_SHARE * best[:, :1])
        result[pairs, : text.shape[1]] = np.where(named, text, _NONE)
        first[at[pairs], place] = result[pairs, 0]
    return result


def _as_lists(codes: Codes, texts: Words, known: dict[tuple[int, ...], list[str]]) -> Words:
    """Rows of codes as lists of texts; rows of equal codes share one list, kept in `known`."""
    key: Any = np.zeros(len(codes), dtype=np.int64)
    for column in codes.T:
        key = pd.factorize(key * (len(texts) + 1) + column + 1)[0].astype(np.int64)
    rows = [tuple(row) for row in codes[~pd.Series(key).duplicated().to_numpy()].tolist()]
    for row in rows:
        if row not in known:
            known[row] = [texts[code] for code in row if code != _NONE]
    lists = np.fromiter((known[row] for row in rows), dtype=object, count=len(rows))
    return np.asarray(lists[key], dtype=object)
