"""`pa graph` against the embedded server."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pa_assets.cli.graph import app
from pa_assets.kit import graph_server
from pa_assets.kit.graph_supervisor import ServerFolder

pytestmark = pytest.mark.slow
SHIPPED = Path(__file__).parents[2] / "config" / "pipeline_config.yaml"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("project")
    (root / "config").mkdir()
    shutil.copy(SHIPPED, root / "config")
    yield root
    graph_server.stop(root)


@pytest.fixture
def root(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PA_ROOT", str(project))
    for name in ("NEO4J_URI", "NEO4J_URI_DEV", "NEO4J_URI_TEST", "NEO4J_URI_PROD"):
        monkeypatch.delenv(name, raising=False)
    return project


def pa(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def test_start_status_url_stop(root: Path) -> None:
    assert "No embedded graph server runs" in pa("stop").output
    assert "stopped" in pa("status").output
    assert "stays until `pa graph stop`" in pa("start", "--keep").output
    assert (
        pa("shell", "--write", "-c", "CREATE (:LoadRecord {show: 'lva', name: 'people', loading: ['1']})").exit_code
        == 0
    )
    shown = pa("status")
    assert shown.exit_code == 0
    port, password = str(ServerFolder.of(root).read_state()["port"]), ServerFolder.of(root).password.read_text()
    assert "ArcadeDB" in shown.output
    assert "running, kept" in shown.output
    assert "Unfinished loads" in shown.output
    assert "lva" in shown.output
    assert port not in shown.output
    address = pa("url").output
    assert f"bolt://127.0.0.1:{port}" in address
    assert password not in address
    assert str(ServerFolder.of(root).password) in address
    assert password in pa("url", "--show-password").output
    assert "has ended" in pa("stop").output
    assert "last end: stopped" in pa("status", "--environment", "embedded").output


def test_status_of_other_environments(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI_DEV", "bolt://127.0.0.1:1")
    monkeypatch.setenv("NEO4J_PASSWORD_DEV", "a secret word")
    monkeypatch.setenv("NEO4J_URI_PROD", "bolt://127.0.0.1:1")
    shown = pa("status")
    assert shown.exit_code == 0
    for text in ("embedded", "dev", "not reachable", "prod", "NEO4J_PASSWORD_PROD"):
        assert text in shown.output
    assert "a secret word" not in shown.output
    assert "NEO4J_PASSWORD_DEV" in pa("url", "--environment", "development").output
    assert pa("status", "--environment", "nowhere").exit_code == 2


def test_shell_reads_and_writes_only_when_told(root: Path, tmp_path: Path) -> None:
    refused = pa("shell", "-c", "CREATE (:Thing)")
    assert refused.exit_code == 2
    assert "--write" in refused.output
    file = tmp_path / "things.cypher"
    file.write_text("// a comment; with an end\nUNWIND range(1, 3) AS id CREATE (:Thing {id: id, name: 'a;b'});\n")
    assert pa("shell", "--write", str(file)).exit_code == 0
    query = "MATCH (n:Thing) WHERE n.id >= $least RETURN n.id AS id, n.name AS name ORDER BY id"
    asked = pa("shell", "-c", query, "--parameter", "least=2", "--format", "json")
    assert json.loads(asked.output) == [{"id": 2, "name": "a;b"}, {"id": 3, "name": "a;b"}]
    assert pa("shell", "-c", query, "--parameter", "least=2", "--format", "csv").output == "id,name\n2,a;b\n3,a;b\n"
    assert "3 rows, the first 1 shown" in pa("shell", "-c", query, "--parameter", "least=1", "--limit", "1").output
    assert pa("shell", "-c", query, "--parameter", "least").exit_code == 2
    assert pa("shell", str(file), "-c", query).exit_code == 2


def test_the_conversation_outlives_errors(root: Path) -> None:
    talk = pa(
        "shell",
        typed="RETURN 40\n + 2 AS answer;\nNONSENSE;\n:help\nRETURN 1 +\n:clear\nRETURN 'ü' AS letter;\n:exit\n",
    )
    assert talk.exit_code == 0
    for text in ("embedded", "42", "refused a statement", ":clear", "letter"):
        assert text in talk.output


def test_production_asks_for_its_name_before_it_writes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI_PROD", "bolt://127.0.0.1:1")
    monkeypatch.setenv("NEO4J_PASSWORD_PROD", "secret")
    asked = pa("shell", "--environment", "production", "--write", "-c", "CREATE (:Thing)", typed="yes\n")
    assert asked.exit_code == 2
    assert "Nothing was done" in asked.output
