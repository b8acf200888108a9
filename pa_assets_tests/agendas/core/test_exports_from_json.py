"""The CSV made again from the JSON, and that no text is lost on the way through the formats."""

import csv
import io
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.exports import Exports, csv_of_json
from pa_assets.agendas.core.graph.restore import ExportError
from pa_assets.kit.tables import for_spreadsheet
from pa_assets_tests.agendas.core.export_tables import export_tables

FIELDS = ["registration_date", "days_since_registration", "has_answers", "practice_confidence", "Badge type"]
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40) | st.sampled_from(
    ['=1+1,"a";b', "a\r\nb\nc\rd", "@SUM; -x", "\t|\u2028\x85 '", "👩‍🔬, ünï; \\n \\N \\,", "-5", "  = 1", ";", '"']
)


def again(content: bytes, name: str = "a.json") -> bytes:
    stream = io.BytesIO()
    csv_of_json(content, name, stream)
    return stream.getvalue()


def assert_made_again(exports: Exports) -> None:
    for prefix in ("", "control_"):
        assert again(exports.content(f"{prefix}json")) == exports.content(f"{prefix}csv")


def test_the_csv_is_made_again_byte_for_byte() -> None:
    tables = export_tables()
    tables.visitors["registration_date"] = [
        pd.Timestamp("2025-03-01"),
        pd.NaT,
        pd.Timestamp("2025-03-01 12:30"),
        pd.NaT,
    ]
    tables.visitors["practice_confidence"] = [0.5, float("nan"), 1.0, 1e-7]
    exports = tables.exports(additional_visitor_fields=FIELDS)
    assert_made_again(exports)
    table = pd.read_csv(io.BytesIO(exports.content("csv")), dtype=str, keep_default_na=False)
    assert table["registration_date"].tolist() == ["2025-03-01 00:00:00"] * 3 + [""]
    assert table["has_answers"].tolist() == ["True"] * 4
    assert table["practice_confidence"].tolist() == ["0.5"] * 3 + [""]
    assert table["similarity_score"].tolist() == ["1.0", "0.25", "0.123456", "0.5"]
    assert_made_again(tables.exports(contact_fields=False))


def test_nothing_recommended_gives_the_header_again() -> None:
    tables = export_tables()
    tables.recommendations = tables.recommendations.head(0)
    exports = tables.exports()
    assert_made_again(exports)
    assert exports.content("csv").count(b"\n") == 1


@settings(max_examples=30, deadline=None)
@given(TEXTS, TEXTS)
def test_any_text_comes_through_json_and_csv(text: str, other: str) -> None:
    tables = export_tables(text, other)
    exports = tables.exports()
    content = json.loads(exports.content("json"))
    agenda = content["recommendations"]["v1"]
    assert agenda["visitor"]["Company"] == agenda["recommendations"][0]["title"] == text
    assert agenda["recommendations"][1]["reasons"] == ["Popular with vets", other]
    assert agenda["recommendations"][0]["alternatives"][0]["theatre"] == text
    assert content["without_recommendations"][0]["reason"] == text
    assert_made_again(exports)
    rows = list(csv.DictReader(io.StringIO(exports.content("csv").decode(), newline="")))
    assert [row["visitor_id"] for row in rows] == ["v1", "v1", "v1", "v2"]
    assert rows[0]["session_title"] == rows[0]["Company"] == safe(text)
    assert rows[1]["recommendation_metadata"] == safe(json.dumps(["Popular with vets", other], ensure_ascii=False))
    assert rows[0]["what_do_you_treat"] == safe(f"Dogs; {other}")


def safe(text: str) -> str:
    return str(for_spreadsheet(pd.DataFrame({"text": [text]}))["text"][0])


def changed(**changes: Any) -> bytes:
    """The JSON of an export with some values of visitor v1's first recommendation changed."""
    content = json.loads(export_tables().exports().content("json"))
    content["recommendations"]["v1"]["recommendations"][0].update(changes)
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"metadata": {}, ', "is no complete JSON (line 1)"),
        (b"\xff\xfe\xff", "is no complete JSON (not UTF-8)"),
        (b"[]", "is no export of agendas: it lacks metadata or recommendations"),
        (b'{"metadata": {"show": "vet"}, "recommendations": {}}', "exported by an earlier version"),
        (changed(rank="1"), "badge 'v1' has a recommendation without session, rank"),
        (changed(reasons="text"), "badge 'v1' has a recommendation without"),
        (changed(alternatives=[{"title": "x"}]), "badge 'v1' has a recommendation without"),
        (changed().replace(b'"Company"', b'"Firm"'), "badge 'v1' lacks the field(s) Company of the visitor (2 badges"),
    ],
)
def test_what_is_no_such_export_is_told(content: bytes, told: str) -> None:
    if b"Firm" in content:
        content = content.replace(b'"Firm"', b'"Company"', 1)  # in the list of fields it stays
    with pytest.raises(ExportError) as error:
        again(content, "some.json")
    assert told in str(error.value)
    assert str(error.value).startswith("some.json")
    assert "ana@example.com" not in str(error.value)
