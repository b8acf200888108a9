"""`pa graph diff` against a real server, in a project of its own."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pa_assets.cli.graph_diff import app
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import make_tables
from pa_assets_tests.graph_loads import load_all
from pa_assets_tests.kit.graph_fixtures import outside_server

pytestmark = pytest.mark.graph_contract

run = CliRunner()
SHIPPED = Path(__file__).parents[2] / "config"
VISITOR = "MATCH (v:Visitor_this_year {show: $show, BadgeId: 'year-3'}) "


@pytest.fixture
def root(graph_root: Path, graph: BoltGraph, show: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose event `vet_lva` is the loaded show under test; its server is the one of the tests."""
    for name in [name for name in os.environ if name.startswith("NEO4J_")]:
        monkeypatch.delenv(name)
    for name, value in outside_server().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PA_NEO4J_ENVIRONMENT", raising=False)
    monkeypatch.setenv("PA_ROOT", str(graph_root))
    for folder in ("config", "data"):
        shutil.rmtree(graph_root / folder, ignore_errors=True)
    shutil.copytree(SHIPPED, graph_root / "config")
    path = graph_root / "config" / "vet_lva.yaml"
    path.write_text(re.sub(r"(?m)^  show: \S+$", f"  show: {show}", path.read_text("utf-8"), count=1), "utf-8")
    tables = make_tables(visitors=10, sessions=6, attendances=40)
    load_all(graph, tables, graph_root / "data" / "vet_lva" / "output" / "graph", show=show)
    return graph_root


def digests(output: str) -> list[str]:
    """The two fingerprints that are printed last."""
    found = re.findall(r"^(?:Tables|Graph): +([0-9a-f]{24})$", output, re.MULTILINE)
    return [str(digest) for digest in found[-2:]]


def test_equal_ends_with_0(root: Path) -> None:
    result = run.invoke(app, ["vet_lva"])
    assert result.exit_code == 0, result.output
    assert result.output.rstrip().endswith("Equal.")
    assert len(set(digests(result.output))) == 1


def test_damage_is_shown_by_key_alone_and_mended(root: Path, graph: BoltGraph, show: str, tmp_path: Path) -> None:
    before = digests(run.invoke(app, ["vet_lva"]).output)
    graph.write(VISITOR + "SET v.Country = 'Canaryland'", show=show)
    graph.write("MATCH (s:Sessions_this_year {show: $show, session_id: '4'}) DETACH DELETE s", show=show)
    file = tmp_path / "differences.json"
    result = run.invoke(app, ["vet_lva", "--limit", "1", "--json", str(file)])
    assert result.exit_code == 1, result.output
    assert re.search(r"^visitor_this_year +changed +year-3 +Country$", result.output, re.MULTILINE), result.output
    assert re.search(r"^session_this_year +missing +4$", result.output, re.MULTILINE)
    told = json.loads(file.read_text("utf-8"))
    assert not told["equal"]
    assert told["tables"] == before[0] == digests(result.output)[0]
    assert told["graph"] == digests(result.output)[1] != before[1]
    recommended = [item for item in told["differences"] if "is_recommended" in item["part"]]
    assert len(recommended) > 1, "the file holds all of them"
    assert "Canaryland" not in result.output + file.read_text("utf-8")

    mended = run.invoke(app, ["vet_lva", "--mend"])
    assert mended.exit_code == 0, mended.output
    assert digests(mended.output) == before
    assert "Mended: " in mended.output


def test_production_wants_the_name_of_the_show(
    root: Path, graph: BoltGraph, show: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not outside_server():
        pytest.skip("the embedded server is never production")
    for name, value in outside_server().items():
        monkeypatch.setenv(f"{name}_PROD", value)
    graph.write(VISITOR + "SET v.Country = 'Canaryland'", show=show)
    asked = ["vet_lva", "--environment", "production", "--mend"]
    refused = run.invoke(app, asked, input="another\n")
    assert refused.exit_code == 2
    assert run.invoke(app, ["vet_lva"]).exit_code == 1, "nothing was done"
    assert run.invoke(app, [*asked, "--confirm", show]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere"),
        (["cpcn"], "nothing was loaded yet"),
        (["vet_lva", "--environment", "none"], "no graph server"),
        (["vet_lva", "--environment", "moon"], "Unknown graph environment"),
    ],
)
def test_what_cannot_be_compared_is_an_error(root: Path, arguments: list[str], said: str) -> None:
    result = run.invoke(app, arguments)
    assert result.exit_code == 2
    assert said in result.output
