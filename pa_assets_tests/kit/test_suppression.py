"""The list of hashes: it knows what was added, tells nothing else, and goes only with its key."""

import stat

import pytest

from pa_assets.kit.suppression import SuppressionError, SuppressionFile


def test_knows_what_was_added_and_holds_nothing_of_it(tmp_path) -> None:
    file = SuppressionFile(tmp_path)
    assert file.read().known(["a"]) == set()
    assert file.add({"ann@x.example": "email", "badge 12": "badge"}, "2025-01-01") == 2
    assert file.add({"ann@x.example": "email", "badge 13": "badge"}, "2025-01-02") == 1
    assert len(file.read().entries) == 1
    assert file.read().known(["ann@x.example", "badge 1", "badge 13"]) == {"ann@x.example", "badge 13"}
    assert b"ann" not in file.path.read_bytes()
    assert stat.S_IMODE(file.key_path.stat().st_mode) == 0o600
    assert "ann" not in repr(file.read()) and file.read().key.hex() not in repr(file.read())


def test_two_projects_have_two_keys(tmp_path) -> None:
    lists = [SuppressionFile(tmp_path / name) for name in ("one", "other")]
    for each in lists:
        each.add({"ann": "email"}, "now")
    assert lists[0].read().hashes.isdisjoint(lists[1].read().hashes)


def test_lifting_takes_all_that_was_added_together(tmp_path) -> None:
    file = SuppressionFile(tmp_path)
    file.add({"ann": "email", "badge 12": "badge"}, "now")
    file.add({"ben": "email"}, "later")
    assert file.lift(["nobody"]) == 0 and file.read().lifted == 0
    assert file.lift(["ann"]) == 2 and file.read().lifted == 1
    assert file.read().known(["ann", "badge 12", "ben"]) == {"ben"}


@pytest.mark.parametrize("damage", ["gone", "another", "list"])
def test_a_lost_key_or_list_is_no_empty_list(tmp_path, damage: str) -> None:
    file = SuppressionFile(tmp_path)
    file.add({"ann": "email"}, "now")
    if damage == "gone":
        file.key_path.unlink()
    elif damage == "another":
        file.key_path.write_text("00" * 32)
    else:
        file.path.write_text('{"entries": [')
    with pytest.raises(SuppressionError, match="suppression"):
        file.read()
