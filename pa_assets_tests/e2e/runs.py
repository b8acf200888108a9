"""Whole runs of one event in projects of their own, for the tests that compare what two of them leave."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pa_assets_tests.e2e import results
from pa_assets_tests.project import CHECKOUT, ProjectFolder

EVENT = "vet_lva"


@dataclass(frozen=True)
class State:
    """What a project holds after a run."""

    files: dict[str, bytes]
    graph: dict[str, list[str]]


def run(
    project: ProjectFolder,
    point: str = "never",
    assets: str = "all",
    *,
    writes: dict[str, int] | None = None,
    once: bool = False,
) -> dict[str, Any]:
    """Refresh the event; see `killed` for the arguments and for what comes back."""
    arguments = [EVENT, point, json.dumps(writes or {}), assets, *(["once"] if once else [])]
    done = project.run(
        *(sys.executable, "-m", "pa_assets_tests.e2e.killed", *arguments),
        PYTHONPATH=str(CHECKOUT),
        PA_GRAPH_IDLE_MINUTES="1",
    )
    found: dict[str, Any] = json.loads(done.output.splitlines()[-1])
    return found


def state(project: ProjectFolder) -> State:
    """What the project holds now."""
    return State(results.files(project, EVENT), results.graph(project))


def landing(project: ProjectFolder) -> Path:
    """The landing folder of the event."""
    return project.root / "data" / EVENT / "landing"
