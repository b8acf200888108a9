import json
from pathlib import Path

import pandas as pd
import pytest

from pa_assets.agendas.core.landing import LandingError, read_rows

from .preparation import LEGACY, registration

GRAPHQL = {
    "id": "9",
    "forename": "Ben",
    "surname": "Shah",
    "email": "ben.shah@nhs.example.com",
    "job_title": "Clinical Pharmacist",
    "badge_type": "Delegate HCP",
    "badge_id": "CN25-55",
    "source": "CPCN25_Com",
    "show_ref": "CPCN25",
    "metadata_source_filename": "x.json",
    "tel": 2070000001,
    "upgrade": None,
}
NESTED = {
    "badgeId": "CN25-55",
    "source": "CPCN25_Com",
    "questionResponses": [
        {"questionId": 11, "questionText": "Are you a?", "answerText": "Pharmacist", "responseText": None},
        {"questionId": 12, "questionText": "Which products?", "answerText": "A", "responseText": None},
        {"questionId": 12, "questionText": "Which products?", "answerText": "B", "responseText": None},
    ],
}


def write(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_bytes(
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    return path


def refused(path: Path, role: str = "registrations", **options: bool) -> str:
    with pytest.raises(LandingError) as caught:
        read_rows([path], role, **options)
    message = str(caught.value)
    assert path.name in message
    assert LEGACY["Email"] not in message
    return message


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_csv_twin_equals_json(tmp_path: Path, bom: bytes, delimiter: str) -> None:
    records = [registration(), registration(Forename='Zoë "Z", the; first', BadgeId="2", Company="two\nlines")]
    from_json = read_rows([write(tmp_path, "a.json", records)], "registrations")
    text = pd.DataFrame(records).to_csv(index=False, sep=delimiter, lineterminator="\r\n")
    from_csv = read_rows([write(tmp_path, "a.csv", bom + text.encode())], "registrations")
    pd.testing.assert_frame_equal(from_json.drop(columns="source_file"), from_csv.drop(columns="source_file"))
    assert from_csv["source_row"].tolist() == [1, 2]


@pytest.mark.parametrize(
    "wrapped",
    [
        [GRAPHQL],
        {"data": {"registrations": [GRAPHQL]}},
        {"data": {"event": {"registrations": {"pageInfo": {"next": None}, "edges": [{"node": GRAPHQL}]}}}},
        {"count": 1, "tags": ["x"], "items": [GRAPHQL]},
    ],
)
def test_json_shapes_give_equal_rows(tmp_path: Path, wrapped: object) -> None:
    rows = read_rows([write(tmp_path, "export.txt", wrapped)], "registrations")
    assert rows.loc[0, ["badge_id", "forename", "tel", "upgrade", "metadata_file"]].tolist() == [
        "CN25-55", "Ben", "2070000001", "", "x.json",
    ]  # fmt: skip


def test_camel_case_and_nulls(tmp_path: Path) -> None:
    record = {"badgeId": 12, "foreName": None, "surname": "None", "email": "a@b", "badgeType": True}
    rows = read_rows([write(tmp_path, "a.json", [record])], "registrations")
    assert rows.loc[0, ["badge_id", "forename", "surname", "badge_type"]].tolist() == ["12", "", "None", "True"]


def test_nested_answers_are_unfolded(tmp_path: Path) -> None:
    flat = [
        {
            "badge_id": "CN25-55",
            "source": "CPCN25_Com",
            "question_text": answer["questionText"],
            "answer_text": answer["answerText"],
        }
        for answer in NESTED["questionResponses"]
    ]
    nested = read_rows([write(tmp_path, "n.json", {"data": {"demographics": [NESTED]}})], "demographics")
    columns = ["badge_id", "source", "question_text", "answer_text"]
    twin = read_rows([write(tmp_path, "f.json", flat)], "demographics")
    pd.testing.assert_frame_equal(nested[columns], twin[columns])
    assert nested["source_row"].tolist() == [1, 1, 1]


def test_a_badge_without_answers_stays_a_row(tmp_path: Path) -> None:
    rows = read_rows(
        [write(tmp_path, "n.json", [NESTED, {**NESTED, "badgeId": "2", "questionResponses": []}])], "demographics"
    )
    assert rows["badge_id"].tolist() == ["CN25-55"] * 3 + ["2"]
    assert rows["question_text"].iloc[3] == ""


def test_old_and_new_formats_lie_side_by_side(tmp_path: Path) -> None:
    files = [write(tmp_path, "new.json", [GRAPHQL]), write(tmp_path, "old.json", [LEGACY])]
    rows = read_rows(files, "registrations")
    assert rows["badge_id"].tolist() == ["CN25-55", "BV25A10001"]
    assert rows["source_file"].tolist() == ["new.json", "old.json"]
    assert not rows.isna().any().any()


def test_objects_and_arrays_inside_rows(tmp_path: Path) -> None:
    row = {"id": 1, "date": "d", "start_time": "s", "end_time": "e", "title": "t", "abstract": "",
           "theatre": {"name": "Hall"}, "streams": ["A", "B"]}  # fmt: skip
    rows = read_rows([write(tmp_path, "p.json", [row])], "programme/this_year")
    assert rows.loc[0, ["theatre__name", "stream", "session_id"]].tolist() == ["Hall", "A; B", "1"]


def test_unknown_roles_keep_their_columns(tmp_path: Path) -> None:
    rows = read_rows([write(tmp_path, "m.csv", "Job Role,Feline\nVet,YES\n")], "mappings")
    assert rows.columns.tolist() == ["Job Role", "Feline", "source_file", "source_row"]


def test_header_only_is_allowed_unless_rows_are_required(tmp_path: Path) -> None:
    path = write(tmp_path, "s.csv", "Badge Id,Short Name\n")
    assert read_rows([path], "scans").empty
    assert "no row" in refused(path, "scans", required_rows=True)
    empty = write(tmp_path, "r.json", {"data": {"registrations": []}})
    assert read_rows([empty], "registrations").empty
    assert "empty array" in refused(empty, required_rows=True)


def test_blank_lines_count_but_are_no_rows(tmp_path: Path) -> None:
    rows = read_rows([write(tmp_path, "s.csv", "Badge Id,Short Name,\n,,\nB1,MT1\n".replace("MT1", "MT1,"))], "scans")
    assert rows[["badge_id", "short_name", "source_row"]].to_numpy().tolist() == [["B1", "MT1", 2]]


CSV = "Badge Id,Short Name\nB1,MT1\n"
BAD_FILES = {
    "empty": (b"", "empty"),
    "only blanks": (b"\xef\xbb\xbf \n", "empty"),
    "no reference": (b"Badge,Name\nB1,x\n", "missing column(s) of scans: 'short_name'"),
    "nearest": (b"Badge Id,Shortnam\nB1,x\n", "is 'Shortnam' meant?"),
    "nearest by word": (b"BadgeNumber,short_name\nB1,x\n", "'badge_id' (is 'BadgeNumber' meant?)"),
    "nearest by beginning": (b"Badge Id,Shortname code\nB1,x\n", "'short_name' (is 'Shortname code' meant?)"),
    "no nearest": (b"Badge Id,Seminar Name\nB1,x\n", "'short_name'. Found: 'Badge Id', 'Seminar Name'"),
    "only delimiters": (b",,\n,,\n", "no header"),
    "header broken": (b'Badge Id,"Short Name\n', "the header"),
    "lines cut off": (b'{"badge_id": "1", "short_name": "x"}\n{"badge_id": "1", "sh', "line 2, column"),
    "line no object": (b'{"badge_id": "1"}\n{"badge_id": "1"}\n7', "line 3 is no"),
    "key twice in a line": (b'{"badge_id": "1", "short_name": "x"}\n{"a": 1, "a": 2}', "'a' more than once"),
    "key twice outside of rows": (b'{"x": 1, "x": [{"badge_id": "1"}]}', "'x' more than once"),
    "key and object": (b'[{"a__b": 1, "a": {"b": 1}}]', "'a__b' both as a key and as an object"),
    "a key per row": (json.dumps([{f"B{number}": "x"} for number in range(2_500)]).encode(), "2000 different keys"),
    "rest after the end": (b'[{"badge_id": "1"}] x', "line 1, column 21"),
    "errors beside no data": (b'{"data": {"x": null}, "errors": [{"message": "x"}]}', "errors in place of data"),
    "cut off": (b'[{"badge_id": "1", "short_name": "x"},\n {"badge', "line 2, column 3"),
    "not one array": (b'{"a": [{"x": 1}], "b": [{"x": 1}]}', "several arrays ('a', 'b')"),
    "line of text": (b"Access denied\n", "one line of text"),
    "no array": (b'{"a": 1}', "no array"),
    "no objects": (b'[{"badge_id": "1"}, 7]', "item 2"),
    "key twice": (b'[{"badge_id": "1", "badge_id": "2"}]', "'badge_id' more than once"),
    "graphql errors": (b'{"data": null, "errors": [{"message": "x"}]}', "errors in place of data"),
    "xml": (b"<schedule/>", "XML"),
    "ragged": (CSV.encode() + b"B2\n", "row 2 below the header has 1 cells where the header has 2"),
    "wide": (CSV.encode() + b"B2,MT1,x\n", "row 2"),
    "open quote": (CSV.encode() + b'B2,"MT1\n', "quote"),
    "header twice": (b"Badge Id,Short Name,Badge Id\n1,2,3\n", "'Badge Id' more than once"),
    "one column in two names": (b"Badge Id,BadgeId,Short Name\n1,2,3\n", "one and the same column 'badge_id'"),
    "no name": (b"Badge Id,Short Name,\n1,2,3\n", "column 3 holds values but has no name"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD_FILES)
def test_bad_files_are_refused_with_file_place_and_mend(tmp_path: Path, fault: str) -> None:
    content, expected = BAD_FILES[fault]
    assert expected in refused(write(tmp_path, "landed.dat", content), "scans")


@pytest.mark.parametrize("before, after", [("[" * 200_000, ""), ('[{"a":' + "[" * 9_000, "]" * 9_000 + "}]")])
def test_deep_nesting_is_refused(tmp_path: Path, before: str, after: str) -> None:
    assert "nested too deeply" in refused(write(tmp_path, "deep.json", before + after))


def test_half_a_surrogate_pair_becomes_a_replacement_character(tmp_path: Path) -> None:
    path = write(tmp_path, "s.json", b'[{"badge_id": "1\\ud83d", "short_name": "\\ud83d\\ude00"}]')
    rows = read_rows([path], "scans")
    assert rows.loc[0, ["badge_id", "short_name"]].tolist() == ["1\ufffd", "\U0001f600"]


PERSON = ("Ms", "Anne", "Quillfeather", "anne@quillfeather.example.com", "07700 900123", "07700 900123", "Delegate")


@pytest.mark.parametrize("row", [PERSON, PERSON[:5], PERSON[3:5]])
@pytest.mark.parametrize("role", ["registrations", "demographics", "scans", "entry_scans"])
def test_a_person_in_place_of_the_header_is_not_quoted(tmp_path: Path, role: str, row: tuple[str, ...]) -> None:
    path = write(tmp_path, "landed.csv", (",".join(row) + "\n").encode() * 2)
    told = refused(path, role)
    assert not [value for value in PERSON[1:6] if value in told]
    assert "header" in told


@pytest.mark.parametrize(
    "content",
    [
        b'{"anne@quillfeather.example.com": [{"a": 1}], "b": [{"a": 1}]}',
        b'[{"anne@quillfeather.example.com": 1, "anne@quillfeather.example.com": 2}]',
    ],
)
def test_a_person_in_place_of_a_key_is_not_quoted(tmp_path: Path, content: bytes) -> None:
    assert "anne" not in refused(write(tmp_path, "landed.json", content), "registrations")


@pytest.mark.parametrize("first", ["Badge Id", "c"])
def test_a_message_shows_some_of_many_columns(tmp_path: Path, first: str) -> None:
    names = [first, *(f"c{number}" for number in range(20_000))]
    told = refused(write(tmp_path, "landed.csv", (",".join(names) + "\n").encode()), "scans")
    assert len(told) < 1_000
    assert "landed.csv" in told
