import os
import time
from pathlib import Path

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pa_assets.kit import fingerprint


@given(st.lists(st.text()), st.lists(st.text()))
def test_boundaries_count(first: list[str], second: list[str]) -> None:
    assert (fingerprint.of_text(*first) == fingerprint.of_text(*second)) == (first == second)


@given(st.dictionaries(st.text(), st.text()))
def test_order_of_names_does_not_count(parts: dict[str, str]) -> None:
    assert fingerprint.of_named(parts) == fingerprint.of_named(dict(reversed(parts.items())))


def test_frames_by_content_not_by_index() -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "b": [["p"], []]})
    assert fingerprint.of_frame(frame) == fingerprint.of_frame(frame.set_axis([5, 9]))
    assert fingerprint.of_frame(frame) != fingerprint.of_frame(frame.iloc[::-1])
    assert fingerprint.of_frame(frame) != fingerprint.of_frame(frame.rename(columns={"a": "c"}))


def test_index_notices_a_change_of_equal_size(tmp_path: Path) -> None:
    path, store = tmp_path / "a.csv", tmp_path / "index.json"
    path.write_text("1")
    os.utime(path, (time.time() - 60, time.time() - 60))
    index = fingerprint.FileIndex(store)
    before = index.fingerprint(path)
    index.save()
    path.write_text("2")
    assert fingerprint.FileIndex(store).fingerprint(path) != before


def test_index_does_not_read_an_unchanged_file_again(tmp_path: Path) -> None:
    path, store = tmp_path / "a.csv", tmp_path / "index.json"
    path.write_text("1")
    old = time.time() - 60
    os.utime(path, (old, old))
    index = fingerprint.FileIndex(store)
    value = index.fingerprint(path)
    index.save()
    path.chmod(0)
    assert fingerprint.FileIndex(store).fingerprint(path) == value
    assert str(path) in store.read_text()


def test_a_damaged_index_is_only_slow(tmp_path: Path) -> None:
    path, store = tmp_path / "a.csv", tmp_path / "index.json"
    path.write_text("1")
    store.write_text("{half")
    assert fingerprint.FileIndex(store).fingerprint(path) == fingerprint.of_file(path)
