"""`pa recommendations restore` against a real server, in a project of its own."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pa_assets.cli.recommendations import app
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import make_tables
from pa_assets_tests.agendas.core.graph.test_restore import agendas, exports_of
from pa_assets_tests.cli.test_show import production, root
from pa_assets_tests.graph_loads import load_all

__all__ = ["production", "root"]

run = CliRunner()
STEM = "visitor_recommendations_lva_20251101_120000"
FILES = {
    "json": f"{STEM}.json",
    "csv": f"{STEM}.csv",
    "control_json": f"control/{STEM}_control.json",
    "control_csv": f"control/{STEM}_control.csv",
}
DAMAGE = "MATCH (:Visitor_this_year {show: $show, BadgeId: 'year-4'})-[r:IS_RECOMMENDED]->() DELETE r"


@pytest.fixture
def exported(root: Path, graph: BoltGraph, show: str) -> Path:
    """The recommendations folder with an export, and the show loaded."""
    tables = make_tables()
    folder = root / "data" / "vet_lva" / "recommendations"
    (folder / "control").mkdir(parents=True)
    for kind, content in exports_of(tables, show).items():
        (folder / FILES[kind]).write_bytes(content)
    (folder / "latest.json").write_text(json.dumps({"version": "1", "files": FILES, "complete": []}))
    load_all(graph, tables, show=show)
    return folder


def restore(*arguments: str, code: int = 0) -> str:
    result = run.invoke(app, ["restore", "vet_lva", *arguments])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_the_newest_export_is_restored(exported: Path, graph: BoltGraph, show: str) -> None:
    before = agendas(graph, show)
    graph.write(DAMAGE, show=show)
    damaged = agendas(graph, show)
    told = restore("--dry-run")
    assert "with the agenda of the export 26" in told
    assert "who keep the agenda they have 3" in told
    assert told.endswith("Dry run: nothing was written.")
    assert agendas(graph, show) == damaged
    told = restore()
    assert f"{STEM}.json" in told
    assert "replaces what was restored" in told
    assert agendas(graph, show) == before
    made = graph.read(
        "MATCH (:Visitor_this_year {show: $show, BadgeId: 'year-4'})-[r:IS_RECOMMENDED]->() "
        "RETURN DISTINCT r.generated_at AS at",
        show=show,
    )
    assert made == [{"at": "2025-11-01T12:00:00+00:00"}]
    assert re.search(r"visitor_this_year\.is_recommended\.session_this_year 87 0 87 0", restore("--control"))


def test_a_csv_and_a_json_are_compared(exported: Path, graph: BoltGraph, show: str) -> None:
    path = exported / FILES["csv"]
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-2]), "utf-8")
    told = restore("--json", str(exported / FILES["json"]), "--csv", str(path), "--dry-run", "--limit", "1")
    assert "The JSON and the CSV differ; what the JSON says is restored." in told
    assert re.search(r"2 badges and sessions only in the JSON: year-\d+: \d+ and 1 more", told)
    told = restore("--csv", str(path), "--control", "--batch", "50")
    assert "who lose the agenda they have 0" in told
    assert "secret.example" not in told


def test_mismatches_are_listed_by_key(exported: Path, graph: BoltGraph, show: str) -> None:
    graph.write(
        "MATCH (v:Visitor_this_year {show: $show}) WHERE v.BadgeId IN ['year-5', 'year-6'] DETACH DELETE v", show=show
    )
    told = restore("--dry-run", "--limit", "1")
    assert "6 recommendations of the export cannot be restored." in told
    assert "2 badges that the graph lacks: year-5 and 1 more" in told


def test_no_replace_keeps_agendas(exported: Path, graph: BoltGraph, show: str) -> None:
    graph.write(DAMAGE, show=show)
    assert "who keep the agenda they have 28" in restore("--no-replace", "--control")
    assert "who keep the agenda they have 29" in restore("--no-replace", "--control")


def test_what_cannot_be_restored_is_told(exported: Path, graph: BoltGraph, show: str) -> None:
    path = exported / "other.json"
    path.write_bytes((exported / FILES["json"]).read_bytes().replace(show.encode(), b"another"))
    assert f"is an export of the show 'another', not of '{show}'" in restore("--json", str(path), code=2)
    assert "cannot be read (No such file" in restore("--json", str(exported / "none.json"), code=2)
    told = restore("--json", str(exported / FILES["control_json"]), code=2)
    assert "is the control group's file. Name the main file, and say --control." in told
    graph.write("MATCH (n {show: $show}) DETACH DELETE n", show=show)
    assert "holds no visitors of the show" in restore(code=2)
    (exported / "latest.json").unlink()
    assert "no export was made yet. Name a file" in restore(code=2)
    result = run.invoke(app, ["restore", "vet_lvx"])
    assert result.exit_code == 2
    assert "No event 'vet_lvx'" in result.output


def test_production_asks_for_the_name_of_the_show(
    exported: Path, graph: BoltGraph, show: str, production: None
) -> None:
    before = agendas(graph, show)
    graph.write(DAMAGE, show=show)
    assert "Type the show's name" in restore("--environment", "prod", code=1)
    assert "nothing was done" in restore("--environment", "default", "--confirm", "lva", code=2)
    assert agendas(graph, show) != before
    restore("--environment", "prod", "--confirm", show)
    assert agendas(graph, show) == before
