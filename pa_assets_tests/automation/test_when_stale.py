"""The automation condition, tick by tick, on a small graph: external -> first -> second."""

from datetime import timedelta

import dagster as dg
import pytest

from pa_assets.kit import automation
from pa_assets.kit.automation import when_stale

EVENTS = dg.StaticPartitionsDefinition(["a", "b"])
EXTERNAL = dg.AssetKey(["landing", "files"])


class Bench:
    """Two assets in a row, whose content, code version and success the test turns."""

    def __init__(self) -> None:
        self.content = {"first": "1", "second": "1"}
        self.code = "1"
        self.failing = False
        self.made: list[str] = []
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor = None
        self.definitions = self._build()

    def _build(self) -> dg.Definitions:
        @dg.asset(partitions_def=EVENTS, deps=[EXTERNAL], automation_condition=when_stale(), code_version="1")
        def first() -> dg.MaterializeResult:
            return dg.MaterializeResult(data_version=dg.DataVersion(self.content["first"]))

        @dg.asset(partitions_def=EVENTS, deps=[first], automation_condition=when_stale(), code_version=self.code)
        def second() -> dg.MaterializeResult:
            if self.failing:
                raise RuntimeError("boom")
            return dg.MaterializeResult(data_version=dg.DataVersion(self.content["second"]))

        return dg.Definitions(assets=[dg.AssetSpec(EXTERNAL, partitions_def=EVENTS), first, second])

    def bump_code(self) -> None:
        self.code = "2"
        self.definitions = self._build()

    def land(self, version: str, partition: str = "a") -> None:
        self.instance.report_runless_asset_event(
            dg.AssetObservation(EXTERNAL, partition=partition, tags={"dagster/data_version": version})
        )

    def make(self, name: str, partition: str = "a") -> bool:
        return dg.materialize(
            list(self.definitions.assets),
            selection=[name],
            partition_key=partition,
            instance=self.instance,
            raise_on_error=False,
        ).success

    def ticks(self, count: int = 4) -> list[str]:
        """Evaluate some ticks, making what each asks for; the names of what was asked."""
        asked = []
        for _ in range(count):
            result = dg.evaluate_automation_conditions(
                defs=self.definitions, instance=self.instance, cursor=self.cursor
            )
            self.cursor = result.cursor
            for name in ("first", "second"):
                for partition in sorted(result.get_requested_partitions(dg.AssetKey(name))):
                    asked.append(f"{name}:{partition}")
                    self.make(name, partition)
        return asked


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.land("1")
    bench.make("first")
    return bench


def test_leaves_the_first_layer_to_the_sensor_and_builds_the_next(bench: Bench) -> None:
    assert bench.ticks() == ["second:a"]


def test_asks_for_nothing_where_nothing_landed(bench: Bench) -> None:
    bench.ticks()
    assert not [name for name in bench.ticks() if name.endswith(":b")]


def test_rests_when_all_is_fresh(bench: Bench) -> None:
    bench.ticks()
    assert bench.ticks() == []


def test_leaves_a_change_of_files_to_the_sensor(bench: Bench) -> None:
    bench.ticks()
    bench.land("2")
    assert bench.ticks() == []


def test_carries_the_wave_after_the_first_layer_changed(bench: Bench) -> None:
    bench.ticks()
    bench.land("2")
    bench.content["first"] = "2"
    bench.make("first")
    assert bench.ticks() == ["second:a"]


def test_equal_content_stops_the_wave(bench: Bench) -> None:
    bench.ticks()
    bench.land("2")
    bench.make("first")
    assert bench.ticks() == []


def test_does_not_repeat_what_someone_else_made(bench: Bench) -> None:
    bench.ticks()
    bench.content["first"] = "2"
    bench.make("first")
    bench.make("second")
    assert bench.ticks() == []


def test_new_code_makes_every_partition_again(bench: Bench) -> None:
    bench.land("1", "b")
    bench.make("first", "b")
    bench.ticks()
    bench.bump_code()
    assert bench.ticks() == ["second:a", "second:b"]


def test_a_failing_step_fails_once_per_change(bench: Bench) -> None:
    bench.ticks()
    bench.failing = True
    bench.content["first"] = "2"
    bench.make("first")
    assert bench.ticks(6) == ["second:a"]
    bench.failing = False
    bench.content["first"] = "3"
    bench.make("first")
    assert bench.ticks() == ["second:a"]
    assert bench.ticks() == []


def test_waits_while_a_run_works_on_the_event(bench: Bench) -> None:
    job = bench.definitions.resolve_implicit_global_asset_job_def()
    run = bench.instance.create_run_for_job(job, tags={"dagster/partition": "a"}, status=dg.DagsterRunStatus.STARTED)
    assert bench.ticks() == []
    bench.instance.delete_run(run.run_id)
    assert bench.ticks() == ["second:a"]


def test_asks_once_for_one_state_even_if_the_maker_runs_other_code(bench: Bench) -> None:
    bench.ticks()
    server = bench.definitions
    bench.bump_code()
    worker, bench.definitions = bench.definitions, server
    asked = []
    for _ in range(3):
        result = dg.evaluate_automation_conditions(defs=worker, instance=bench.instance, cursor=bench.cursor)
        bench.cursor = result.cursor
        asked += sorted(result.get_requested_partitions(dg.AssetKey("second")))
        bench.make("second")
    assert asked == ["a"]


def test_an_asset_waits_for_an_input_that_is_stale_itself(bench: Bench) -> None:
    bench.ticks()
    bench.land("2")
    bench.bump_code()
    assert bench.ticks() == []
    bench.make("first")
    assert bench.ticks() == ["second:a"]


def test_a_run_of_which_nothing_is_heard_holds_up_nobody_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bench.definitions.resolve_implicit_global_asset_job_def()
    bench.instance.create_run_for_job(job, tags={"dagster/partition": "a"}, status=dg.DagsterRunStatus.STARTED)
    assert automation.partitions_under_way(bench.instance) == {"a"}
    monkeypatch.setattr(automation, "_LONGEST_RUN", timedelta(0))
    assert automation.partitions_under_way(bench.instance) == set()
