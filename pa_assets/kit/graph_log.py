"""What the embedded graph server prints, on its way into the log: without port, password and values of rows.

The server's own log files are switched off (`LOGGING`); its output comes through a pipe, from which the supervisor
also learns the port that the system chose. No process is started or ended here.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from pathlib import Path
from typing import IO

LOGGING = """\
# Configuration of java.util.logging for the embedded graph server: to the console alone.
handlers=java.util.logging.ConsoleHandler
java.util.logging.ConsoleHandler.level=INFO
java.util.logging.ConsoleHandler.formatter=com.arcadedb.log.LogFormatter
.level=WARNING
com.arcadedb.server.level=INFO
com.arcadedb.bolt.level=INFO
# It logs the messages of refused statements, which repeat values of rows. The client is told them anyway.
com.arcadedb.bolt.BoltNetworkExecutor.level=OFF
"""

_LARGEST_LOG = 5_000_000
_LISTENING = re.compile(rb"incoming BOLT connections on \S*:(\d+)")
_STARTED = b"ArcadeDB Server started in"


class ServerOutput(threading.Thread):
    """Reads the server's output to its end, and writes it, cleaned, to the log, which is this process's output too."""

    def __init__(self, stream: IO[bytes] | None, log: Path, password: bytes) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._log = log
        self._hidden = {password: b"<password>"} if password else {}
        self.port = 0
        self.serving = threading.Event()
        """Set once the server has told its port and serves."""

    def run(self) -> None:
        """Read until the server ends."""
        for line in self._stream or ():
            if found := _LISTENING.search(line):
                self.port = int(found.group(1))
                self._hidden[found.group(1)] = b"<port>"
            for secret, shown in self._hidden.items():
                line = line.replace(secret, shown)
            # A full disk must not stop the reading: the server would wait for ever to print its next line.
            with contextlib.suppress(OSError):
                self._write(line)
            if self.port and _STARTED in line:
                self.serving.set()

    def _write(self, line: bytes) -> None:
        if os.fstat(1).st_size > _LARGEST_LOG:
            self._log.replace(self._log.with_suffix(".log.1"))
            fresh = os.open(self._log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            os.dup2(fresh, 1)
            os.dup2(fresh, 2)
            os.close(fresh)
        os.write(1, line)
