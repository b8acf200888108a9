"""Picks: chosen pairs of visitor and session, and what is asked of the solver. Forms only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from pa_assets.agendas.core.recommend.inputs import Flags, Millionths, Numbers


@dataclass(frozen=True)
class Picks:
    """Chosen pairs: visitor row, session row, score in millionths."""

    visitor: Numbers
    session: Numbers
    score: Numbers

    def only(self, keep: Numbers | Flags) -> Picks:
        """The pairs at `keep` (positions or flags)."""
        return Picks(self.visitor[keep], self.session[keep], self.score[keep])


def joined(parts: Sequence[Picks]) -> Picks:
    """All pairs of some sets; none of no set."""
    return stacked(Picks, parts)


class Demand(NamedTuple):
    """What visitors are offered, as the compiled loops read it; pairs of v stand from first[v] to first[v + 1]."""

    values: Millionths
    """visitors x N; 0 where a session is out of the question."""
    forced_first: Numbers
    forced_session: Numbers
    """Sessions that go before all others; they fit together."""
    booked_first: Numbers
    booked_from: Numbers
    booked_to: Numbers
    """Time that is taken (nanoseconds), which no break can use."""
    visitor_draw: NDArray[np.uint64]
    session_draw: NDArray[np.uint64]
    """Their mixture decides ties."""
    scale: int
    """Units of a sum in one millionth; 1 where ties are not drawn."""
    noise: int
    """Millionths below which the draw lies."""
    effort: int
    """Agendas tried for one visitor, where repeated talks ask for a search, before the best so far is taken."""


@dataclass(frozen=True)
class Alternatives:
    """Other sessions at the time of recommended ones, a row each."""

    visitor: Numbers
    session: Numbers
    """The recommended one."""
    alternative: Numbers
    place: Numbers
    """1: the best."""
    score: Numbers
    """Of the alternative, in millionths."""


@dataclass(frozen=True)
class Removed:
    """Sessions that rules took from visitors whom they would have fitted, a row each."""

    visitor: Numbers
    session: Numbers
    rule: Numbers
    """Counted from 1 in the order of work."""
    score: Numbers
    """In millionths."""


_Rows = TypeVar("_Rows", Picks, Alternatives, Removed)


def stacked(kind: type[_Rows], parts: Sequence[_Rows]) -> _Rows:
    """The rows of several parts as one; none of no part."""
    nothing = np.empty(0, dtype=np.int64)
    columns = {column.name: [nothing] for column in fields(kind)}
    for part in parts:
        for name, values in columns.items():
            values.append(getattr(part, name))
    return kind(**{name: np.concatenate(values) for name, values in columns.items()})
