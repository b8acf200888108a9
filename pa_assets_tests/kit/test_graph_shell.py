"""The shell's text: statements apart, what only reads, and answers."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neo4j.time import Date

from pa_assets.kit.graph_shell import ParameterError, answer, parameters, reads_only, split_statements


@pytest.mark.parametrize(
    "statement",
    [
        "MATCH (n:`CREATE`) WHERE n.set = 'DELETE' RETURN n // MERGE",
        "MATCH (n) RETURN n.created, n.start AS start, $merge /* SET */",
        "RETURN {set: 1, delete: 2} AS map",
        "MATCH (n:Set) RETURN 'it''s; DROP' AS text",
        "CALL { MATCH (n) RETURN n } RETURN count(n)",
        "CALL db.labels() YIELD label RETURN label",
        "SHOW INDEXES YIELD *",
    ],
)
def test_what_only_reads(statement: str) -> None:
    assert reads_only(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE (:A)",
        "match (n)\ndelete n",
        "MATCH (n) DETACH/**/DELETE n",
        "MATCH (n) SET n.a = 1",
        "MATCH (n) SET n:A",
        "MATCH (n) REMOVE n.a",
        "EXPLAIN CREATE INDEX FOR (n:A) ON (n.a)",
        "DROP CONSTRAINT a",
        "CALL { CREATE (:A) }",
        "FOREACH (x IN [1] | CREATE (:A))",
        "LOAD  CSV FROM 'file:///etc/passwd' AS row RETURN row",
        "CALL apoc.cypher.run('x', {})",
        "CALL `apoc`.`x`()",
        "RETURN 'a' AS a // comment\n MERGE (:A)",
        "RETURN 'it\\'s' MERGE (:A {a: 'b'})",
        r"\u0043REATE (:A)",
    ],
)
def test_what_may_write(statement: str) -> None:
    assert not reads_only(statement)


_PIECES = st.sampled_from(["RETURN 1", "'a;b'", '"x;"', "`;`", "// c;\n", "/* ; */", " ", "\n", "n.a", "\\'"])


@given(st.lists(st.lists(_PIECES.filter(lambda piece: piece != "\\'"), max_size=4).map(" ".join), max_size=5))
def test_statements_are_split_at_their_ends_alone(given_statements: list[str]) -> None:
    statements, rest = split_statements("".join(f"{statement}\n;" for statement in given_statements))
    expected = [text.strip() for text in given_statements]
    assert [text for text in expected if text in statements] == statements
    assert rest == ""


def test_an_open_string_ends_no_statement() -> None:
    assert split_statements("RETURN 'a;") == ([], "RETURN 'a;")
    assert split_statements("RETURN 1; RETURN 'a;\nb'; MATCH") == (["RETURN 1", "RETURN 'a;\nb'"], "MATCH")
    assert split_statements(" // nothing\n") == ([], "")


def test_parameters() -> None:
    assert parameters(["a=1", "b=x=y", 'c=["1"]', "d="]) == {"a": 1, "b": "x=y", "c": ["1"], "d": ""}
    for wrong in ("a", "=1", "a b=1"):
        with pytest.raises(ParameterError, match="name=value"):
            parameters([wrong])


def test_answers_are_short_as_a_table_and_whole_otherwise() -> None:
    vector = [number / 8 for number in range(384)]
    rows = [{"id": "007", "vector": vector, "day": Date(2026, 11, 20), "text": "a,\x1b[2J" + "b" * 500, "no": None}] * 3
    table = answer(rows, "table", 2)
    assert "007" in table
    assert "384 items]" in table
    assert "\x1b" not in table
    assert max(map(len, table.splitlines())) < 260
    assert table.endswith("3 rows, the first 2 shown (--limit)")
    assert answer([], "table", 2) == "0 rows"

    read = json.loads(answer(rows, "json", 0))
    assert len(read) == 3
    assert read[0] == {**rows[0], "day": "2026-11-20"}
    lines = list(csv.DictReader(io.StringIO(answer(rows, "csv", 1))))
    assert len(lines) == 1
    assert json.loads(lines[0]["vector"]) == vector
    assert (lines[0]["id"], lines[0]["text"], lines[0]["no"]) == ("007", rows[0]["text"], "")
