from pathlib import Path

import pytest

from pa_assets.kit.secrets import Secrets, load_secrets


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / ".env").write_text("PA_X=file\nPA_Y=file\n")
    monkeypatch.setenv("PA_X", "environment")
    secrets = load_secrets(tmp_path)
    assert (secrets["PA_X"], secrets["PA_Y"]) == ("environment", "file")


def test_empty_counts_as_absent() -> None:
    assert "A" not in Secrets({"A": "", "B": None})


def test_no_value_is_printed() -> None:
    assert "hush" not in repr(Secrets({"A": "hush"}))
    assert "hush" not in str(Secrets({"A": "hush"}))
