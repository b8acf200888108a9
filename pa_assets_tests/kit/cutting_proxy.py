"""A TCP proxy in front of a Bolt server that cuts connections on demand. Knows no Cypher."""

import contextlib
import socket
import threading
from types import TracebackType

COMMIT = b"\x00\x02\xb0\x12\x00\x00"
"""The message COMMIT of Bolt 4 and 5 as it goes over the line."""


class CuttingProxy:
    """Passes bytes on between clients and a server on this machine until told to cut.

    `cut_after(size)` cuts once, when so many more bytes came from clients; `cut_commit()` once, when the server has
    answered a COMMIT, which the client never learns; `refuse` cuts every connection from then on.
    """

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._left: int | None = None
        self._at_commit = False
        self.refuse = False
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "CuttingProxy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse = True
        self._listener.close()

    @property
    def uri(self) -> str:
        """Its address."""
        return f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut_after(self, size: int, *, for_good: bool = False) -> None:
        """Cut once, when `size` more bytes came from clients; `for_good`: and let nobody in afterwards."""
        self._left, self._for_good = size, for_good

    def cut_commit(self) -> None:
        """Cut once, after a transaction took place and before its client knows."""
        self._at_commit = True

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refuse:
                    client.close()
                    continue
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(self._server)
        silent = threading.Event()
        threading.Thread(target=self._answer, args=(server, client, silent), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := client.recv(4096):
                if self._at_commit and COMMIT in data:
                    self._at_commit = False
                    silent.set()
                server.sendall(data)
                if self._left is not None:
                    self._left -= len(data)
                    if self._left <= 0:
                        self._left, self.refuse = None, self._for_good
                        self.cuts += 1
                        break
        _end(server, client)

    def _answer(self, server: socket.socket, client: socket.socket, silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if silent.is_set():
                    self.cuts += 1
                    break
                client.sendall(data)
        _end(server, client)


def _end(*connections: socket.socket) -> None:
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
