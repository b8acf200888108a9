"""Picks: chosen pairs of visitor and session, the form in which agendas travel between the parts of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pa_assets.agendas.core.recommend.inputs import Flags, Numbers


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
    empty = np.empty(0, dtype=np.int64)
    return Picks(
        np.concatenate([empty, *(part.visitor for part in parts)]),
        np.concatenate([empty, *(part.session for part in parts)]),
        np.concatenate([empty, *(part.score for part in parts)]),
    )
