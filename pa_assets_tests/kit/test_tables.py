import csv
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.kit.files import csv_bytes
from pa_assets.kit.table_types import column_schema, dagster_type
from pa_assets.kit.tables import Column, Reference, Table, TableError, describe, for_spreadsheet

PEOPLE = Table(
    "people",
    "People.",
    (
        Column("badge", "text", "badge", filled=True, personal=True),
        Column("age", "integer", "age"),
        Column("likes", "texts", "likes"),
    ),
    key=("badge",),
)


def test_missing_column_is_named_with_what_was_found() -> None:
    with pytest.raises(TableError, match=r"missing column\(s\) likes; found badge, age"):
        PEOPLE.conform(pd.DataFrame({"badge": ["a"], "age": [1]}))


def test_undeclared_column_is_refused() -> None:
    with pytest.raises(TableError, match="undeclared"):
        PEOPLE.conform(pd.DataFrame({"badge": ["a"], "age": [1], "likes": [[]], "odd": [1]}))


def test_repeated_key_is_refused_without_telling_who() -> None:
    with pytest.raises(TableError, match="repeat the key") as caught:
        PEOPLE.conform(pd.DataFrame({"badge": ["B77", "B77"], "age": [1, 2], "likes": [[], []]}))
    assert "B77" not in str(caught.value)


def test_empty_required_value_is_counted() -> None:
    with pytest.raises(TableError, match=r"1 row\(s\) without badge"):
        PEOPLE.conform(pd.DataFrame({"badge": ["", "b"], "age": [1, 2], "likes": [[], []]}))


def test_survives_parquet(tmp_path) -> None:
    frame = PEOPLE.conform(pd.DataFrame({"badge": ["a", "b"], "age": [1, 2], "likes": [["x", "y"], None]}))
    frame.to_parquet(tmp_path / "t.parquet")
    again = PEOPLE.conform(pd.read_parquet(tmp_path / "t.parquet"))
    pd.testing.assert_frame_equal(frame, again)
    assert again["likes"].tolist() == [["x", "y"], []]


def test_a_list_of_a_text_is_refused_and_absent_lists_are_empty() -> None:
    with pytest.raises(TableError, match=r"column likes: 1 value\(s\) are not texts"):
        PEOPLE.conform(pd.DataFrame({"badge": ["a", "b"], "age": [1, 2], "likes": ["tea", []]}))
    frame = PEOPLE.conform(pd.DataFrame({"badge": ["a", "b"], "age": [1, 2], "likes": [np.nan, (1, "x")]}))
    assert frame["likes"].tolist() == [[], ["1", "x"]]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("integer", ["12", "Zephyrine"]),
        ("integer", [1.5, 2.0]),
        ("number", ["1.5", "Zephyrine"]),
        ("time", ["2025-01-01", "Zephyrine"]),
        ("flag", ["False", "Zephyrine"]),
    ],
)
def test_values_that_do_not_fit_are_counted_and_not_quoted(kind: Any, values: list[Any]) -> None:
    table = Table("t", "T.", (Column("badge", "text", "b"), Column("x", kind, "x")), key=("badge",))
    with pytest.raises(TableError, match=rf"Table t, column x: \d value\(s\) are not {kind}") as caught:
        table.conform(pd.DataFrame({"badge": ["a", "b"], "x": values}))
    cause: BaseException | None = caught.value
    while cause is not None:
        assert "Zephyrine" not in str(cause)
        cause = cause.__cause__ or cause.__context__


RULED = Table(
    "ruled",
    "Ruled.",
    (
        Column("badge", "text", "badge", filled=True, personal=True),
        Column("cohort", "text", "when", allowed=("this", "last")),
        Column("share", "number", "part", least=0, most=1),
        Column("likes", "texts", "likes"),
        Column("seen", "time", "seen", filled=True),
    ),
    key=("cohort", "badge"),
    open=True,
    references=(Reference(("cohort", "badge"), "people", where=(("cohort", "this"),), covers=True),),
)


def ruled(**values: Any) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "badge": ["B77", "b"],
            "cohort": ["this", "last"],
            "share": [0.5, np.nan],
            "likes": [["x"], []],
            "seen": pd.to_datetime(["2025-01-01", "2025-01-02"]).astype("datetime64[us]"),
            "question": [["yes"], []],
        }
    )
    return frame.assign(**values)


FAULTS = {
    "column badge: 1 row(s) without badge": {"badge": ["", "b"]},
    "column cohort: 1 row(s) with none of this, last": {"cohort": ["this", "next"]},
    "column share: 1 row(s) below 0": {"share": [-0.1, 1.0]},
    "column share: 1 row(s) above 1": {"share": [0.5, 1.1]},
    "column seen: 1 row(s) without seen": {
        "seen": pd.Series([pd.NaT, pd.Timestamp("2025-01-01")]).astype("datetime64[us]")
    },
    "column likes: the values are not texts": {"likes": [["x"], "y"]},
    "column question: the values are not texts": {"question": [["x"], [1]]},
    "1 row(s) repeat the key (cohort, badge), for example [{'cohort': 'this'}]": {
        "badge": ["B77", "B77"],
        "cohort": ["this", "this"],
    },
    "column share: the values are not number": {"share": ["0.5", "1"]},
}


@pytest.mark.parametrize("told", FAULTS)
def test_the_dagster_type_holds_to_every_constraint_and_tells_no_person(told: str) -> None:
    checked = dagster_type(RULED)
    assert checked.type_check(None, ruled()).success  # type: ignore[arg-type]
    found = checked.type_check(None, ruled(**FAULTS[told]))  # type: ignore[arg-type]
    assert not found.success
    assert told in (found.description or "")
    assert "B77" not in (found.description or "")
    assert "Table ruled" in (found.description or "")


def test_the_dagster_type_misses_no_column() -> None:
    found = dagster_type(RULED).type_check(None, ruled().drop(columns=["share", "seen"]))  # type: ignore[arg-type]
    assert "missing column(s) share, seen" in (found.description or "")
    shut = dagster_type(replace(RULED, open=False)).type_check(None, ruled())  # type: ignore[arg-type]
    assert "undeclared column(s) question" in (shut.description or "")


def test_constraints_and_references_are_told_wherever_a_table_is_described() -> None:
    text = describe([RULED])
    assert "| `cohort` | text | one of this, last |  | when |" in text
    assert "| `share` | number | at least 0; at most 1 |  | part |" in text
    promise = "each cohort and badge is in people where cohort is this, and each of those is here"
    assert f"- {promise}" in text
    schema = column_schema(RULED)
    assert promise in schema.constraints.other
    assert schema.columns[2].constraints.other == ["at least 0; at most 1"]


DANGEROUS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+44 20",
    "-1+cmd",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b@x",
    '"=1',
    '" =1',
    "\uff1d1+1",
    "\uff0b1-1",
    "\uff0dx",
    "\uff20x",
    "-",
    "--5",
    "-inf",
    "+1_000",
    "=",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_run_is_marked_as_text(text: str) -> None:
    assert for_spreadsheet(pd.DataFrame({"a": [text]}))["a"][0].startswith("'")
    if text[0] not in "\t\r\n":
        item = for_spreadsheet(pd.DataFrame({"a": [["x", text]]}))["a"][0].removeprefix("x;")
        assert item.lstrip(" ").startswith("'")
    assert for_spreadsheet(pd.DataFrame({text: ["a"]})).columns[0].startswith("'"), "names of columns are delivered too"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("plain", "plain"),
        ("-5", "-5"),
        ("+5.25", "+5.25"),
        ("-1e-3", "-1e-3"),
        ("a - b", "a - b"),
        ("a=b", "a=b"),
        ("me@example.org", "me@example.org"),
        ("learn a;\n- learn b", "learn a;\n- learn b"),
        ("'=1", "'=1"),
        (["a", "b"], "a; b"),
        ([], ""),
        (["a", "=1+1"], "a; '=1+1"),
        (["-5", "+6"], "-5; +6"),
        (("a", 1), "a; 1"),
        (["a", None], "a; None"),
        ("a;=1+1", "a;'=1+1"),
        ("a\x00b\x1b[31m\x7f\x85c", "a␀b␛[31m␡\ufffdc"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("=\ud83d", "'=\ufffd"),
        (None, None),
        (7, 7),
    ],
)
def test_cells_are_readable_and_safe(cell: object, shown: object) -> None:
    assert for_spreadsheet(pd.DataFrame({"a": [cell]}, dtype=object))["a"][0] == shown
    mixed = for_spreadsheet(pd.DataFrame({"a": ["x", cell, None, ["y"]]}, dtype=object))["a"]
    assert mixed.tolist() == ["x", shown, None, "y"]


def test_rows_columns_and_order_stay_and_the_original_too() -> None:
    frame = pd.DataFrame([["=1", 2, "x"], ["y", 3, "=z"]], columns=["a", "n", "a"], index=[7, 3])
    safe = for_spreadsheet(frame)
    assert safe.to_numpy().tolist() == [["'=1", 2, "x"], ["y", 3, "'=z"]]
    assert list(safe.columns) == ["a", "n", "a"] and list(safe.index) == [7, 3]
    assert frame.iloc[0, 0] == "=1"
    assert for_spreadsheet(frame.head(0)).shape == (0, 3)


_HOSTILE = st.text(st.sampled_from("=+-@\uff1d \t\r\n\"';,aZ0\x00\x1b\u00a0\ufeff\ud800é"), max_size=8)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(_HOSTILE, st.lists(_HOSTILE, max_size=3)), min_size=1, max_size=4))
def test_whatever_is_delivered_csv_holds_as_many_rows_and_no_cell_runs(cells: list[Any]) -> None:
    safe = for_spreadsheet(pd.DataFrame({"a": cells, "b": "end"}))
    rows = list(csv.reader(io.StringIO(csv_bytes(safe).decode("utf-8"), newline="")))
    assert len(rows) == len(cells) + 1
    for row in rows[1:]:
        assert row[1] == "end"
        parts = row[0].split(";")
        assert not parts[0].startswith(("\t", "\n"))
        for part in parts:
            bare = part.strip(' "\u00a0\ufeff')
            assert not bare.startswith(("=", "+", "-", "@", "\uff1d")) or set(bare[1:]) <= set("0 \n")
    assert for_spreadsheet(safe).equals(safe), "a second pass changes nothing"
