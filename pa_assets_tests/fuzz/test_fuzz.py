"""A small part of `make fuzz`, and that its judge can say no."""

import csv
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets_tests.fuzz import catalogue  # noqa: F401 - fills the grammar
from pa_assets_tests.fuzz.delivery import CANARY
from pa_assets_tests.fuzz.grammar import FAMILIES, FAULTS, Case, Level, Spoiled, fault_of, make_case
from pa_assets_tests.fuzz.judge import baseline_of, judge
from pa_assets_tests.fuzz.preparation import Prepared, prepare, project_of
from pa_assets_tests.fuzz.run import summary, verdicts
from pa_assets_tests.fuzz.show import EVENTS, clean_shows

SEED = 1
EVENT = "vet_lva"
FEW = [number for number in range(1, 3 * len(FAULTS)) if not fault_of(SEED, number).heavy][:24]


def test_malformed_files_end_in_an_error_or_in_quarantine_and_nothing_is_lost() -> None:
    done = list(verdicts(SEED, FEW))
    failures = {f"{verdict.case.number}: {verdict.case.title}": verdict.failures for verdict in done}
    assert {title: told for title, told in failures.items() if told} == {}
    assert {verdict.outcome for verdict in done} == {"error", "quarantined", "kept"}
    assert all(family in summary(done) for family in FAMILIES)


@pytest.mark.parametrize("number", FEW[::6])
def test_a_case_is_the_same_each_time(number: int) -> None:
    one, other = (make_case(SEED, number, clean_shows()) for _ in range(2))
    assert one.title == other.title
    assert [file.content for file in one.deliveries] == [file.content for file in other.deliveries]
    assert make_case(SEED + 1, number, clean_shows()).title != one.title


def test_every_fault_comes_in_the_first_turn() -> None:
    first = [fault_of(SEED, number).name for number in range(1, len(FAULTS) + 1)]
    assert sorted(first) == sorted(fault.name for fault in FAULTS)
    assert {fault.family for fault in FAULTS} == set(FAMILIES)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Case, Prepared]]:
    """A show without any fault, and what came of it."""
    deliveries = tuple(delivery.copy() for delivery in clean_shows()[EVENT])
    for delivery in deliveries:
        delivery.to_bytes()
    nothing = next(fault for fault in FAULTS if fault.level is Level.ROWS)
    case = Case(SEED, 0, EVENT, deliveries, (Spoiled(nothing, deliveries[0].name),))
    with project_of(tmp_path_factory.mktemp("fuzz"), EVENTS) as root:
        yield case, prepare(root, EVENT, deliveries)


def test_a_clean_show_is_kept(clean: tuple[Case, Prepared]) -> None:
    case, prepared = clean
    verdict = judge(case, prepared, baseline_of(prepared))
    assert (verdict.outcome, verdict.failures) == ("kept", ())


def _failed(error: Exception) -> Callable[[Case, Prepared], None]:
    return lambda case, prepared: prepared.errors.update({"visitors": error})


def _row_gone(case: Case, prepared: Prepared) -> None:
    prepared.tables["sessions_processed"] = prepared.tables["sessions_processed"].iloc[1:]


def _value_changed(case: Case, prepared: Prepared) -> None:
    table = prepared.tables["registrations_processed"]
    prepared.tables["registrations_processed"] = table.assign(surname="Other")


def _file_counts_more(case: Case, prepared: Prepared) -> None:
    file = next(file for file in case.deliveries if file.role == "scans")
    file.count = (file.count or 0) + 1


def _file_unreadable(case: Case, prepared: Prepared) -> None:
    case.deliveries[0].refuse = True


def _slow(case: Case, prepared: Prepared) -> None:
    prepared.seconds = 60.0


def _warned(case: Case, prepared: Prepared) -> None:
    prepared.warnings.append(f"Anne {CANARY} has no badge")


TAMPERED = {
    "unclear error": _failed(KeyError("badge_id")),
    "does not name the file": _failed(LandingError("a file is empty. Export it again.")),
    "quotes a person": _failed(LandingError(f"demographics_BVA2025.json: Anne {CANARY} is wrong. Remove the row.")),
    "names no mend": _failed(LandingError("demographics_BVA2025.json: no good.")),
    "characters": _failed(LandingError("demographics_BVA2025.json: remove " + "x" * 9000)),
    "rows that no fault touched are lost": _row_gone,
    "rows that no fault touched changed": _value_changed,
    "rows of scans landed": _file_counts_more,
    "nobody can know its rows": _file_unreadable,
    "took 60 s": _slow,
    "a warning quotes a person": _warned,
}


@pytest.mark.parametrize("told", TAMPERED)
def test_the_judge_tells(told: str, clean: tuple[Case, Prepared]) -> None:
    case, prepared = clean
    baseline = baseline_of(prepared)
    case, prepared = deepcopy(case), deepcopy(prepared)
    TAMPERED[told](case, prepared)
    assert any(told in failure for failure in judge(case, prepared, baseline).failures)


@pytest.mark.parametrize("cell", ["=1+1", "@x", "+44 7700", "-1+1", "\t=1", "\u200b=1", '"=1', "a;=1", "＝1"])  # noqa: RUF001
def test_the_judge_sees_cells_that_run(cell: str, clean: tuple[Case, Prepared], tmp_path: Path) -> None:
    case, prepared = clean
    path = prepared.output / "extra.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["name"], [cell]])
    try:
        failures = judge(case, prepared, baseline_of(prepared)).failures
    finally:
        path.unlink()
    assert any("a spreadsheet may run" in failure for failure in failures)
