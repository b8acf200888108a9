"""Alignment of tables: rows in order, attendance and vectors where they belong, whatever the order they came in."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas.core.recommend.inputs import Inputs, RecommendationError, prepare
from pa_assets_tests.agendas.core.recommend_shows import show

TABLES = ("visitors", "attendance", "sessions", "embeddings")


def prepared(tables: dict[str, Any], **other: pd.DataFrame) -> Inputs:
    given = {name: tables[name] for name in TABLES} | other
    return prepare(**given)


def attended(inputs: Inputs, matrix: Any, row: int) -> set[tuple[str, str]]:
    sessions = inputs.past_sessions.iloc[matrix[row].indices]
    return set(zip(sessions["cohort"], sessions["session_id"], strict=True))


def test_attendance_stands_with_its_person_its_badge_and_its_session() -> None:
    tables = show()
    inputs = prepared(tables)
    scans = tables["attendance"]
    for row, this in enumerate(inputs.visitors.to_dict("records")):
        own = scans[scans["person_id"].eq(this["person_id"])]
        assert attended(inputs, inputs.history, row) == set(zip(own["cohort"], own["session_id"], strict=True))
    for row, past in enumerate(inputs.past_visitors.to_dict("records")):
        own = scans[scans["badge_id"].eq(past["badge_id"])]
        assert attended(inputs, inputs.past_attendance, row) == set(zip(own["cohort"], own["session_id"], strict=True))
    assert inputs.people.sum() == len(scans) and len(scans["person_id"].unique()) == inputs.people.shape[0]


def test_equal_badges_and_sessions_of_two_shows_are_kept_apart() -> None:
    tables = show()
    sessions, visitors, scans = tables["sessions"], tables["visitors"], tables["attendance"]
    other = {"cohort": "last_year_secondary"}
    last = "last_year_main"
    inputs = prepared(
        tables,
        sessions=pd.concat([sessions, sessions[sessions["cohort"].eq(last)].assign(**other)]),
        visitors=pd.concat([visitors, visitors[visitors["cohort"].eq(last)].assign(**other)]),
        attendance=pd.concat([scans, scans.head(1).assign(**other)]),
    )
    secondary = inputs.past_visitors["cohort"].eq("last_year_secondary").to_numpy()
    assert inputs.past_attendance[secondary].sum() == 1
    assert inputs.past_attendance[~secondary].sum() == len(scans)
    (row,) = np.flatnonzero(np.diff(inputs.past_attendance.indptr) * secondary)
    assert attended(inputs, inputs.past_attendance, row) == {("last_year_secondary", scans["session_id"].iloc[0])}


def test_the_order_of_rows_changes_nothing() -> None:
    tables = show()
    inputs = prepared(tables)
    mixed = {
        name: tables[name].sample(frac=1, random_state=3)
        for name in ("visitors", "attendance", "sessions", "embeddings")
    }
    again = prepared(tables, **mixed)
    pd.testing.assert_frame_equal(inputs.visitors, again.visitors)
    for name in ("history", "people", "past_attendance"):
        one, other = getattr(inputs, name), getattr(again, name)
        one.sort_indices()
        other.sort_indices()
        assert (one.indptr == other.indptr).all() and (one.indices == other.indices).all()
        assert one.dtype == np.float32
    assert (inputs.vectors == again.vectors).all() and (inputs.past_vectors == again.past_vectors).all()


def test_scans_count_once_and_those_of_unknown_sessions_and_of_this_year_do_not() -> None:
    tables = show()
    scans = tables["attendance"]
    strange = scans.head(2).assign(session_id="nowhere")
    now = scans.head(2).assign(cohort="this_year", session_id="thisE0")
    inputs = prepared(tables, attendance=pd.concat([scans, scans, strange, now]))
    assert inputs.people.nnz == len(scans) and set(inputs.people.data) == {1.0}


def test_a_person_with_ten_thousand_scans_is_one_row() -> None:
    tables = show()
    many = tables["attendance"].iloc[np.zeros(10_000, dtype=int)]
    inputs = prepared(tables, attendance=pd.concat([tables["attendance"], many]))
    assert inputs.people.nnz == len(tables["attendance"])


def test_vectors_that_are_no_numbers_count_as_none_and_are_counted() -> None:
    tables = show()
    embeddings = tables["embeddings"].copy()
    embeddings["vector"] = [
        np.full(8, np.nan) if row in (0, 20) else vector for row, vector in enumerate(embeddings["vector"])
    ]
    inputs = prepared(tables, embeddings=embeddings)
    assert inputs.unusable_vectors == 2
    assert prepared(tables).unusable_vectors == 0
    empty = (~inputs.vectors.any(axis=1)).sum() + (~inputs.past_vectors.any(axis=1)).sum()
    assert empty == 2


def test_sessions_without_a_vector_have_zeros() -> None:
    tables = show()
    inputs = prepared(tables, embeddings=tables["embeddings"].iloc[1:])
    assert inputs.unusable_vectors == 0 and (~inputs.vectors.any(axis=1)).sum() == 1
    nothing = prepared(tables, embeddings=tables["embeddings"].head(0))
    assert not nothing.vectors.any() and not nothing.past_vectors.any()


def test_vectors_of_two_models_are_refused() -> None:
    tables = show()
    embeddings = tables["embeddings"].copy()
    embeddings["vector"] = [vector[: 8 if row else 5] for row, vector in enumerate(embeddings["vector"])]
    with pytest.raises(RecommendationError, match="different lengths: 5, 8"):
        prepared(tables, embeddings=embeddings)


def test_nothing_of_the_past_leaves_empty_matrices() -> None:
    tables = show()
    now = {
        name: tables[name][tables[name]["cohort"].eq("this_year")] for name in ("visitors", "attendance", "sessions")
    }
    inputs = prepared(tables, **now)
    assert inputs.history.shape == (30, 0) and inputs.people.shape == (0, 0) and inputs.past_attendance.shape == (0, 0)
