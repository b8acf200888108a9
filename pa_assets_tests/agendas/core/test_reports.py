import json
import re
from typing import Any

import pandas as pd
import pytest

from pa_assets.agendas.core.reports import figures, post_show, pre_show, quality, render
from pa_assets.agendas.core.reports.post_show import NO_SCANS
from pa_assets.agendas.core.tables import ATTENDANCE, RECOMMENDATIONS
from pa_assets_tests.agendas.core.recommend_shows import EVENT, run, session, sessions_table, show, visitor


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    return show()


def agendas(pairs: list[tuple[str, str, bool]]) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["badge_id", "session_id", "control_group"])
    frame = frame.assign(rank=frame.groupby("badge_id").cumcount() + 1, score=0.6, strategy="popularity")
    return RECOMMENDATIONS.conform(frame.assign(reasons=[["why"]] * len(frame)))


def scans(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["badge_id", "session_id"]).assign(cohort="this_year", person_id="x", scans=1)
    frame = frame.assign(show_ref="LVS25", year=2025, seminar_name="", source_file="")
    return ATTENDANCE.conform(frame.assign(first_scan=pd.NaT, last_scan=pd.NaT))


PROGRAMME = sessions_table(
    [
        session("a", "09:00", theatre__name="Red", stream="Equine; Feline"),
        session("b", "09:15", theatre__name="red ", stream="Equine", sponsored_by="Acme"),
        session("c", "11:00", theatre__name="", stream="", sponsored_by="Not Sponsored"),
        session("old", "11:00", cohort="last_year_main"),
    ]
)
PEOPLE = pd.DataFrame([visitor(name, assist_year_before=int(name == "v1")) for name in ("v1", "v2", "v3", "v4")])


def test_pre_show_counts() -> None:
    made = agendas([("v1", "a", False), ("v2", "a", False), ("v2", "c", False), ("v3", "a", True)])
    without = pd.DataFrame({"badge_id": ["v4"], "reason": ["full"]})
    seats = pd.DataFrame({"theatre": ["RED"], "seats": [2]})
    report = pre_show(made, without, PEOPLE, PROGRAMME, seats, {"prior": "popularity"}, EVENT)
    assert (report["visitors"], report["visitors_with_agenda"], report["visitors_without_agenda"]) == (4, 3, 1)
    assert (report["share_with_agenda"], report["coverage"], report["top_session_share"]) == (0.75, 0.6667, 1.0)
    assert report["control_group_visitors"] == 1
    assert [row["session_id"] for row in report["never_recommended"]] == ["b"]
    assert report["sponsored"] == {"sessions": 1, "recommended": 0, "recommendations": 0}
    streams = {row["stream"]: (row["sessions"], row["recommendations"]) for row in report["streams"]}
    assert streams == {"Equine": (2, 3), "Feline": (1, 3), "(no stream)": (1, 1)}
    red = next(row for row in report["theatres"] if row["theatre"] == "Red")
    assert (red["fullest_session"], red["seats"], red["use"]) == (3, 2, 1.5)


def test_post_show_counts() -> None:
    made = agendas([("v1", "a", False), ("v2", "a", False), ("v2", "c", False), ("v3", "a", True), ("v4", "a", True)])
    landed = scans([("v1", "a"), ("v1", "b"), ("v2", "b"), ("v3", "a"), ("stranger", "b")])
    report = post_show(made, landed, PROGRAMME, PEOPLE, EVENT)
    assert report["hit_rate"] == 0.5
    assert report["visitors_with_hit_share"] == 0.6667
    assert report["by_group"]["sent"]["hit_rate"] == 0.3333
    assert report["by_cohort"]["returning"]["visitors_with_agenda"] == 1
    assert report["effect"]["share_sent"] == report["effect"]["share_control"] == 0.5
    assert report["effect"]["interval_95"][0] < 0 < report["effect"]["interval_95"][1]
    assert [row["session_id"] for row in report["attended_never_recommended"]] == ["b"]
    assert report["most_attended"][0]["attended"] == 3


def test_quality_counts() -> None:
    made = agendas([("v1", "a", False), ("v1", "b", False), ("v2", "c", False)])
    report = quality(made, PROGRAMME, PEOPLE, scans([("v1", "a"), ("v1", "c"), ("v9", "a")]), EVENT)
    assert report["clashes"] == 1
    assert (report["precision"], report["recall"]) == (0.5, 0.5)
    assert (report["coverage"], report["share_with_agenda"]) == (1.0, 0.5)
    assert report["evenness_over_sessions"] == 1.0


def test_evenness() -> None:
    assert figures.evenness([5, 5, 5]) == 1.0
    assert figures.evenness([9, 0, 0]) == 0.0
    assert figures.evenness([4]) is None
    assert figures.evenness([0, 0]) is None


def pages(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    result = run(tables, control_group={"enabled": True, "percentage": 30})
    table, people, sessions = result.table, tables["visitors"], tables["sessions"]
    here = scans(list(table[["badge_id", "session_id"]].head(20).itertuples(index=False, name=None)))
    return {
        "pre_show": pre_show(table, result.without, people, sessions, tables["capacity"], result.statistics, EVENT),
        "post_show": post_show(table, here, sessions, people, EVENT),
        "quality": quality(table, sessions, people, here, EVENT),
    }


def test_pages_stand_alone_and_hold_no_personal_data(tables: dict[str, Any]) -> None:
    for name, report in pages(tables).items():
        text = json.dumps(report, allow_nan=False)
        page = render(name, json.loads(text))
        assert page == render(name, report)
        assert page.lstrip().startswith("<!doctype html>")
        assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page)
        assert not re.search(r"ana@example|Lopez|\bv0\d\d\b|person-", page + text)
        assert len(page) < 3_000_000


def test_pages_escape_what_others_wrote() -> None:
    rows = [session("a", "09:00", title="<script>alert(1)</script>", stream="Fees $5 & $6_x <b>")]
    made = agendas([("v1", "a", False)])
    report = pre_show(made, pd.DataFrame({"badge_id": [], "reason": []}), PEOPLE, sessions_table(rows), None, {}, EVENT)
    page = render("pre_show", report)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<b>" not in page.split("<main>")[1].replace('<div class="tile"><b>', "")


def test_no_scans_yet(tables: dict[str, Any]) -> None:
    result = run(tables)
    report = post_show(result.table, tables["attendance"], tables["sessions"], tables["visitors"], EVENT)
    assert report["message"] == NO_SCANS
    assert "hit_rate" not in report
    assert NO_SCANS in render("post_show", report)
    assert (
        quality(result.table, tables["sessions"], tables["visitors"], tables["attendance"], EVENT)["precision"] is None
    )


def test_empty_show_renders() -> None:
    none = RECOMMENDATIONS.empty()
    bare = pd.DataFrame({"badge_id": [], "reason": []}, dtype=object)
    programme, people = PROGRAMME.head(0), PEOPLE.head(0)
    render("pre_show", pre_show(none, bare, people, programme, None, {}, EVENT))
    render("post_show", post_show(none, scans([("v", "a")]), programme, people, EVENT))
    render("quality", quality(none, programme, people, ATTENDANCE.empty(), EVENT))
