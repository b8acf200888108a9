"""docs/parity.md tells the truth about files: what it names exists, and its counts are those of its table."""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "parity.md").read_text("utf-8")
FEATURES = 132
STATES = ("done", "replaced", "partly", "later", "dropped")
THERE = ("done", "replaced", "partly")
REMARKED = ("replaced", "partly", "dropped")


@dataclass(frozen=True)
class Row:
    number: str
    feature: str
    state: str
    where: list[str]
    tests: list[str]
    remark: str


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _rows() -> list[Row]:
    lines = [line for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    assert all(len(row) == 6 for row in cells), "a row has not six cells"
    return [Row(*row[:3], _names(row[3]), _names(row[4]), row[5]) for row in cells]


ROWS = _rows()


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_feature_has_its_row() -> None:
    assert [row.number for row in ROWS] == [str(number) for number in range(1, FEATURES + 1)]
    assert all(row.feature for row in ROWS)
    assert len({row.feature for row in ROWS}) == FEATURES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_what_a_row_names_exists(row: Row) -> None:
    assert row.state in STATES
    assert row.remark or row.state not in REMARKED, f"a row that is {row.state} says how or why"
    if row.state not in THERE:
        assert not row.where and not row.tests, f"a row that is {row.state} names no module and no test"
        return
    assert row.where and row.tests, f"a row that is {row.state} names its module and its test"
    for module in row.where:
        assert module.startswith("pa_assets/") and (ROOT / module).is_file(), f"no module {module}"
    for test in row.tests:
        file, _, function = test.partition("::")
        assert file.startswith("pa_assets_tests/") and (ROOT / file).is_file(), f"no test file {file}"
        assert not function or function in _functions(ROOT / file), f"{file} has no function {function}"


def test_counts_are_those_of_the_table() -> None:
    introduction = " ".join(PAGE.partition("\n|")[0].split())
    counts = Counter(row.state for row in ROWS)
    told = re.search(
        r"Of the (\d+), (\d+) are done, (\d+) replaced, (\d+) partly there, (\d+) left for later and (\d+) dropped",
        introduction,
    )
    assert told, "the introduction does not give the counts"
    assert [int(number) for number in told.groups()] == [FEATURES, *(counts[state] for state in STATES)]
