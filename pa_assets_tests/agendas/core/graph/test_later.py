"""Vectors, agendas and their marks as parts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas.core.graph.declaration import HASH
from pa_assets.agendas.core.graph.later import embedding_parts, recommendation_parts
from pa_assets.agendas.core.graph.parts import Part
from pa_assets_tests.agendas.core.graph.graph_tables import Tables, make_tables
from pa_assets_tests.agendas.core.graph.made import EVENT, SCHEMA, by_name

RECOMMENDED = "visitor_this_year.is_recommended.session_this_year"


@pytest.fixture(scope="module")
def tables() -> Tables:
    """The tables of a small show."""
    return make_tables()


def agendas(tables: Tables, recommendations: pd.DataFrame, at: str = "now") -> tuple[Part, Part]:
    """Relationships and marks."""
    edges, marks = recommendation_parts(SCHEMA, EVENT, tables.visitors, recommendations, at)
    return edges, marks


def changed_badges(before: Part, after: Part) -> list[str]:
    """Badges whose marks differ."""
    both = before.frame.merge(after.frame, on="BadgeId", suffixes=("", "_after"), validate="one_to_one")
    return both.loc[both[HASH] != both[f"{HASH}_after"], "BadgeId"].tolist()


def test_vectors_lie_on_sessions_that_there_are(tables: Tables) -> None:
    fewer = tables.sessions[tables.sessions["session_id"].ne("3")]
    parts = by_name(embedding_parts(SCHEMA, tables.embeddings, fewer))
    assert [len(part.frame) for part in parts.values()] == [11, 22]
    assert parts["embedding_this_year"].refused.to_numpy().tolist() == [
        ["session of this year is not in the graph", "", 1]
    ]
    assert parts["embedding_past_year"].frame[["cohort", "session_id"]].drop_duplicates().shape == (22, 2)
    vector = parts["embedding_this_year"].frame["embedding"][0]
    assert vector.dtype == np.float32


@pytest.mark.parametrize("column", ["text_hash", "vector"])
def test_another_text_or_vector_is_another_row(tables: Tables, column: str) -> None:
    other = tables.embeddings.copy()
    first, *rest = other[column]
    other[column] = pd.Series(["hash 2" if column == "text_hash" else -first, *rest], dtype=object)
    before, after = (embedding_parts(SCHEMA, frame, tables.sessions)[0] for frame in (tables.embeddings, other))
    assert (before.frame[HASH] != after.frame[HASH]).sum() == 1


def test_every_visitor_of_this_year_bears_a_mark(tables: Tables) -> None:
    edges, marks = agendas(tables, tables.recommendations)
    frame = marks.frame.assign(**marks.stamps).set_index("BadgeId")
    assert len(frame) == 30
    assert frame.loc["year-1"].drop(HASH).to_dict() == {
        "has_recommendation": "0",
        "control_group": 0,
        "recommendations_generated_at": None,
    }
    assert frame.loc["year-10"].drop(HASH).to_dict() == {
        "has_recommendation": "1",
        "control_group": 1,
        "recommendations_generated_at": "now",
    }
    assert frame["has_recommendation"].value_counts().to_dict() == {"1": 29, "0": 1}
    assert edges.frame["show"].eq("demo").all()
    assert edges.stamps == {"generated_at": "now"}


def test_the_time_of_a_run_changes_no_row(tables: Tables) -> None:
    first, second = agendas(tables, tables.recommendations), agendas(tables, tables.recommendations, "later")
    assert [part.version for part in first] == [part.version for part in second]


@pytest.mark.parametrize("change", ["rank", "session", "reasons", "fewer", "none"])
def test_a_changed_agenda_is_a_changed_mark_of_that_visitor_alone(tables: Tables, change: str) -> None:
    table = tables.recommendations.copy()
    own = table.index[table["badge_id"].eq("year-7")]
    if change == "rank":
        table.loc[own, "rank"] = [2, 1, 3]
    elif change == "session":
        table.loc[own[0], "session_id"] = "0"
    elif change == "reasons":
        lists = table["reasons"].tolist()
        lists[table.index.get_loc(own[0])] = ["another reason"]
        table["reasons"] = pd.Series(lists, index=table.index, dtype=object)
    else:
        table = table.drop(index=own[:1] if change == "fewer" else own)
    before, after = agendas(tables, tables.recommendations)[1], agendas(tables, table)[1]
    assert changed_badges(before, after) == ["year-7"]


def test_an_agenda_that_comes_and_goes_leaves_no_trace(tables: Tables) -> None:
    nobody = agendas(tables, tables.recommendations.iloc[:0])[1]
    turned = agendas(tables, tables.recommendations.iloc[::-1])[1]
    assert nobody.frame["has_recommendation"].eq("0").all()
    assert nobody.frame["control_group"].dtype == np.int64
    assert turned.version == agendas(tables, tables.recommendations)[1].version


def test_an_agenda_of_a_stranger_is_refused(tables: Tables) -> None:
    visitors = tables.visitors[tables.visitors["badge_id"].ne("year-7")]
    edges, marks = agendas(replace(tables, visitors=visitors), tables.recommendations)
    assert edges.refused.to_numpy().tolist() == [["visitor of this year is not in the graph", "", 3]]
    assert "year-7" not in set(marks.frame["BadgeId"]) | set(edges.frame["start_BadgeId"])
