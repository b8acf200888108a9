"""The analysts' queries of docs/cypher: each run as it stands, and compared with the same tables in pandas."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas.core.graph.statements import READERS_FILTER
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR
from pa_assets.kit.cypher_files import declared_parameters
from pa_assets.kit.graph_shell import split_statements
from pa_assets.kit.resources.graph import BoltGraph
from pa_assets_tests.agendas.core.graph.graph_tables import STREAMS, Tables, make_tables
from pa_assets_tests.graph_loads import load_all, loads

pytestmark = pytest.mark.graph_contract

FOLDER = Path(__file__).parents[4] / "docs" / "cypher"
FILES = sorted(path.stem for path in FOLDER.glob("*.cypher"))
SHOW = "test_cypher"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def tables(graph: BoltGraph) -> Any:
    """A loaded show, and another one with the same identifiers beside it."""
    tables = make_tables(visitors=60, sessions=20, attendances=600)
    # One session in no agenda, and one that everybody is advised to see.
    rows = tables.recommendations
    tables.recommendations = rows[rows["session_id"].ne("7")].reset_index(drop=True)
    load_all(graph, tables, show=SHOW)
    load_all(graph, make_tables(visitors=30, sessions=12, seed=2), show=f"{SHOW}_other")
    yield tables
    for show in (SHOW, f"{SHOW}_other"):
        graph.write("MATCH (node {show: $show}) DETACH DELETE node", show=show)


def text(name: str) -> str:
    return next(FOLDER.glob(f"{name}*.cypher")).read_text("utf-8")


def ask(graph: BoltGraph, name: str, **parameters: Any) -> Rows:
    return graph.read(text(name), **{**declared_parameters(text(name)), "show": SHOW, **parameters})


def now(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Visitors, sessions, recommendations and attendance of this year."""
    visitors = tables.visitors[tables.visitors["cohort"].eq(THIS_YEAR)].set_index("badge_id", drop=False)
    sessions = tables.sessions[tables.sessions["cohort"].eq(THIS_YEAR)].set_index("session_id", drop=False)
    attendance = tables.attendance[tables.attendance["cohort"].eq(THIS_YEAR)]
    return visitors, sessions, tables.recommendations, attendance


def hits(tables: Tables) -> pd.DataFrame:
    _, _, recommendations, attendance = now(tables)
    return recommendations.merge(attendance[["badge_id", "session_id"]], on=["badge_id", "session_id"])


def mapped(rows: Rows, key: str, value: str) -> dict[Any, Any]:
    found = {row[key]: row[value] for row in rows}
    assert len(found) == len(rows)
    return found


def near(value: float) -> Any:
    return pytest.approx(value, abs=0.051)


@pytest.mark.parametrize("name", FILES)
def test_every_query_runs_as_it_stands_and_tells_its_columns(graph: BoltGraph, tables: Tables, name: str) -> None:
    query = text(name)
    declared = declared_parameters(query)
    assert set(declared) == set(re.findall(r"\$(\w+)", re.sub(r"^//.*$", "", query, flags=re.MULTILINE)))
    assert query.startswith("// Question: ")
    complete, rest = split_statements(query)
    assert len([*complete, *([rest] if rest else [])]) == 1
    columns = re.search(r"^// Columns: (.*)$", query, re.MULTILINE)
    assert columns
    graph.read(query, **declared)
    rows = ask(graph, name, **({"least_recommendations": 1} if "least_recommendations" in declared else {}))
    if name != "18-unfinished-loads":
        assert rows
        assert list(rows[0]) == columns.group(1).split(", ")
        assert " ".join(query.split()).count(READERS_FILTER.strip()) == 1
        hidden = [row for row in ask(graph, name, show="nobody's") if any(isinstance(v, str) for v in row.values())]
        assert hidden == []


@pytest.mark.parametrize("default", ["lva", "[1", "'x'", '"x" '])
def test_a_default_that_is_not_json_is_told(default: str) -> None:
    assert declared_parameters('// $a = {"b: c": [1]}: what\n// $d = 3: e\nRETURN $a') == {"a": {"b: c": [1]}, "d": 3}
    with pytest.raises(ValueError, match=r"^Write \$show as `// \$show = JSON: meaning`; found"):
        declared_parameters(f"// $show = {default}: a tag\nRETURN 1")


def test_the_table_of_the_readme_names_every_query() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert sorted(re.findall(r"\]\((\d\d-[a-z-]+)\.cypher\)", readme)) == FILES
    assert len(FILES) >= 12


def test_totals(graph: BoltGraph, tables: Tables) -> None:
    visitors, sessions, recommendations, attendance = now(tables)
    assert ask(graph, "01") == [
        {
            "visitors": len(visitors),
            "with_agenda": recommendations["badge_id"].nunique(),
            "control": recommendations.loc[recommendations["control_group"], "badge_id"].nunique(),
            "sessions": len(sessions),
            "recommendations": len(recommendations),
            "recommended_sessions": recommendations["session_id"].nunique(),
            "attendances": len(attendance),
            "attending": attendance["badge_id"].nunique(),
        }
    ]


def test_most_recommended_and_never_recommended(graph: BoltGraph, tables: Tables) -> None:
    _, sessions, recommendations, attendance = now(tables)
    counts = recommendations["session_id"].value_counts()
    came = attendance["session_id"].value_counts()
    rows = ask(graph, "02")
    assert mapped(rows, "session_id", "recommended") == counts.to_dict()
    assert [row["recommended"] for row in rows] == sorted(counts, reverse=True)
    agendas = recommendations["badge_id"].nunique()
    for row in rows:
        assert row["percent_of_agendas"] == near(100 * row["recommended"] / agendas)
        assert row["attended"] == came.get(row["session_id"], 0)
        assert row["title"] == sessions.loc[row["session_id"], "title"]
    assert len(ask(graph, "02", limit=3)) == 3
    never = ask(graph, "03")
    assert mapped(never, "session_id", "attended") == {"7": came.get("7", 0)}
    assert never[0]["sponsored"] == "False"


def test_hit_rate(graph: BoltGraph, tables: Tables) -> None:
    _, _, recommendations, attendance = now(tables)
    both = set(recommendations["badge_id"]) & set(attendance["badge_id"])
    attended = attendance["badge_id"].isin(both).sum()
    (row,) = ask(graph, "04")
    assert row["visitors"] == len(both) > 0
    assert row["attended"] == attended
    assert row["recommended"] == recommendations["badge_id"].isin(both).sum()
    assert row["hits"] == len(hits(tables)) > 0
    assert row["hit_percent"] == near(100 * len(hits(tables)) / attended)
    assert row["visitors_with_a_hit"] == hits(tables)["badge_id"].nunique()


def test_conversion_and_attendance_by_session(graph: BoltGraph, tables: Tables) -> None:
    _, _, recommendations, attendance = now(tables)
    counts, followed = recommendations["session_id"].value_counts(), hits(tables)["session_id"].value_counts()
    assert ask(graph, "05") == []
    rows = ask(graph, "05", least_recommendations=9, limit=100)
    assert mapped(rows, "session_id", "recommended") == counts[counts.ge(9)].to_dict()
    for row in rows:
        assert row["followed"] == followed.get(row["session_id"], 0)
        assert row["conversion_percent"] == near(100 * row["followed"] / row["recommended"])
    shares = [row["conversion_percent"] for row in rows]
    assert shares == sorted(shares, reverse=True)
    most = ask(graph, "06")
    assert mapped(most, "session_id", "attended") == attendance["session_id"].value_counts().to_dict()
    assert mapped(most, "session_id", "recommended") == {
        row["session_id"]: counts.get(row["session_id"], 0) for row in most
    }


def test_visitor_gaps(graph: BoltGraph, tables: Tables) -> None:
    visitors, _, recommendations, attendance = now(tables)
    has, came = (visitors["badge_id"].isin(frame["badge_id"]) for frame in (recommendations, attendance))
    expected = visitors.groupby([has.rename("has"), came.rename("came")]).size().to_dict()
    rows = ask(graph, "07")
    assert {(row["has_agenda"], row["attended_sessions"]): row["visitors"] for row in rows} == expected
    assert sum(row["percent"] for row in rows) == pytest.approx(100, abs=0.2)


def test_attendance_distribution(graph: BoltGraph, tables: Tables) -> None:
    counts = now(tables)[3]["badge_id"].value_counts()
    assert counts.max() > counts.min()
    (row,) = ask(graph, "08")
    assert row == {
        "visitors": len(counts),
        "attendances": counts.sum(),
        "least": counts.min(),
        "lower_quartile": counts.quantile(0.25),
        "median": counts.median(),
        "upper_quartile": counts.quantile(0.75),
        "most": counts.max(),
        "mean": pytest.approx(counts.mean()),
    }


def test_returning_visitors_and_the_control_group(graph: BoltGraph, tables: Tables) -> None:
    visitors, _, recommendations, attendance = now(tables)
    control = set(recommendations.loc[recommendations["control_group"], "badge_id"])
    agenda = set(recommendations["badge_id"])
    back = set(visitors.loc[visitors["assist_year_before"].eq(1), "badge_id"])
    for row in ask(graph, "09"):
        group = back if row["returning"] else set(visitors["badge_id"]) - back
        came = attendance[attendance["badge_id"].isin(group)]
        assert row["visitors"] == len(group)
        assert row["with_agenda"] == len(group & agenda)
        assert (row["attending"], row["attendances"]) == (came["badge_id"].nunique(), len(came))
        assert row["hits"] == hits(tables)["badge_id"].isin(group).sum()
        assert row["hit_percent"] == near(100 * row["hits"] / came["badge_id"].isin(agenda).sum())
    rows = ask(graph, "14")
    assert mapped(rows, "group", "visitors") == {"control": len(control), "treated": len(agenda - control)}
    for row in rows:
        group = control if row["group"] == "control" else agenda - control
        came = attendance[attendance["badge_id"].isin(group)]
        assert (row["attending"], row["attendances"]) == (came["badge_id"].nunique(), len(came))
        assert row["attending_percent"] == near(100 * row["attending"] / len(group))
        assert row["sessions_per_visitor"] == pytest.approx(len(came) / len(group), abs=0.0051)
        assert row["hits"] == hits(tables)["badge_id"].isin(group).sum()


def _topics(tables: Tables) -> pd.DataFrame:
    """Pairs of session of this year and stream, as the parts have them."""
    parts = [part for loader, make in loads(tables, SHOW) if loader == "sessions" for part in make()]
    edges = next(part.frame for part in parts if part.element.name == "session_this_year.stream.stream")
    return edges.rename(columns={"start_session_id": "session_id", "end_stream": "stream"})[["session_id", "stream"]]


def test_streams(graph: BoltGraph, tables: Tables) -> None:
    visitors, _, recommendations, attendance = now(tables)
    topics = _topics(tables)
    rows = ask(graph, "10")
    assert set(STREAMS) <= {row["stream"] for row in rows}
    interest = pd.concat(
        part.frame[["start_BadgeId", "end_stream"]]
        for loader, make in loads(tables, SHOW)
        if loader in ("job_streams", "specialisation_streams")
        for part in make()
        if part.element.start.name == "visitor_this_year"
    ).drop_duplicates()
    expected = {
        "interested": interest["end_stream"].value_counts(),
        "sessions": topics["stream"].value_counts(),
        "recommendations": recommendations.merge(topics, on="session_id")["stream"].value_counts(),
        "attendances": attendance.merge(topics, on="session_id")["stream"].value_counts(),
    }
    for row in rows:
        for name, counts in expected.items():
            assert row[name] == counts.get(row["stream"], 0), (row["stream"], name)
    pairs = recommendations.merge(topics, on="session_id")
    pairs["job_role"] = visitors["job_role"].reindex(pairs["badge_id"]).to_numpy()
    found = {(row["job_role"], row["stream"]): (row["visitors"], row["recommendations"]) for row in ask(graph, "16")}
    grouped = pairs.groupby(["job_role", "stream"])["badge_id"].agg(["nunique", "size"])
    assert found == {key: tuple(values) for key, values in zip(grouped.index, grouped.to_numpy().tolist(), strict=True)}


def test_path_of_a_person(graph: BoltGraph, tables: Tables) -> None:
    visitors, attendance = tables.visitors, tables.attendance
    person = "p10"
    own = visitors.loc[visitors["person_id"].eq(person), ["cohort", "badge_id"]]
    assert len(own) == 3
    expected = set(attendance.merge(own)[["cohort", "session_id"]].itertuples(index=False, name=None))
    rows = ask(graph, "11", person_id=person)
    found = {(row["cohort"], row["session_id"]) for row in rows if row["what"] == "attended"}
    assert found == expected
    assert {cohort for cohort, _ in found} >= {LAST_YEAR_MAIN, LAST_YEAR_SECONDARY}
    planned = tables.recommendations.merge(own[own["cohort"].eq(THIS_YEAR)])["session_id"]
    assert sorted(row["session_id"] for row in rows if row["what"] == "recommended") == sorted(planned)
    past = attendance[attendance["cohort"].ne(THIS_YEAR)]
    of_now = visitors.loc[visitors["cohort"].eq(THIS_YEAR), "person_id"]
    most = past.loc[past["person_id"].isin(of_now), "person_id"].value_counts()
    (badge,) = {row["badge_id"] for row in ask(graph, "11") if row["cohort"] == LAST_YEAR_MAIN}
    chosen = visitors.loc[visitors["badge_id"].eq(badge) & visitors["cohort"].eq(LAST_YEAR_MAIN), "person_id"].item()
    assert most[chosen] == most.max()


def test_sessions_like_one(graph: BoltGraph, tables: Tables) -> None:
    vectors = tables.embeddings[tables.embeddings["cohort"].eq(THIS_YEAR)].set_index("session_id")["vector"]
    cosine = pd.Series(np.stack(vectors.to_numpy()) @ vectors["5"], index=vectors.index).drop("5")
    rows = ask(graph, "12", session_id="5", limit=100)
    assert mapped(rows, "session_id", "likeness") == pytest.approx(cosine.to_dict(), abs=1e-4)
    assert rows[0]["session_id"] == cosine.idxmax()
    assert {row["given"] for row in ask(graph, "12")} == {"0"}


def test_visitors_without_an_agenda(graph: BoltGraph, tables: Tables) -> None:
    visitors, _, recommendations, _ = now(tables)
    rows = ask(graph, "13")
    assert [row["badge_id"] for row in rows] == sorted(set(visitors["badge_id"]) - set(recommendations["badge_id"]))
    assert rows[0]["badge_id"] == "year-1"
    assert rows[0]["job_role"] == (visitors.loc["year-1", "job_role"] or None)
    assert rows[0]["returning"] is False
    assert rows[0]["registration_date"].startswith("2025-01-02T03:04:05")


def test_use_of_theatres(graph: BoltGraph, tables: Tables) -> None:
    _, sessions, recommendations, attendance = now(tables)
    (row,) = ask(graph, "15", seats={"Main": 40})
    assert (row["theatre"], row["sessions"], row["seats"]) == ("Main", len(sessions), 40)
    assert (row["recommended"], row["attended"]) == (len(recommendations), len(attendance))
    assert row["recommended_percent"] == near(100 * len(recommendations) / 40)
    (row,) = ask(graph, "15")
    assert row["seats"] is row["attended_percent"] is None


def test_agenda_of_a_visitor(graph: BoltGraph, tables: Tables) -> None:
    own = tables.recommendations[tables.recommendations["badge_id"].eq("year-9")].sort_values("rank")
    rows = sorted(ask(graph, "17", badge_id="year-9"), key=lambda row: row["rank"])
    assert [row["session_id"] for row in rows] == own["session_id"].tolist()
    assert [row["score"] for row in rows] == own["score"].tolist()
    assert rows[0]["reasons"] == ["like what you saw"]
    came = tables.attendance[tables.attendance["badge_id"].eq("year-9")]["session_id"]
    assert [row["attended"] for row in rows] == own["session_id"].isin(came).tolist()
    assert ask(graph, "17", badge_id="nobody") == []


def test_rows_of_an_unfinished_load_are_left_out(graph: BoltGraph, tables: Tables) -> None:
    assert ask(graph, "18") == []
    (before,) = ask(graph, "01")
    record = "MATCH (record:LoadRecord {show: $show, name: 'recommendations'}) "
    graph.write(record + "SET record.loading = ['half']", show=SHOW)
    graph.write(
        "MATCH (v:Visitor_this_year {show: $show})-[r:IS_RECOMMENDED]->() WHERE v.BadgeId = 'year-3' "
        "SET r.load_id = 'half'",
        show=SHOW,
    )
    try:
        (during,) = ask(graph, "01")
        (unfinished,) = ask(graph, "18")
        hidden = ask(graph, "17", badge_id="year-3")
    finally:
        graph.write(record + "REMOVE record.loading", show=SHOW)
    own = tables.recommendations["badge_id"].eq("year-3").sum()
    assert during["recommendations"] == before["recommendations"] - own
    assert (unfinished["show"], unfinished["loader"], unfinished["unfinished"]) == (SHOW, "recommendations", ["half"])
    assert hidden == []
