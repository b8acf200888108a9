"""Which streams the language model may choose from, session by session. Putting the question is `asking`.

Sessions share sets of candidates wherever they can: one call asks about sessions of one set only, and a set names and
describes each of its streams once. A catalogue that fits the cap is one set for all. Of a larger one each session has
its own best; a session joins the first set that holds the better third of them, so that few sets arise and none loses
a stream that is likely.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.core.streams.rules import Spelling
from pa_assets.agendas.core.text import fold, split_streams

_SURE_PART = 3
"""A session shares a set that holds this part of its own best: a third. With a half, sets are four times as many."""

_MOST_TOLD = 5
"""A theatre of more streams than this tells nothing of the next session there."""


class TheatreStreams:
    """Streams that theatres held, by the programme.

    Args:
        labelled: sessions that have streams, of all cohorts.
        spelling: of the catalogue.
    """

    def __init__(self, labelled: pd.DataFrame, spelling: Spelling) -> None:
        self._held: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        rows = labelled[["theatre__name", "cohort", "stream"]].drop_duplicates()
        for theatre, cohort, cell in rows.itertuples(index=False, name=None):
            if fold(theatre):
                self._held[fold(theatre)][cohort] |= set(spelling.of(split_streams(cell)))

    def here(self, theatre: str, cohort: str) -> set[str]:
        """What the theatre held at this show."""
        return self._shows(theatre).get(cohort, set())

    def ever(self, theatre: str) -> set[str]:
        """What the theatre held at any show."""
        return set().union(*self._shows(theatre).values())

    def told(self, theatre: str, cohort: str) -> str:
        """The theatre as a question names it: with the few streams that it held, at this show before others."""
        held = self.here(theatre, cohort) or self.ever(theatre)
        if not theatre or not 0 < len(held) <= _MOST_TOLD:
            return theatre
        return f"{theatre} (other sessions there: {'; '.join(sorted(held))})"

    def _shows(self, theatre: str) -> dict[str, set[str]]:
        return self._held.get(fold(theatre), {})


def candidate_sets(
    sessions: pd.DataFrame, names: Sequence[str], ranked: NDArray[np.intp], held: TheatreStreams, most: int
) -> list[tuple[str, ...]]:
    """The candidates of each session, sorted by name, at most `most`.

    What the theatre held at the session's own show goes before what it held at others, and that before the rest; among
    equals the likelier stream goes first.

    Args:
        sessions: the sessions, in a fixed order.
        names: the catalogue.
        ranked: columns of `names` by likelihood, best first, shape (sessions, streams).
        held: streams of theatres.
        most: cap.
    """
    if len(names) <= most:
        return [tuple(sorted(names))] * len(sessions)
    sets: list[frozenset[str]] = []
    chosen = []
    for order, theatre, cohort in zip(ranked, sessions["theatre__name"], sessions["cohort"], strict=True):
        here, ever = held.here(theatre, cohort), held.ever(theatre)
        by_likelihood = [names[column] for column in order]
        best = sorted(by_likelihood, key=lambda name: (name not in here, name not in ever))[:most]
        needed = set(best[: -(-most // _SURE_PART)])
        joined = next((known for known in sets if needed <= known), None)
        if joined is None:
            joined = frozenset(best)
            sets.append(joined)
        chosen.append(joined)
    return [tuple(sorted(found)) for found in chosen]
