"""Runs cases and reports: a table by class of faults, and how to repeat each failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track
from tabulate import tabulate

from pa_assets_tests.fuzz import catalogue  # noqa: F401 - fills the grammar
from pa_assets_tests.fuzz.grammar import FAMILIES, make_case
from pa_assets_tests.fuzz.judge import Baseline, Verdict, baseline_of, judge
from pa_assets_tests.fuzz.preparation import land, prepare, project_of
from pa_assets_tests.fuzz.show import EVENTS, clean_shows


def verdicts(seed: int, numbers: Iterable[int], keep: Path | None = None) -> Iterator[Verdict]:
    """Judge cases one after the other.

    Args:
        seed: of all cases.
        numbers: of the cases, from 1.
        keep: folder for the landing files of cases that fail.
    """
    shows = clean_shows()
    with TemporaryDirectory() as folder, project_of(Path(folder), EVENTS) as project:
        baselines: dict[str, Baseline] = {}
        for event, deliveries in shows.items():
            clean = tuple(delivery.copy() for delivery in deliveries)
            for delivery in clean:
                delivery.to_bytes()
            baselines[event] = baseline_of(prepare(project, event, clean))
        for number in numbers:
            case = make_case(seed, number, shows)
            verdict = judge(case, prepare(project, case.event, case.deliveries), baselines[case.event])
            if keep and verdict.failures:
                land(keep / f"{seed}-{number}", case.deliveries)
            yield verdict


def fuzz(seed: int, numbers: Sequence[int], keep: Path | None = None) -> int:
    """Run cases, print the table and the failures, and return how many cases failed."""
    console = Console(stderr=True)
    done = list(
        track(verdicts(seed, numbers, keep), "landing files", total=len(numbers), console=console, transient=True)
    )
    print(summary(done))
    failed = [verdict for verdict in done if verdict.failures]
    for verdict in failed:
        case = verdict.case
        print(f"\ncase {case.number} ({case.event}): {case.title}\n  " + "\n  ".join(verdict.failures))
        print(f"  again: python -m pa_assets_tests.fuzz --seed {case.seed} --only {case.number} --keep failed")
    return len(failed)


def summary(done: Sequence[Verdict]) -> str:
    """Cases by class of faults and what became of them."""
    rows = [_line(family, [one for one in done if one.case.family == family]) for family in FAMILIES]
    header = ["class of faults", "faults", "files", "error", "quarantined", "kept", "failures", "slowest, s"]
    return tabulate([*rows, _line("all", done)], header, floatfmt=".2f")


def _line(name: str, done: Sequence[Verdict]) -> list[str | int | float]:
    outcomes = [verdict.outcome for verdict in done]
    return [
        name,
        len({verdict.case.faults[0].fault.name for verdict in done}),
        sum(len(verdict.case.faults) for verdict in done),
        outcomes.count("error"),
        outcomes.count("quarantined"),
        outcomes.count("kept"),
        sum(bool(verdict.failures) for verdict in done),
        max((verdict.seconds for verdict in done), default=0.0),
    ]
