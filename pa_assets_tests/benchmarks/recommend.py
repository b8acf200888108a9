"""Recommendations at growing sizes: whole runs from tables to exports, and the engine's core alone.

Each row runs in a fresh process, so that its peak of memory is its own:
`python -m pa_assets_tests.benchmarks.recommend CASE FOLDER` works off what was made in FOLDER and prints the figures.
Making the tables and arrays is not part of the time, nor is the start-up: imports and compiled loops are warm.
"""

import datetime as dt
import json
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.agenda_files import write_agendas
from pa_assets.agendas.core.exports import build_exports
from pa_assets.agendas.core.graph import later, people, programme, sync, twins
from pa_assets.agendas.core.graph.schema import build_schema
from pa_assets.agendas.core.recommend import recommend, scores, streams, timetable
from pa_assets.agendas.core.recommend.planner import Plan, Planner
from pa_assets.agendas.export_files import write_exports
from pa_assets.agendas.layout import EventFolder
from pa_assets.kit import graph_server
from pa_assets.kit.files import write_parquet
from pa_assets.kit.memory import collected_seldom
from pa_assets.kit.resources.graph import BoltGraph, connect, target
from pa_assets_tests.benchmarks.recommend_tables import (
    ANSWERS,
    ORGANISATION,
    ORGANISATION_QUESTION,
    QUESTION,
    Size,
    arrays_of,
    tables_of,
)
from pa_assets_tests.benchmarks.rows import Row

SMALL, USUAL = Size(500, 3_000, seats=60), Size(5_000, 30_000)
WHOLE = {"small": SMALL, "usual": USUAL}
CORE = {"core_100k": Size(100_000, 300_000), "core_1m": Size(1_000_000, 3_000_000)}
PLACES = {"places": Size(50_000, 150_000, sessions=1_800, past_sessions=1_800, theatres=70, seats=420)}
GOALS = {
    "small": "<= 2 s, <= 20 MB of exports",
    "usual": ">= 500 visitors/s, >= 300 x the previous pipeline",
    "core_100k": "",
    "core_1m": "<= 100 s, <= 2,048 MB",
    "places": "<= 30 s",
}
PREVIOUS_RATE = {"small": 3.2, "usual": 2.1}
"""Visitors a second of the previous pipeline on such shows, at its best."""
PREVIOUS = {
    "small": "3.2 visitors/s, 158 s, 1.32 GB of JSON",
    "usual": "1.3 to 2.1 visitors/s",
}


def event_settings(show: str) -> config.EventConfig:
    """Settings like those of a real show: rules, seats, control group, four attributes, every export."""
    return config.EventConfig(
        event=config.Event(
            title="Show",
            show=show,
            main_event_name="lva",
            secondary_event_name="bva",
            event_date_this_year=dt.date(2025, 11, 20),
            event_date_last_year=dt.date(2024, 11, 20),
            shows_this_year=["LVS25"],
        ),
        landing=config.Landing(registrations=["*.json"]),
        session_files=config.SessionFiles(session_this=["*.csv"]),
        people=config.People(
            questions_to_keep=config.QuestionsToKeep(
                current=[QUESTION, ORGANISATION_QUESTION], past=[QUESTION, ORGANISATION_QUESTION]
            )
        ),
        recommendations=config.Recommendations.model_validate(
            {
                "similarity_attributes": {ANSWERS: 1.0, "job_role": 0.8, ORGANISATION: 0.5, "country": 0.3},
                "control_group": {"enabled": True},
                "theatre_capacity_limits": {"enabled": True},
                "rules": [
                    {
                        "name": "some roles see no stream 3",
                        "visitors": {"answers": {"job_role": ["Role 1", "Role 2"]}},
                        "sessions": {"stream": ["Stream 3"]},
                        "action": "drop",
                    },
                    {
                        "name": "area 5 sees more of stream 5",
                        "visitors": {"answers": {QUESTION: ["Area 5"]}},
                        "sessions": {"stream": ["Stream 5"]},
                        "action": "boost",
                    },
                    {
                        "name": "an organisation sees sponsors less",
                        "visitors": {"unless_answers": {ORGANISATION_QUESTION: ["Organisation 0"]}},
                        "sessions": {"sponsor": ["*"]},
                        "action": "boost",
                        "factor": 0.8,
                    },
                ],
            }
        ),
    )


def recommend_rows(root: Path) -> list[Row]:
    """Rows of the table of measured times."""
    rows = [_whole_row(case, size, root / case) for case, size in WHOLE.items()]
    seconds = {}
    for case, size in CORE.items():
        figures = _measured(case, size, root / case)
        seconds[case] = figures["seconds"] / size.visitors
        rows.append(_core_row(case, size, figures, "scores and agendas without limits, from aligned arrays to picks"))
    growth = seconds["core_1m"] / seconds["core_100k"]
    rows.append(("core, time per visitor at 1,000,000 / at 100,000", f"{growth:.2f} x", "linear: about 1 x", ""))
    for case, size in PLACES.items():
        figures = _measured(case, size, root / case)
        rows.append(_core_row(case, size, figures, f"{size.seats} seats a slot; gap to the bound {figures['gap']:.2%}"))
    return rows


def _whole_row(case: str, size: Size, folder: Path) -> Row:
    figures = _measured(case, size, folder)
    rate = size.visitors / figures["seconds"]
    stages = ", ".join(f"{name} {seconds:.2f}" for name, seconds in figures["stages"].items())
    return (
        f"recommendations, whole run, {_sizes(size)}",
        f"{figures['seconds']:.2f} s, {rate:,.0f} visitors/s, {figures['peak']:,.0f} MB",
        GOALS[case],
        f"{rate / PREVIOUS_RATE[case]:,.0f} x the previous pipeline ({PREVIOUS[case]}); {stages}; "
        f"exports {figures['exports']:.1f} MB; gap to the bound {figures['gap']:.2%}",
    )


def _core_row(case: str, size: Size, figures: dict[str, Any], what: str) -> Row:
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in figures["stages"].items())
    return (
        f"recommendations, core, {_sizes(size)}",
        f"{figures['seconds']:.1f} s, {figures['peak']:,.0f} MB",
        GOALS[case],
        f"{what}; {stages}; {figures['picks']:,} picks",
    )


def _sizes(size: Size) -> str:
    return f"{size.visitors:,} / {size.past:,} visitors, {size.sessions:,} sessions"


def _measured(case: str, size: Size, folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True)
    if case in WHOLE:
        _write_tables(folder, tables_of(size))
    else:
        with (folder / "arrays").open("wb") as stream:
            pickle.dump(arrays_of(size), stream, pickle.HIGHEST_PROTOCOL)
    command = [sys.executable, "-m", __spec__.name, case, str(folder)]
    figures: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return figures


def _write_tables(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    for name, frame in tables.items():
        write_parquet(folder / "tables" / f"{name}.parquet", frame)


class Clock:
    """Seconds of stages, one after the other."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self._last = time.perf_counter()

    def done(self, stage: str) -> None:
        """The stage that ends now."""
        now = time.perf_counter()
        self.stages[stage] = now - self._last
        self._last = now


def whole(folder: Path, graph: BoltGraph | None) -> dict[str, Any]:
    """From tables on disk to exports on disk."""
    clock = Clock()
    settings = event_settings(folder.name)
    tables = {path.stem: pd.read_parquet(path) for path in sorted((folder / "tables").glob("*.parquet"))}
    clock.done("read")
    result = recommend(
        **tables, settings=settings.recommendations, event=settings.event, people=settings.people,
    )  # fmt: skip
    clock.done("recommend")
    output = EventFolder(str(folder))
    write_agendas(output, result)
    clock.done("tables")
    schema = build_schema(settings.event, settings.graph)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    parts = later.recommendation_parts(schema, settings.event, tables["visitors"], result.table, now)
    if graph is not None:
        sync.load(graph, settings.event.show, "recommendations", parts, load_id="benchmark")
    twins.write(output.graph, parts)
    clock.done("graph")
    exports = build_exports(
        result.table, result.without, tables["visitors"], tables["sessions"], settings, result.statistics,
        alternatives=result.alternatives, removed=result.removed, changes=result.changes,
    )  # fmt: skip
    written = write_exports(output.recommendations, settings.event, exports)
    clock.done("exports")
    return {
        "stages": clock.stages,
        "seconds": sum(clock.stages.values()),
        "exports": sum(path.stat().st_size for path in written.paths.values()) / 1e6,
        "gap": result.statistics["run"]["limits"]["gap"],
    }


def measure_whole(folder: Path) -> dict[str, Any]:
    """A whole run in an event whose visitors and sessions are in the graph already."""
    warm = folder.parent / f"{folder.name}_warm"
    _write_tables(warm, tables_of(Size(60, 200, seats=3), seed=2))
    whole(warm, None)
    settings = event_settings(folder.name)
    schema = build_schema(settings.event, settings.graph)
    visitors, sessions = (pd.read_parquet(folder / "tables" / f"{name}.parquet") for name in ("visitors", "sessions"))
    try:
        with connect(target("default", folder, {}), folder) as graph:
            for loader, parts in (
                ("visitors", people.visitor_parts(schema, visitors)),
                ("sessions", programme.session_parts(schema, sessions, {})),
            ):
                sync.load(graph, settings.event.show, loader, parts, load_id=loader)
            del visitors, sessions, parts
            return whole(folder, graph)
    finally:
        graph_server.stop(folder)


def measure_core(folder: Path, *, seats: int = 0) -> dict[str, Any]:
    """From aligned arrays to picks: signals, scores, agendas; with `seats`, within the theatres' seats."""
    _planned(Clock(), *arrays_of(Size(60, 200), seed=2), seats=3 if seats else 0)
    with (folder / "arrays").open("rb") as stream:
        inputs, attributes = pickle.load(stream)
    clock = Clock()
    plan = _planned(clock, inputs, attributes, seats=seats)
    return {
        "stages": clock.stages,
        "seconds": sum(clock.stages.values()),
        "picks": len(plan.picks.visitor),
        "gap": plan.statistics["limits"]["gap"] if seats else None,
    }


def _planned(clock: Clock, inputs: Any, attributes: Any, *, seats: int) -> Plan:
    settings = config.Recommendations(alternatives=0, theatre_capacity_limits={"enabled": bool(seats)})
    mapping = pd.DataFrame({"answer": [], "stream": []}, dtype=object)
    affinity = streams.affinity(inputs, mapping, mapping, None)
    clock.done("streams")
    scorer, _ = scores.build(inputs, attributes, affinity, settings)
    clock.done("signals")
    planner = Planner(scorer, [], timetable.timetable(inputs.sessions, settings), settings)
    theatres = np.unique(inputs.sessions["theatre__name"])
    plan = planner.plan(seats=pd.DataFrame({"theatre": theatres, "seats": seats}) if seats else None)
    clock.done("agendas")
    return plan


def main() -> None:
    """Measure one case and print its figures as JSON."""
    case, folder = sys.argv[1], Path(sys.argv[2])
    measures: dict[str, Callable[[Path], dict[str, Any]]] = {
        **dict.fromkeys(WHOLE, measure_whole),
        **dict.fromkeys(CORE, measure_core),
        **{name: lambda path, size=size: measure_core(path, seats=size.seats) for name, size in PLACES.items()},
    }
    with collected_seldom():  # as every asset does its work
        figures = measures[case](folder)
    peak = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    print(json.dumps({**figures, "peak": peak}))


if __name__ == "__main__":
    main()
