import json
import logging
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from pa_assets.kit import answer_cache
from pa_assets.kit.answer_cache import AnswerCache


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "answers.jsonl"


def test_what_was_added_is_there_for_the_next(path):
    cache = AnswerCache(path)
    assert cache.get("a") is None
    cache.add("a", {"streams": ["Éq; 'uine\n"], "confidence": 0.5})
    cache.add_many({"b": {"x": 1}, "c": {}})
    cache.add("b", {"x": 2})
    for found in (cache, AnswerCache(path)):
        assert found.get("a") == {"streams": ["Éq; 'uine\n"], "confidence": 0.5}
        assert found.get("b") == {"x": 2}
        assert found.get("c") == {}
        assert len(found) == 3


def test_each_answer_is_on_the_disk_before_the_next_is_asked(path, monkeypatch):
    synced = []
    monkeypatch.setattr(answer_cache.os, "fsync", lambda handle: synced.append(path.read_bytes().count(b"\n")))
    cache = AnswerCache(path)
    cache.add("a", {})
    cache.add_many({"b": {}, "c": {}})
    assert synced[0] == 1
    assert synced[-1] == 3


@pytest.mark.parametrize("torn", [b'{"key": "t", "val', b'{"key": "t", "value": {}}', b"\x00\x00", b"[1]\n", b"{}\n"])
def test_a_torn_line_counts_as_nothing_and_is_mended(path, torn, caplog):
    AnswerCache(path).add_many({"a": {"x": 1}, "b": {}})
    path.write_bytes(path.read_bytes() + torn)
    cache = AnswerCache(path)
    assert cache.get("a") == {"x": 1}
    assert cache.get("t") is None
    assert "1 line(s)" in caplog.text
    cache.add("c", {})
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == ["a", "b", "c"]
    caplog.clear()
    assert len(AnswerCache(path)) == 3
    assert not caplog.text


def test_every_cut_of_the_file_keeps_the_whole_lines(path):
    AnswerCache(path).add_many({str(number): {"n": number} for number in range(4)})
    content = path.read_bytes()
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        assert len(AnswerCache(path)) == content[:length].count(b"\n")


def test_two_at_one_time_lose_nothing(path):
    first, second = AnswerCache(path), AnswerCache(path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: (first, second)[number % 2].add(str(number), {}), range(40)))
    assert len(AnswerCache(path)) == 40


def test_another_process_waits_and_then_knows_what_was_paid_for(path):
    script = """
        import sys
        from pathlib import Path
        from pa_assets.kit.answer_cache import AnswerCache
        cache = AnswerCache(Path(sys.argv[1]))
        print("ready", flush=True)
        with cache.exclusive():
            print(cache.get("mine"), flush=True)
            cache.add("theirs", {})
    """
    cache = AnswerCache(path)
    with cache.exclusive():
        other = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), str(path)], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout.readline() == "ready\n"
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda key: cache.add(key, {"paid": 1}), ["mine", "more"]))
        assert other.poll() is None
    assert other.communicate(timeout=30)[0] == "{'paid': 1}\n"
    with cache.exclusive():
        assert cache.get("theirs") == {}


def test_a_full_disk_leaves_the_file_as_it_was(path, monkeypatch):
    cache = AnswerCache(path)
    cache.add("a", {})
    before = path.read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(answer_cache.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        cache.add("b", {})
    assert cache.get("b") is None
    assert path.read_bytes() == before


def test_contents_are_never_logged(path, caplog):
    caplog.set_level(logging.DEBUG)
    path.parent.mkdir()
    path.write_text("a private thing")
    AnswerCache(path).add("a", {"reason": "a private thing"})
    assert "private" not in caplog.text
