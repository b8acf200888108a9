"""`pa person forget` on a production graph: nothing goes before the shows there were typed."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pa_assets.cli import app
from pa_assets_tests.project import CHECKOUT


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one event is loaded into a production server, where nobody answers."""
    shutil.copytree(CHECKOUT / "config", tmp_path / "config")
    for name in ("vet_bva", "ecomm", "cpcn"):
        (tmp_path / "config" / f"{name}.yaml").unlink()
    landing = tmp_path / "data" / "vet_lva" / "landing"
    landing.mkdir(parents=True)
    (landing / "registrations_a.csv").write_text(
        "Id,Forename,Surname,Email,BadgeType,ShowRef,BadgeId\n1,Ann,Canary,ann@canary.example,Delegate,LVS25,LVS25A1\n"
    )
    monkeypatch.setenv("PA_ROOT", str(tmp_path))
    monkeypatch.setenv("PA_NEO4J_ENVIRONMENT", "production")
    monkeypatch.setenv("NEO4J_URI_PROD", "bolt://127.0.0.1:9")
    monkeypatch.setenv("NEO4J_PASSWORD_PROD", "secret")
    return tmp_path


@pytest.mark.parametrize("typed", [[], ["--confirm", "bva"]])
def test_production_wants_its_shows_typed(production: Path, typed: list[str]) -> None:
    before = sorted(path for path in (production / "data").rglob("*") if path.is_file())
    done = CliRunner().invoke(app, ["person", "forget", "--email", "ann@canary.example", "--yes", *typed], input="\n")
    assert done.exit_code == 2, done.output
    assert "nothing was done" in done.output
    assert sorted(path for path in (production / "data").rglob("*") if path.is_file()) == before
    assert "Canary" in (production / "data" / "vet_lva" / "landing" / "registrations_a.csv").read_text()
