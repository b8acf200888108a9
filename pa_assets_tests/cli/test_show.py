"""`pa show` against a real server, in a project of its own."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pa_assets.agendas.core.graph import shows
from pa_assets.cli.show import app
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import make_tables
from pa_assets_tests.graph_loads import load_all
from pa_assets_tests.kit.graph_fixtures import outside_server

run = CliRunner()
SHIPPED = Path(__file__).parents[2] / "config"


@pytest.fixture
def root(graph_root: Path, show: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose event `vet_lva` is the show under test; its server is the one of the tests."""
    for name in [name for name in os.environ if name.startswith("NEO4J_")]:
        monkeypatch.delenv(name)
    for name, value in outside_server().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PA_NEO4J_ENVIRONMENT", raising=False)
    monkeypatch.setenv("PA_ROOT", str(graph_root))
    shutil.rmtree(graph_root / "config", ignore_errors=True)
    shutil.rmtree(graph_root / "data", ignore_errors=True)
    shutil.copytree(SHIPPED, graph_root / "config")
    path = graph_root / "config" / "vet_lva.yaml"
    path.write_text(re.sub(r"(?m)^  show: \S+$", f"  show: {show}", path.read_text("utf-8"), count=1), "utf-8")
    return graph_root


@pytest.fixture
def loaded(root: Path, graph: BoltGraph, show: str) -> Path:
    """The folder of the tables that say what the show's graph was brought to."""
    folder = root / "data" / "vet_lva" / "output" / "graph"
    load_all(graph, make_tables(), folder, show=show)
    load_all(graph, make_tables(), show=f"{show}_other")
    return folder


def test_list_tells_shows_events_counts_and_loads(loaded: Path, graph: BoltGraph, show: str) -> None:
    graph.write("MATCH (r:LoadRecord {show: $show, name: 'sessions'}) SET r.loading = ['x']", show=f"{show}_other")
    graph.write("MATCH (v:Visitor_this_year {show: $show, BadgeId: 'year-2'}) CREATE (v)-[:likes]->(v)", show=show)
    result = run.invoke(app, ["list"])
    assert result.exit_code == 0, result.output
    found = shows.content(graph, show)
    line = rf"^{show} +vet_lva +{found.node_count} +{found.relationship_count} +1 +none"
    assert re.search(line, result.output, re.MULTILINE), result.output
    assert re.search(rf"^{show}_other +none +\d+ +\d+ +0 +sessions", result.output, re.MULTILINE)
    assert re.search(rf"^{show} +nodes +Visitor_this_year +30$", result.output, re.MULTILINE)
    assert re.search(rf"^{show} +relationships +likes +1$", result.output, re.MULTILINE)
    assert re.search(rf"^{show} +recommendations +load-recommendations$", result.output, re.MULTILINE)
    assert result.output.startswith("Graph: ")


def test_a_dry_run_counts_and_deletes_nothing(loaded: Path, graph: BoltGraph, show: str) -> None:
    graph.write("MATCH (v:Visitor_this_year {show: $show, BadgeId: 'year-2'}) CREATE (v)<-[:of]-(:Note)", show=show)
    before = shows.content(graph, show)
    result = run.invoke(app, ["delete", show, "--dry-run"])
    assert result.exit_code == 0, result.output
    assert "0 nodes and 1 relationships were made by people or other tools. They go too" in result.output
    assert "Dry run: nothing was deleted." in result.output
    assert shows.content(graph, show) == before
    assert list(loaded.glob("*.parquet"))
    graph.write("MATCH (n:Note) DETACH DELETE n")


def test_a_show_is_deleted_and_its_event_is_loaded_again(loaded: Path, graph: BoltGraph, show: str) -> None:
    there, other = shows.content(graph, show), shows.content(graph, f"{show}_other")
    result = run.invoke(app, ["delete", show, "--batch", "40", "--confirm", show])
    assert result.exit_code == 0, result.output
    told = f"Deleted: show {show}, {there.node_count} nodes and {there.relationship_count} relationships. 0 are left."
    assert told in result.output
    assert "The event vet_lva is still configured: its next run loads the show again" in result.output
    assert shows.content(graph, show).nodes == {}
    assert shows.content(graph, f"{show}_other") == other
    assert not list(loaded.glob("*.parquet"))
    again = run.invoke(app, ["delete", show, "--yes"])
    assert again.exit_code == 2
    assert f"This graph has no show {show}. Shows in this graph: " in again.output
    assert f"{show}_other" in again.output


def test_a_show_of_no_event_is_deleted_and_no_table_is_touched(loaded: Path, graph: BoltGraph, show: str) -> None:
    result = run.invoke(app, ["delete", f"{show}_other", "--yes"])
    assert result.exit_code == 0, result.output
    assert "still configured" not in result.output
    assert list(loaded.glob("*.parquet"))
    assert shows.content(graph, show).node_count


def test_deletion_waits_for_the_name_of_the_show(loaded: Path, graph: BoltGraph, show: str) -> None:
    for arguments, typed in (([], "no\n"), ([], "\n"), (["--confirm", "another"], "")):
        result = run.invoke(app, ["delete", show, *arguments], input=typed)
        assert result.exit_code == 2, result.output
        assert "nothing was done" in result.output
    assert shows.content(graph, show).node_count
    assert list(loaded.glob("*.parquet"))
    assert run.invoke(app, ["delete", show], input=f"{show}\n").exit_code == 0
    assert shows.content(graph, show).node_count == 0


@pytest.fixture
def production(graph: BoltGraph, graph_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of the tests is the production server, and that of `default` too."""
    outside = outside_server()
    if not outside:
        graph.read("RETURN 1 AS one")
        port = json.loads((graph_root / ".pa" / "graph" / "server.json").read_text("utf-8"))["port"]
        password = (graph_root / ".pa" / "graph" / "password").read_text("utf-8").strip()
        outside = {"NEO4J_URI": f"bolt://127.0.0.1:{port}", "NEO4J_USERNAME": "root", "NEO4J_PASSWORD": password}
    for name, value in outside.items():
        monkeypatch.setenv(f"{name}_PROD", value)
        monkeypatch.setenv(name, value)


def test_yes_is_not_enough_in_production_by_any_name(
    loaded: Path, graph: BoltGraph, show: str, production: None
) -> None:
    for environment in ("prod", "live", "default"):
        result = run.invoke(app, ["delete", show, "--yes", "--environment", environment], input="yes\n")
        assert result.exit_code == 2, result.output
        assert "Type the show's name" in result.output
    assert shows.content(graph, show).node_count
    result = run.invoke(app, ["delete", show, "--environment", "production", "--confirm", show])
    assert result.exit_code == 0, result.output
    assert shows.content(graph, show).node_count == 0


@pytest.mark.parametrize("arguments", [[], ["one", "--all"]])
def test_shows_must_be_named(root: Path, arguments: list[str]) -> None:
    result = run.invoke(app, ["delete", *arguments])
    assert result.exit_code == 2
    assert "Name shows, or say --all. Shows in this graph: " in result.output


def test_an_unknown_environment_is_told(root: Path) -> None:
    for command in (["list"], ["delete", "x"]):
        result = run.invoke(app, [*command, "--environment", "prod1"])
        assert result.exit_code == 2
        assert "Unknown graph environment 'prod1'" in result.output


def test_events_on_several_servers_must_be_told_apart(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "config" / "ecomm.yaml"
    path.write_text(path.read_text("utf-8").replace("  environment: default", "  environment: test"), "utf-8")
    monkeypatch.setenv("NEO4J_URI_TEST", "bolt://127.0.0.1:9")
    monkeypatch.setenv("NEO4J_PASSWORD_TEST", "x")
    result = run.invoke(app, ["delete", "x", "--yes"])
    assert result.exit_code == 2
    assert re.search(r"several graph servers\. Name one: --environment, one of default, test\.", result.output)
