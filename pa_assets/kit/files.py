"""Files: the project root, atomic writes, locks between processes.

Every path of the product starts at `project_root()`, never at the working directory. Every write goes
to a temporary file beside its target and is renamed into place, so that a reader, or a process that
was killed, never sees half a file.
"""

from __future__ import annotations

import fcntl
import glob
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ROOT_VARIABLE = "PA_ROOT"
"""Environment variable that names the project root where it is not found by itself."""

MARKER = Path("config") / "pipeline_config.yaml"


class ProjectRootNotFoundError(RuntimeError):
    """No project root could be found."""


@lru_cache(maxsize=1)
def _discovered_root() -> Path:
    here = Path(__file__).resolve()
    for start in (Path.cwd(), here.parent):
        for folder in (start, *start.parents):
            if (folder / MARKER).is_file():
                return folder
    raise ProjectRootNotFoundError(
        f"No folder with {MARKER} was found above {Path.cwd()} or above the installed package. "
        f"Change into your project, or name it in the environment: export {ROOT_VARIABLE}=/path/to/project"
    )


def project_root() -> Path:
    """The folder that holds `config/` and `data/`: `PA_ROOT`, else the checkout, found once per process."""
    if named := os.environ.get(ROOT_VARIABLE):
        return Path(named).resolve()
    return _discovered_root()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it replaces `path` in one step, else it vanishes.

    What a killed process left goes with the next write of the same file: its lock tells that nobody writes it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    fcntl.flock(handle, fcntl.LOCK_EX)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)


def remove_abandoned(path: Path) -> None:
    """Remove what killed processes left beside a file; what somebody writes at this moment stays."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with suppress(BlockingIOError, FileNotFoundError), left.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write a text file as UTF-8 in one step, line ends as given."""
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, value: Any, *, indent: int | None = 2) -> None:
    """Write a value as JSON (UTF-8, keys in the given order) in one step."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=indent, default=str) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text("utf-8"))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as CSV: UTF-8, header, no index, lines that end in a line feed."""
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as CSV in one step; see `csv_bytes`."""
    write_bytes(path, csv_bytes(frame))


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as Parquet in one step."""
    with replacing(path) as temporary:
        frame.to_parquet(temporary, index=False)


@contextmanager
def lock(path: Path, *, timeout_seconds: float = 3600.0) -> Iterator[bool]:
    """Hold a lock between processes; the system releases it when its holder dies.

    The same process may take it again while it holds it. Yields whether another process had to be waited for.

    Raises:
        TimeoutError: another process held it for longer than `timeout_seconds`.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(path, is_singleton=True)
    waited = False
    try:
        held.acquire(timeout=0)
    except Timeout:
        waited = True
        try:
            held.acquire(timeout=timeout_seconds)
        except Timeout as error:
            raise TimeoutError(
                f"Another process has held {path} for over {timeout_seconds:.0f} s. "
                "Wait for its run to end, or stop it, then run again."
            ) from error
    try:
        yield waited
    finally:
        held.release()
