"""Values are found as whole words, in every encoding and packing."""

import gzip
import zipfile

import pandas as pd
import pytest

from pa_assets.kit.byte_search import files_below, name_needle, needle, search


def kinds(tmp_path, *needles) -> list[tuple[str, str]]:
    return [(hit.path.name, hit.kind) for hit in search(files_below([tmp_path]), needles)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "utf-16-be"])
def test_any_encoding_and_case(tmp_path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes("x,ÉLODIE@Firm.example,y".encode(encoding))
    assert kinds(tmp_path, needle("e-mail", "élodie@firm.example")) == [("a.txt", "e-mail")]


def test_packed_and_columns(tmp_path) -> None:
    with gzip.open(tmp_path / "a.gz", "wb") as stream:
        stream.write(b"badge B12345")
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", "badge B12345 " * 100)
    pd.DataFrame({"badge": ["B12345"], "past": [["x"]]}).to_parquet(tmp_path / "c.parquet")
    pd.DataFrame({"badge": ["x"], "past": [["B12345"]]}).to_parquet(tmp_path / "d.parquet")
    (tmp_path / "e.json").write_text('"\\u00e9t\\u00e9"')
    found = kinds(tmp_path, needle("badge", "b12345"), needle("word", "été"))
    assert [name for name, kind in found if kind == "badge"] == ["a.gz", "b.zip", "c.parquet", "d.parquet"]
    assert ("e.json", "word") in found


def test_part_of_another_value_is_no_hit(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("B123456 xB12345 B12345x")
    assert kinds(tmp_path, needle("badge", "B12345")) == []


def test_across_pieces(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("pa_assets.kit.byte_search._PIECE", 5000)
    (tmp_path / "a.txt").write_text(" " * 4995 + "ann@firm.example" + " " * 9000)
    assert kinds(tmp_path, needle("e-mail", "ann@firm.example")) == [("a.txt", "e-mail")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ann Lee", True),
        ("Lee, Ann", True),
        ('"Forename":"Ann","Surname":"Lee"', True),
        ("Ms;Ann;Lee;x", True),
        ("Joann Lee", False),
        ("Ann,Brown\nMary,Lee", False),
        ("Ann Leeds", False),
        ("Dora,Lee,ann.lee@x.example", False),
        ("was Ann Lee.", True),
    ],
)
def test_names_beside_each_other(tmp_path, text: str, found: bool) -> None:
    (tmp_path / "a.txt").write_text(text)
    assert bool(kinds(tmp_path, name_needle("name", "Ann", "Lee"))) is found
