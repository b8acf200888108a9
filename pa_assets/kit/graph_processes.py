"""Processes as the system shows them: whether one lives, what it is, who is connected to it, how it is ended.

For the embedded graph server and its supervisor; no file of theirs is known here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc")
_ESTABLISHED = b"01"


def lives(process: int) -> bool:
    """Whether a process of this number runs."""
    # An ended child stays in the table of processes until its parent, which we may be, has waited for it.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether a process has ended and only waits for its parent, which a container may never let happen."""
    try:
        state = (_PROC / str(process) / "stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state == b"Z"


def is_about(process: int, path: Path) -> bool:
    """Whether the process runs and names `path` on its command line: numbers of ended processes are given anew."""
    return lives(process) and os.fsencode(path) in _command_line(process)


def _command_line(process: int) -> bytes:
    if _PROC.is_dir():
        try:
            return (_PROC / str(process) / "cmdline").read_bytes()
        except OSError:
            return b""
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(process)], capture_output=True, check=False
    )
    return shown.stdout


def has_clients(process: int, port: int) -> bool:
    """Whether anybody is connected to a port of the process; False where the system does not tell (not Linux)."""
    ending = f":{port:04X}".encode()
    for table in ("tcp", "tcp6"):
        try:
            rows = (_PROC / str(process) / "net" / table).read_bytes().splitlines()[1:]
        except OSError:
            continue
        # Columns: number, local address, address of the other side, state.
        fields = (row.split(maxsplit=4) for row in rows)
        if any(field[1].endswith(ending) and field[3] == _ESTABLISHED for field in fields):
            return True
    return False


def end(process: int, seconds: float) -> bool:
    """Ask a process to end, and after `seconds` make it; returns whether it is gone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not lives(process):
                return True
            time.sleep(0.05)
    return False
