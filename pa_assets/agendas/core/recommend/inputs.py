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

Floats = NDArray[np.floating[Any]]
"""In double or in single precision."""
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
    """V x P, in single precision like all attendance: 1 where the same person attended."""
    people: csr_matrix
    """All past attendees x P, a row per person."""
    past_attendance: csr_matrix
    """U x P: 1 where the badge attended."""
    vectors: Floats
    """N x D; zeros where a session has none."""
    past_vectors: Floats
    """P x D; zeros where a session has none."""
    unusable_vectors: int = 0
    """Sessions whose vector holds something that is no finite number; it counts as none."""


def prepare(
    visitors: pd.DataFrame, attendance: pd.DataFrame, sessions: pd.DataFrame, embeddings: pd.DataFrame
) -> Inputs:
    """Sort the tables and align attendance and vectors with them; scans of unknown sessions do not count.

    Raises:
        RecommendationError: vectors of different lengths, which no one model makes.
    """
    this_visitors = _sorted(visitors[visitors["cohort"].eq(THIS_YEAR)], ["badge_id"])
    past_visitors = _sorted(visitors[visitors["cohort"].isin(PAST_COHORTS)], ["cohort", "badge_id"])
    this_sessions = _sorted(sessions[sessions["cohort"].eq(THIS_YEAR)], ["session_id"])
    past_sessions = _sorted(sessions[sessions["cohort"].isin(PAST_COHORTS)], ["cohort", "session_id"])

    past = attendance[attendance["cohort"].isin(PAST_COHORTS)]
    column = _positions(past_sessions, past, "session_id")
    past, column = past[column >= 0], column[column >= 0]
    person, people_ids = pd.factorize(past["person_id"].to_numpy(dtype=object), sort=True)
    people = _incidence(person, column, (len(people_ids), len(past_sessions)))
    badge = _positions(past_visitors, past, "badge_id")
    known = badge >= 0

    vectors, bad = _vectors(this_sessions, embeddings)
    past_vectors, past_bad = _vectors(past_sessions, embeddings)
    return Inputs(
        visitors=this_visitors,
        sessions=this_sessions,
        past_visitors=past_visitors,
        past_sessions=past_sessions,
        history=_rows_or_empty(people, pd.Index(people_ids).get_indexer(this_visitors["person_id"])),
        people=people,
        past_attendance=_incidence(badge[known], column[known], (len(past_visitors), len(past_sessions))),
        vectors=vectors,
        past_vectors=past_vectors,
        unusable_vectors=bad + past_bad,
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


def _positions(table: pd.DataFrame, rows: pd.DataFrame, key: str) -> Numbers:
    """Row of `table` of the same cohort and key as each of `rows`, -1 where there is none."""
    result = np.full(len(rows), -1, dtype=np.int64)
    for cohort in table["cohort"].unique():
        here = np.flatnonzero(table["cohort"].eq(cohort))
        there = np.flatnonzero(rows["cohort"].eq(cohort))
        found = pd.Index(table[key].to_numpy(dtype=object)[here]).get_indexer(rows[key].to_numpy(dtype=object)[there])
        result[there] = np.where(found < 0, -1, here[found])
    return result


def _incidence(rows: Any, columns: Any, shape: tuple[int, int]) -> csr_matrix:
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _rows_or_empty(matrix: csr_matrix, rows: Any) -> csr_matrix:
    from scipy.sparse import csr_matrix, vstack

    empty = csr_matrix((1, matrix.shape[1]), dtype=matrix.dtype)
    return vstack([matrix, empty], format="csr")[np.where(rows < 0, matrix.shape[0], rows)]


def _vectors(sessions: pd.DataFrame, embeddings: pd.DataFrame) -> tuple[Floats, int]:
    """Vectors of the sessions, and how many of them could not be used."""
    lengths = embeddings["vector"].map(len).unique()
    if len(lengths) > 1:
        raise RecommendationError(
            f"The vectors of the sessions have different lengths: {', '.join(map(str, sorted(lengths)))}. "
            "They are of different models; make session_embeddings anew."
        )
    result = np.zeros((len(sessions), int(lengths[0]) if len(lengths) else 1))
    position = _positions(embeddings, sessions, "session_id")
    found = np.flatnonzero(position >= 0)
    if len(found):
        result[found] = np.stack(embeddings["vector"].to_numpy()[position[found]].tolist())
    usable = np.isfinite(result).all(axis=1)
    result[~usable] = 0.0
    return result, int((~usable).sum())
