import datetime as dt
import io
import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.core.exports import build_exports, export_stem
from pa_assets.agendas.core.recommend import RecommendationError, RecommendationResult
from pa_assets_tests.agendas.core.recommend_shows import EVENT, PEOPLE, run, show

RECOMMENDATIONS = {
    "similarity_attributes": {"What do you treat?": 1.0, "Country": 0.5, "job_role": 0.8},
    "control_group": {"enabled": True, "percentage": 30},
}
FIRST = ["visitor_id", "show", "assist_year_before", "what_do_you_treat", "job_role"]
FIRM = ["Company", "JobTitle", "Email_domain", "Country", "Source"]
CONTACT = ["Email", "Forename", "Surname", "Tel", "Mobile"]
LAST = [
    "similarity_score",
    "sponsored_by",
    "recommendation_metadata",
    "session_id",
    "session_title",
    "session_stream",
    "session_date",
    "session_start_time",
    "session_end_time",
    "session_theatre_name",
    "overlapping_sessions",
    "rank",
    "reasons",
]


def settings(**exports: Any) -> config.EventConfig:
    return config.EventConfig(
        event=EVENT,
        landing=config.Landing(registrations=["*.json"]),
        session_files=config.SessionFiles(session_this=["*.csv"]),
        people=PEOPLE,
        recommendations=config.Recommendations.model_validate(RECOMMENDATIONS),
        exports=config.Exports.model_validate(exports),
    )


@pytest.fixture(scope="module")
def made() -> tuple[dict[str, Any], RecommendationResult]:
    tables = show()
    tables["visitors"].loc[tables["visitors"]["badge_id"] == "v002", "company"] = "=HYPERLINK(1)"
    return tables, run(tables, **RECOMMENDATIONS)


def export(made: tuple[dict[str, Any], RecommendationResult], **exports: Any) -> Any:
    tables, result = made
    without = pd.DataFrame({"badge_id": ["v999"], "reason": ["no session reaches the least score"]})
    return build_exports(
        result.table, without, tables["visitors"], tables["sessions"], settings(**exports), result.statistics
    )


def read(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def test_csv_has_the_known_columns(made: Any) -> None:
    with_contact = read(export(made, additional_visitor_fields=["Badge type", "Country"]).content("csv"))
    assert list(with_contact.columns) == FIRST + FIRM + CONTACT + ["badge_type"] + LAST
    without_contact = read(export(made, contact_fields=False, additional_visitor_fields=["email"]).content("csv"))
    assert list(without_contact.columns) == FIRST + FIRM + LAST
    assert not without_contact.isin(["ana@example.com", "Lopez"]).any(axis=None)


def test_csv_says_what_the_tables_say(made: Any) -> None:
    table = made[1].table
    exports = export(made)
    csv = pd.concat([read(exports.content("csv")), read(exports.content("control_csv"))])
    joined = csv.merge(table, left_on=["visitor_id", "session_id"], right_on=["badge_id", "session_id"])
    assert len(joined) == len(table) == len(csv) == exports.rows
    assert (joined["similarity_score"].astype(float) == joined["score"]).all()
    assert (joined["recommendation_metadata"].map(json.loads) == joined["reasons_y"].map(list)).all()
    titles = made[0]["sessions"].set_index("session_id")["title"]
    assert (joined["session_title"] == joined["session_id"].map(titles)).all()
    assert set(csv.loc[csv["visitor_id"] == "v002", "Company"]) == {"'=HYPERLINK(1)"}


def test_control_group_is_apart(made: Any) -> None:
    exports = export(made)
    control = set(made[1].table.loc[made[1].table["control_group"], "badge_id"])
    assert control
    for kind, other in (("", "control_"), ("control_", "")):
        content = json.loads(exports.content(f"{kind}json"))
        badges = set(read(exports.content(f"{kind}csv"))["visitor_id"])
        assert badges == set(content["recommendations"])
        assert badges.isdisjoint(json.loads(exports.content(f"{other}json"))["recommendations"])
        assert (badges == control) == (kind == "control_")


def test_json_is_complete_and_holds_no_clock_and_no_vector(made: Any) -> None:
    exports = export(made)
    content = json.loads(exports.content("json"))
    assert content["metadata"]["show"] == "vet"
    assert content["metadata"]["counts"]["visitors"] == len(content["recommendations"])
    assert content["without_recommendations"] == [
        {"badge_id": "v999", "reason": "no session reaches the least score", "removed_by_rules": []}
    ]
    badge, agenda = next(iter(content["recommendations"].items()))
    mine = made[1].table[made[1].table["badge_id"] == badge]
    assert [item["session_id"] for item in agenda["recommendations"]] == mine["session_id"].tolist()
    assert [item["reasons"] for item in agenda["recommendations"]] == mine["reasons"].map(list).tolist()
    assert agenda["visitor"]["Forename"] == "Ana"
    assert b"vector" not in exports.content("json").replace(b"sessions_without_vector", b"")
    again = export(made)
    assert {kind: again.content(kind) for kind in again.files} == {
        kind: exports.content(kind) for kind in exports.files
    }


def test_nothing_recommended_gives_a_header_and_empty_json(made: Any) -> None:
    tables, result = made
    none = (tables, replace(result, table=result.table.head(0)))
    exports = export(none)
    assert exports.content("csv").decode().strip() == ",".join(FIRST + FIRM + CONTACT + LAST)
    assert json.loads(exports.content("json"))["recommendations"] == {}
    assert exports.rows == exports.visitors == 0


def test_an_unknown_field_is_an_error(made: Any) -> None:
    with pytest.raises(RecommendationError, match=r"exports\.additional_visitor_fields: 'Badge tipe'.*badge_type"):
        export(made, additional_visitor_fields=["Badge tipe"])


def test_file_names() -> None:
    assert export_stem("vet", dt.datetime(2025, 1, 2, 3, 4, 5)) == "visitor_recommendations_vet_20250102_030405"
