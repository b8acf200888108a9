"""Mapping tables as delivered."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.mappings import MappingError, read_mapping

FILE = "job_to_stream.csv"


def delivered(file: str = FILE, **columns: list[str]) -> pd.DataFrame:
    rows = pd.DataFrame(columns)
    return rows.assign(source_file=file, source_row=range(1, len(rows) + 1))


def triples(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    assert list(frame.columns)[1:] == ["stream", "weight"]
    assert frame["weight"].dtype == float
    return list(frame.itertuples(index=False, name=None))


def test_matrix_and_list_are_one() -> None:
    matrix = read_mapping(delivered(Role=["Vet", "Nurse"], Feline=["YES", "NO"], Surgery=["x", "yes"]))
    listed = read_mapping(delivered(Role=["Vet", "Vet", "Nurse"], Stream=["Feline", "Surgery", "Surgery"]))
    pd.testing.assert_frame_equal(matrix, listed)
    assert triples(matrix) == [("Nurse", "Surgery", 1.0), ("Vet", "Feline", 1.0), ("Vet", "Surgery", 1.0)]


def test_answers_and_streams_are_tidied() -> None:
    frame = delivered(
        **{
            "Job Role ": ["Vet  Nurse", "Student", "Nobody", ""],
            "Feline": ["YES", "no", "", "yes"],
            " Small  Animal": ["Yes", "YES", "NO", "yes"],
        }
    )
    pairs = read_mapping(frame, "job role", name="job_role")
    assert triples(pairs) == [
        ("Student", "Small Animal", 1.0),
        ("Vet Nurse", "Feline", 1.0),
        ("Vet Nurse", "Small Animal", 1.0),
    ]
    assert list(pairs.columns) == ["job_role", "stream", "weight"]
    pd.testing.assert_frame_equal(read_mapping(frame), pairs.rename(columns={"job_role": "key"}))


def test_numbers_are_weights() -> None:
    matrix = delivered(Role=["Vet", "Nurse"], Feline=["0.5", "0"], Surgery=["1", "2.25"], Equine=["YES", "0.0"])
    assert triples(read_mapping(matrix)) == [
        ("Nurse", "Surgery", 2.25),
        ("Vet", "Equine", 1.0),
        ("Vet", "Feline", 0.5),
        ("Vet", "Surgery", 1.0),
    ]


def test_a_list_may_weigh_its_pairs_in_any_order_of_columns() -> None:
    frame = delivered(
        STREAM=["Feline", "Surgery", "Equine", "Dental"], Weight=["3", "", "no", "yes"], Role=["Vet"] * 4, Note=[""] * 4
    )
    expected = [("Vet", "Dental", 1.0), ("Vet", "Feline", 3.0), ("Vet", "Surgery", 1.0)]
    assert triples(read_mapping(frame)) == expected
    assert triples(read_mapping(frame, "role")) == expected


def test_of_a_doubled_pair_the_greatest_weight_counts() -> None:
    rows = delivered(Role=["Vet", "vet ", "Vet", "Vet"], Feline=["0.5", "9", "2", "NO"])
    assert triples(read_mapping(rows)) == [("Vet", "Feline", 2.0), ("vet", "Feline", 9.0)]


def test_several_files_of_several_forms_are_read_together() -> None:
    matrix = delivered("a.csv", Role=["Vet"], Feline=["YES"])
    listed = delivered("b.csv", **{"Job": ["Nurse"], "Stream": ["Surgery"], "Weight": ["2"]})
    both = pd.concat([matrix, listed], ignore_index=True).fillna("")
    expected = [("Nurse", "Surgery", 2.0), ("Vet", "Feline", 1.0)]
    assert triples(read_mapping(both)) == triples(read_mapping(both.iloc[::-1])) == expected


def test_nothing_delivered_is_no_pair() -> None:
    assert triples(read_mapping(None)) == []
    assert triples(read_mapping(pd.DataFrame({"source_file": [], "source_row": []}))) == []
    assert triples(read_mapping(delivered(Role=[], Feline=[]))) == []
    assert list(read_mapping(None, name="role").columns) == ["role", "stream", "weight"]


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        (delivered(Role=["Vet"], Feline=["maybe"]), ""),
        (delivered(Role=["Vet"], Feline=["x" * 9_000]), ""),
        (delivered(Role=["Vet"], Feline=["NO"]), "Job Role"),
        (delivered(Stream=["Feline"], Weight=["1"]), ""),
        (delivered(**{"Access denied": ["Sign in"]}), ""),
        (delivered(**{f"c{number}": ["NO"] for number in range(3_000)}), "Job Role"),
    ],
)
def test_a_mistake_is_told_with_its_file(rows: pd.DataFrame, first: str) -> None:
    with pytest.raises(MappingError, match=r"^job_to_stream\.csv: ") as told:
        read_mapping(rows, first)
    assert len(str(told.value)) < 1_000


@pytest.mark.parametrize("cell", ["-1", "-0.5", "1,5", "50%", "inf", "1e3", "1 2", "two", "0x1", "1.2.3"])
@pytest.mark.parametrize("form", ["matrix", "list"])
def test_a_weight_that_cannot_be_read_is_told_with_its_cell(cell: str, form: str) -> None:
    if form == "matrix":
        rows = delivered(Role=["Nurse", "Vet"], Feline=["YES", cell])
    else:
        rows = delivered(Role=["Nurse", "Vet"], Stream=["Feline", "Feline"], Weight=["", cell])
    with pytest.raises(MappingError) as told:
        read_mapping(rows)
    assert f"{FILE}: row 2: {cell!r} stands for 'Vet' and the stream 'Feline' (1 such cell(s))" in str(told.value)


CELLS = st.sampled_from(["YES", "no", "", "0.5", "2", "0", "x"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["Vet", "Nurse", "Student"]), CELLS, CELLS), max_size=6), st.randoms())
def test_the_order_of_rows_and_columns_never_counts(rows: list[tuple[str, str, str]], random: Any) -> None:
    frame = delivered(Role=[row[0] for row in rows], A=[row[1] for row in rows], B=[row[2] for row in rows])
    expected = read_mapping(frame)
    order = list(range(len(rows)))
    random.shuffle(order)
    turned = frame.iloc[order][["source_row", "B", "Role", "A", "source_file"]]
    pd.testing.assert_frame_equal(read_mapping(turned, "Role"), expected)
