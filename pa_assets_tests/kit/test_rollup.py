"""Roll-ups on a small graph of their own: landing/files -> first -> second, and the roll-up `second`."""

from pathlib import Path

import dagster as dg
import pytest

from pa_assets.kit.refresh import Refresher
from pa_assets.kit.rollup import rollup
from pa_assets.kit.staleness import Records, nodes_of

EVENTS = dg.StaticPartitionsDefinition(["a", "b"])
FILES = dg.AssetSpec(["landing", "files"], partitions_def=EVENTS)
FIRST, SECOND = dg.AssetKey(["event", "first"]), dg.AssetKey(["event", "second"])


class Location:
    """A code location whose landing content, code and success the test turns."""

    def __init__(self, folder: Path, broken: dict[str, str] | None = None) -> None:
        self.instance = dg.DagsterInstance.ephemeral()
        self.landed = {"a": "1", "b": "1"}
        self.failing: set[str] = set()
        self.made: list[str] = []
        nodes = nodes_of([FILES, *self._assets()])
        refresher = Refresher(
            nodes=nodes,
            partitions=EVENTS.get_partition_keys,
            report_external=self._report,
            job=lambda: self.definitions.resolve_implicit_global_asset_job_def(),
            lock_path=lambda event: folder / f"{event}.lock",
        )
        self.roll_up = rollup(
            "second", [SECOND], refresher, description="All.", owner="team:test", group="all", broken=broken or {}
        )
        self.definitions = dg.Definitions(assets=[FILES, *self.assets, self.roll_up])

    def _assets(self) -> list[dg.AssetsDefinition]:
        @dg.asset(key_prefix="event", partitions_def=EVENTS, deps=[FILES], code_version="1")
        def first(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            self.made.append(f"first:{context.partition_key}")
            if context.partition_key in self.failing:
                raise dg.Failure(description="the file lacks a column", allow_retries=False)
            content = self.landed[context.partition_key].strip()
            return dg.MaterializeResult(data_version=dg.DataVersion(content))

        @dg.asset(key_prefix="event", partitions_def=EVENTS, deps=[first], code_version="1")
        def second(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            self.made.append(f"second:{context.partition_key}")
            return dg.MaterializeResult(data_version=dg.DataVersion("2"), metadata={"dagster/row_count": 7})

        self.assets = [first, second]
        return self.assets

    def _report(self, records: Records, event: str) -> str | None:
        if not self.landed[event]:
            return "nothing has landed"
        if records.data_version(FILES.key, event, external=True) != self.landed[event]:
            records.instance.report_runless_asset_event(
                dg.AssetObservation(FILES.key, partition=event, tags={"dagster/data_version": self.landed[event]})
            )
            records.forget(event)
        return None

    def run(self) -> tuple[bool, dict[str, dict[str, str]]]:
        """Materialize the roll-up; whether it went well, and the published rows by event."""
        self.made.clear()
        result = self.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=[dg.AssetKey("second")], instance=self.instance, raise_on_error=False
        )
        rows = result.output_for_node("second.second__refresh")
        return result.success, {row["event"]: row for row in rows}


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(tmp_path)


def test_makes_everything_once_then_nothing(location: Location) -> None:
    success, rows = location.run()
    assert success
    assert location.made == ["first:a", "second:a", "first:b", "second:b"]
    assert {row["status"] for row in rows.values()} == {"rebuilt"}
    assert rows["a"]["rows"] == 7
    success, rows = location.run()
    assert success
    assert location.made == []
    assert {row["status"] for row in rows.values()} == {"fresh"}


def test_only_the_changed_event_is_made_and_equal_content_stops_the_wave(location: Location) -> None:
    location.run()
    location.landed["a"] = "2"
    _, rows = location.run()
    assert location.made == ["first:a", "second:a"]
    assert rows["a"]["why"] == "first: landing/files changed; second: event/first changed"
    location.landed["a"] = "2 "
    location.run()
    assert location.made == ["first:a"]


def test_a_failed_event_does_not_stop_the_others_and_fails_the_run(location: Location) -> None:
    location.failing.add("a")
    success, rows = location.run()
    assert not success
    assert location.made == ["first:a", "first:b", "second:b"]
    assert (rows["a"]["status"], rows["b"]["status"]) == ("failed", "rebuilt")
    assert "the file lacks a column" in rows["a"]["why"]
    location.failing.clear()
    success, _ = location.run()
    assert success
    assert location.made == ["first:a", "second:a"]


def test_an_event_without_files_waits(location: Location) -> None:
    location.landed["b"] = ""
    success, rows = location.run()
    assert success
    assert (rows["b"]["status"], rows["b"]["why"]) == ("waiting", "nothing has landed")


def test_an_event_that_could_not_be_loaded_is_told_and_fails_the_run(tmp_path: Path) -> None:
    success, rows = Location(tmp_path, broken={"c": "config/c.yaml: unknown key"}).run()
    assert not success
    assert rows["c"]["status"] == "failed"
    assert rows["a"]["status"] == "rebuilt"


def test_the_roll_up_is_fresh_for_dagster_afterwards(location: Location) -> None:
    from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
    from dagster._core.loader import LoadingContextForTest

    location.run()
    resolver = CachingStaleStatusResolver(
        instance=location.instance,
        asset_graph=location.definitions.resolve_asset_graph(),
        loading_context=LoadingContextForTest(location.instance),
    )
    assert resolver.get_status(dg.AssetKey("second")) == StaleStatus.FRESH
