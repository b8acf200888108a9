import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pa_assets.agendas.core import landing_cells, landing_files
from pa_assets.agendas.core.landing import LandingError, read_rows

RECORDS = [
    {"Badge Id": "B1", "Short Name": "Zoë \u2013 \u201eÄrzte\u201c", "Note": "two\nlines"},
    {"Badge Id": "B2", "Short Name": "café; 20 €", "Note": ""},
]
FORMATS: dict[str, Callable[[list[dict[str, str]]], str]] = {
    "array": lambda records: json.dumps(records, ensure_ascii=False),
    "wrapped": lambda records: json.dumps({"data": {"x": records}}, ensure_ascii=False, indent=1),
    "lines": lambda records: "\n".join(json.dumps(record, ensure_ascii=False) for record in records),
    "csv": lambda records: pd.DataFrame(records).to_csv(index=False, lineterminator="\r\n"),
    "tsv": lambda records: pd.DataFrame(records).to_csv(index=False, sep="\t"),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]


def zipped(**members: bytes) -> bytes:
    """A ZIP archive; `__` inside a name stands for `/`."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(re.sub(r"(?<=\w)__", "/", name), content)
    return target.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda content: content,
    "gzip": gzip.compress,
    "several gzip members": lambda content: gzip.compress(content[:37]) + gzip.compress(content[37:]),
    "zip": lambda content: zipped(rows=content),
}


def read(folder: Path, content: bytes, notes: list[str] | None = None) -> pd.DataFrame:
    path = folder / "landed.dat"
    path.write_bytes(content)
    return read_rows([path], "scans", note=[].append if notes is None else notes.append)


def refused(folder: Path, content: bytes) -> str:
    with pytest.raises(LandingError) as caught:
        read(folder, content)
    assert "landed.dat" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("form", FORMATS)
def test_every_encoding_format_and_packing_gives_equal_rows(
    tmp_path: Path, form: str, encoding: str, packing: str
) -> None:
    notes: list[str] = []
    rows = read(tmp_path, PACKINGS[packing](FORMATS[form](RECORDS).encode(encoding)), notes)
    assert rows[["badge_id", "short_name", "Note"]].to_numpy().tolist() == [list(record.values()) for record in RECORDS]
    assert rows["source_row"].tolist() == [1, 2]
    assert set(rows["source_file"]) == {"landed.dat/rows" if packing == "zip" else "landed.dat"}
    assert [note.split(",")[0] for note in notes] == [f"{rows['source_file'][0]}: read as Windows-1252"] * (
        encoding == "cp1252"
    )


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    encoding=st.sampled_from(ENCODINGS),
    form=st.sampled_from(sorted(FORMATS)),
    packing=st.sampled_from(sorted(PACKINGS)),
)
@example("\ufeff", "utf-8", "csv", "plain")
@example("\u0a00\r\u0d0a", "utf-16-le", "lines", "gzip")
def test_any_text_survives_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, encoding: str, form: str, packing: str
) -> None:
    text = text.replace("\r", "")  # a CSV writer of tables leaves it without quotes
    written = [{"Badge Id": "B1", "Short Name": text}, {"Badge Id": "é", "Short Name": "é."}]
    try:
        content = FORMATS[form](written).encode(encoding)
    except UnicodeEncodeError:
        return
    try:
        rows = read(tmp_path_factory.mktemp("text"), PACKINGS[packing](content))
    except LandingError as error:
        assert any(word in str(error) for word in ("Windows-1252", "zero", "broken byte"))
        assert encoding == "cp1252" or "\0" in text
        return
    assert rows["short_name"].tolist() == [text.replace("\0", "\ufffd"), "é."]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("packing", PACKINGS)
def test_one_file_split_into_many_gives_the_same_rows(tmp_path: Path, form: str, packing: str) -> None:
    records = [{"Badge Id": f"B{number}", "Short Name": f"é{number % 7}"} for number in range(40)]
    cuts = [0, 2, 9, 10, 25, 40] if form != "lines" else [0, 2, 9, 25, 40]
    parts = [records[start:end] for start, end in pairwise(cuts)]
    files = []
    for number, part in enumerate(parts):
        files.append(tmp_path / f"{number}.dat")
        files[-1].write_bytes(PACKINGS[packing](FORMATS[form](part).encode(ENCODINGS[number])))
    rows = read_rows(files, "scans")
    whole = read(tmp_path, FORMATS[form](records).encode())
    columns = ["badge_id", "short_name"]
    pd.testing.assert_frame_equal(rows[columns], whole[columns])
    assert rows["source_row"].tolist() == [row for part in parts for row in range(1, len(part) + 1)]


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("form", ["array", "wrapped", "lines", "csv"])
def test_a_file_cut_off_is_refused(tmp_path: Path, form: str, encoding: str, packing: str) -> None:
    records = [{"Badge Id": "B1", "Short Name": "x"}, {"Badge Id": "B2", "Short Name": "y, Zoë"}]
    content = PACKINGS[packing](FORMATS[form](records).encode(encoding))
    last = content.rindex("ë".encode(encoding)[-1:]) if packing == "plain" else len(content) - 1
    for end in {last, len(content) // 2} if packing != "plain" else {last}:
        assert refused(tmp_path, content[:end])


@pytest.mark.parametrize("piece", [1, 3, 1 << 20])
@pytest.mark.parametrize(
    "content, expected",
    [
        ("a,b\né,ö\nü,x\xc3".encode() + b"\xc3", "byte 16 (line 3): the file ends in the middle"),
        (b"a,b\n1,Jos\xe9", "byte 9 (line 2): the file ends in the middle"),
        ("a,b\né,ö\nü,".encode() + b"\xff,x\n", "byte 13 (line 3): this is UTF-8 with 1 broken"),
        (b"\xef\xbb\xbfa,b\n1,Jos\xe9,\n", "byte 12 (line 2): this is UTF-8 with 1 broken"),
        (b"a,b\n1,\xe9,\x81\n", "nor is byte 8 a character of Windows-1252"),
        (b"a,b\n1,\xe9,\x01\n", "nor is byte 8 a character of Windows-1252"),
        (b"a,b\n1,\0\n", "byte 6 is zero"),
        (b"a\0,\0b\0\n\0\xd8", "byte 8 (line 2): this is broken UTF-16"),
        (b"a\0,\0b\0\n\0\0\xd8x\0", "byte 8 (line 2): this is broken UTF-16"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, expected: str, piece: int
) -> None:
    monkeypatch.setattr(landing_files, "PIECE", piece)
    assert expected in refused(tmp_path, content)


def test_windows_1252_may_look_like_utf_8_in_a_rare_place(tmp_path: Path) -> None:
    text = "Badge Id,Short Name\n" + "é,à la carte\n" * 20 + "JOSÉ\u2019S,x\n"
    assert read(tmp_path, text.encode("cp1252"))["badge_id"].tolist() == ["é"] * 20 + ["JOSÉ\u2019S"]


def test_members_of_a_zip_archive_are_files_of_their_own(tmp_path: Path) -> None:
    header = b"Badge Id,Short Name\n"
    content = zipped(
        b__two=header + b"2,x\n\n3,y\n", b__one=header + "4,é\n".encode("cp1252"),
        a=b'[{"badgeId": 1, "shortName": "x"}]',
        b__=b"", **{"__MACOSX/a": b"\0", ".DS_Store": b"\0", "b/.hidden/x": b"\0"},
    )  # fmt: skip
    notes: list[str] = []
    rows = read(tmp_path, content, notes)
    assert rows[["badge_id", "source_file", "source_row"]].to_numpy().tolist() == [
        ["1", "landed.dat/a", 1],
        ["4", "landed.dat/b/one", 1],
        ["2", "landed.dat/b/two", 1],
        ["3", "landed.dat/b/two", 3],
    ]
    assert [note.split(",")[0] for note in notes] == ["landed.dat/b/one: read as Windows-1252"]


def encrypted() -> bytes:
    content = bytearray(zipped(a=b"x"))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def damaged() -> bytes:
    content = bytearray(zipped(a=b"Badge Id,Short Name\n" * 50))
    content[40] ^= 0xFF
    return bytes(content)


GZIPPED = gzip.compress(b"Badge Id,Short Name\n1,x\n")
BAD_ARCHIVES = {
    "encrypted": (encrypted(), "landed.dat/a: this file is encrypted"),
    "empty": (zipped(), "holds no file"),
    "only hidden": (zipped(**{"__MACOSX/a": b"x"}), "holds no file"),
    "damaged": (damaged(), "landed.dat/a: the archive is damaged"),
    "no directory": (b"PK\x03\x04...", "damaged or cut off"),
    "zip in zip": (zipped(a=zipped(a=b"x")), "archive inside an archive"),
    "gzip in zip": (zipped(a=GZIPPED), "archive inside an archive"),
    "gzip in gzip": (gzip.compress(GZIPPED), "archive inside an archive"),
    "workbook": (zipped(**{"[Content_Types].xml": b"<x/>", "xl__workbook.xml": b"<x/>"}), "Save its sheet as CSV"),
    "cut off gzip": (GZIPPED[:-9], "damaged or cut off"),
    "start of gzip": (GZIPPED[:3], "damaged or cut off"),
    "rest after gzip": (GZIPPED + b"x", "damaged or cut off"),
    "damaged gzip": (GZIPPED[:-6] + b"xxxxxx", "damaged or cut off"),
    "empty member": (zipped(a=b""), "landed.dat/a: the scans file is empty"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "(.xls)"),
    "xz": (b"\xfd7zXZ\0", "pack it as ZIP or gzip"),
}


@pytest.mark.parametrize("fault", BAD_ARCHIVES)
def test_bad_archives_are_refused(tmp_path: Path, fault: str) -> None:
    content, expected = BAD_ARCHIVES[fault]
    assert expected in refused(tmp_path, content)


@pytest.mark.parametrize("packing", ["gzip", "zip"])
def test_an_archive_may_not_unpack_beyond_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    content = PACKINGS[packing](b"Badge Id,Short Name\n" + b"1,x\n" * 100_000)
    assert len(read(tmp_path, content)) == 100_000
    monkeypatch.setattr(landing_files, "_SMALL", 1000)
    monkeypatch.setattr(landing_files, "MOST_PACKED", 20)
    assert "unpacks to more than" in refused(tmp_path, content)
    monkeypatch.undo()
    monkeypatch.setattr(landing_files, "MOST_UNPACKED", 1000)
    assert "unpacks to more than" in refused(tmp_path, content)


@pytest.mark.parametrize("chunk", [1, 3])
def test_chunks_of_csv_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    rows = "".join(f'B{number},"é\n{number % 3}",\n' if number % 4 else ",,\n" for number in range(12))
    content = ("\n \nBadge Id,Short Name,\n" + rows).encode()
    whole = read(tmp_path, content)
    monkeypatch.setattr(landing_cells, "ROWS_AT_A_TIME", chunk)
    pd.testing.assert_frame_equal(read(tmp_path, content), whole)
    assert "row 13 below the header has 1 cells" in refused(tmp_path, content + b"x\n")
    assert "breaks off in row 13, at line 25" in refused(tmp_path, content + b'x,"y')
