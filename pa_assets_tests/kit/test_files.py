import os
import subprocess
import sys
from pathlib import Path

import pytest

from pa_assets.kit import files


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError), files.replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    code = (
        "import os, signal; from pathlib import Path; from pa_assets.kit.files import replacing\n"
        f"with replacing(Path({str(path)!r})) as temporary:\n"
        "    temporary.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(list(tmp_path.glob(".table.csv.*.tmp"))) == 1
    files.write_text(tmp_path / "other.csv", "new")
    with files.replacing(path) as temporary:
        temporary.write_text("new")
        with files.replacing(path) as second:
            second.write_text("newer")
        assert temporary.exists(), "another writer's file was taken for abandoned"
    assert sorted(left.name for left in tmp_path.iterdir()) == ["other.csv", "table.csv"]


def test_a_written_file_is_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "table.csv"
    files.write_text(path, "x")
    assert path.stat().st_mode & 0o777 == 0o666 & ~files._umask()


def test_root_comes_from_the_environment_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.ROOT_VARIABLE, str(tmp_path))
    assert files.project_root() == tmp_path


def test_root_does_not_depend_on_the_working_directory(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != files.ROOT_VARIABLE}
    code = "from pa_assets.kit.files import project_root; print(project_root())"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert (Path(found.stdout.strip()) / "config" / "pipeline_config.yaml").is_file()


def test_a_lock_can_be_taken_again_by_its_holder(tmp_path: Path) -> None:
    with files.lock(tmp_path / "a.lock"), files.lock(tmp_path / "a.lock"):
        pass


def test_a_lock_held_elsewhere_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    code = (
        "from pathlib import Path; from pa_assets.kit.files import lock\n"
        f"with lock(Path({str(path)!r})): print('held', flush=True); input()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "held"
    with pytest.raises(TimeoutError, match="Another process"), files.lock(path, timeout_seconds=0.2):
        pass
    holder.kill()
    holder.wait()
    with files.lock(path, timeout_seconds=5):
        pass
