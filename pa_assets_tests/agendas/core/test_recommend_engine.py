from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas.core.recommend import RecommendationError, clashes
from pa_assets.agendas.core.recommend.control import in_control_group
from pa_assets.agendas.core.tables import ATTENDANCE, RECOMMENDATIONS, SESSION_EMBEDDINGS, VISITORS
from pa_assets_tests.agendas.core.recommend_shows import run, session, sessions_table, show, visitor


def streams_of(tables: dict[str, Any], table: pd.DataFrame) -> pd.Series:
    return table["session_id"].map(tables["sessions"].set_index("session_id")["stream"])


def test_visitors_get_what_they_care_for() -> None:
    tables = show(visitors=60, past=200)
    result = run(tables, max_recommendations=3)
    table = result.table
    best = table[table["rank"] == 1]
    assert (streams_of(tables, best) == best["badge_id"].map(tables["likes"])).mean() > 0.95
    assert len(table[["badge_id", "strategy"]].drop_duplicates()) == table["badge_id"].nunique()
    returning = table["badge_id"] < "v020"
    assert "own_history" in set(table.loc[returning, "strategy"])
    assert set(table.loc[~returning, "strategy"]) <= {"similar_visitors", "streams"}
    assert result.statistics["top_session"]["share"] < 0.6


def test_agendas_hold_what_they_promise() -> None:
    tables = show()
    table = run(tables, max_recommendations=4, min_similarity_score=0.0).table
    assert clashes(table, tables["sessions"]).empty
    sizes = table.groupby("badge_id").size()
    assert sizes.max() == 4
    assert len(sizes) == 30
    assert table["reasons"].map(len).between(1, 3).all()
    assert table["score"].between(0, 1).all()
    ranks = table.groupby("badge_id")["rank"].apply(list)
    assert all(rank == list(range(1, len(rank) + 1)) for rank in ranks)
    falling = table.groupby("badge_id")["score"].apply(lambda scores: scores.is_monotonic_decreasing)
    assert falling.all()


def test_order_of_rows_changes_nothing() -> None:
    tables = show()
    settings = {"theatre_capacity_limits": {"enabled": True, "capacity_multiplier": 0.5}}
    tables["capacity"]["seats"] = 9
    first = run(tables, **settings)
    names = ("visitors", "attendance", "sessions", "embeddings")
    shuffled = {name: tables[name].sample(frac=1, random_state=7).reset_index(drop=True) for name in names}
    second = run(tables | shuffled, **settings)
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.without, second.without)
    assert first.statistics == second.statistics


def test_one_visitor_more_changes_nobody_else() -> None:
    tables = show()
    settings = {"control_group": {"enabled": True, "percentage": 30}}
    before = run(tables, **settings).table
    more = pd.concat([tables["visitors"], pd.DataFrame([visitor("a-new-one", job_role="Role 1")])], ignore_index=True)
    after = run(tables | {"visitors": VISITORS.conform(more)}, **settings).table
    kept = after[after["badge_id"] != "a-new-one"].reset_index(drop=True)
    pd.testing.assert_frame_equal(before, kept)
    assert (after["badge_id"] == "a-new-one").any()


def test_reasons_are_true() -> None:
    tables = show(visitors=60, past=200)
    table = run(tables, max_recommendations=4).table.explode("reasons")
    attended = tables["attendance"].merge(tables["sessions"], on=["cohort", "session_id"])
    titles = attended.groupby("person_id")["title"].agg(set)
    person = tables["visitors"].set_index("badge_id")["person_id"]
    own = table[table["reasons"].str.startswith("You attended")]
    assert len(own)
    for badge, reason in zip(own["badge_id"], own["reasons"], strict=True):
        assert reason.split("'")[1] in titles[person[badge]]
    answers = tables["visitors"].set_index("badge_id")["what_do_you_treat"]
    said = table[table["reasons"].str.contains("who answered", regex=False)]
    assert len(said)
    for badge, reason in zip(said["badge_id"], said["reasons"], strict=True):
        assert reason == f"Popular with visitors who answered '{answers[badge][0]}' to 'What do you treat'"
    followed = table[table["reasons"].str.startswith("In the stream")]
    assert (followed["reasons"].str.extract("stream (.*?),")[0] == streams_of(tables, followed)).all()


@pytest.mark.parametrize("seats", [0, 1, 3, 7])
def test_no_theatre_is_overfilled_and_lost_places_are_replaced(seats: int) -> None:
    tables = show(visitors=40, capacity=seats)
    limited = {"theatre_capacity_limits": {"enabled": True}, "max_recommendations": 2, "min_similarity_score": 0.0}
    result = run(tables, **limited)
    counts = result.table["session_id"].value_counts()
    assert counts.max() <= seats if seats else result.table.empty
    assert clashes(result.table, tables["sessions"]).empty
    assert len(result.table) == min(12 * seats, 80), "every seat that is wanted is given away"
    assert set(result.without["reason"]) <= {"every session that fits is full"}
    assert result.table["badge_id"].nunique() + len(result.without) == 40
    assert 0 <= result.statistics["run"]["limits"]["gap"] < 1


def test_unknown_theatres_have_no_limit_and_are_counted() -> None:
    tables = show(capacity=1)
    tables["capacity"] = tables["capacity"].head(1)
    result = run(tables, theatre_capacity_limits={"enabled": True})
    assert result.statistics["run"]["limits"]["sessions_without_capacity"] == 8
    counts = result.table["session_id"].value_counts()
    assert counts[counts.index.str.startswith("thisE")].max() == 1
    assert counts.max() > 1


def test_control_group_depends_on_the_badge_alone() -> None:
    badges = pd.Series([f"B{number}" for number in range(20_000)])
    drawn = in_control_group(badges, percentage=5, seed=42, show="vet")
    assert abs(drawn.mean() - 0.05) < 0.006
    assert (in_control_group(badges[::-3], percentage=5, seed=42, show="vet") == drawn[::-3]).all()
    assert (in_control_group(badges, percentage=10, seed=42, show="vet") >= drawn).all()
    assert (in_control_group(badges, percentage=5, seed=43, show="vet") != drawn).any()
    assert np.flatnonzero(drawn)[:5].tolist() == [30, 33, 160, 186, 192]


def test_only_new_visitors_are_served() -> None:
    tables = show()
    made = run(tables, max_recommendations=4)
    before = made.table
    gone = before.loc[before["badge_id"] == "v000", "session_id"].iloc[0]
    fewer = tables["sessions"][tables["sessions"]["session_id"] != gone]
    known = before[before["badge_id"] != "v005"]
    sent = replace(made, table=known)
    result = run(tables | {"sessions": fewer, "previous": sent, "sent": True}, max_recommendations=2)
    after = result.table
    kept = known[known["session_id"] != gone]
    columns = ["badge_id", "session_id", "score"]
    same = after.merge(kept[columns], on=columns)
    assert len(same) == len(kept)
    assert (after["badge_id"] == "v005").sum() == 2
    assert (after.groupby("badge_id")["rank"].max() == after.groupby("badge_id").size()).all()
    assert result.statistics["run"]["kept"]["visitors"] == 29


def test_kept_agendas_that_came_to_clash_are_made_anew() -> None:
    tables = show()
    before = run(tables, max_recommendations=4, min_similarity_score=0.0)
    mine = before.table.loc[before.table["badge_id"] == "v003", "session_id"].tolist()
    moved = tables["sessions"].copy()
    first, second = (moved.index[moved["session_id"] == name][0] for name in mine[:2])
    moved.loc[first, ["starts_at", "ends_at"]] = moved.loc[second, ["starts_at", "ends_at"]].to_numpy()
    after = tables | {"sessions": moved, "previous": before, "sent": True}
    result = run(after, max_recommendations=4, min_similarity_score=0.0)
    assert clashes(result.table, moved).empty
    assert result.statistics["run"]["kept"]["rebuilt_because_of_clashes"] > 0


def test_who_names_a_stream_gets_its_sessions_and_is_told_so() -> None:
    tables = show()
    new = tables["visitors"]["cohort"].eq("this_year") & ~tables["visitors"]["person_id"].str.startswith("person-p")
    named = [
        ["EQUINE"] if is_new else given
        for is_new, given in zip(new, tables["visitors"]["what_do_you_treat"], strict=True)
    ]
    tables["visitors"]["what_do_you_treat"] = named
    table = run(tables, max_recommendations=3, similarity_attributes={}).table
    own = table[table["badge_id"].isin(tables["visitors"].loc[new, "badge_id"])]
    assert len(own) and (streams_of(tables, own) == "Equine").all()
    assert {reasons[0] for reasons in own["reasons"]} == {"In the stream Equine, which you named in your registration"}
    assert set(own["strategy"]) == {"streams"}


def test_a_session_of_longer_ago_is_not_called_last_year() -> None:
    tables = show()
    sessions = tables["sessions"]
    past = sessions["cohort"].eq("last_year_main")
    assert set(run(tables).table["reasons"].explode().str.extract("' (last year|in .*)$")[0].dropna()) == {"in 2025"}
    for years, said in ((1, "last year"), (4, "in 2021")):
        moved = sessions["starts_at"].where(~past, sessions["starts_at"] - pd.DateOffset(years=years))
        table = run({**tables, "sessions": sessions.assign(starts_at=moved)}).table
        assert set(table["reasons"].explode().str.extract("' (last year|in .*)$")[0].dropna()) == {said}


def test_nothing_is_known_of_the_past() -> None:
    tables = show()
    past = tables["visitors"]["cohort"].eq("this_year")
    alone = {
        "visitors": tables["visitors"][past],
        "attendance": ATTENDANCE.empty(),
        "sessions": tables["sessions"][tables["sessions"]["cohort"].eq("this_year")],
        "embeddings": SESSION_EMBEDDINGS.empty(),
        "specialisation_streams": pd.DataFrame({"answer": ["Feline"], "stream": ["feline"]}),
    }
    result = run(tables | alone, max_recommendations=3)
    assert result.statistics["prior"] == "centrality in this year's programme"
    assert set(result.table["strategy"]) == {"streams"}
    cats = [badge for badge, like in tables["likes"].items() if like == "Feline"]
    best = result.table[result.table["badge_id"].isin(cats) & result.table["rank"].eq(1)]
    assert (streams_of(tables, best) == "Feline").all()
    assert result.table["badge_id"].nunique() == 30


def test_vectors_that_are_no_numbers_are_left_out() -> None:
    tables = show()
    broken = tables["embeddings"].copy()
    broken["vector"] = [np.full(8, np.nan, dtype=np.float32)] * len(broken)
    result = run(tables | {"embeddings": broken})
    assert result.statistics["sessions_without_vector"] == 12
    assert result.table["score"].notna().all()


@pytest.mark.parametrize("sessions", [[], [session("a", "09:00")], [session(f"s{n}", "09:00") for n in range(5)]])
def test_tiny_programmes(sessions: list[dict[str, Any]]) -> None:
    tables = show()
    past = tables["sessions"][tables["sessions"]["cohort"] != "this_year"]
    here = pd.concat([sessions_table(sessions), past]) if sessions else past
    result = run(tables | {"sessions": here})
    assert len(result.table) == (30 if sessions else 0)
    assert len(result.without) == (0 if sessions else 30)
    assert set(result.without["reason"]) <= {"no session this year"}


def test_no_visitor() -> None:
    tables = show()
    result = run(tables | {"visitors": tables["visitors"][tables["visitors"]["cohort"] != "this_year"]})
    assert result.table.empty
    assert list(result.table.columns) == RECOMMENDATIONS.names


def test_an_unknown_attribute_is_an_error_with_a_hint() -> None:
    with pytest.raises(RecommendationError, match=r"similarity_attributes.*'job_rolle'.*Did you mean 'job_role'"):
        run(show(), similarity_attributes={"job_rolle": 1.0})


def test_a_higher_threshold_leaves_fewer_and_says_why() -> None:
    tables = show()
    all_of_them = run(tables, min_similarity_score=0.0, max_recommendations=12).table
    fewer = run(tables, min_similarity_score=0.68, max_recommendations=12).table
    none = run(tables, min_similarity_score=1.0)
    assert 0 < len(fewer) < len(all_of_them)
    assert fewer["score"].min() >= 0.68
    assert none.table.empty
    assert set(none.without["reason"]) == {"no session reaches the least score"}


def test_no_session_goes_to_more_than_its_share() -> None:
    tables = show(visitors=60)
    free = run(tables, max_recommendations=4).table["session_id"].value_counts()
    held = run(tables, max_recommendations=4, max_share_per_session=0.3)
    assert free.max() > 18
    assert held.table["session_id"].value_counts().max() == 18
    assert held.table["badge_id"].nunique() == 60


def test_diversity_spreads_an_agenda_over_streams() -> None:
    tables = show()

    def streams_of_an_agenda(diversity: float) -> float:
        table = run(tables, max_recommendations=4, min_similarity_score=0.0, stream_diversity=diversity).table
        return float(table.assign(stream=streams_of(tables, table)).groupby("badge_id")["stream"].nunique().mean())

    assert streams_of_an_agenda(0.0) < streams_of_an_agenda(0.5)
