"""The declaration, its document, hashes of rows and mapping tables: no server needed."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pa_assets
from pa_assets.agendas import config
from pa_assets.agendas.core.graph_model import build_schema, document
from pa_assets.agendas.core.graph_schema import constraints, quoted
from pa_assets.agendas.core.graph_sync import row_hashes, set_version
from pa_assets_tests.agendas.core.graph_tables import event

DOCUMENT = Path(pa_assets.__file__).parents[1] / "docs" / "graph-schema.md"


def test_the_document_tells_the_declaration() -> None:
    placeholders = event("demo").model_copy(
        update={"main_event_name": "<main_event_name>", "secondary_event_name": "<secondary_event_name>"}
    )
    assert document(build_schema(placeholders, config.Graph())) in DOCUMENT.read_text("utf-8"), (
        "docs/graph-schema.md lags behind: replace its tables by what graph_model.document returns"
    )


def test_each_key_is_composite_with_the_show() -> None:
    statements = constraints(build_schema(event("demo"), config.Graph()))
    assert len(statements) == 8
    assert all("(node.`show`, node." in statement for statement in statements)
    assert len(set(statements)) == 8


def test_names_are_quoted() -> None:
    assert quoted("a`b) DETACH DELETE") == "`a``b) DETACH DELETE`"


def test_the_two_events_need_two_names() -> None:
    with pytest.raises(ValueError, match="both 'lva'"):
        build_schema(event("demo").model_copy(update={"secondary_event_name": "lva"}), config.Graph())


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
    turned = frame.iloc[::-1]
    assert row_hashes(turned).tolist() == hashes.tolist()[::-1]
    assert set_version("x", turned) == set_version("x", frame)
    different = frame.assign(texts=frame["texts"].map(lambda items: [*items, "more"]))
    assert not row_hashes(different).eq(hashes).any()


def test_a_hash_tells_names_apart_and_survives_no_rows() -> None:
    frame = pd.DataFrame({"a": ["1"], "b": [["x", "y"]]})
    assert row_hashes(frame)[0] != row_hashes(frame.rename(columns={"a": "c"}))[0]
    assert row_hashes(frame)[0] != row_hashes(frame.assign(b=[["x, y"]]))[0]
    assert row_hashes(frame.iloc[:0]).empty
