"""Parquet twins: what is written is read, value by value."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.graph import twins
from pa_assets.agendas.core.graph.declaration import HASH
from pa_assets.agendas.core.graph.parts import part, row_hashes
from pa_assets_tests.agendas.core.graph.graph_tables import make_tables
from pa_assets_tests.agendas.core.graph.made import SCHEMA, all_parts

HOSTILE = ["nul \0 in \0", "\0", "\U0001f600 \U0001f469\u200d\U0001f467", "\u0645\u0631\u062d\u0628\u0627 \u202eabc"]
HOSTILE += ["`x` {y} $z \\", "'; MATCH (n) DETACH DELETE n", "x" * 70_000, ""]


def test_every_part_is_read_as_it_was_written(tmp_path: Path) -> None:
    parts = all_parts(make_tables())
    twins.write(tmp_path, list(parts.values()))
    for name, written in parts.items():
        found = twins.read(tmp_path, written.element)
        assert found is not None
        pd.testing.assert_frame_equal(found, written.frame, check_exact=True)
        hashed = found.drop(columns=HASH)
        if name != "agenda_marks":  # its hash covers the agenda
            assert row_hashes(hashed).equals(found[HASH]), name
        assert not set(written.stamps) & set(found.columns)
    assert {path.stem for path in tmp_path.iterdir()} == set(parts)


def test_the_same_part_is_the_same_file(tmp_path: Path) -> None:
    tables = make_tables()
    for folder, at in (("a", "now"), ("b", "later")):
        twins.write(tmp_path / folder, list(all_parts(tables, at).values()))
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_hostile_texts_lists_times_and_absent_values_come_back(tmp_path: Path) -> None:
    count = len(HOSTILE)
    rows = pd.DataFrame(
        {
            "BadgeId": [f"{text[:9]}{number}" for number, text in enumerate(HOSTILE)],
            "Company": HOSTILE,
            "Days_since_registration": pd.array([2**53 + 1, None] * (count // 2), dtype="Int64"),
            "registration_date": pd.Series([pd.Timestamp("2025-01-02 03:04:05.123456"), pd.NaT] * (count // 2)),
            "a question-with/all `of` it 😀": [HOSTILE[:number] for number in range(count)],
            "nobody answered": [[] for _ in range(count)],
            "number": [0.1, np.nan] * (count // 2),
        }
    )
    made = part(SCHEMA.visitors["this_year"], rows)
    twins.write(tmp_path, [made])
    found = twins.read(tmp_path, made.element)
    assert found is not None
    pd.testing.assert_frame_equal(found, made.frame, check_exact=True)
    assert found["nobody answered"].map(type).eq(list).all()


@pytest.mark.parametrize("rows", [0, 3])
def test_vectors_stay_arrays_of_32_bits(tmp_path: Path, rows: int) -> None:
    vectors = np.random.default_rng(1).normal(size=(rows, 384)).astype(np.float32)
    frame = pd.DataFrame({"session_id": [str(row) for row in range(rows)], "embedding": list(vectors)}, dtype=object)
    made = part(SCHEMA.layer("embedding_this_year"), frame.assign(embedding_hash="x"))
    twins.write(tmp_path, [made])
    found = twins.read(tmp_path, made.element)
    assert found is not None
    assert [vector.tobytes() for vector in found["embedding"]] == [vector.tobytes() for vector in vectors]


def test_what_is_known_is_ends_and_hashes_of_twins_that_there_are(tmp_path: Path) -> None:
    parts = all_parts(make_tables())
    named = [parts["stream"], parts["visitor_last_year_main.attended_session.session_past_year"]]
    assert not twins.known(tmp_path, SCHEMA.elements)
    assert twins.read(tmp_path, SCHEMA.stream) is None
    twins.write(tmp_path, named)
    known = twins.known(tmp_path, SCHEMA.elements)
    assert set(known) == {one.element.name for one in named}
    for one in named:
        expected = one.frame[[*one.element.ends, HASH]]
        pd.testing.assert_frame_equal(known[one.element.name], expected)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=3), max_size=6))
def test_lists_of_any_length_come_back(tmp_path: Path, cells: list[list[str]]) -> None:
    frame = pd.DataFrame({"stream": [f"{number:03}" for number in range(len(cells))]}, dtype=object)
    made = part(SCHEMA.stream, frame.assign(texts=pd.Series(cells, dtype=object)))
    twins.write(tmp_path, [made])
    found = twins.read(tmp_path, made.element)
    assert found is not None
    assert found["texts"].tolist() == cells
