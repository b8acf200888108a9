"""kill -9 in the middle of each asset, then a re-run: the same result as without it."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pa_assets.agendas.build import build_definitions
from pa_assets_tests.e2e import results
from pa_assets_tests.e2e.runs import EVENT, State, run, state
from pa_assets_tests.project import ProjectFolder, land, make_project

pytestmark = pytest.mark.slow

ASSETS = sorted(
    key.path[-1]
    for key in build_definitions().resolve_asset_graph().materializable_asset_keys
    if key.path[0] == "event"
)
MANY_EFFECTS = (
    "visitors",
    "sessions_backfilled",
    "graph_visitors",
    "recommendations",
    "recommendation_exports",
    "recommendations_complete",
)
"""Of the assets that leave more than one file, one of each kind: here it matters most that all is written and nothing
is recorded."""
NO_DIFFERENCE = {
    "output/entry_scans.parquet",
    "output/visitors_without_recommendations.parquet",
    "output/graph/show_this_year.parquet",
    "output/graph/visitor_this_year.assisted_session_this_year.session_this_year.parquet",
    "output/graph/visitor_this_year.registered_to_show.show_this_year.parquet",
}
"""Tables that may be empty in both landings."""


def _deliver(project: ProjectFolder, seed: int) -> None:
    """Let a show land; another seed is another show under the same names."""
    land(project, EVENT, visitors=30, sessions=10, seed=seed)


@dataclass(frozen=True)
class Undisturbed:
    """A project that nobody disturbed: what it held after its first landing, and after its second."""

    project: ProjectFolder
    first: State
    second: State
    writes: dict[str, int]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    project = make_project(tmp_path_factory.mktemp("undisturbed") / "project", [EVENT])
    _deliver(project, seed=1)
    writes = run(project)["writes"]
    first = state(project)
    _deliver(project, seed=2)
    run(project)
    yield Undisturbed(project, first, state(project), writes)
    project.stop_graph()


@dataclass(frozen=True)
class Killed:
    """A project in which assets were killed one after the other, and what it held in the end of each landing."""

    project: ProjectFolder
    while_writing: list[str]
    first: State
    before_recording: list[str]
    second: State
    left: list[str]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, undisturbed: Undisturbed) -> Iterator[Killed]:
    project = make_project(tmp_path_factory.mktemp("killed") / "project", [EVENT])
    vectors = Path("data", EVENT, "cache", "embeddings")
    shutil.copytree(undisturbed.project.root / vectors, project.root / vectors)
    _deliver(project, seed=1)
    while_writing = run(project, "writing", writes=undisturbed.writes)["killed"]
    first = state(project)
    _deliver(project, seed=2)
    before_recording = run(project, "recording", ",".join(MANY_EFFECTS))["killed"]
    second, left = state(project), results.leftovers(project, EVENT)
    yield Killed(project, while_writing, first, before_recording, second, left)
    project.stop_graph()


@pytest.mark.parametrize("asset", ASSETS)
def test_every_asset_was_killed(killed: Killed, asset: str) -> None:
    assert killed.while_writing.count(asset) == 1


def test_assets_of_many_effects_were_killed_again(killed: Killed) -> None:
    assert sorted(killed.before_recording) == sorted(MANY_EFFECTS)


def test_killed_while_writing_makes_no_difference(undisturbed: Undisturbed, killed: Killed) -> None:
    assert results.differing(undisturbed.first.files, killed.first.files) == []
    assert results.differing(undisturbed.first.graph, killed.first.graph) == []


def test_killed_before_recording_makes_no_difference(undisturbed: Undisturbed, killed: Killed) -> None:
    assert results.differing(undisturbed.second.files, killed.second.files) == []
    assert results.differing(undisturbed.second.graph, killed.second.graph) == []


def test_the_two_landings_differ_everywhere(undisturbed: Undisturbed) -> None:
    """Otherwise the second half of this module would show nothing."""
    first, second = undisturbed.first, undisturbed.second
    assert set(first.graph) == set(second.graph)
    assert results.differing(first.graph, second.graph) == sorted(set(first.graph) - {"LoadRecord"})
    tables = [name for name in second.files if name.startswith("output/") and name.endswith(".parquet")]
    assert len(tables) > 8
    assert set(tables) - set(results.differing(first.files, second.files)) <= NO_DIFFERENCE


def test_nothing_is_left_behind(killed: Killed) -> None:
    assert killed.left == []
    assert not [name for name in killed.second.files if ".tmp" in name]


def test_exports_are_whole_and_listed(killed: Killed) -> None:
    names = {
        name.removeprefix("recommendations/") for name in killed.second.files if name.startswith("recommendations/")
    }
    latest = json.loads(killed.second.files["recommendations/latest.json"])
    assert set(latest["complete"]) == names - {"latest.json"}
    assert set(latest["files"].values()) <= set(latest["complete"])


@pytest.mark.parametrize("asset", ["registrations_processed", "graph_visitors"])
def test_killed_and_then_the_old_files_are_put_back(undisturbed: Undisturbed, killed: Killed, asset: str) -> None:
    """What was half made of files that are gone again does not stay."""
    project = killed.project
    _deliver(project, seed=3)
    assert run(project, "writing", asset, writes={asset: 4}, once=True)["killed"] == [asset]
    _deliver(project, seed=2)
    run(project)
    now = state(project)
    assert results.differing(_without_exports(undisturbed.second.files), _without_exports(now.files)) == []
    assert results.differing(undisturbed.second.graph, now.graph) == []


def _without_exports(files: dict[str, Any]) -> dict[str, Any]:
    """Without the folder in which every different export stays."""
    return {name: content for name, content in files.items() if not name.startswith("recommendations/")}
