"""The same landing gives the same results, whichever way its rows are ordered, however often and wherever it is run."""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from pa_assets_tests.e2e import results
from pa_assets_tests.e2e.runs import EVENT, State, landing, run, state
from pa_assets_tests.project import ProjectFolder, land, make_project

pytestmark = pytest.mark.slow


def _shuffle_rows(folder: Path) -> None:
    """Put the rows of every delivered table in another order."""
    for number, path in enumerate(sorted(folder.iterdir())):
        if path.suffix == ".csv":
            rows = pd.read_csv(path, dtype=str, keep_default_na=False)
            rows.sample(frac=1, random_state=number).to_csv(path, index=False)
        else:
            found = json.loads(path.read_text("utf-8"))
            mixed = pd.Series(found, dtype=object).sample(frac=1, random_state=number).tolist()
            assert mixed != found
            path.write_text(json.dumps(mixed, ensure_ascii=False), "utf-8")


@contextmanager
def _run_in(folder: Path, change: Callable[[Path], None] = lambda _: None) -> Iterator[ProjectFolder]:
    project = make_project(folder / "project", [EVENT])
    land(project, EVENT, visitors=60, sessions=14, after_show=True)
    change(landing(project))
    try:
        run(project)
        yield project
    finally:
        project.stop_graph()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> State:
    with _run_in(tmp_path_factory.mktemp("first")) as project:
        return state(project)


def test_another_project_with_rows_in_another_order_and_once_more_from_nothing(first: State, tmp_path: Path) -> None:
    with _run_in(tmp_path, _shuffle_rows) as project:
        shuffled = state(project)
        shutil.rmtree(project.root / "data" / EVENT / "output")
        shutil.rmtree(project.root / "data" / EVENT / "cache")
        run(project)
        again = state(project)
    assert any(name.endswith("_control.csv") for name in first.files)
    quarantine = {name for name in first.files if name.startswith("output/quarantine/")}  # names rows by number
    assert set(results.differing(first.files, shuffled.files)) <= quarantine
    assert results.differing(first.graph, shuffled.graph) == []
    assert results.differing(_counts(first), _counts(shuffled)) == []
    assert results.differing(shuffled.files, again.files) == []
    assert results.differing(shuffled.graph, again.graph) == []


def _counts(state: State) -> dict[str, list[str]]:
    """Reasons of the quarantines, which must be as many whichever way the rows stand."""
    return {
        name: sorted(pd.read_csv(io.BytesIO(content), dtype=str)["reason"])
        for name, content in state.files.items()
        if name.startswith("output/quarantine/")
    }
