"""The declaration, its document, and hashes of rows: no server needed.

Run as a program, it renews the generated part of the document: python -m pa_assets_tests.agendas.core.graph.test_schema
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pa_assets
from pa_assets.agendas import config
from pa_assets.agendas.core.graph.declaration import HASH, Layer, NodeType, Schema, quoted
from pa_assets.agendas.core.graph.document import document, picture
from pa_assets.agendas.core.graph.parts import part, row_hashes
from pa_assets.agendas.core.graph.schema import build_schema
from pa_assets.agendas.core.graph.statements import schema_statements
from pa_assets_tests.agendas.core.graph.graph_tables import event

DOCUMENT = Path(pa_assets.__file__).parents[1] / "docs" / "graph-schema.md"
RENEW = "python -m pa_assets_tests.agendas.core.graph.test_schema"
BEGIN, END = "<!-- schema: generated -->", "<!-- schema: end -->"


def schema() -> Schema:
    """The declaration with the names of past events as the document has them."""
    placeholders = {"main_event_name": "<main_event_name>", "secondary_event_name": "<secondary_event_name>"}
    return build_schema(event("demo").model_copy(update=placeholders), config.Graph())


def renewed(text: str) -> str:
    """The document with its generated part made anew."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{document(schema())}\n{END}{rest.partition(END)[2]}"


def test_the_document_tells_the_declaration() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert BEGIN in text
    assert text == renewed(text), f"docs/graph-schema.md lags behind. Renew it: {RENEW}"


def test_the_document_leaves_nothing_out() -> None:
    text = document(schema())
    for element in schema().elements:
        stamps = () if isinstance(element, NodeType) else element.stamps
        for item in (*element.properties, *stamps):
            assert f"| `{item.name}` | {item.kind} | {item.meaning} |" in text
        assert f"`{element.hash}`" in text if isinstance(element, Layer) else True


def test_the_picture_shows_each_label_and_relationship() -> None:
    drawn = picture(schema())
    for node in schema().nodes:
        assert f'  {node.name}["{node.label}"]' in drawn
    assert len(re.findall(r'^  \w+ -- "[^"]+" --> \w+$', drawn, re.MULTILINE)) == len(schema().relationships)


def test_the_picture_survives_any_name() -> None:
    labels = config.GraphLabels(stream='a "b" `c` #1')
    drawn = picture(build_schema(event("demo"), config.Graph(node_labels=labels)))
    assert 'stream["a #quot;b#quot; #96;c#96; #35;1"]' in drawn


def test_names_of_parts_are_names_of_files_and_stand_once() -> None:
    names = [element.name for element in schema().elements]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_.]+", name) for name in names)
    renamed = config.Graph(
        node_labels=config.GraphLabels(stream="A/B"), relationships=config.GraphRelationships(stream="../x")
    )
    assert [element.name for element in build_schema(event("demo"), renamed).elements] == names


def test_no_property_stands_twice_and_none_is_reserved() -> None:
    reserved = {HASH, "load_id", "created_by"}
    for element in schema().elements:
        stamps = () if isinstance(element, NodeType) else element.stamps
        names = [item.name for item in (*element.properties, *stamps)]
        assert len(set(names)) == len(names)
        assert not reserved & set(names)


def test_each_key_is_composite_with_the_show() -> None:
    statements = schema_statements(schema().nodes, [])
    constraints = [text for text in statements if "UNIQUE" in text]
    assert len(set(constraints)) == len(schema().nodes) + 1
    assert all("(node.`show`, node." in text for text in constraints)


def test_names_are_quoted() -> None:
    assert quoted("a`b) DETACH DELETE") == "`a``b) DETACH DELETE`"


def test_two_meanings_need_two_names() -> None:
    with pytest.raises(ValueError, match="both 'lva'"):
        build_schema(event("demo").model_copy(update={"secondary_event_name": "lva"}), config.Graph())
    labels = config.GraphLabels(stream="Same", show_this_year="Same")
    with pytest.raises(ValueError, match="Same has several meanings"):
        build_schema(event("demo"), config.Graph(node_labels=labels))


ROWS = st.lists(
    st.tuples(st.text(max_size=5), st.lists(st.text(max_size=3), max_size=2), st.floats(allow_nan=True, width=32)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_a_hash_follows_the_values_alone(rows: list[tuple[str, list[str], float]]) -> None:
    frame = pd.DataFrame(rows, columns=["text", "texts", "number"])
    hashes = row_hashes(frame)
    assert row_hashes(frame[["number", "texts", "text"]]).equals(hashes)
    assert row_hashes(frame.iloc[::-1]).tolist() == hashes.tolist()[::-1]
    different = frame.assign(texts=frame["texts"].map(lambda items: [*items, "more"]))
    assert not row_hashes(different).eq(hashes).any()


def test_a_hash_tells_names_values_and_vectors_apart_and_survives_no_rows() -> None:
    frame = pd.DataFrame({"a": ["1"], "b": [["x", "y"]], "c": [np.array([0.5, 1], dtype=np.float32)]})
    hashed = row_hashes(frame)[0]
    assert row_hashes(frame.rename(columns={"a": "c", "c": "a"}))[0] != hashed
    assert row_hashes(frame.assign(b=[["x, y"]]))[0] != hashed
    assert row_hashes(frame.assign(a=["1\0"]))[0] != hashed
    assert row_hashes(frame.assign(c=[np.array([0.5, 1.0000001], dtype=np.float32)]))[0] != hashed
    assert row_hashes(frame.iloc[:0]).empty


def test_a_part_is_sorted_whole_and_holds_its_stamps_in_order() -> None:
    stream = schema().stream
    rows = pd.DataFrame({"stream": ["b", "a"], "description": ["", "x"], "secret": [1, 2]}, index=[7, 3])
    stamps = {"one": pd.Series(["of b", None], index=rows.index), "all": "now"}
    made = part(stream, rows, stamps=stamps, hidden=("secret",))
    assert list(made.frame.columns) == ["stream", "description", HASH]
    written = made.frame.assign(**made.stamps)
    assert written[["stream", "one", "all"]].to_numpy().tolist() == [["a", None, "now"], ["b", "of b", "now"]]
    other = part(stream, rows.assign(secret=[1, 3]), hidden=("secret",))
    assert (made.frame[HASH] != other.frame[HASH]).tolist() == [True, False]
    assert made.version != other.version
    with pytest.raises(ValueError, match="stream: 1 rows repeat the key stream"):
        part(stream, pd.concat([rows, rows.iloc[:1]]))


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text("utf-8")), encoding="utf-8")
