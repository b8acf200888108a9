import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pa_assets.agendas.core import landing_cells, landing_json_records
from pa_assets.agendas.core.landing import LandingError, read_rows

ANSWERS = [
    {
        "badgeId": f"B{number}",
        "showRef": "CPCN25" if number % 2 else "CPCN24",
        "questionResponses": [
            {"questionId": 11, "questionText": "Are you a?", "answerText": f"Role {number % 3}", "responseText": None},
            {"questionId": 12, "questionText": "Which products?", "answerText": "A", "responseText": None},
            {"questionId": 12, "questionText": "Which products?", "answerText": "B", "responseText": None},
            {"questionId": 13, "questionText": "Why?", "answerText": None, "responseText": "free; text"},
        ][: number % 5],
    }
    for number in range(23)
]


def read(folder: Path, content: str, role: str = "mappings", notes: list[str] | None = None) -> pd.DataFrame:
    path = folder / "rows.json"
    path.write_bytes(content.encode())
    return read_rows([path], role, note=[].append if notes is None else notes.append)


def values(rows: pd.DataFrame) -> list[list[Any]]:
    return rows.drop(columns=["source_file"]).to_numpy().tolist()


@pytest.mark.parametrize(
    "number, text",
    [
        ("1.50", "1.50"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("-7", "-7"),
        ("1e3", "1000"),
        ("0.0000001", "0.0000001"),
        ("1e400", "1E+400"),
        ("1e99999999999999999999999", "1e99999999999999999999999"),
        ("7" * 5000, "7" * 5000),
        ("[1, 2.50]", "1; 2.50"),
        ("true", "True"),
        ("null", ""),
    ],
)
def test_numbers_keep_their_digits(tmp_path: Path, number: str, text: str) -> None:
    assert values(read(tmp_path, f'[{{"a": {number}}}]')) == [[text, 1]]
    if "e" not in number:
        assert values(read(tmp_path, f'{{"a": {number}}}\n{{"a": 1}}')) == [[text, 1], ["1", 2]]


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_python_writes_beyond_json_is_blank_with_a_note(tmp_path: Path, constant: str) -> None:
    notes: list[str] = []
    rows = read(tmp_path, f'{{"x": [{{"a": 1.50, "b": {constant}, "c": "\\ud83d"}}]}}', notes=notes)
    assert values(rows) == [["1.50", "", "\ufffd", 1]]
    lines = read(tmp_path, f'{{"a": 1.50}}\n{{"a": {constant}}}\n{{"a": {constant}}}', notes=notes)
    assert values(lines) == [["1.50", 1], ["", 2], ["", 3]]
    assert notes == [f"rows.json: {constant}, which JSON does not know, read as blank."] * 2


def test_one_object_per_line_equals_an_array(tmp_path: Path) -> None:
    records = [{"a": {"b": 1.50}, "c": "x\u2028y"}, {"c": None}, {"d": [1]}]
    lines = "\r\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    pd.testing.assert_frame_equal(read(tmp_path, lines), read(tmp_path, json.dumps(records)))
    spaced = read(tmp_path, "\n " + lines.replace("\r\n", "\n\n  ") + "\n\n")
    pd.testing.assert_frame_equal(spaced, read(tmp_path, json.dumps(records)))


@pytest.mark.parametrize("chunk", [1, 2, 7])
@pytest.mark.parametrize("role", ["demographics", "mappings"])
def test_chunks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, role: str) -> None:
    records = [
        *ANSWERS,
        {"badgeId": "late", "room": None, "questionResponses": []},
        {"badgeId": "late", "room": {"name": "Hall"}, "further": 1, "questionResponses": []},
        {"badgeId": "late", "room": {"seats": {"most": 7}, "name": "Hall"}, "questionResponses": []},
        {"badgeId": "late", "room": "Hall", "questionResponses": []},
    ]
    for content in (json.dumps(records), json.dumps({"data": {"x": records}}), "\n".join(map(json.dumps, records))):
        whole = read(tmp_path, content, role)
        assert "room__seats__most" in whole.columns
        monkeypatch.setattr(landing_cells, "ROWS_AT_A_TIME", chunk)
        monkeypatch.setattr(landing_cells, "_SAMPLE", 3)
        monkeypatch.setattr(landing_json_records, "_AT_A_TIME", 5)
        pd.testing.assert_frame_equal(read(tmp_path, content, role), whole)
        monkeypatch.undo()


def test_columns_of_an_object_stand_in_its_place(tmp_path: Path) -> None:
    records = [{"a": None, "z": 1}, {"a": {"x": 1}, "z": 2}, {"a": {"y": 2, "x": 1}, "z": 3}]
    rows = read(tmp_path, json.dumps(records))
    assert rows.columns.tolist() == ["a__x", "a__y", "z", "source_file", "source_row"]
    assert values(rows) == [["", "", "1", 1], ["1", "", "2", 2], ["1", "2", "3", 3]]


def test_every_answer_survives_nesting(tmp_path: Path) -> None:
    rows = read(tmp_path, json.dumps({"data": {"demographics": ANSWERS}}), "demographics")
    given_answers = [
        (record["badgeId"], record["showRef"], answer["questionText"], answer["answerText"] or answer["responseText"])
        for record in ANSWERS
        for answer in record["questionResponses"]
    ]
    answered = rows[rows["question_text"] != ""]
    answer = answered["answer_text"].where(answered["answer_text"] != "", answered["response_text"])
    columns = answered[["badge_id", "show_ref", "question_text"]].assign(answer=answer)
    assert list(columns.itertuples(index=False, name=None)) == given_answers
    assert set(rows["badge_id"]) == {record["badgeId"] for record in ANSWERS}


@given(text=st.text(st.sampled_from('\\"ud8dDc0aé😀 '), max_size=40), size=st.integers(1, 30))
def test_halves_of_surrogate_pairs_are_found_across_pieces(
    tmp_path_factory: pytest.TempPathFactory, text: str, size: int
) -> None:
    content = '[{"a": "' + text.replace('"', "") + '"}]'
    try:
        expected = json.loads(content)[0]["a"].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        expected = expected.replace("\0", "\ufffd")
    except json.JSONDecodeError:
        expected = None
    folder = tmp_path_factory.mktemp("json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing_json_records, "_AT_A_TIME", size)
        if expected is None:
            with pytest.raises(LandingError, match="line 1, column"):
                read(folder, content)
        else:
            assert values(read(folder, content)) == [[expected, 1]]
