"""docs/streams.md tells the truth: what it names exists, its example loads, no setting and no figure is left out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from pa_assets.agendas.assets.sessions import TRACKED
from pa_assets.agendas.config import StreamProcessing
from pa_assets.agendas.config_pipeline import LanguageModelSettings
from pa_assets.agendas.config_preparation import Backfill, StreamRule
from pa_assets.agendas.core.summary import BACKFILL_NAMES
from pa_assets.agendas.core.tables import BACKFILLED_SESSIONS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "streams.md").read_text("utf-8")
EXAMPLE = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)
]
STATEMENTS = 51


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_statement_has_its_row() -> None:
    assert [row[0] for row in ROWS] == [str(number) for number in range(1, STATEMENTS + 1)]
    assert len({row[1] for row in ROWS}) == STATEMENTS
    assert f"each of its {STATEMENTS} statements" in PAGE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_a_row_names_exists(row: list[str]) -> None:
    assert len(row) == 5, "a row has not five cells"
    modules, tests = (re.findall(r"`([^`]+)`", cell) for cell in row[2:4])
    assert modules or row[2] == "this page"
    assert tests, "a statement needs a test"
    for module in modules:
        assert module.startswith("pa_assets/") and (ROOT / module).is_file(), f"no module {module}"
    for test in tests:
        file, _, function = test.partition("::")
        assert file.startswith("pa_assets_tests/") and (ROOT / file).is_file(), f"no test file {file}"
        assert not function or function in _functions(ROOT / file), f"{file} has no function {function}"


def test_the_example_is_a_valid_setting() -> None:
    settings = StreamProcessing.model_validate(yaml.safe_load(EXAMPLE)["stream_processing"])
    assert settings.model_copy(update={"rules": []}) == StreamProcessing(), "the example shows the defaults"


def test_the_example_shows_every_setting() -> None:
    shown = yaml.safe_load(EXAMPLE)["stream_processing"]
    assert set(shown) == set(StreamProcessing.model_fields)
    assert set(shown["backfill"]) == set(Backfill.model_fields)
    assert set(shown["rules"][0]) == set(StreamRule.model_fields)


def test_settings_named_in_the_text_exist() -> None:
    text = PAGE.partition("## The overview of the previous")[0]
    for section, model in (
        ("stream_processing", StreamProcessing),
        ("backfill", Backfill),
        ("language_model", LanguageModelSettings),
    ):
        named = set(re.findall(rf"`{section}\.([a-z_]+)", text))
        assert named and named <= set(model.model_fields), section


def test_every_figure_and_column_is_told() -> None:
    columns = [name for name in BACKFILLED_SESSIONS.names if name.startswith("stream_")]
    missing = [name for name in (*BACKFILL_NAMES, *TRACKED, *columns) if f"`{name}`" not in PAGE]
    assert not missing, f"docs/streams.md says nothing of {', '.join(missing)}"
