"""The plumbing of `make quality`: metrics, intervals, truncated histories, and that nothing judged can be seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas.config import Recommendations
from pa_assets.agendas.config_files import load_event
from pa_assets.agendas.demo.meetup import import_meetup
from pa_assets.agendas.demo.real_events import meetup_config
from pa_assets_tests.agendas.core import recommend_shows
from pa_assets_tests.agendas.demo.test_meetup import write_meetup
from pa_assets_tests.benchmarks.quality import cold, engine, metrics, references, shows

NAMES = ("ndcg@10", "recall@5")
GRADES = np.array([[3, 0, 2, 0, 0, 1], [0, 0, 0, 0, 0, 1]])


@pytest.fixture
def show(tmp_path: Path) -> shows.Show:
    """A small show a year apart from its past; everybody wants the sessions of one topic."""
    tables = recommend_shows.show()
    sessions, likes = tables["sessions"].copy(), tables["likes"]
    past = sessions["cohort"].ne("this_year")
    for column in ("starts_at", "ends_at"):
        sessions.loc[past, column] -= pd.Timedelta(days=364)
    programme = sessions.loc[~past, ["session_id", "stream"]]
    wanted = pd.DataFrame({"badge_id": list(likes), "stream": list(likes.values())}).merge(programme, on="stream")
    (tmp_path / "small.yaml").write_text(meetup_config(), "utf-8")
    own = {
        "event": tables["event"],
        "people": tables["people"],
        "recommendations": Recommendations(similarity_attributes={"What do you treat?": 1.0}),
    }
    return shows.Show(
        name="small",
        config=load_event(tmp_path / "small.yaml").model_copy(update=own),
        visitors=tables["visitors"],
        attendance=tables["attendance"],
        sessions=sessions,
        embeddings=tables["embeddings"],
        job_streams=tables["job_streams"],
        specialisation_streams=tables["specialisation_streams"],
        seats=tables["capacity"],
        wanted=wanted[["badge_id", "session_id"]].assign(grade=1),
    )


def test_a_perfect_ranking_is_one():
    found = metrics.by_visitor(GRADES + 1.0, GRADES, NAMES)
    assert found["ndcg@10"].tolist() == [1.0, 1.0]
    assert found["recall@5"].tolist() == [1.0, 1.0]


def test_a_reversed_ranking_is_what_the_formula_says():
    found = metrics.by_visitor(10.0 - GRADES, GRADES, NAMES)
    places = np.log2(np.arange(2, 8))
    ideal = 3 / places[0] + 2 / places[1] + 1 / places[2]
    assert found["ndcg@10"][0] == pytest.approx((1 / places[3] + 2 / places[4] + 3 / places[5]) / ideal)
    assert found["ndcg@10"][1] == pytest.approx(1 / places[5])
    assert found["recall@5"].tolist() == [pytest.approx(2 / 3), 0.0]


def test_what_is_not_recommended_counts_for_nothing():
    scores = np.array([[0.0, 0.0, 0.0, 0.0, 0.9, 0.0], [0.0] * 6])
    found = metrics.by_visitor(scores, GRADES, NAMES)
    assert found["ndcg@10"].tolist() == [0.0, 0.0]
    assert found["recall@5"].tolist() == [0.0, 0.0]


def test_an_interval_holds_the_mean_and_is_the_same_each_time():
    values = np.random.default_rng(0).random(200)
    found = metrics.mean(values)
    assert found.low < found.value < found.high
    assert found == metrics.mean(values)
    assert found.high - found.low == pytest.approx(4 * values.std() / np.sqrt(200), rel=0.15)


def test_variety_of_lists_that_are_all_alike_and_all_different():
    programme = pd.DataFrame({"session_id": list("abcd"), "stream": ["One", "One; Two", "Two", "Two"]})
    alike = pd.DataFrame({"badge_id": ["v1", "v2"], "session_id": ["a", "a"]})
    assert metrics.variety(alike, programme, 4) == metrics.Variety(0.5, 0.25, 0.0, 1.0, 1.0)
    different = pd.DataFrame({"badge_id": ["v1", "v2"], "session_id": ["a", "c"]})
    assert metrics.variety(different, programme, 2) == metrics.Variety(0.5, 0.5, 1.0, 1.0, 1.0)


def test_the_ranking_is_of_the_whole_programme_and_the_engine_beats_chance(show):
    badges = show.judged(with_history=True)
    grades = show.grades(badges)
    scores = engine.ranking(show, show.settings, badges)
    assert scores.shape == grades.shape == (10, 12)
    ours = metrics.by_visitor(scores, grades)["ndcg@10"].mean()
    assert ours > metrics.by_visitor(references.ranked(show.of(badges).inputs(), "random"), grades)["ndcg@10"].mean()


def test_who_else_registered_changes_no_ranking(show):
    badges = show.judged(with_history=True)
    np.testing.assert_array_equal(
        engine.ranking(show, show.settings, badges)[:3], engine.ranking(show, show.settings, badges[:3])
    )


def test_a_signal_that_is_alone_leaves_the_others_nothing(show):
    weights = engine.alone(show.settings, "streams").weights.model_dump()
    assert {name for name, value in weights.items() if value and name != "learned"} == {"streams"}
    assert engine.without(show.settings, "streams").weights.streams == 0.0


def test_a_truncated_history_is_part_of_a_longer_one_and_nobody_else_loses_theirs(show):
    badges = show.judged(with_history=True)[:4]
    before = show.history()
    left = {most: cold.truncated(show, badges, most) for most in (0, 1, 3)}
    for most, shorter in left.items():
        assert shorter.history()[badges].equals(before[badges].clip(upper=most))
        assert shorter.history().drop(badges).equals(before.drop(badges))
    assert set(left[1].attendance.index) <= set(left[3].attendance.index)


def test_a_whole_history_ranks_as_ever(show):
    badges = show.judged(with_history=True)
    np.testing.assert_array_equal(
        cold.cold_ranking(show, show.settings, badges, 100), engine.ranking(show, show.settings, badges)
    )


def test_a_show_whose_past_tells_its_future_is_refused(show):
    shows.refuse_leaks(show)
    known = show.attendance.iloc[:1]
    later = known.assign(session_id=show.programme["session_id"].iloc[0])
    for leaking in (known.assign(cohort="this_year"), later):
        with pytest.raises(shows.LeakError):
            shows.refuse_leaks(replace(show, attendance=pd.concat([show.attendance, leaking])))
    moved = show.sessions.assign(starts_at=show.sessions["starts_at"].max())
    with pytest.raises(shows.LeakError):
        shows.refuse_leaks(replace(show, sessions=moved))


def test_no_later_choice_of_the_meetups_lands(tmp_path: Path):
    write_meetup(tmp_path / "source")
    made = import_meetup(tmp_path / "source", tmp_path / "landing", tmp_path / "truth")
    later = pd.read_csv(tmp_path / "truth" / "this_year_attendance.csv", dtype=str)
    scans = pd.concat([pd.read_csv(path, dtype=str) for path in made.files if path.name.startswith("seminar_scans")])
    assert len(later)
    assert len(scans)
    assert not set(scans["Short Name"]) & set(later["session_id"])
