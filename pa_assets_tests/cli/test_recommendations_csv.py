"""`pa recommendations csv`: the CSV of an export made again from its JSON, without a project."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pa_assets.agendas.export_files import write_exports
from pa_assets.cli.recommendations import app
from pa_assets_tests.agendas.core.export_tables import export_tables
from pa_assets_tests.agendas.core.recommend_shows import EVENT


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    return write_exports(tmp_path / "recommendations", EVENT, export_tables("=1;\n'ü").exports()).paths


def csv(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["csv", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@pytest.mark.parametrize(("prefix", "rows"), [("", 4), ("control_", 1)])
def test_a_lost_csv_comes_back(paths: dict[str, Path], prefix: str, rows: int) -> None:
    path = paths[f"{prefix}csv"]
    before = path.read_bytes()
    path.unlink()
    assert csv(paths[f"{prefix}json"]).endswith(f"{path.name}: {rows} recommendations, written.")
    assert path.read_bytes() == before
    assert csv(paths[f"{prefix}json"]).endswith("there already, with the same content.")


def test_an_edited_csv_is_left_unless_it_is_named(paths: dict[str, Path]) -> None:
    before = paths["csv"].read_bytes()
    paths["csv"].write_bytes(before + b"edited\n")
    told = csv(paths["json"], code=2)
    assert "is there and differs" in told
    assert "--output FILE.csv" in told
    assert paths["csv"].read_bytes() == before + b"edited\n"
    csv(paths["json"], "--output", paths["csv"])
    assert paths["csv"].read_bytes() == before
    other = paths["csv"].with_name("new") / "other.csv"
    csv(paths["json"], "--output", other)
    assert other.read_bytes() == before


def test_mistakes_are_told(paths: dict[str, Path], tmp_path: Path) -> None:
    assert "no complete JSON" in csv(paths["csv"], "--output", tmp_path / "x.csv", code=2)
    assert "Name another one" in csv(paths["csv"], code=2)
    assert "cannot be read or written (No such file" in csv(tmp_path / "none.json", code=2)
    latest = paths["json"].with_name("latest.json")
    assert "is no export of agendas" in csv(latest, code=2)
    old = json.loads(paths["json"].read_text("utf-8"))
    del old["metadata"]["visitor_fields"]
    paths["json"].write_text(json.dumps(old), "utf-8")
    assert "exported by an earlier version" in csv(paths["json"], code=2)
    assert not (tmp_path / "x.csv").exists()
