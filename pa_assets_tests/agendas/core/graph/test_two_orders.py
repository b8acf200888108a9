"""Loads in any order and number end in one graph: the digest that `pa graph diff` shows is the same."""

from collections.abc import Iterable

import pandas as pd
import pytest

from pa_assets.agendas.core.graph import sync
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import Tables, make_tables
from pa_assets_tests.agendas.core.graph.loading import compared, emptied, parts_of, twins_of
from pa_assets_tests.graph_loads import load_all

pytestmark = pytest.mark.graph_contract

ORDER = ["visitors", "sessions", "job_streams", "specialisation_streams", "relationships", "embeddings"]
ORDER += ["recommendations"]


def load_in(graph: BoltGraph, show: str, tables: Tables, order: Iterable[str]) -> dict[str, int]:
    """Rows refused, by loader."""
    parts = parts_of(tables, show)
    reports = {name: sync.load(graph, show, name, parts[name], load_id=f"of {name}") for name in order}
    return {name: sum(report.refused.values()) for name, report in reports.items()}


def test_three_loads_equal_one_and_those_after_write_nothing(graph: BoltGraph, show: str) -> None:
    tables = make_tables()
    first = load_all(graph, tables, show=show)
    twins = twins_of(tables, show)
    digest = compared(graph, show, twins).found_digest
    shuffled = Tables(
        **{
            name: value.sample(frac=1, random_state=7) if isinstance(value, pd.DataFrame) else value
            for name, value in vars(tables).items()
        }
    )
    for again in (load_all(graph, tables, show=show, mark="2"), load_all(graph, shuffled, show=show, mark="3")):
        assert {(report.written, report.removed, report.load_id) for report in again.values()} == {(0, 0, "")}
        assert {report.statements for report in again.values()} == {3}, "indexes, records, checksums"
        assert {name: report.version for name, report in again.items()} == {
            name: report.version for name, report in first.items()
        }
    found = compared(graph, show, twins)
    assert found.equal
    assert found.found_digest == found.expected_digest == digest
    for report in first.values():
        assert report.given == report.written + sum(report.refused.values())


def test_nodes_in_another_order_and_relationships_before_their_nodes(graph: BoltGraph, show: str) -> None:
    tables = make_tables(visitors=15, sessions=8, attendances=60)
    other = f"{show}_other"
    load_in(graph, show, tables, ORDER)
    early = load_in(graph, other, tables, reversed(ORDER))
    assert early["relationships"] > 50, "relationships without nodes are refused and told"
    refused = load_in(graph, other, tables, ORDER)
    assert refused == load_in(graph, show, tables, ORDER)
    found, elsewhere = (compared(graph, name, twins_of(tables, name)) for name in (show, other))
    assert found.equal
    assert elsewhere.equal
    # The agenda's own tag is the one thing that differs.
    digests = [
        [item.found_digest for item in comparison.elements if "is_recommended" not in item.element.name]
        for comparison in (found, elsewhere)
    ]
    assert digests[0] == digests[1]


def test_everything_anew_is_the_same(graph: BoltGraph, show: str) -> None:
    tables = make_tables(visitors=15, sessions=8, attendances=60)
    load_all(graph, tables, show=show)
    twins = twins_of(tables, show)
    graph.write("MATCH (v:Visitor_this_year {show: $show}) SET v.note = 'kept', v.Country = 'damaged'", show=show)
    for name, parts in parts_of(tables, show).items():
        report = sync.load(graph, show, name, parts, load_id="anew", everything=True)
        assert report.written == report.given - sum(report.refused.values())
        assert report.removed == 0
    found = compared(graph, show, twins)
    assert found.equal
    assert found.elements[0].other_properties == {"note": 15}


def test_two_shows_with_the_same_keys_never_meet(graph: BoltGraph, show: str) -> None:
    tables, others = make_tables(), make_tables(seed=2)
    other = f"{show}_other"
    load_all(graph, tables, show=show)
    twins = twins_of(tables, show)
    digest = compared(graph, show, twins).found_digest
    changed = make_tables(seed=3)
    changed.visitors["country"] = "Elsewhere"
    for theirs in (others, changed, emptied(others), others):
        load_all(graph, theirs, show=other)
        assert compared(graph, show, twins).found_digest == digest
        assert compared(graph, other, twins_of(theirs, other)).equal
    theirs = compared(graph, other, twins_of(others, other))
    load_all(graph, emptied(tables), show=show)
    assert compared(graph, show, twins_of(emptied(tables), show)).equal
    assert compared(graph, other, twins_of(others, other)).found_digest == theirs.found_digest
