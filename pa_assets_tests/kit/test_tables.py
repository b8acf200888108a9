import pandas as pd
import pytest

from pa_assets.kit.tables import Column, Table, TableError, for_spreadsheet

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


@pytest.mark.parametrize(
    ("given", "shown"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-5", "-5"), ("+44 20", "'+44 20"), ("plain", "plain"), (["a", "b"], "a; b")],
)
def test_cells_are_safe_in_a_spreadsheet(given: object, shown: str) -> None:
    assert for_spreadsheet(pd.DataFrame({"a": [given]}))["a"][0] == shown
