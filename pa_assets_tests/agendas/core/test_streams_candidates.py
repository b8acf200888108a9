import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pa_assets.agendas.core.streams.candidates import TheatreStreams, candidate_sets
from pa_assets.agendas.core.streams.rules import Spelling
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN
from pa_assets_tests.agendas.core.programme import session, table

NAMES = tuple(f"s{number:02}" for number in range(10))


def theatres(*rows):
    return TheatreStreams(table(*rows), Spelling(NAMES, {}))


def sets(asked, ranked, held=None, most=4):
    return candidate_sets(table(*asked), NAMES, np.array(ranked), held or theatres(), most)


def test_a_catalogue_that_fits_the_cap_is_one_set_for_all():
    asked = [session("a", "A", theatre="Hall"), session("b", "B")]
    found = sets(asked, [list(range(10)), list(range(9, -1, -1))], most=10)
    assert found == [NAMES, NAMES]


def test_the_likeliest_stay_never_the_first_by_alphabet():
    (found,) = sets([session("a", "A")], [list(range(9, -1, -1))])
    assert found == ("s06", "s07", "s08", "s09")


def test_the_theatres_streams_go_first_this_years_before_other_shows():
    held = theatres(
        session("x", "X", stream="s00; s01", theatre="Hall"),
        session("y", "Y", stream="s02; s03", theatre="hall ", cohort=LAST_YEAR_MAIN),
        session("z", "Z", stream="s04", theatre="Other"),
    )
    ranked = [[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]
    assert sets([session("a", "A", theatre="HALL")], ranked, held) == [("s00", "s01", "s02", "s03")]
    assert sets([session("a", "A", theatre="HALL")], ranked, held, most=3) == [("s00", "s01", "s03")]
    assert sets([session("a", "A")], ranked, held) == [("s06", "s07", "s08", "s09")]


def test_sessions_share_a_set_that_holds_what_they_need():
    asked = [session("a", "A"), session("b", "B"), session("c", "C")]
    ranked = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 2, 9, 8, 0, 1, 4, 5, 6, 7], [9, 0, 1, 2, 3, 4, 5, 6, 7, 8]]
    first, second, third = sets(asked, ranked)
    assert first == second == ("s00", "s01", "s02", "s03")
    assert third == ("s00", "s01", "s02", "s09")


@given(st.lists(st.permutations(range(10)), min_size=1, max_size=20), st.integers(2, 12))
def test_each_session_sees_its_best_and_no_more_than_the_cap(ranked, most):
    found = sets([session(f"q{row:02}", "T") for row in range(len(ranked))], ranked, most=most)
    for names, order in zip(found, ranked, strict=True):
        assert len(names) == min(most, 10)
        assert {NAMES[column] for column in order[: -(-most // 3)]} <= set(names)
        assert list(names) == sorted(set(names))


def test_a_question_tells_the_few_streams_of_a_theatre():
    held = theatres(
        session("x", "X", stream="s01; s00", theatre="Hall"),
        session("y", "Y", stream="s05", theatre="Hall", cohort=LAST_YEAR_MAIN),
        session("z", "Z", stream="; ".join(NAMES), theatre="Plenum"),
    )
    assert held.told("Hall", "this_year") == "Hall (other sessions there: s00; s01)"
    assert held.told("Hall", "last_year_secondary") == "Hall (other sessions there: s00; s01; s05)"
    assert held.told("Plenum", "this_year") == "Plenum"
    assert held.told("Nowhere", "this_year") == "Nowhere"
    assert held.told("", "this_year") == ""
