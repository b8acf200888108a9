"""What the engine works on: tables in a fixed order and attendance as sparse matrices.

Only alignment lives here. What attendance or texts mean for a visitor is in the modules of the signals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.core.tables import PAST_COHORTS, THIS_YEAR

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Millionths = NDArray[np.int32]
Flags = NDArray[np.bool_]
Words = NDArray[np.object_]


class RecommendationError(ValueError):
    """The settings and the tables do not fit; the message names the setting, what was found and the mend."""


@dataclass(frozen=True)
class Inputs:
    """Tables sorted by their keys, and matrices whose rows and columns follow these tables.

    V visitors of this year, N sessions of this year, U past visitors, P past sessions, D vector dimensions.
    """

    visitors: pd.DataFrame
    """V rows, by badge."""
    sessions: pd.DataFrame
    """N rows, by session."""
    past_visitors: pd.DataFrame
    """U rows, by cohort and badge."""
    past_sessions: pd.DataFrame
    """P rows, by cohort and session."""
    history: csr_matrix
    """V x P: 1 where the same person attended."""
    people: csr_matrix
    """All past attendees x P, a row per person."""
    past_attendance: csr_matrix
    """U x P: 1 where the badge attended."""
    vectors: Floats
    """N x D; zeros where a session has none."""
    past_vectors: Floats
    """P x D; zeros where a session has none."""


def prepare(
    visitors: pd.DataFrame, attendance: pd.DataFrame, sessions: pd.DataFrame, embeddings: pd.DataFrame
) -> Inputs:
    """Sort the tables and align attendance and vectors with them; scans of unknown sessions do not count."""
    this_visitors = _sorted(visitors[visitors["cohort"].eq(THIS_YEAR)], ["badge_id"])
    past_visitors = _sorted(visitors[visitors["cohort"].isin(PAST_COHORTS)], ["cohort", "badge_id"])
    this_sessions = _sorted(sessions[sessions["cohort"].eq(THIS_YEAR)], ["session_id"])
    past_sessions = _sorted(sessions[sessions["cohort"].isin(PAST_COHORTS)], ["cohort", "session_id"])

    past = attendance[attendance["cohort"].isin(PAST_COHORTS)]
    column = _positions(past_sessions, past, ["cohort", "session_id"])
    past, column = past[column >= 0], column[column >= 0]
    people_ids = np.unique(past["person_id"].to_numpy(dtype=object))
    people_index = pd.Index(people_ids, dtype=object)
    people = _incidence(people_index.get_indexer(past["person_id"]), column, (len(people_ids), len(past_sessions)))
    badge = _positions(past_visitors, past, ["cohort", "badge_id"])
    known = badge >= 0
    past_attendance = _incidence(badge[known], column[known], (len(past_visitors), len(past_sessions)))

    person = people_index.get_indexer(this_visitors["person_id"])
    dimensions = max((len(vector) for vector in embeddings["vector"].head(1)), default=1)
    return Inputs(
        visitors=this_visitors,
        sessions=this_sessions,
        past_visitors=past_visitors,
        past_sessions=past_sessions,
        history=_rows_or_empty(people, person),
        people=people,
        past_attendance=past_attendance,
        vectors=_vectors(this_sessions, embeddings, dimensions),
        past_vectors=_vectors(past_sessions, embeddings, dimensions),
    )


def texts(sessions: pd.DataFrame) -> list[str]:
    """What a session is about: title, synopsis and streams."""
    joined = sessions["title"] + " " + sessions["synopsis_stripped"] + " " + sessions["stream"]
    return [str(text) for text in joined]


def blocks(rows: Numbers, size: int) -> list[Numbers]:
    """`rows` cut into pieces of at most `size`."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _sorted(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def _positions(table: pd.DataFrame, rows: pd.DataFrame, keys: list[str]) -> Numbers:
    index = pd.MultiIndex.from_frame(table[keys])
    found = index.get_indexer(pd.MultiIndex.from_frame(rows[keys]))
    return np.asarray(found, dtype=np.int64)


def _incidence(rows: Any, columns: Any, shape: tuple[int, int]) -> csr_matrix:
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _rows_or_empty(matrix: csr_matrix, rows: Any) -> csr_matrix:
    from scipy.sparse import csr_matrix, vstack

    padded = vstack([matrix, csr_matrix((1, matrix.shape[1]))], format="csr")
    return padded[np.where(rows < 0, matrix.shape[0], rows)]


def _vectors(sessions: pd.DataFrame, embeddings: pd.DataFrame, dimensions: int) -> Floats:
    result = np.zeros((len(sessions), dimensions))
    position = _positions(embeddings, sessions, ["cohort", "session_id"])
    found = np.flatnonzero(position >= 0)
    if len(found):
        result[found] = np.stack(embeddings["vector"].to_numpy()[position[found]].tolist())
    return np.where(np.isfinite(result).all(axis=1, keepdims=True), result, 0.0)
