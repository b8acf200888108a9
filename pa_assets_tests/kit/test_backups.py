import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pa_assets.kit.backups import back_up, copied_files, copies, restore, stamp_of

NOON = datetime(2025, 10, 8, 12, 0, 0, tzinfo=UTC)


def _contents(path: Path) -> list[bytes]:
    return [copy.read_bytes() for copy in copies(path)]


def test_a_copy_is_made_before_a_change_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    assert back_up(path, b"1", keep=5, now=NOON) is None
    path.write_bytes(b"1")
    assert back_up(path, b"1", keep=5, now=NOON) is None
    assert copies(path) == []
    made = back_up(path, b"2", keep=5, now=NOON)
    assert made == tmp_path / "sessions.csv.20251008120000.bak"
    assert made.read_bytes() == path.read_bytes() == b"1"
    assert sorted(tmp_path.iterdir()) == [path, made]


def test_time_is_utc_and_the_mode_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_bytes(b"1")
    path.chmod(0o640)
    made = back_up(path, b"2", keep=1, now=NOON.astimezone(timezone(timedelta(hours=-5))))
    assert made is not None
    assert stamp_of(made) == "20251008120000"
    assert stat.S_IMODE(made.stat().st_mode) == 0o640


def test_copies_of_one_second_do_not_overwrite_each_other(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    for number in range(12):
        path.write_bytes(str(number).encode())
        back_up(path, b"new", keep=20, now=NOON)
    assert _contents(path) == [str(number).encode() for number in reversed(range(12))]


def test_processes_that_copy_at_once_each_get_their_own(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_bytes(b"1")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: back_up(path, b"2", keep=50, now=NOON), range(24)))
    assert len(set(made)) == len(copies(path)) == 24
    assert set(_contents(path)) == {b"1"}


def test_the_newest_are_kept_and_zero_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    for day in range(6):
        path.write_bytes(str(day).encode())
        back_up(path, b"new", keep=3, now=NOON + timedelta(days=day))
    assert _contents(path) == [b"5", b"4", b"3"]
    assert back_up(path, b"newer", keep=0, now=NOON) is None
    assert _contents(path) == [b"5", b"4", b"3"]


def test_a_clock_set_back_does_not_cost_the_copy_just_made(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    for day in (5, 4):
        path.write_bytes(str(day).encode())
        back_up(path, b"new", keep=1, now=NOON + timedelta(days=day))
    assert _contents(path) == [b"4"]


def test_copies_of_other_files_are_left_alone(tmp_path: Path) -> None:
    path, other = tmp_path / "a.csv", tmp_path / "b.a.csv"
    strange = [tmp_path / "a.csv.bak", tmp_path / "a.csv.2025.bak", tmp_path / "a.csv.20251008120000.bak.txt"]
    for file in (path, other, *strange):
        file.write_bytes(b"1")
    back_up(other, b"2", keep=1, now=NOON)
    back_up(path, b"2", keep=1, now=NOON)
    assert len(copies(path)) == len(copies(other)) == 1
    assert all(file.exists() for file in strange)
    assert copied_files(tmp_path) == [path, other]
    assert copied_files(tmp_path / "nowhere") == copies(tmp_path / "nowhere" / "a") == []
    with pytest.raises(ValueError, match="is no copy"):
        stamp_of(strange[0])


def test_a_copy_is_put_back_and_what_was_there_is_one_now(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_bytes(b"old")
    copy = back_up(path, b"new", keep=1, now=NOON)
    path.write_bytes(b"new")
    assert copy is not None
    restore(path, copy)
    assert path.read_bytes() == b"old"
    assert _contents(path) == [b"new", b"old"]
    path.unlink()
    restore(path, copy)
    assert path.read_bytes() == b"old"
    with pytest.raises(FileNotFoundError):
        restore(path, tmp_path / "sessions.csv.20200101000000.bak")


@given(st.lists(st.binary(max_size=2), min_size=1, max_size=12), st.integers(1, 4))
def test_the_last_contents_are_there_whatever_was_written(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], keep: int
) -> None:
    path = tmp_path_factory.mktemp("copies") / "f"
    path.write_bytes(contents[0])
    for at, (old, new) in enumerate(pairwise(contents)):
        assert (back_up(path, new, keep=keep, now=NOON + timedelta(seconds=at // 6)) is None) == (old == new)
        path.write_bytes(new)
    replaced = [old for old, new in pairwise(contents) if old != new]
    assert _contents(path) == replaced[::-1][:keep]
