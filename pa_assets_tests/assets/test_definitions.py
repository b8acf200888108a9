"""What holds for every asset of the code location, and what the location must not load."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pa_assets.agendas.build import build_definitions
from pa_assets.agendas.externals import ROLES, SECTIONS
from pa_assets.agendas.project import current_project
from pa_assets.kit.automation import WhenStale
from pa_assets_tests.assets.snapshot import SNAPSHOT, as_text, asset_graph
from pa_assets_tests.project import CHECKOUT

PACKAGE = CHECKOUT / "pa_assets"
GRAPH = build_definitions().resolve_asset_graph()
NODES = {node.key.to_user_string(): node for node in GRAPH.asset_nodes}
EVENT_ASSETS = sorted(name for name in NODES if name.startswith("event/"))
EXTERNALS = sorted(name for name, node in NODES.items() if node.is_external)
ROLL_UPS = sorted(name for name in NODES if "/" not in name)

GROUPS = {
    "landing",
    "settings",
    "people",
    "attendance",
    "sessions",
    "graph",
    "embeddings",
    "recommendations",
    "reports",
    "steps",
    "all_events",
}
NAMED_ROLL_UPS = {
    "registrations_processed",
    "visitors",
    "scans_processed",
    "sessions_processed",
    "streams_catalog",
    "sessions_backfilled",
    "graph",
    "session_embeddings",
    "recommendations",
    "recommendation_exports",
    "processing_summary",
}
NOT_AT_IMPORT = (
    "torch",
    "sentence_transformers",
    "transformers",
    "mlflow",
    "sklearn",
    "scipy",
    "openai",
    "neo4j",
    "matplotlib",
)
DOMAIN_WORDS = {
    "session",
    "sessions",
    "visitor",
    "visitors",
    "show",
    "shows",
    "agenda",
    "agendas",
    "theatre",
    "stream",
    "streams",
}
OTHER_MEANINGS = {
    "files.py": {"stream"},  # of bytes
    "fingerprint.py": {"stream"},
    "vector_cache.py": {"stream"},
    "graph_server.py": {"stream"},
    "graph_log.py": {"stream"},
    "byte_search.py": {"stream"},
    "suppression.py": {"stream"},
    "resources/language_model.py": {"stream"},  # of a response
    "resources/encoder.py": {"shows"},  # the verb
    "resources/graph.py": {"session"},  # the driver's word for a unit of work
    "resources/graph_targets.py": {"session"},
    "graph_compaction.py": {"session"},
}


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return build_definitions()


def test_every_key_is_of_a_known_kind() -> None:
    assert sorted([*EVENT_ASSETS, *EXTERNALS, *ROLL_UPS]) == sorted(NODES)
    assert set(EXTERNALS) == {f"landing/{role}" for role in ROLES} | {f"settings/{name}" for name in SECTIONS}


@pytest.mark.parametrize("name", sorted(NODES))
def test_every_asset_says_what_it_is(name: str) -> None:
    node = NODES[name]
    assert node.description
    assert node.owners == ["team:agendas"]
    assert 1 <= len(node.kinds) <= 3
    assert node.group_name in GROUPS
    if name in EVENT_ASSETS:
        assert node.code_version and node.code_version.isdigit()


@pytest.mark.parametrize("name", EVENT_ASSETS)
def test_every_event_asset_is_made_by_event_and_by_itself(name: str) -> None:
    node = NODES[name]
    assert node.automation_condition is not None
    assert isinstance(node.automation_condition, WhenStale)
    assert node.partitions_def is not None
    assert node.partitions_def.get_partition_keys() == current_project().partitions
    assert not node.is_external


@pytest.mark.parametrize("name", EXTERNALS)
def test_externals_are_there_for_every_event(name: str) -> None:
    node = NODES[name]
    assert node.partitions_def is not None
    assert node.partitions_def.get_partition_keys() == current_project().partitions
    assert node.child_keys, "nothing reads it"


def test_groups_are_those_of_the_design() -> None:
    assert {node.group_name for node in NODES.values()} == GROUPS


def test_roll_ups_are_those_that_are_promised() -> None:
    assert set(ROLL_UPS) == NAMED_ROLL_UPS
    assert all(NODES[name].partitions_def is None for name in ROLL_UPS)


def test_a_roll_up_stands_behind_its_own_parts() -> None:
    for name in ROLL_UPS:
        parts = {key.to_user_string() for key in NODES[name].parent_keys}
        if name == "graph":
            assert parts == {
                part for part in EVENT_ASSETS if part.startswith("event/graph_") and "complete" not in part
            }
        else:
            assert parts == {f"event/{name}"}


def test_graph_is_as_last_agreed() -> None:
    now = as_text(asset_graph(build_definitions()))
    before, after = json.loads(SNAPSHOT.read_text("utf-8")), json.loads(now)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert not changed, (
        f"The asset graph differs from {SNAPSHOT.name} in {', '.join(changed)}. Is that meant, and was code_version "
        "raised where the meaning of an output changed? Then renew it: python -m pa_assets_tests.assets.snapshot"
    )


def test_location_loads_whole(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_jobs_schedules_and_sensors_are_there(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    jobs = {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assert jobs == {
        "data_preparation_job",
        "graph_preparation_job",
        "session_embeddings_job",
        "recommendations_job",
        "refresh",
    }
    assert {schedule.name for schedule in repository.schedule_defs} == {
        f"nightly_{event}" for event in current_project().events
    }
    assert {sensor.name for sensor in repository.sensor_defs} == {"landing_files", "when_stale"}


def test_every_event_asset_but_summaries_belongs_to_one_step_job(definitions: dg.Definitions) -> None:
    steps = [name for name in (job.name for job in definitions.jobs or []) if name.endswith("_job")]
    made: list[str] = []
    for step in steps:
        layer = definitions.resolve_job_def(step).asset_layer
        made += [key.to_user_string() for key in layer.selected_asset_keys]
    assert len(made) == len(set(made)), "two steps make the same asset"
    assert set(EVENT_ASSETS) - set(made) == {"event/processing_summary"}


def test_import_is_light() -> None:
    code = f"import sys, pa_assets.definitions; print([name for name in {NOT_AT_IMPORT!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", f"importing pa_assets.definitions loads {done.stdout.strip()}"


def _modules(*parts: str) -> list[Path]:
    return sorted(path for part in parts for path in PACKAGE.glob(part))


def _place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", _modules("agendas/core/**/*.py", "kit/ports.py"), ids=_place)
def test_core_and_ports_know_no_dagster_and_no_environment(path: Path) -> None:
    imported = set(_imports(path))
    roots = {name.split(".")[0] for name in imported}
    assert not {name for name in roots if name.startswith("dagster")}
    assert not {name for name in imported if name.startswith("pa_assets.kit.resources")}
    names = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    assert not names & {"environ", "getenv"}, "reads the environment"


def _identifiers(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


@pytest.mark.parametrize("path", _modules("kit/**/*.py"), ids=_place)
def test_kit_knows_no_domain(path: Path) -> None:
    place = _place(path).removeprefix("kit/")
    words = {word.lower() for name in _identifiers(path) for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    assert not (words & DOMAIN_WORDS) - OTHER_MEANINGS.get(place, set())
    assert not {name for name in _imports(path) if name.startswith("pa_assets.agendas")}
