"""Our notion of stale against Dagster's own resolver, which the UI shows: the same for each partition, step by step."""

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from pa_assets.kit.staleness import Records, next_wave, nodes_of, reasons, with_ancestors

EVENTS = dg.StaticPartitionsDefinition(["a", "b"])
FILES = dg.AssetSpec(["landing", "files"], partitions_def=EVENTS)
FIRST, SECOND, THIRD = (dg.AssetKey(["event", name]) for name in ("first", "second", "third"))


class Graph:
    """landing/files -> first -> second -> third, and first -> third."""

    def __init__(self) -> None:
        self.instance = dg.DagsterInstance.ephemeral()
        self.versions = {"first": "1", "second": "1", "third": "1"}
        self.code = "1"
        self.third_from = [FIRST, SECOND]
        self.build()

    def build(self) -> None:
        def asset(name: str, deps: list[dg.AssetKey], code: str) -> dg.AssetsDefinition:
            @dg.asset(name=name, key_prefix="event", partitions_def=EVENTS, deps=deps, code_version=code)
            def made() -> dg.MaterializeResult:
                return dg.MaterializeResult(data_version=dg.DataVersion(self.versions[name]))

            return made

        self.assets = [
            FILES,
            asset("first", [FILES.key], "1"),
            asset("second", [FIRST], self.code),
            asset("third", self.third_from, "1"),
        ]
        self.nodes = nodes_of(self.assets)

    def land(self, version: str, partition: str = "a") -> None:
        self.instance.report_runless_asset_event(
            dg.AssetObservation(FILES.key, partition=partition, tags={"dagster/data_version": version})
        )

    def make(self, *keys: dg.AssetKey, partition: str = "a") -> None:
        selection = dg.AssetSelection.assets(*keys)
        result = dg.materialize(self.assets, selection=selection, partition_key=partition, instance=self.instance)
        assert result.success

    def ours(self) -> dict[tuple[str, str], bool]:
        records = Records(self.instance)
        return {
            (key.path[-1], partition): bool(reasons(records, node, partition))
            for key, node in self.nodes.items()
            if not node.external
            for partition in ("a", "b")
        }

    def dagsters(self) -> dict[tuple[str, str], bool]:
        resolver = CachingStaleStatusResolver(
            instance=self.instance,
            asset_graph=dg.Definitions(assets=self.assets).resolve_asset_graph(),
            loading_context=LoadingContextForTest(self.instance),
        )
        return {
            (key.path[-1], partition): resolver.get_status(key, partition) != StaleStatus.FRESH
            for key, node in self.nodes.items()
            if not node.external
            for partition in ("a", "b")
        }


@pytest.fixture
def graph() -> Graph:
    graph = Graph()
    graph.land("1")
    graph.land("1", "b")
    return graph


def test_agrees_with_dagster_through_a_life(graph: Graph) -> None:
    assert graph.ours() == graph.dagsters()
    graph.make(FIRST, SECOND, THIRD)
    assert graph.ours() == graph.dagsters()
    assert not graph.ours()["third", "a"]
    graph.land("2")
    assert graph.ours() == graph.dagsters()
    assert graph.ours()["first", "a"]
    graph.versions["first"] = "2"
    graph.make(FIRST)
    assert graph.ours() == graph.dagsters()
    assert graph.ours()["second", "a"]
    graph.make(SECOND)
    assert graph.ours() == graph.dagsters()
    graph.make(THIRD)
    graph.code = "2"
    graph.build()
    assert graph.ours() == graph.dagsters()
    assert graph.ours()["second", "a"]
    assert not graph.ours()["third", "a"]


def test_agrees_with_dagster_about_a_dependency_that_is_new_or_gone(graph: Graph) -> None:
    graph.make(FIRST, SECOND, THIRD)
    graph.third_from = [SECOND]
    graph.build()
    assert graph.ours() == graph.dagsters()
    assert graph.ours()["third", "a"]
    graph.make(THIRD)
    graph.third_from = [FIRST, SECOND]
    graph.build()
    assert graph.ours() == graph.dagsters()
    assert graph.ours()["third", "a"]


def test_first_build_is_one_wave(graph: Graph) -> None:
    assert list(next_wave(Records(graph.instance), graph.nodes, {FIRST, SECOND, THIRD}, "a")) == [FIRST, SECOND, THIRD]


def test_an_asset_waits_for_what_lies_between(graph: Graph) -> None:
    graph.make(FIRST, SECOND, THIRD)
    graph.versions["first"] = "2"
    graph.make(FIRST)
    wave = next_wave(Records(graph.instance), graph.nodes, {FIRST, SECOND, THIRD}, "a")
    assert list(wave) == [SECOND, THIRD]
    graph.land("2")
    wave = next_wave(Records(graph.instance), graph.nodes, {FIRST, SECOND, THIRD}, "a")
    assert list(wave) == [FIRST, SECOND, THIRD]


def test_equal_content_leaves_the_rest_fresh(graph: Graph) -> None:
    graph.make(FIRST, SECOND, THIRD)
    graph.land("2")
    graph.make(FIRST)
    assert not next_wave(Records(graph.instance), graph.nodes, {FIRST, SECOND, THIRD}, "a")


def test_reasons_name_the_cause(graph: Graph) -> None:
    graph.make(FIRST, SECOND, THIRD)
    graph.land("2")
    (reason,) = reasons(Records(graph.instance), graph.nodes[FIRST], "a")
    assert (reason.kind, reason.text, reason.cause) == ("input", "landing/files changed", FILES.key)


def test_ancestors_come_first_and_externals_stay_out(graph: Graph) -> None:
    assert with_ancestors(graph.nodes, [SECOND]) == [FIRST, SECOND]
