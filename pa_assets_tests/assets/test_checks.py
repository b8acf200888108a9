"""Checks on a small graph of the real tables: registrations -> answers, visitors, whose rows the test decides."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from pa_assets.agendas.checks import CHECKED_TABLES, event_checks
from pa_assets.agendas.core.drift import profile
from pa_assets.agendas.core.tables import (
    ALL_TABLES,
    BACKFILLED_SESSIONS,
    ENTRY_SCANS,
    RECOMMENDATIONS,
    REGISTRATIONS,
    SCANS,
    VISITORS,
)
from pa_assets.agendas.partitions import event_partitions
from pa_assets.agendas.project import current_project
from pa_assets.kit import fingerprint
from pa_assets.kit.files import write_csv, write_json, write_parquet
from pa_assets.kit.staleness import Records, nodes_of, reasons
from pa_assets.kit.tables import Table
from pa_assets_tests.project import make_project

EVENT = "vet_lva"
BLANKS: dict[str, Any] = {"text": "", "integer": 0, "number": 0.0, "flag": False, "time": pd.NaT, "texts": []}


def rows(table: Table, count: int, **values: Any) -> pd.DataFrame:
    """A sound table of `count` people of this year; `values` are one for all, or a list of one for each."""
    made = {
        column.name: [f"{column.name} {place}" if column.filled else BLANKS[column.kind] for place in range(count)]
        for column in table.columns
    }
    frame = pd.DataFrame(made | {"cohort": "this_year"})
    return table.conform(frame.assign(**values))


@dataclass
class Bench:
    """Registrations and visitors as the test wants them, in a project of their own."""

    root: Path
    frames: dict[str, pd.DataFrame]
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    quarantined: int = 0
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)
    made: list[str] = field(default_factory=list)

    def definitions(self) -> dg.Definitions:
        assets = [
            self._asset(name, [["event", other] for other in deps])
            for name, deps in {
                "registrations_processed": [],
                "visitors": ["registrations_processed"],
                "scans_processed": [],
                "after": ["visitors"],
                "recommendations": [],
                "recommendation_exports": ["recommendations"],
            }.items()
        ]
        keys = {asset.key for asset in assets}
        checks = [check for check in event_checks() if {key.asset_key for key in check.check_keys} <= keys]
        return dg.Definitions(assets=assets, asset_checks=checks)

    def _asset(self, name: str, deps: list[list[str]]) -> dg.AssetsDefinition:
        @dg.asset(
            name=name,
            key_prefix="event",
            deps=[dg.AssetKey(dep) for dep in deps],
            partitions_def=event_partitions(current_project()),
        )
        def made() -> dg.MaterializeResult:
            self.made.append(name)
            return self._write(name)

        return made

    def _write(self, name: str) -> dg.MaterializeResult:
        frame = self.frames.get(name, pd.DataFrame())
        folder = current_project().folder(EVENT)
        if name in self.frames:
            write_parquet(folder.table(name), frame)
        quarantine = folder.quarantine / f"{name}.csv"
        write_csv(quarantine, pd.DataFrame({"reason": ["blank"] * self.quarantined}))
        table = next((table for table in CHECKED_TABLES if table.name == name), None)
        told = {"rows_in": len(frame), "rows_folded": 0, "quarantine": str(quarantine.relative_to(self.root))}
        if table and not table.shape_faults(frame):
            told["profile"] = dg.MetadataValue.json(profile(table, frame))
        return dg.MaterializeResult(
            data_version=dg.DataVersion(fingerprint.of_frame(frame)), metadata={**told, **self.metadata.get(name, {})}
        )

    def run(self, *names: str) -> tuple[bool, dict[str, dg.AssetCheckEvaluation]]:
        """Make assets; whether the run went well, and what the checks said, by asset and name."""
        self.made.clear()
        result = (
            self.definitions()
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(
                asset_selection=[dg.AssetKey(["event", name]) for name in names],
                partition_key=EVENT,
                instance=self.instance,
                raise_on_error=False,
            )
        )
        found = result.get_asset_check_evaluations()
        return result.success, {f"{one.asset_key.path[-1]}.{one.check_name}": one for one in found}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    project = make_project(tmp_path / "project", [EVENT])
    monkeypatch.setenv("PA_ROOT", str(project.root))
    yield Bench(
        project.root,
        {
            "registrations_processed": rows(REGISTRATIONS, 40),
            "visitors": rows(VISITORS, 40, has_answers=True, job_role="nurse"),
        },
    )


CHAIN = ("registrations_processed", "visitors", "after")


def test_sound_tables_pass_and_each_has_its_checks(bench: Bench) -> None:
    success, checks = bench.run(*CHAIN)
    assert success
    assert bench.made == list(CHAIN)
    assert all(check.passed for check in checks.values())
    common = {"keys_are_unique", "values_are_allowed", "no_drift"}
    assert {name.partition(".")[2] for name in checks if name.startswith("registrations")} == common | {"rows_add_up"}
    visitors = common | {"references_hold", "enough_answers"}
    assert {name.partition(".")[2] for name in checks if name.startswith("visitors")} == visitors


def _repeated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(badge_id="B77")


def _unknown_cohort(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(cohort=["this_year"] * 39 + ["next_year"])


def _nameless(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(surname=[""] * 3 + ["Quillfeather"] * 37)


def _numbers_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(tel=range(40))


def _column_lost(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns="email")


BROKEN = {
    "keys_are_unique": (_repeated, "39 row(s) repeat the key"),
    "values_are_allowed": (_unknown_cohort, "column cohort: 1 row(s) with none of this_year"),
    "values_are_allowed ": (_nameless, "column surname: 3 row(s) without surname"),
    "values_are_allowed  ": (_numbers_as_text, "column tel: the values are not text (int64)"),
    "values_are_allowed   ": (_column_lost, "missing column(s) email"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_fails_its_check_and_stops_what_follows(bench: Bench, name: str) -> None:
    fault, told = BROKEN[name]
    bench.frames["registrations_processed"] = fault(bench.frames["registrations_processed"])
    success, checks = bench.run(*CHAIN)
    check = checks[f"registrations_processed.{name.strip()}"]
    assert not success
    assert not check.passed
    assert told in (check.description or "")
    assert bench.made == ["registrations_processed"], "something was built on a broken table"
    for personal in ("B77", "Quillfeather", "surname 1", "email 1"):
        assert personal not in (check.description or "")


def test_nothing_builds_on_a_broken_table_in_a_later_run_either(bench: Bench) -> None:
    nodes = nodes_of([asset for asset in bench.definitions().assets or [] if isinstance(asset, dg.AssetsDefinition)])
    node = nodes[dg.AssetKey(["event", "registrations_processed"])]
    sound = bench.frames["registrations_processed"]
    bench.frames["registrations_processed"] = _nameless(sound)
    bench.run("registrations_processed")
    assert [reason.kind for reason in reasons(Records(bench.instance), node, EVENT)] == ["cut off"]
    bench.frames["registrations_processed"] = sound
    assert bench.run("registrations_processed")[0]


def test_rows_that_name_nobody_and_people_left_out_are_told(bench: Bench) -> None:
    stranger = bench.frames["visitors"]["badge_id"].mask(bench.frames["visitors"].index == 5, "Z9")
    bench.frames["visitors"] = bench.frames["visitors"].assign(badge_id=stranger)
    success, checks = bench.run(*CHAIN)
    broken = checks["visitors.references_hold"]
    assert not success and not broken.passed
    assert "1 row(s) whose (cohort, badge_id) is not in registrations_processed" in (broken.description or "")
    assert "1 row(s) of registrations_processed that are missing here" in (broken.description or "")
    assert "Z9" not in (broken.description or "")
    assert bench.made == ["registrations_processed", "visitors"]


def test_a_lost_row_is_told(bench: Bench) -> None:
    bench.metadata["registrations_processed"] = {"rows_in": 43}
    bench.quarantined = 2
    success, checks = bench.run(*CHAIN)
    assert not success
    assert "43 row(s) in + 0 copied are not 40 out + 2 quarantined + 0 folded" in (
        checks["registrations_processed.rows_add_up"].description or ""
    )


def test_copied_and_folded_rows_count(bench: Bench) -> None:
    bench.metadata["registrations_processed"] = {"rows_in": 41, "rows_copied": 4, "rows_folded": 3}
    bench.quarantined = 2
    assert bench.run(*CHAIN)[0]


def test_rows_of_the_table_beside_the_scans_add_up_too(bench: Bench) -> None:
    bench.frames["scans_processed"] = SCANS.empty()
    write_parquet(current_project().folder(EVENT).table("entry_scans"), ENTRY_SCANS.empty())
    beside = current_project().folder(EVENT).quarantine / "entry_scans.csv"
    write_csv(beside, pd.DataFrame({"reason": ["no day"]}))
    told = {"entry_rows_folded": 0, "entry_quarantine": str(beside.relative_to(bench.root))}
    bench.metadata["scans_processed"] = {**told, "entry_rows_in": 1}
    assert bench.run("scans_processed")[0]
    bench.metadata["scans_processed"] = {**told, "entry_rows_in": 2}
    assert not bench.run("scans_processed")[0]


def test_drift_against_the_last_other_content_warns_and_stops_nothing(bench: Bench) -> None:
    _, first = bench.run(*CHAIN)
    assert "Nothing to compare with" in str(first["visitors.no_drift"].metadata["note"].value)
    bench.frames["visitors"] = bench.frames["visitors"].assign(job_role="", has_answers=[True] * 30 + [False] * 10)
    for _ in range(2):  # made again with equal content, it is still compared with what was before
        success, checks = bench.run(*CHAIN)
        drift = checks["visitors.no_drift"]
        assert success and bench.made == list(CHAIN)
        assert not drift.passed
        assert drift.severity == dg.AssetCheckSeverity.WARN
        assert "this_year: column job_role became wholly blank; it was 0% blank." in (drift.description or "")
        assert "| this_year | job_role" in str(drift.metadata["table"].value)
        assert not checks["visitors.enough_answers"].passed, "a quarter of the answers is gone"


def test_many_fewer_rows_warn(bench: Bench) -> None:
    bench.run(*CHAIN)
    bench.frames["registrations_processed"] = bench.frames["registrations_processed"].head(15)
    _, checks = bench.run("registrations_processed")
    assert "this_year: rows went from 40 to 15 (-62%)." in (
        checks["registrations_processed.no_drift"].description or ""
    )


def test_few_answers_warn_at_the_first_run(bench: Bench) -> None:
    bench.frames["visitors"] = bench.frames["visitors"].assign(has_answers=[True] * 15 + [False] * 25)
    success, checks = bench.run(*CHAIN)
    assert success
    assert not checks["visitors.enough_answers"].passed
    assert checks["visitors.enough_answers"].metadata["share"].value == 0.375


def test_every_table_that_is_an_asset_is_checked_and_refers_to_what_comes_before() -> None:
    from pa_assets.agendas.build import build_definitions

    graph = build_definitions().resolve_asset_graph()
    made = {key.path[-1] for key in graph.materializable_asset_keys if key.path[0] == "event"}
    assert {table.name for table in CHECKED_TABLES} == made & {table.name for table in ALL_TABLES}
    for table in CHECKED_TABLES:
        key = dg.AssetKey(["event", table.name])
        names = {check.name for check in graph.get_check_keys_for_assets({key})}
        assert {"keys_are_unique", "values_are_allowed", "no_drift"} <= names
        assert ("references_hold" in names) == bool(table.references)
        before = {parent.path[-1] for parent in graph.get_ancestor_asset_keys(key)}
        assert {reference.table for reference in table.references} <= before, "a check would read what is made later"


AGENDA = ("recommendations", "recommendation_exports")


@pytest.fixture
def agenda(bench: Bench) -> Bench:
    """Two visitors with one session each, of two that overlap."""
    start = pd.Timestamp("2025-11-20 09:00")
    times = {"starts_at": start, "ends_at": start + pd.Timedelta(minutes=30), "content_group": ["one", "two"]}
    folder = current_project().folder(EVENT)
    write_parquet(folder.table("visitors"), rows(VISITORS, 2, badge_id=["canary1", "canary2"]))
    write_parquet(folder.table("sessions_backfilled"), rows(BACKFILLED_SESSIONS, 2, session_id=["s1", "s2"], **times))
    bench.frames["recommendations"] = _agendas({"canary1": ["s1"], "canary2": ["s2"]})
    write_json(folder.agendas.statistics, {})
    return bench


def _agendas(agendas: dict[str, list[str]]) -> pd.DataFrame:
    pairs = [(badge, one, rank) for badge, agenda in agendas.items() for rank, one in enumerate(agenda, start=1)]
    frame = pd.DataFrame(pairs, columns=["badge_id", "session_id", "rank"])
    return RECOMMENDATIONS.conform(
        frame.assign(score=0.9, strategy="streams", reasons=[["why"]] * len(frame), control_group=False)
    )


def test_agendas_that_hold_pass(agenda: Bench) -> None:
    _, checks = agenda.run(*AGENDA)
    assert checks["recommendations.agendas_hold"].passed
    assert checks["recommendations.agendas_hold"].metadata["faults"].value == 0
    assert agenda.made[-1] == "recommendation_exports"


def test_agendas_with_a_fault_are_not_exported_and_nobody_is_named(agenda: Bench) -> None:
    agenda.frames["recommendations"] = _agendas({"canary1": ["s1", "s2"], "canary2": ["s2", "s1"]})
    success, checks = agenda.run(*AGENDA)
    told = checks["recommendations.agendas_hold"]
    assert not success and not told.passed
    assert told.severity == dg.AssetCheckSeverity.ERROR
    assert told.metadata["by_kind"].value == {"two sessions at one time": 2}
    assert "canary" not in str(told.metadata)
    assert "recommendation_exports" not in agenda.made


def test_a_booking_that_landed_counts(agenda: Bench) -> None:
    landing = current_project().folder(EVENT).landing
    landing.mkdir(parents=True, exist_ok=True)
    (landing / "bookings.csv").write_text("badge_id,session_id\ncanary1,s2\n", "utf-8")
    _, checks = agenda.run(*AGENDA)
    assert checks["recommendations.agendas_hold"].metadata["by_kind"].value == {"at a time that is booked": 1}
