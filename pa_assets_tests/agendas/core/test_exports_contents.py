"""What stands in the JSON beside agendas, in the lists, in Parquet; and that blocks of visitors change nothing."""

import io
import json
from typing import Any

import pandas as pd
import pytest

from pa_assets.agendas.core.exports import agendas as in_blocks
from pa_assets.agendas.core.recommend import RecommendationError
from pa_assets_tests.agendas.core.export_tables import UNTIMED, export_tables
from pa_assets_tests.agendas.core.recommend_shows import visitor

KINDS = ["json", "csv", "parquet", "changes"]


def read_json(kind: str = "json", **settings: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(export_tables().exports(**settings).content(kind))
    return content


def lines(kind: str) -> list[str]:
    return export_tables().exports().content(kind).decode().splitlines()


def test_which_files_there_are() -> None:
    wanted = {*KINDS, *(f"control_{kind}" for kind in KINDS), "without"}
    assert set(export_tables().exports().files) == wanted | {"calendars"}
    assert set(export_tables().exports(calendars=False).files) == wanted


def test_alternatives_stand_beside_the_session_in_their_order() -> None:
    first, second, _ = read_json()["recommendations"]["v1"]["recommendations"]
    assert first["session_id"] == "s1"
    assert first["alternatives"] == [
        {"session_id": "s2", "title": "Feline", "theatre": "Blue; left", "start": "2025-11-20 09:00:00", "score": 0.2},
        {"session_id": "s5", "title": "Farm", "theatre": "Red", "start": "2025-11-20 11:00:00", "score": 0.1},
    ]
    assert second["alternatives"] == []
    csv = pd.read_csv(io.BytesIO(export_tables().exports().content("csv")), keep_default_na=False)
    assert csv["overlapping_sessions"].tolist() == ["s2|s5", "", "", ""]


def test_what_rules_took_and_notes_stand_with_the_visitor() -> None:
    content = read_json()
    agenda = content["recommendations"]["v1"]
    assert agenda["removed_by_rules"] == [
        {"session_id": "s5", "title": "Farm", "rule": "no farms", "score": 0.9},
        {"session_id": "s2", "title": "Feline", "rule": "no cats", "score": 0.4},
    ]
    assert agenda["notes"] == ["No time is known for Open door; no calendar holds it."]
    assert content["recommendations"]["v2"]["removed_by_rules"] == content["recommendations"]["v2"]["notes"] == []
    (bare,) = content["without_recommendations"]
    assert bare["removed_by_rules"] == [
        {"session_id": "s1", "title": "Colic, part 2", "rule": "no horses", "score": 0.8}
    ]
    assert read_json("control_json")["without_recommendations"] == []


def test_lists_of_visitors_without_agenda_and_of_changes() -> None:
    assert lines("without") == ["visitor_id,reason", "v4,no session reaches the least score"]
    header = "visitor_id,change,session_id,session_title,detail"
    assert lines("changes") == [header, "v1,removed,gone,,cancelled", "v2,added,s3,Nursing,"]
    assert lines("control_changes") == [header, "v3,added,s2,Feline,"]


def test_nothing_beside_the_agendas() -> None:
    tables = export_tables()
    exports = tables.exports()
    for frame in (tables.alternatives, tables.removed, tables.changes, tables.without):
        frame.drop(frame.index, inplace=True)  # noqa: PD002
    empty = tables.exports()
    tables.alternatives = tables.removed = tables.changes = None  # type: ignore[assignment]
    absent = tables.exports()
    tables.alternatives = tables.removed = tables.changes = pd.DataFrame()
    bare = tables.exports()
    for kind in exports.files:
        assert empty.content(kind) == absent.content(kind) == bare.content(kind)
    agenda = json.loads(empty.content("json"))["recommendations"]["v1"]
    assert agenda["removed_by_rules"] == agenda["recommendations"][0]["alternatives"] == []
    assert empty.content("changes").decode() == "visitor_id,change,session_id,session_title,detail\n"
    assert empty.content("without").decode() == "visitor_id,reason\n"


def test_parquet_is_the_table_of_the_csv_before_it_was_made_safe() -> None:
    tables = export_tables("=SUM(A1)")
    exports = tables.exports(additional_visitor_fields=["registration_date"])
    for prefix in ("", "control_"):
        table = pd.read_parquet(io.BytesIO(exports.content(f"{prefix}parquet")))
        csv = pd.read_csv(io.BytesIO(exports.content(f"{prefix}csv")), keep_default_na=False)
        assert list(table.columns) == list(csv.columns)
        for column in ("visitor_id", "similarity_score", "recommendation_metadata", "session_id", "rank", "reasons"):
            assert table[column].tolist() == csv[column].tolist()
        assert set(table["Company"]) == {"=SUM(A1)"}
        assert set(csv["Company"]) == {"'=SUM(A1)"}
        assert [list(items) for items in table["what_do_you_treat"]] == [["Dogs", "Cats"]] * len(csv)


@pytest.mark.parametrize("size", [1, 2])
def test_blocks_of_visitors_change_no_byte(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = export_tables().exports()
    before = {kind: whole.content(kind) for kind in whole.files if "parquet" not in kind}
    monkeypatch.setattr(in_blocks, "VISITORS_AT_A_TIME", size)
    assert {kind: whole.content(kind) for kind in before} == before
    assert len(pd.read_parquet(io.BytesIO(whole.content("parquet")))) == 4


def test_order_of_rows_changes_no_byte() -> None:
    tables = export_tables()
    exports = tables.exports()
    for name in ("visitors", "sessions", "recommendations", "without", "alternatives", "removed", "changes"):
        setattr(tables, name, getattr(tables, name).iloc[::-1])
    again = tables.exports()
    assert all(again.content(kind) == exports.content(kind) for kind in exports.files)


def test_contact_fields_are_withheld_everywhere() -> None:
    exports = export_tables().exports(contact_fields=False, additional_visitor_fields=["email", "surname"])
    for kind in exports.files:
        assert b"ana@example.com" not in exports.content(kind)
        assert b"Lopez" not in exports.content(kind)


def test_a_question_named_like_a_column_keeps_its_answers() -> None:
    tables = export_tables()
    tables.visitors["rank"] = [["Officer"]] * len(tables.visitors)
    csv = pd.read_csv(io.BytesIO(tables.exports(additional_visitor_fields=["rank"]).content("csv")))
    assert set(csv["visitor_rank"]) == {"Officer"}
    assert csv["rank"].tolist() == [1, 2, 3, 1]


def test_agendas_of_strangers_are_an_error() -> None:
    tables = export_tables()
    tables.sessions = tables.sessions[tables.sessions["session_id"] != UNTIMED]
    with pytest.raises(RecommendationError, match="1 rows of the agendas name a session that this year's tables lack"):
        tables.exports()
    tables = export_tables()
    tables.visitors = tables.visitors[tables.visitors["badge_id"] != "v2"]
    with pytest.raises(RecommendationError, match="1 rows of the agendas name a visitor"):
        tables.exports()


def test_a_score_that_is_no_number_is_an_error() -> None:
    tables = export_tables()
    tables.alternatives.loc[0, "score"] = float("nan")
    with pytest.raises(ValueError, match="infinite or none"):
        tables.exports().content("json")


def test_last_years_badge_of_the_same_number_is_not_exported() -> None:
    tables = export_tables()
    past = pd.DataFrame([visitor("v1", "last_year_main", company="Elsewhere")])
    tables.visitors = pd.concat([tables.visitors, past], ignore_index=True)
    assert b"Elsewhere" not in tables.exports().content("csv")
