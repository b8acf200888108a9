"""Run a command with a real Neo4j at hand, and end the server after it.

    python -m pa_assets_tests.neo4j -- COMMAND [ARGUMENT]...

The command finds the server in PA_TEST_NEO4J_URI, PA_TEST_NEO4J_USER and PA_TEST_NEO4J_PASSWORD. Where the first of
them is set already, that server is used and none is started. The status is the command's.
"""

import os
import shutil
import signal
import subprocess
import sys

from pa_assets_tests.neo4j.server import Neo4jServerError, running


def main(arguments: list[str]) -> int:
    """Status of the command; 2 where there is none to run, or no server can be started."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command or shutil.which(command[0]) is None:
        print(f"No such command: {command[0]}" if command else __doc__, file=sys.stderr)
        return 2
    if os.environ.get("PA_TEST_NEO4J_URI"):
        return subprocess.call(command)
    # Whoever ends this process ends the server with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with running() as server:
            found = {"URI": server.uri, "USER": server.user, "PASSWORD": server.password}
            names = {f"PA_TEST_NEO4J_{name}": value for name, value in found.items()}
            return subprocess.call(command, env={**os.environ, **names})
    except Neo4jServerError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
