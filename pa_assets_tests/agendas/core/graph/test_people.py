"""Visitors, attendance and entries as parts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas.core.graph.declaration import HASH
from pa_assets.agendas.core.graph.parts import Part
from pa_assets.agendas.core.graph.people import relationship_parts, visitor_parts
from pa_assets_tests.agendas.core.graph.graph_tables import QUESTION, Tables, make_tables
from pa_assets_tests.agendas.core.graph.made import EVENT, SCHEMA, all_parts, by_name

NOW = "visitor_this_year"
ATTENDED = "visitor_last_year_main.attended_session.session_past_year"
ENTERED = "visitor_this_year.registered_to_show.show_this_year"


@pytest.fixture(scope="module")
def tables() -> Tables:
    """The tables of a small show."""
    return make_tables()


def relationships(tables: Tables, **changed: Any) -> dict[str, Part]:
    """The parts of relationships, of tables some of which are others."""
    used = replace(tables, **changed)
    return by_name(relationship_parts(SCHEMA, EVENT, used.visitors, used.sessions, used.attendance, used.entry_scans))


def test_every_element_has_a_part_and_every_column_is_declared(tables: Tables) -> None:
    parts = all_parts(tables)
    assert set(parts) == {element.name for element in SCHEMA.elements}
    for name, part in parts.items():
        element = part.element
        patterned = any(item.name.startswith("<") for item in element.properties)
        declared = {item.name for item in element.properties}
        undeclared = set(part.frame.columns) - declared - {*element.ends, HASH}
        assert not undeclared or patterned, (name, undeclared)
        assert {item.name for item in element.properties if not item.name.startswith("<")} <= set(part.frame.columns), (
            name
        )
        assert part.frame[HASH].dtype == np.int64
        assert not part.frame.duplicated(element.ends).any()
        assert part.refused["rows"].ge(1).all()


def test_the_order_of_rows_and_columns_never_counts(tables: Tables) -> None:
    random = np.random.default_rng(3)
    turned = {
        name: value.iloc[random.permutation(len(value)), random.permutation(value.shape[1])]
        for name, value in vars(tables).items()
        if isinstance(value, pd.DataFrame) and name != "mapping"
    }
    first, second = all_parts(tables), all_parts(replace(tables, **turned))
    for name, part in first.items():
        other = second[name]
        assert other.version == part.version, name
        pd.testing.assert_frame_equal(other.frame[part.frame.columns], part.frame)
        pd.testing.assert_frame_equal(other.refused, part.refused)


def test_a_changed_value_changes_its_row_alone(tables: Tables) -> None:
    visitors = tables.visitors.copy()
    visitors.loc[visitors["badge_id"].eq("year-3"), "country"] = "FR"
    before, after = (by_name(visitor_parts(SCHEMA, table)) for table in (tables.visitors, visitors))
    changed = before[NOW].frame[HASH] != after[NOW].frame[HASH]
    assert before[NOW].frame.loc[changed, "BadgeId"].tolist() == ["year-3"]
    assert before[NOW].version != after[NOW].version
    assert before["visitor_last_year_main"].version == after["visitor_last_year_main"].version


def test_visitors_are_typed_and_without_personal_data(tables: Tables) -> None:
    frame = by_name(visitor_parts(SCHEMA, tables.visitors))[NOW].frame
    assert not {"Canaryforename", "Canarysurname", "canary@secret.example", "0700canary"} & set(
        frame.astype(str).to_numpy().ravel()
    )
    assert frame["Days_since_registration"].dtype == "Int64"
    assert frame["Days_since_registration"].isna().sum() == 5
    assert frame["registration_date"].dtype.kind == "M"
    assert {"BadgeId_last_year_lva", "BadgeId_last_year_bva", "assist_year_before"} <= set(frame.columns)
    past = by_name(visitor_parts(SCHEMA, tables.visitors))["visitor_last_year_main"].frame
    assert not {"BadgeId_last_year_lva", "assist_year_before"} & set(past.columns)


RESERVED = ["show", "row_hash", "load_id", "created_by", "has_recommendation", "recommendations_hash", "control_group"]
RESERVED += ["recommendations_generated_at", "BadgeId", "Company", "BadgeId_last_year_lva", "job_role_answer"]


def test_questions_keep_their_names_unless_somebody_else_has_them(tables: Tables) -> None:
    named = {name: [[name]] * len(tables.visitors) for name in [*RESERVED, "show_answer", "a-b/c d", "`x`", "é ü"]}
    asked = tables.visitors.drop(columns=["show"]).assign(**named)
    for cohort_part in visitor_parts(SCHEMA, asked):
        frame = cohort_part.frame
        for name in RESERVED[:-1]:
            wanted = "show_answer_answer" if name == "show" else f"{name}_answer"
            assert frame[wanted].map(lambda given: given[0]).eq(name).all()
        for name in ("job_role_answer", "show_answer", "a-b/c d", "`x`", "é ü", QUESTION):
            assert frame[name].map(lambda given: isinstance(given, list)).all()


def test_one_persons_badges_meet(tables: Tables) -> None:
    parts = relationships(tables)
    main = parts["visitor_this_year.same_visitor.visitor_last_year_main"].frame
    assert main[["start_BadgeId", "end_BadgeId"]].to_numpy().tolist()[:2] == [
        ["year-0", "main-0"],
        ["year-10", "main-10"],
    ]
    assert set(main["type"]) == {"lva"}
    assert set(parts["visitor_this_year.same_visitor.visitor_last_year_secondary"].frame["type"]) == {"bva"}


def test_attendance_without_its_nodes_is_refused_and_names_nobody(tables: Tables) -> None:
    rows = tables.attendance
    main = rows.index[rows["cohort"].eq("last_year_main")]
    changed = rows.copy()
    changed.loc[main[:2], "badge_id"] = "stranger"
    changed.loc[main[2:3], "session_id"] = "no such session"
    before, after = relationships(tables)[ATTENDED], relationships(tables, attendance=changed)[ATTENDED]
    assert after.refused.to_numpy().tolist() == [
        ["visitor of last year's main show is not in the graph", "", 2],
        ["session of last year is not in the graph", "", 1],
    ]
    assert len(before.frame) == len(after.frame) + 3 == len(main)
    assert set(after.frame["start_BadgeId"]) <= set(tables.visitors["badge_id"])
    # A badge of another cohort is a stranger too.
    moved = rows.assign(badge_id=rows["badge_id"].str.replace("main-", "dary-"))
    assert relationships(tables, attendance=moved)[ATTENDED].frame.empty


def test_entries_are_one_row_per_badge_and_show(tables: Tables) -> None:
    part = relationships(tables)[ENTERED]
    first = part.frame.iloc[0]
    assert first["start_BadgeId"] == "year-0"
    assert (first["day_1"], first["day_2"]) == (True, True)
    assert first["day_1_entry"] == pd.Timestamp("2025-11-20 08:55")
    assert first["hall/gate"] == "North; South"
    assert first["created_by_delivered"].startswith("a column named like")
    assert part.frame["day_1"].dtype == bool


def test_shows_have_a_name_and_the_tag_where_no_code_is_told(tables: Tables) -> None:
    scans = tables.entry_scans.copy()
    scans.loc[scans["badge_id"].eq("year-3"), ["show_ref", "show_name"]] = ["", ""]
    scans.loc[scans["badge_id"].eq("year-6"), ["badge_id", "show_ref"]] = ["stranger", "OTHER"]
    parts = relationships(tables, entry_scans=scans)
    shows = parts["show_this_year"].frame
    assert shows[["show_ref", "show_name", "source_file"]].to_numpy().tolist() == [
        ["LVS25", "The Show", "entries.csv"],
        ["OTHER", "The Show", "entries.csv"],
        ["demo", "", "entries.csv"],
    ]
    assert parts[ENTERED].refused["rows"].tolist() == [1]
    assert parts[ENTERED].frame["end_show_ref"].value_counts().to_dict() == {"LVS25": 8, "demo": 1}


def test_nothing_gives_parts_without_rows() -> None:
    empty = make_tables()
    none = {name: value.iloc[:0] for name, value in vars(empty).items() if isinstance(value, pd.DataFrame)}
    parts = all_parts(replace(empty, **none, descriptions={}))
    assert set(parts) == {element.name for element in SCHEMA.elements}
    for part in parts.values():
        assert part.frame.empty
        assert part.refused.empty
        assert {*part.element.ends, HASH} <= set(part.frame.columns)
