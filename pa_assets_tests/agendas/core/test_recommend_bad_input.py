"""Input that is poor, odd or missing: agendas that make sense, or a clear error; each is held to the checker."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import RecommendationResult
from pa_assets.agendas.core.recommend.check import INFORMATION, faults
from pa_assets.agendas.core.tables import ATTENDANCE, RECOMMENDATIONS, SESSION_EMBEDDINGS
from pa_assets_tests.agendas.core.recommend_shows import run, session, sessions_table, show

Tables = dict[str, Any]

STRATEGIES = ("signals", "max_cosine")
LIMITS = {
    "travel_minutes": 10,
    "max_per_day": 3,
    "breaks": [{"earliest": "12:00", "latest": "14:00", "minutes": 30}],
    "theatre_capacity_limits": {"enabled": True},
    "max_share_per_session": 0.5,
    "stream_diversity": 0.2,
    "control_group": {"enabled": True, "percentage": 30},
}


def here(tables: Tables) -> pd.DataFrame:
    """This year's programme."""
    sessions: pd.DataFrame = tables["sessions"]
    return sessions[sessions["cohort"].eq("this_year")]


def made(tables: Tables, **settings: Any) -> RecommendationResult:
    """A result that nothing is wrong with: it holds, accounts for everybody and can be written."""
    rules = {"min_similarity_score": 0.0} | settings
    result = run(tables, **rules)
    found = faults(
        result.table,
        tables["sessions"],
        config.Recommendations.model_validate(rules),
        visitors=tables["visitors"],
        seats=tables["capacity"],
        bookings=tables.get("bookings"),
        share_of=result.statistics.get("share_of"),
    )
    assert found[~found["kind"].isin(INFORMATION)].empty, found.to_string()
    visitors = tables["visitors"].loc[tables["visitors"]["cohort"].eq("this_year"), "badge_id"]
    assert {*result.table["badge_id"], *result.without["badge_id"]} == set(visitors)
    assert not set(result.table["badge_id"]) & set(result.without["badge_id"])
    assert result.without["reason"].ne("").all()
    assert list(result.table.columns) == RECOMMENDATIONS.names
    assert RECOMMENDATIONS.shape_faults(result.table) == []
    assert result.table["strategy"].ne("").all()
    json.dumps(result.statistics, allow_nan=False)
    return result


def sessions_of(tables: Tables, **values: Any) -> Tables:
    """The tables with some columns of all sessions replaced."""
    return tables | {"sessions": tables["sessions"].assign(**values)}


def programme(tables: Tables, rows: list[dict[str, Any]]) -> Tables:
    """The tables with another programme of this year; its sessions have no vectors."""
    past = tables["sessions"][tables["sessions"]["cohort"].ne("this_year")]
    return tables | {"sessions": pd.concat([sessions_table(rows), past], ignore_index=True) if rows else past}


def no_history(tables: Tables) -> Tables:
    visitors = tables["visitors"]
    return tables | {
        "attendance": ATTENDANCE.empty(),
        "visitors": visitors.assign(person_id="person-of-" + visitors["badge_id"], assist_year_before=0),
    }


def nothing_past(tables: Tables) -> Tables:
    visitors, attendance = tables["visitors"], tables["attendance"]
    return tables | {
        "attendance": attendance[:0],
        "sessions": here(tables),
        "visitors": visitors[visitors["cohort"].eq("this_year")],
    }


def no_survey(tables: Tables) -> Tables:
    nothing = pd.Series([[] for _ in range(len(tables["visitors"]))], index=tables["visitors"].index)
    answers = {"what_do_you_treat": nothing, "what_did_you_treat": nothing, "job_role": "", "has_answers": False}
    return tables | {"visitors": tables["visitors"].assign(**answers)}


def one_session(tables: Tables) -> Tables:
    return programme(tables, [session("only", "9:00", title="Horse lameness", theatre__name="Equine Theatre")])


def all_at_once(tables: Tables) -> Tables:
    start = pd.Timestamp("2025-11-20 09:00")
    return sessions_of(tables, starts_at=start, ends_at=start + pd.Timedelta(minutes=30))


def identical_visitors(tables: Tables) -> Tables:
    visitors = tables["visitors"]
    this_year = visitors["cohort"].eq("this_year")
    pattern = visitors[this_year].iloc[0]
    alike = visitors.assign(job_role=visitors["job_role"].where(~this_year, pattern["job_role"]))
    alike["what_do_you_treat"] = [
        pattern["what_do_you_treat"] if same else given
        for same, given in zip(this_year, visitors["what_do_you_treat"], strict=True)
    ]
    alike["person_id"] = visitors["person_id"].where(~this_year, "person-of-" + visitors["badge_id"])
    return tables | {"visitors": alike}


def many_scans(tables: Tables, scans: int = 10_000) -> Tables:
    """The first returning visitor attended 300 sessions last year, scanned `scans` times in all."""
    more = [
        session(f"more{number}", "9:00", cohort="last_year_main", title=f"Talk {number}", theatre__name="Hall")
        for number in range(300)
    ]
    sessions = pd.concat([tables["sessions"], sessions_table(more)], ignore_index=True)
    names = [row["session_id"] for row in more]
    first = tables["attendance"][tables["attendance"]["badge_id"].eq("p000")].iloc[[0] * len(names)]
    rows = first.assign(session_id=names, scans=scans // 300)
    return tables | {"sessions": sessions, "attendance": pd.concat([tables["attendance"], rows], ignore_index=True)}


def vectors(tables: Tables, vector: Any) -> Tables:
    embeddings = tables["embeddings"]
    return tables | {"embeddings": embeddings.assign(vector=[vector] * len(embeddings))}


def longer_than_a_day(tables: Tables) -> Tables:
    sessions = here(tables)
    ends = sessions["starts_at"] + pd.Timedelta(hours=50)
    late = sessions["session_id"].str.endswith("3")
    starts = sessions["starts_at"].mask(late, sessions["starts_at"] + pd.Timedelta(days=2))
    long = sessions.assign(starts_at=starts, ends_at=ends.mask(late, starts + pd.Timedelta(minutes=30)))
    past = tables["sessions"][tables["sessions"]["cohort"].ne("this_year")]
    return tables | {"sessions": pd.concat([long, past], ignore_index=True)}


CASES: dict[str, Callable[[Tables], Tables]] = {
    "no history": no_history,
    "nothing of the past": nothing_past,
    "no survey": no_survey,
    "no history and no survey": lambda tables: no_survey(no_history(tables)),
    "one session": one_session,
    "all at once": all_at_once,
    "one seat in each theatre": lambda tables: tables | {"capacity": tables["capacity"].assign(seats=1)},
    "no seat at all": lambda tables: tables | {"capacity": tables["capacity"].assign(seats=0)},
    "no seats delivered": lambda tables: tables | {"capacity": tables["capacity"][:0]},
    "identical visitors": identical_visitors,
    "ten thousand scans": many_scans,
    "no streams": lambda tables: sessions_of(tables, stream=""),
    "vectors that are no numbers": lambda tables: vectors(tables, np.full(8, np.nan, dtype=np.float32)),
    "endless vectors": lambda tables: vectors(tables, np.full(8, np.inf, dtype=np.float32)),
    "vectors of nothing": lambda tables: vectors(tables, np.zeros(8, dtype=np.float32)),
    "no vectors": lambda tables: tables | {"embeddings": SESSION_EMBEDDINGS.empty()},
    "no times": lambda tables: sessions_of(tables, starts_at=pd.NaT, ends_at=pd.NaT),
    "no ends": lambda tables: sessions_of(tables, ends_at=pd.NaT),
    "longer than a day": longer_than_a_day,
    "no length": lambda tables: sessions_of(tables, ends_at=tables["sessions"]["starts_at"]),
    "one title": lambda tables: sessions_of(tables, title="Talk", synopsis_stripped=""),
    "titles without a word": lambda tables: sessions_of(tables, title="?!", synopsis_stripped="", stream=""),
    "titles of little words": lambda tables: sessions_of(tables, title="The and of", synopsis_stripped="", stream=""),
    "one talk": lambda tables: sessions_of(tables, content_group="talk"),
    "one theatre": lambda tables: sessions_of(tables, theatre__name="Hall"),
    "no theatre": lambda tables: sessions_of(tables, theatre__name=""),
    "no visitors": lambda tables: (
        tables | {"visitors": tables["visitors"][tables["visitors"]["cohort"] != "this_year"]}
    ),
    "no sessions": lambda tables: programme(tables, []),
    "nothing at all": lambda tables: {
        **tables,
        **{name: tables[name][:0] for name in ("visitors", "attendance", "sessions", "embeddings", "capacity")},
    },
}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", CASES)
def test_agendas_hold_whatever_comes(name: str, strategy: str) -> None:
    tables = CASES[name](show())
    made(tables, strategy=strategy)
    limited = made(tables, strategy=strategy, **LIMITS)
    pd.testing.assert_frame_equal(limited.table, made(tables, strategy=strategy, **LIMITS).table)


def test_without_history_everybody_gets_an_agenda_by_answers_or_by_the_programme() -> None:
    tables = no_history(show())
    assert made(tables).without.empty
    assert set(made(tables).table["strategy"]) <= {"popularity", "streams", "similar_visitors"}
    nothing_known = made(no_survey(tables)).table
    assert nothing_known["badge_id"].nunique() == 30
    agendas = nothing_known.groupby("badge_id")["session_id"].agg(tuple)
    assert len(set(agendas)) == 1, "of people of whom nothing is known"


def test_without_a_survey_history_still_speaks() -> None:
    tables = no_survey(show())
    table = made(tables).table
    returning = tables["visitors"].loc[tables["visitors"]["assist_year_before"].eq(1), "badge_id"]
    assert "own_history" in set(table.loc[table["badge_id"].isin(returning), "strategy"])
    assert table["badge_id"].nunique() == 30


def test_one_session_is_everybodys() -> None:
    result = made(one_session(show()))
    assert result.table["session_id"].tolist() == ["only"] * 30
    assert result.table["rank"].tolist() == [1] * 30


def test_of_sessions_at_one_time_everybody_gets_one_and_it_is_the_best() -> None:
    tables = all_at_once(show())
    table = made(tables).table
    assert table["badge_id"].is_unique
    assert len(table) == 30
    stream = table["session_id"].map(tables["sessions"].set_index("session_id")["stream"])
    assert (stream == table["badge_id"].map(tables["likes"])).mean() > 0.9


def test_one_seat_each_is_given_once_and_all_are_given() -> None:
    tables = show()
    tables["capacity"] = tables["capacity"].assign(seats=1)
    result = made(tables, theatre_capacity_limits={"enabled": True})
    assert sorted(result.table["session_id"]) == sorted(here(tables)["session_id"])
    assert len(result.without) >= 18
    assert len(set(result.without["reason"])) == 1


@pytest.mark.parametrize("seats", [3, 5])
def test_identical_visitors_share_the_seats(seats: int) -> None:
    tables = identical_visitors(show())
    assert len(set(made(tables).table.groupby("badge_id")["session_id"].agg(tuple))) == 1
    tables["capacity"] = tables["capacity"].assign(seats=seats)
    limited = made(tables, theatre_capacity_limits={"enabled": True}).table
    assert (limited["session_id"].value_counts() == seats).all()
    assert limited["session_id"].nunique() == 12


def test_scans_count_once_for_each_session_attended() -> None:
    plain, often = (made(many_scans(show(), scans=scans)).table for scans in (300, 300_000))
    pd.testing.assert_frame_equal(plain, often)
    tables = show()
    twice = tables | {"attendance": pd.concat([tables["attendance"]] * 3, ignore_index=True)}
    pd.testing.assert_frame_equal(made(tables).table, made(twice).table)


def test_vectors_that_are_no_numbers_count_as_none() -> None:
    tables = show()
    without = made(tables | {"embeddings": SESSION_EMBEDDINGS.empty()}).table
    for value in (np.nan, np.inf):
        pd.testing.assert_frame_equal(made(vectors(tables, np.full(8, value, dtype=np.float32))).table, without)


def test_sessions_without_times_fill_agendas_and_are_counted() -> None:
    tables = sessions_of(show(), starts_at=pd.NaT, ends_at=pd.NaT)
    result = made(tables, max_recommendations=5)
    assert (result.table.groupby("badge_id").size() == 5).all()
    assert result.statistics["sessions_without_time"] == 12


def test_a_session_longer_than_a_day_takes_all_its_days() -> None:
    tables = longer_than_a_day(show())
    table = made(tables).table
    long = ~table["session_id"].str.endswith("3")
    assert (table[long].groupby("badge_id").size() == 1).all(), "the long ones overlap each other"


def test_a_talk_of_many_slots_stands_once() -> None:
    table = made(sessions_of(show(), content_group="talk")).table
    assert table["badge_id"].is_unique
    assert len(table) == 30


def test_nobody_and_nothing() -> None:
    assert made(CASES["no visitors"](show())).table.empty
    empty = made(programme(show(), []))
    assert empty.table.empty
    assert set(empty.without["reason"]) == {"no session this year"}
    assert made(CASES["nothing at all"](show())).table.empty
