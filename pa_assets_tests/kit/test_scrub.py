"""Records leave a text; every other record stays, byte for byte."""

import csv
import io
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pa_assets.kit import scrub
from pa_assets.kit.scrub import ScrubError, csv_without, json_without, parquet_without

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8) | st.sampled_from(
    ["a,b", 'say "x"', "two\r\nlines", "one\n", ";", "\t", "", "12", "123"]
)
numbers = st.sets(st.integers(1, 12))


def cut_csv(text: str, gone: set[int]) -> tuple[str, int]:
    pieces: list[str] = []
    count = csv_without(io.StringIO(text, newline=""), pieces.append, gone)
    return "".join(pieces), count


def cut_json(text: str, gone: set[int], *, lines: bool = False) -> tuple[str, int]:
    pieces: list[str] = []
    count = json_without(io.StringIO(text, newline=""), pieces.append, gone, lines=lines)
    return "".join(pieces), count


@given(
    st.lists(st.tuples(texts, texts), max_size=10),
    numbers,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["", "\n", "\r\n\r\n"]),
)
def test_csv_is_the_text_of_the_rows_that_stay(
    rows: list[tuple[str, str]], gone: set[int], end: str, mark: str, begin: str
) -> None:
    def written(cells: tuple[str, str]) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=mark, lineterminator=end, quoting=csv.QUOTE_ALL).writerow(cells)
        return out.getvalue()

    head = begin + written(("BadgeId", "Name"))
    parts = [written(row) for row in rows]
    found, count = cut_csv(head + "".join(parts), gone)
    stay = [part for number, part in enumerate(parts, start=1) if number not in gone]
    assert found == head + "".join(stay)
    assert count == len(parts) - len(stay)


def test_csv_counts_blank_lines_and_keeps_a_last_line_without_end() -> None:
    assert cut_csv("a,b\n1,2\n\n3,4\n5,6", {3}) == ("a,b\n1,2\n\n5,6", 1)
    assert cut_csv("a,b\n1,2\n\n3,4\n5,6", {4}) == ("a,b\n1,2\n\n3,4\n", 1)
    assert cut_csv("", {1}) == ("", 0)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
blanks = st.sampled_from(["", " ", "\n", "\r\n  ", "\t"])


@given(
    st.lists(st.dictionaries(texts, values, max_size=3), max_size=8),
    numbers,
    st.lists(blanks, min_size=9, max_size=9),
    st.sampled_from([("", ""), ('{"data": {"n": 1, "none": [], "rows": ', "}}\n"), ("\n\n", " ")]),
    st.integers(1, 40),
)
def test_json_keeps_the_text_of_the_items_that_stay(
    rows: list[dict[str, object]],
    gone: set[int],
    between: list[str],
    around: tuple[str, str],
    piece: int,
) -> None:
    items = [json.dumps(row) for row in rows] or ["{}"]
    text = (
        around[0]
        + "["
        + ",".join(between[place] + item for place, item in enumerate(items))
        + between[8]
        + "]"
        + around[1]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scrub, "_AT_A_TIME", piece)
        found, count = cut_json(text, gone)
    stay = [item for number, item in enumerate(items, start=1) if number not in gone]
    assert count == len(items) - len(stay)
    inner = found[len(around[0]) : len(found) - len(around[1])]
    assert found.startswith(around[0]) and found.endswith(around[1])
    assert json.loads(inner) == [json.loads(item) for item in stay]
    place = 0
    for item in stay:
        place = inner.index(item, place) + len(item)
    if not count:
        assert found == text


def test_json_without_rows_says_so() -> None:
    for text in ('{"a": 1}', "[]", "[1, 2]", '{"a": {"b": []}}'):
        with pytest.raises(ScrubError):
            cut_json(text, {1})


def test_lines_of_json_stay_readable_when_one_is_left() -> None:
    text = '{"a": 1}\n\n{"a": 2}\n{"a": 3}\n'
    assert cut_json(text, {2}, lines=True) == ('{"a": 1}\n\n{"a": 3}\n', 1)
    assert json.loads(cut_json(text, {1, 3}, lines=True)[0]) == [{"a": 2}]


def test_parquet_keeps_its_types(tmp_path) -> None:
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame({"badge": ["12", "123", "9"], "past": [["1", "2"], [], ["2"]], "at": pd.Timestamp(2025, 1, 1)})
    frame.to_parquet(path, index=False)
    parquet_without(path, (frame["badge"] == "12").to_numpy(), {"past": [["1"], [], []]})
    left = pd.read_parquet(path)
    assert left["badge"].tolist() == ["123", "9"]
    assert [list(items) for items in left["past"]] == [[], []]
    assert left.dtypes.equals(frame.dtypes)
