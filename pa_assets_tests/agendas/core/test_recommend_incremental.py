"""Who keeps the agenda of the run before: nobody changes for another's sake."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import incremental as module
from pa_assets.agendas.core.recommend.capacity import UNLIMITED, Places
from pa_assets.agendas.core.recommend.incremental import (
    Incremental,
    Previous,
    fingerprints,
    run_fingerprint,
    session_hashes,
)
from pa_assets.agendas.core.recommend.inputs import Flags, Inputs
from pa_assets.agendas.core.tables import RECOMMENDATIONS, VISITORS
from pa_assets_tests.agendas.core.recommend_shows import run as run_show
from pa_assets_tests.agendas.core.recommend_shows import session, sessions_table, show, visitor

SESSIONS = [session(name, f"{9 + place}:00", theatre__name=f"Hall {name}") for place, name in enumerate("abcdef")]
VALUES = np.random.default_rng(3).integers(0, 1_000_001, (5, 6)).astype(np.int32)
BADGES = ["v0", "v1", "v2", "v3", "v4"]


def inputs_of(badges: list[str], rows: list[dict[str, Any]]) -> Inputs:
    sessions = sessions_table(rows).sort_values("session_id").reset_index(drop=True)
    return SimpleNamespace(visitors=pd.DataFrame({"badge_id": badges}), sessions=sessions)  # type: ignore[return-value]


def table_of(pairs: dict[str, str], group: str = "") -> pd.DataFrame:
    rows = [
        {"badge_id": badge, "session_id": name, "rank": place + 1, "score": 0.9 - place / 10, "strategy": "streams",
         "reasons": [f"because of {name}"], "control_group": badge in group}
        for badge, names in pairs.items()
        for place, name in enumerate(names)
    ]  # fmt: skip
    return RECOMMENDATIONS.conform(pd.DataFrame(rows))


AGENDAS = {"v0": "ba", "v1": "cde", "v2": "f", "v3": "ad"}


def first_run(badges: list[str] = BADGES, values: Any = VALUES, rows: list[dict[str, Any]] = SESSIONS) -> Previous:
    run = Incremental(Previous(), inputs_of(badges, rows), "run")
    assert not run.stays(np.arange(len(badges)), values).any()
    return Previous(table_of(AGENDAS, "v1"), run.state(), "run")


def second_run(
    previous: Previous, values: Any = VALUES, rows: list[dict[str, Any]] = SESSIONS, run: str = "run", **more: Any
) -> tuple[Incremental, dict[str, bool]]:
    badges = more.pop("badges", BADGES)
    result = Incremental(previous, inputs_of(badges, rows), run, **more)
    flags = np.concatenate([[], *[result.stays(np.array([row]), values[[row]]) for row in range(len(badges))]]).astype(
        bool
    )
    return result, dict(zip(badges, flags.tolist(), strict=True))


def staying(flags: dict[str, bool]) -> set[str]:
    return {badge for badge, stays in flags.items() if stays}


def test_unchanged_agendas_stay_byte_for_byte() -> None:
    previous = first_run()
    run, flags = second_run(previous)
    assert staying(flags) == set(AGENDAS), "who had none is looked at again"
    assert previous.table is not None and previous.state is not None
    pd.testing.assert_frame_equal(run.rows(), previous.table)
    pd.testing.assert_frame_equal(run.state(), previous.state)
    kept = run.kept()
    assert kept.visitor.tolist() == [0, 0, 1, 1, 1, 2, 3, 3]
    assert kept.session.tolist() == [1, 0, 2, 3, 4, 5, 0, 3]
    assert kept.score.tolist() == [900_000, 800_000, 900_000, 800_000, 700_000, 900_000, 900_000, 800_000]
    assert set(run.causes()) == {""}
    assert run.statistics() == {
        "run": "run",
        "visitors": 4,
        "sessions": 8,
        "made_anew": 0,
        "all_made_anew_because": "",
        "rebuilt_because_of_clashes": 0,
        "rebuilt_because_of_places": 0,
    }


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_happens_to_others_changes_nobody(data: st.DataObject) -> None:
    """Visitors come, go and change; sessions that a visitor cannot get come; rows come in any order."""
    previous = first_run()
    changed = data.draw(st.sets(st.sampled_from(range(5))))
    gone = data.draw(st.sets(st.sampled_from(range(5))))
    values = VALUES.copy()
    for row in changed:
        column = data.draw(st.integers(0, 5))
        values[row, column] = (values[row, column] + data.draw(st.integers(1, 1_000_000))) % 1_000_001
    badges = [badge for place, badge in enumerate(BADGES) if place not in gone]
    values = values[[place for place in range(5) if place not in gone]]
    for badge in data.draw(st.sets(st.sampled_from(["a", "v00", "v25", "z"]))):
        place = int(np.searchsorted(badges, badge))
        badges.insert(place, badge)
        values = np.insert(values, place, 500_000, axis=0)
    rows = list(SESSIONS)
    for name in data.draw(st.sets(st.sampled_from(["0new", "cc", "zz"]))):
        rows.append(session(name, "09:30"))
    columns = np.argsort(np.argsort([row["session_id"] for row in rows], kind="stable"), kind="stable")
    wide = np.zeros((len(badges), len(rows)), dtype=np.int32)
    wide[:, columns[:6]] = values
    assert previous.table is not None and previous.state is not None
    shuffled = Previous(
        previous.table.sample(frac=1, random_state=data.draw(st.integers(0, 99))),
        previous.state.sample(frac=1, random_state=data.draw(st.integers(0, 99))),
        "run",
    )
    run, flags = second_run(shuffled, wide, rows, badges=badges)
    same = {badge for place, badge in enumerate(BADGES) if place not in changed | gone} & set(AGENDAS)
    assert staying(flags) == same
    expected = previous.table[previous.table["badge_id"].isin(same)].reset_index(drop=True)
    pd.testing.assert_frame_equal(run.rows(), expected)


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": pd.Timestamp("2025-11-20 16:00"), "ends_at": pd.Timestamp("2025-11-20 16:30")},
        {"ends_at": pd.Timestamp("2025-11-20 12:45")},
        {"theatre__name": "Hall b"},
        {"content_group": "talka"},
        {"stream": "Equine"},
    ],
)
def test_a_session_that_changed_is_new_for_all_who_could_get_it(change: dict[str, Any]) -> None:
    values = VALUES.copy()
    values[2, 3] = 0
    previous = first_run(values=values)
    rows = [row | change if row["session_id"] == "d" else row for row in SESSIONS]
    run, flags = second_run(previous, values, rows)
    assert staying(flags) == {"v2"}
    assert run.causes().to_dict() == dict.fromkeys(BADGES, "") | dict.fromkeys(
        ["v0", "v1", "v3"], module.VISITOR_CHANGED
    )


def test_a_session_that_left_is_missed_by_all_who_could_get_it() -> None:
    values = VALUES.copy()
    values[0, 5] = 0
    previous = first_run(values=values)
    _, flags = second_run(previous, values[:, :5], SESSIONS[:5])
    assert staying(flags) == {"v0"}


@pytest.mark.parametrize(
    ("previous", "why"),
    [
        (Previous(), module.FIRST_RUN),
        (Previous(table_of(AGENDAS).drop(columns="reasons"), None, "run"), module.FIRST_RUN),
        (Previous(table_of(AGENDAS), None, "run"), module.NO_FINGERPRINTS),
        (Previous(table_of(AGENDAS), pd.DataFrame({"badge": ["v0"]}), "run"), module.NO_FINGERPRINTS),
        (Previous(table_of(AGENDAS), first_run().state, "another"), module.OTHER_RUN),
        (Previous(table_of(AGENDAS), first_run().state), module.OTHER_RUN),
    ],
)
def test_all_is_made_anew_where_the_run_before_does_not_fit(previous: Previous, why: str) -> None:
    run, flags = second_run(previous)
    assert not staying(flags)
    assert run.statistics()["all_made_anew_because"] == why
    assert run.rows().empty and list(run.rows().columns) == RECOMMENDATIONS.names
    assert len(run.state()) == 5


def test_a_booking_makes_its_visitor_new() -> None:
    previous = first_run()
    booked = pd.DataFrame(
        {
            "badge_id": ["v1", "unknown"],
            "session_id": ["", "a"],
            "starts_at": pd.to_datetime(["2025-11-20 20:00"] * 2),
            "ends_at": pd.to_datetime(["2025-11-20 21:00"] * 2),
        }
    )
    run, flags = second_run(previous, booked=booked)
    assert staying(flags) == {"v0", "v2", "v3"}
    again, same = second_run(Previous(previous.table, run.state(), "run"), booked=booked[::-1].reset_index(drop=True))
    assert staying(same) == set(AGENDAS)
    assert again.statistics()["made_anew"] == 0


def places_of(in_session: dict[str, int] | None = None, in_slot: int = 9, slot: str = "") -> Places:
    """Places by session and of one slot that some sessions share."""
    limited = np.array([(in_session or {}).get(name, UNLIMITED) for name in "abcdef"])
    shared = np.array([0 if name in slot else -1 for name in "abcdef"])
    return Places(shared, np.array([in_slot]), limited)


@pytest.mark.parametrize(
    "places", [places_of({"a": 1}), places_of(slot="a", in_slot=1), places_of({"a": 1}, slot="f", in_slot=1)]
)
def test_where_places_are_fewer_those_whom_a_session_fits_least_lose_it(places: Places) -> None:
    run, flags = second_run(first_run(), places=places)
    assert staying(flags) == {"v1", "v2", "v3"}, "session a fits v3 (0.9) better than v0 (0.8)"
    assert run.causes()["v0"] == module.NO_PLACE
    assert run.statistics()["rebuilt_because_of_places"] == 1


def test_sessions_of_one_slot_share_its_places() -> None:
    previous = first_run()
    assert staying(second_run(previous, places=places_of(slot="ab", in_slot=3))[1]) == set(AGENDAS)
    assert staying(second_run(previous, places=places_of(slot="cf", in_slot=1))[1]) >= {"v0", "v3"}
    assert len(staying(second_run(previous, places=places_of(slot="cf", in_slot=1))[1])) == 3
    assert staying(second_run(previous, places=places_of({"a": 2}))[1]) == set(AGENDAS)


def test_sent_agendas_stay_whatever_changed() -> None:
    previous = Previous(table_of(AGENDAS, "v1"))
    none = Places(np.zeros(5, dtype=np.int64), np.zeros(1, dtype=np.int64), np.zeros(5, dtype=np.int64))
    run, flags = second_run(previous, VALUES[:, :5] // 2, SESSIONS[:5], run="another", sent=True, places=none)
    assert staying(flags) == {"v0", "v1", "v3"}, "the only session of v2 left the programme"
    assert run.statistics()["visitors"] == 3
    rows = run.rows()
    assert rows.groupby("badge_id")["control_group"].first().to_dict() == {"v0": False, "v1": True, "v3": False}
    fewer = Previous(table_of({"v1": "fcde"}))
    rows = second_run(fewer, VALUES[:, :5], SESSIONS[:5], sent=True)[0].rows()
    assert rows["session_id"].tolist() == ["c", "d", "e"]
    assert rows["rank"].tolist() == [1, 2, 3], "ranks close up"


def test_sent_agendas_that_came_to_clash_are_made_anew() -> None:
    previous = Previous(table_of(AGENDAS))
    at_ten = {"starts_at": pd.Timestamp("2025-11-20 12:20"), "ends_at": pd.Timestamp("2025-11-20 12:50")}
    moved = [row | at_ten if row["session_id"] == "e" else row for row in SESSIONS]
    run, flags = second_run(previous, rows=moved, sent=True)
    assert staying(flags) == {"v0", "v2", "v3"}
    assert run.causes()["v1"] == module.CLASHED
    assert run.statistics()["rebuilt_because_of_clashes"] == 1
    assert staying(second_run(previous, sent=True, travel_minutes=31)[1]) == {"v2", "v3"}
    assert staying(second_run(previous, sent=True, travel_minutes=30)[1]) == set(AGENDAS)
    booked = pd.DataFrame(
        {
            "badge_id": ["v0", "v2", "v3"],
            "session_id": ["", "f", ""],
            "starts_at": pd.to_datetime(["2025-11-20 10:10", None, "2025-11-20 09:30"]),
            "ends_at": pd.to_datetime(["2025-11-20 10:20", None, "2025-11-20 10:20"]),
        }
    )
    assert staying(second_run(previous, sent=True, booked=booked)[1]) == {"v1", "v3"}


def test_other_tables_of_those_who_stay() -> None:
    values = VALUES.copy()
    values[1] = 7
    run, _ = second_run(first_run(), values)
    frame = pd.DataFrame({"badge_id": ["v3", "v1", "v0", "v0", "gone"], "place": range(5)})
    assert run.of_kept(frame)["place"].tolist() == [0, 2, 3]
    others = pd.DataFrame({"badge_id": "v0", "session_id": ["a", "gone", "b"], "alternative_id": ["b", "c", "gone"]})
    assert run.of_kept(others)["session_id"].tolist() == ["a"]
    assert set(run.candidates().visitor.tolist()) == {0, 1, 2, 3}
    assert set(run.kept().visitor.tolist()) == {0, 2, 3}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 5), st.integers(1, 1_000_000), st.permutations(range(6)))
def test_fingerprints(column: int, more: int, order: list[int]) -> None:
    hashes = session_hashes(sessions_table(SESSIONS))
    prints = fingerprints(VALUES, hashes)
    assert (fingerprints(VALUES[:, order], hashes[order]) == prints).all()
    other = VALUES.copy()
    other[:, column] = (other[:, column] + more) % 1_000_001
    different: Flags = fingerprints(other, hashes) != prints
    assert different.all()
    assert len(set(hashes.tolist())) == 6 and (hashes % 2 == 1).all()


def test_fingerprint_of_the_run() -> None:
    seats = pd.DataFrame({"theatre": ["A", "B"], "seats": [10, 20]})

    def of(**values: Any) -> str:
        limit = {"enabled": values.pop("enabled", True)}
        rows = values.pop("rows", seats)
        show = values.pop("show", "vet")
        made = config.Recommendations.model_validate({"theatre_capacity_limits": limit} | values)
        return run_fingerprint(made, rows, show)

    assert of() == of(rows=seats[::-1])
    different = [of(), of(rows=seats.assign(seats=[10, 19])), of(rows=None), of(show="ecomm"), of(language="de"),
                 of(max_recommendations=9), of(stream_diversity=0.1), of(enabled=False)]  # fmt: skip
    assert len(set(different)) == len(different)
    assert of(enabled=False) == of(enabled=False, rows=seats.head(1))


LIMITED = {
    "theatre_capacity_limits": {"enabled": True},
    "control_group": {"enabled": True, "percentage": 30, "stratify_by": ["job_role"]},
    "max_recommendations": 3,
}


def test_a_run_that_finds_everything_as_it_was_leaves_everything_as_it_was() -> None:
    tables = show(visitors=24, capacity=6)
    first = run_show(tables, **LIMITED)
    second = run_show(tables | {"previous": first}, **LIMITED)
    for name in ("table", "without", "alternatives", "removed", "changes", "state", "programme"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    assert first.statistics == second.statistics


@pytest.mark.parametrize("what", ["one more", "one less", "one changed"])
def test_what_one_visitor_does_changes_nobody_else(what: str) -> None:
    tables = show(visitors=24, capacity=7)
    first = run_show(tables, **LIMITED)
    visitors = tables["visitors"]
    one = "a-new-one" if what == "one more" else "v011"
    if what == "one more":
        visitors = pd.concat([visitors, pd.DataFrame([visitor(one, what_do_you_treat=["EQUINE"])])], ignore_index=True)
    elif what == "one less":
        visitors = visitors[visitors["badge_id"].ne(one)]
    else:
        answers = [
            ["Nursing", "Feline"] if badge == one else given
            for badge, given in zip(visitors["badge_id"], visitors["what_do_you_treat"], strict=True)
        ]
        visitors = visitors.assign(what_do_you_treat=answers)
    second = run_show(tables | {"visitors": VISITORS.conform(visitors), "previous": first}, **LIMITED)
    for name in ("table", "alternatives", "state"):
        before, now = (getattr(result, name) for result in (first, second))
        pd.testing.assert_frame_equal(
            before[before["badge_id"].ne(one)].reset_index(drop=True),
            now[now["badge_id"].ne(one)].reset_index(drop=True),
        )
    assert set(second.changes["badge_id"]) <= {one}
    assert (what == "one more") == (second.changes["change"].tolist() == ["new"])
    assert (what == "one less") == (second.changes["change"].tolist() == ["gone"])
    assert len(second.changes)
