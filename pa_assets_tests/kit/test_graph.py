"""The Bolt client: the same contract on the embedded server and on Neo4j; and the choice of the server."""

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pa_assets.kit import graph_server
from pa_assets.kit.ports import GraphError, Write
from pa_assets.kit.resources import graph as graph_module
from pa_assets.kit.resources.graph import BoltGraph, GraphTarget, connect, environment_name, plain, target

pytestmark = pytest.mark.graph_contract


def test_values_come_back_as_they_went(graph: BoltGraph, show: str) -> None:
    values = {
        "what-do/you do?": ["a", "b"],
        "quoted `\"'\\": "'; MATCH (n) DETACH DELETE n //",
        "text": "NUL \x00, emoji 😀, مرحبا, " + "long " * 5000,
        "numbers": [0.5, 1.5],
        "number": np.float64(2.5),
        "integer": np.int64(-(2**62)),
        "flag": np.bool_(True),
        "word": np.str_("word"),
        "nothing": float("nan"),
        "no_time": pd.NaT,
        "day": dt.date(2025, 1, 2),
    }
    time = pd.Timestamp("2025-01-02 03:04:05.000006")
    graph.write("CREATE (:Thing {show: $show}) ", show=show)
    graph.write("MATCH (n:Thing {show: $show}) SET n += $values, n.time = $time", show=show, values=values, time=time)
    (row,) = graph.read("MATCH (n:Thing {show: $show}) RETURN properties(n) AS found", show=show)
    found = row["found"]
    assert found.pop("time").to_native() == time.to_pydatetime()
    assert found.pop("day").to_native() == dt.date(2025, 1, 2)
    kept = {name: plain(value) for name, value in values.items() if name not in ("nothing", "no_time", "day")}
    assert found == {"show": show, **kept}


def test_rows_go_in_batches_and_a_failed_batch_leaves_nothing(graph: BoltGraph, show: str) -> None:
    graph.schema("CREATE CONSTRAINT IF NOT EXISTS FOR (n:Batch) REQUIRE (n.show, n.key) IS UNIQUE")
    graph.schema("CREATE CONSTRAINT IF NOT EXISTS FOR (n:Batch) REQUIRE (n.show, n.key) IS UNIQUE")
    create = "UNWIND $rows AS row CREATE (:Batch {show: $show, key: row.key})"
    count = "MATCH (n:Batch {show: $show}) RETURN count(n) AS count"
    sent = graph.write_rows(create, ({"key": str(number)} for number in range(25)), batch_size=10, show=show)
    assert sent == 25
    assert graph.read(count, show=show) == [{"count": 25}]
    graph.write_rows(create, [{"key": "canary"}], show=show)
    with pytest.raises(GraphError, match=r"ConstraintValidationFailed.*run again") as caught:
        graph.write_rows(create, [{"key": "new"}, {"key": "canary"}], show=show)
    assert "canary" not in str(caught.value), "values of rows stay out of errors"
    assert caught.value.__suppress_context__
    assert graph.read(count, show=show) == [{"count": 26}], "the batch was rolled back as a whole"
    assert graph.write_rows(create, [], show=show) == 0


def test_all_writes_or_none(graph: BoltGraph, show: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_module, "BATCH_SIZE", 10)
    graph.schema("CREATE CONSTRAINT IF NOT EXISTS FOR (n:Batch) REQUIRE (n.show, n.key) IS UNIQUE")
    tag = {"show": show}
    create = "UNWIND $rows AS row CREATE (:Batch {show: $show, key: row.key}) RETURN count(*) AS count"
    rows = [{"key": f"key{number}", "ignored": np.int64(number)} for number in range(25)]
    before = graph.statements
    counts = graph.write_all(
        [
            Write(create, rows, tag),
            Write("MATCH (n:Batch {show: $show}) WHERE n.key < 'key2' DELETE n RETURN count(*) AS count", None, tag),
            Write("MATCH (n:Batch {show: $show}) SET n.seen = true", None, tag),
            Write(create, [], tag),
        ]
    )
    assert counts == [25, 12, 0, 0]
    assert graph.statements - before == 3 + 1 + 1, "one statement per batch, none for no rows"
    count = "MATCH (n:Batch {show: $show}) RETURN count(n) AS count"
    with pytest.raises(GraphError, match="ConstraintValidationFailed"):
        graph.write_all([Write(create, [{"key": f"new{number}"} for number in range(25)] + rows[-1:], tag)])
    with pytest.raises(GraphError, match="SyntaxError"):
        graph.write_all([Write(create, [{"key": "new"}], tag), Write("MATCH (n RETURN n")])
    assert graph.read(count, show=show) == [{"count": 13}]
    with pytest.raises(ValueError, match="iterable anew"):
        graph.write_all([Write(create, iter(rows), tag)])
    assert graph.write_all([]) == []


def test_a_description_without_password(graph: BoltGraph, graph_target: GraphTarget) -> None:
    if graph_target.embedded:
        assert re.fullmatch(r"ArcadeDB [\d.]+, embedded, database neo4j", graph.description), "no port in metadata"
    else:
        assert re.match(r"Neo4j [\d.]+.* (community|enterprise), \w[\w+]*://", graph.description)
        assert graph.description.endswith("database neo4j")
        assert graph_target.password not in graph.description + repr(graph_target)


def test_errors_say_what_to_do(graph: BoltGraph, graph_target: GraphTarget, graph_root: Path, tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="SyntaxError"):
        graph.read("MATCH (n RETURN n")
    with pytest.raises(GraphError, match="ParameterMissing"):
        graph.read("MATCH (n:Thing {show: $missing}) RETURN n")
    uri = graph_target.uri or graph_server.ensure_running(graph_root).uri

    def read(secrets: dict[str, str]) -> None:
        secrets = {"NEO4J_USERNAME": "somebody", "NEO4J_PASSWORD": "canary-password", **secrets}
        with connect(target("default", tmp_path, secrets), tmp_path) as client:
            client.read("RETURN 1 AS one")

    with pytest.raises(GraphError, match="NEO4J_USERNAME and NEO4J_PASSWORD") as refused:
        read({"NEO4J_URI": uri})
    with pytest.raises(GraphError, match=r"no address of a graph server: 'ftp://host'.*bolt://"):
        read({"NEO4J_URI": "ftp://user:canary-password@host"})
    assert "canary-password" not in str(refused.value)


def test_the_server_of_an_environment(tmp_path: Path) -> None:
    embedded = target("default", tmp_path, {})
    assert embedded.embedded
    assert (
        embedded.identity == target("default", tmp_path, {}).identity != target("default", tmp_path / "b", {}).identity
    )
    assert not (tmp_path / ".pa" / "graph" / "server.json").exists(), "choosing a server starts none"
    both = {"NEO4J_URI": "bolt://User:secret@Host:7687/", "NEO4J_PASSWORD": "one", "NEO4J_USER": "ann"}
    generic = target("default", tmp_path, both)
    assert (generic.user, generic.password, generic.database) == ("ann", "one", "neo4j")
    assert generic.identity == "bolt://host:7687 neo4j"
    own = {**both, "NEO4J_URI_PROD": "neo4j+s://p", "NEO4J_PASSWORD_PROD": "two", "NEO4J_DATABASE_PROD": "agendas"}
    prod = target("prod", tmp_path, own)
    assert (prod.uri, prod.user, prod.password, prod.database) == ("neo4j+s://p", "ann", "two", "agendas")
    assert (prod.protected, generic.protected, embedded.protected) == (True, False, False)
    assert target(" Production", tmp_path, own) == prod

    names = ["default", "Development", "QA", "staging", "stage", "testing", "LIVE"]
    assert [environment_name(name) for name in names] == ["default", "dev", *["test"] * 4, "prod"]
    with pytest.raises(ValueError, match="Unknown graph environment"):
        environment_name("")


@pytest.mark.parametrize(
    ("environment", "secrets", "named"),
    [
        ("prod", {"NEO4J_URI": "bolt://dev", "NEO4J_PASSWORD": "canary"}, "NEO4J_URI_PROD"),
        ("dev", {"NEO4J_URI_DEV": "bolt://dev", "NEO4J_PASSWORD": "canary"}, "NEO4J_PASSWORD_DEV"),
        ("default", {"NEO4J_URI": "bolt://dev"}, "NEO4J_PASSWORD"),
        ("production", {}, "NEO4J_URI_PROD"),
        ("live ", {"NEO4J_URI_LIVE": "bolt://live"}, "NEO4J_URI_PROD"),
        ("prd", {}, r"'prd'.*default, dev .*staging.*prod \(production, live\)"),
    ],
)
def test_nothing_falls_back_in_silence(tmp_path: Path, environment: str, secrets: dict[str, str], named: str) -> None:
    with pytest.raises(GraphError, match=named) as caught:
        target(environment, tmp_path, secrets)
    assert "canary" not in str(caught.value)
