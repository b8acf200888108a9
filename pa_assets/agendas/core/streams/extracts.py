"""Descriptions of streams from the words of their own sessions, where nobody and no model wrote one."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import pandas as pd

from pa_assets.agendas.core.streams.words import telling_terms
from pa_assets.agendas.core.text import fold, split_streams

_TERMS = 4
_BEGINNING = 6


def extracted_descriptions(sessions: pd.DataFrame, streams: Sequence[str], wanted: Iterable[str]) -> dict[str, str]:
    """An honest description of each stream of `wanted`, marked as extracted.

    The terms that set a stream apart are those that many of its sessions and few of the other `streams` use (term
    frequency by inverse stream frequency); the sample title is the one that holds most of their weight.

    Args:
        sessions: SESSIONS of all cohorts.
        streams: every stream of the catalogue.
        wanted: those to describe.
    """
    keys = {fold(stream) for stream in streams}
    members: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for cell, title, synopsis in sorted(
        zip(sessions["stream"], sessions["title"], sessions["synopsis_stripped"], strict=True)
    ):
        for stream in split_streams(cell):
            members[fold(stream)].append((title, synopsis))
    usage = {key: _session_counts(members[key]) for key in sorted(keys)}
    spread = Counter(term for counts in usage.values() for term in counts)
    return {
        stream: _sentence(members[fold(stream)], _weights(usage[fold(stream)], spread, len(usage))) for stream in wanted
    }


def _session_counts(members: Sequence[tuple[str, str]]) -> Counter[str]:
    """In how many sessions each term stands; a title counts twice."""
    counts: Counter[str] = Counter()
    for title, synopsis in members:
        counts.update(set(telling_terms(title)))
        counts.update(set(telling_terms(f"{title}\n{synopsis}")))
    return counts


def _weights(counts: Counter[str], spread: Counter[str], streams: int) -> dict[str, float]:
    return {term: count * math.log1p(streams / spread[term]) for term, count in counts.items()}


def _best_terms(weights: dict[str, float]) -> list[str]:
    """Terms by weight; none shares a word, or the beginning of one (container, containers), with another."""
    chosen: list[str] = []
    taken: set[str] = set()
    for term in sorted(weights, key=lambda term: (-weights[term], term)):
        beginnings = {word[:_BEGINNING] for word in term.split()}
        if not beginnings & taken:
            chosen.append(term)
            taken |= beginnings
        if len(chosen) == _TERMS:
            break
    return chosen


def _sentence(members: Sequence[tuple[str, str]], weights: dict[str, float]) -> str:
    number = f"{len(members)} session{'' if len(members) == 1 else 's'}"
    terms = _best_terms(weights)
    if not members:
        return "No session carries this stream yet."
    title = min((title for title, _ in members), key=lambda title: (-_weight(title, terms, weights), len(title), title))
    about = f"Sessions on {_enumerate(terms)}, such as" if terms else "Sessions such as"
    return f"{about} '{title}'. (Extracted from {number}.)"


def _weight(title: str, terms: Sequence[str], weights: dict[str, float]) -> float:
    words = set(telling_terms(title))
    return sum(weights[term] for term in terms if term in words)


def _enumerate(terms: Sequence[str]) -> str:
    return terms[0] if len(terms) == 1 else f"{', '.join(terms[:-1])} and {terms[-1]}"
