"""The checker on agendas made by hand: nothing wrong with sound ones, and of each corruption exactly its kind told."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import RUN, RecommendationResult, check
from pa_assets.agendas.core.recommend.check import clashes, faults
from pa_assets.agendas.core.tables import RECOMMENDATIONS, VISITORS
from pa_assets_tests.agendas.core.recommend_shows import run, session, sessions_table, show, visitor

SECOND_DAY = pd.Timedelta(days=1)


def on_second_day(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"starts_at": row["starts_at"] + SECOND_DAY, "ends_at": row["ends_at"] + SECOND_DAY}


PROGRAMME = sessions_table(
    [
        session("a1", "9:00", theatre__name="Arena"),
        session("b1", "9:00", theatre__name="Barn"),
        session("a2", "9:30", theatre__name=" arena "),
        session("b2", "9:40", theatre__name="Barn"),
        session("a3", "10:20", theatre__name="Arena"),
        session("a4", "11:00", theatre__name="Arena", content_group="talka1"),
        session("noon", "12:00", 90, theatre__name="Barn"),
        session("late", "12:30", 75, theatre__name="Nowhere"),
        session("none", ""),
        session("excluded", "15:00"),
        session("pinned", "16:00"),
        on_second_day(session("c1", "10:00", theatre__name="Arena")),
        on_second_day(session("c2", "10:00", theatre__name="Barn")),
        on_second_day(session("c3", "12:00", theatre__name="Barn")),
        session("old", "9:00", cohort="last_year_main"),
    ]
)
SETTINGS = config.Recommendations.model_validate(
    {
        "max_recommendations": 5,
        "max_per_day": 4,
        "travel_minutes": 10,
        "breaks": [{"earliest": "12:00", "latest": "14:00", "minutes": 30}],
        "excluded_sessions": ["excluded"],
        "pinned_sessions": ["pinned"],
        "theatre_capacity_limits": {"enabled": True, "capacity_multiplier": 1.5},
        "max_share_per_session": 0.75,
        "returning_without_history": {"enabled": True, "similarity_exponent": 2.0},
    }
)
AGENDAS = {
    "v1": ["a1", "a2", "a3", "pinned", "c1"],
    "v2": ["b1", "b2", "a3", "pinned", "c2"],
    "v3": ["a1", "b2", "noon", "pinned", "c2"],
    "v4": ["a4", "late", "none", "c1"],
}
SEATS = pd.DataFrame({"theatre": ["ARENA", "barn"], "seats": [2, 5]})
BOOKINGS = pd.DataFrame(
    [
        ("v4", "b1", pd.Timestamp("2025-11-20 09:00"), pd.Timestamp("2025-11-20 09:30")),
        ("v4", "", pd.Timestamp("2025-11-20 16:10"), pd.Timestamp("2025-11-20 17:00")),
        ("v5", "a1", pd.Timestamp("2025-11-20 09:00"), pd.Timestamp("2025-11-20 09:30")),
        ("stranger", "c1", pd.Timestamp("2025-11-21 10:00"), pd.Timestamp("2025-11-21 10:30")),
    ],
    columns=["badge_id", "session_id", "starts_at", "ends_at"],
)
PEOPLE = VISITORS.conform(
    pd.DataFrame(
        [visitor(f"v{number}", assist_year_before=int(number == 3)) for number in range(1, 6)]
        + [visitor("p1", "last_year_main")]
    ).drop(columns=["what_do_you_treat", "what_did_you_treat"])
)


def table(agendas: dict[str, list[str]]) -> pd.DataFrame:
    rows = [
        {
            "badge_id": badge,
            "session_id": one,
            "rank": rank,
            "score": 0.9 - rank / 10,
            "strategy": "streams",
            "reasons": ["because"],
            "control_group": badge == "v2",
        }
        for badge, agenda in agendas.items()
        for rank, one in enumerate(agenda, start=1)
    ]
    return RECOMMENDATIONS.conform(pd.DataFrame(rows))


SOUND = table(AGENDAS)


def found(agendas: pd.DataFrame = SOUND, programme: pd.DataFrame = PROGRAMME, **given: Any) -> pd.DataFrame:
    tables = {"visitors": PEOPLE, "seats": SEATS, "bookings": BOOKINGS} | given
    rules = tables.pop("settings", SETTINGS)
    return faults(agendas, programme, rules, **tables)


def told(faulty: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(faulty[["kind", "badge_id", "session_id"]].itertuples(index=False, name=None))


def with_agenda(badge: str, agenda: list[str]) -> pd.DataFrame:
    return table(AGENDAS | {badge: agenda})


def changed(badge: str, one: str, **values: Any) -> pd.DataFrame:
    row = SOUND["badge_id"].eq(badge) & SOUND["session_id"].eq(one)
    frame = SOUND.copy()
    for name, value in values.items():
        frame[name] = pd.Series([value if here else old for here, old in zip(row, frame[name], strict=True)])
    return frame


def with_settings(**values: Any) -> config.Recommendations:
    return config.Recommendations.model_validate(SETTINGS.model_dump() | values)


def test_sound_agendas_have_no_fault() -> None:
    assert told(found()) == []
    assert list(found().columns) == list(check.COLUMNS)
    assert told(faults(SOUND, PROGRAMME, NO_PINS)) == []
    assert told(found(settings=with_settings(max_share_per_session=0.5))) == [], "pinned for everybody"
    assert told(found(RECOMMENDATIONS.empty())) == []
    assert told(found(RECOMMENDATIONS.empty(), PROGRAMME[:0], visitors=PEOPLE[:0], bookings=BOOKINGS[:0])) == []


NO_PINS = with_settings(pinned_sessions=[])
LONG_LUNCH = with_settings(pinned_sessions=[], breaks=[{"earliest": "12:00", "latest": "14:00", "minutes": 31}])
RUNNING_OVER = PROGRAMME.assign(
    ends_at=PROGRAMME["ends_at"].where(PROGRAMME["session_id"] != "a1", pd.Timestamp("2025-11-20 09:31"))
)

Told = list[tuple[str, str, str]]
CORRUPTIONS: dict[str, tuple[pd.DataFrame, dict[str, Any], Told]] = {
    "two at once": (with_agenda("v1", ["a1", "b1", "a3"]), {"settings": NO_PINS}, [(check.TIME, "v1", "a1")]),
    "one runs into the next": (
        SOUND,
        {"programme": RUNNING_OVER},
        [(check.TRAVEL, "v3", "a1"), (check.TIME, "v1", "a1")],
    ),
    "too little time to walk": (with_agenda("v2", ["b1", "a2"]), {"settings": NO_PINS}, [(check.TRAVEL, "v2", "b1")]),
    "too many": (
        SOUND,
        {"settings": with_settings(max_recommendations=4, pinned_sessions=[])},
        [(check.MOST, badge, "") for badge in ("v1", "v2", "v3")],
    ),
    "too many on a day": (with_agenda("v1", ["a1", "a2", "a3", "late", "pinned"]), {}, [(check.DAY, "v1", "")]),
    "no time for lunch": (
        with_agenda("v1", ["noon", "c1"]),
        {"settings": LONG_LUNCH},
        [(check.REST, badge, "") for badge in ("v1", "v3", "v4")],
    ),
    "more than the seats": (with_agenda("v2", ["a1", "pinned"]), {}, [(check.SEATS, "", "a1")]),
    "no seat at all": (
        SOUND,
        {"seats": SEATS.assign(seats=[2, 0])},
        [(check.SEATS, "", one) for one in ("b1", "b2", "c2", "noon")],
    ),
    "more than the share": (
        SOUND,
        {"settings": with_settings(max_share_per_session=0.5, pinned_sessions=[])},
        [(check.SHARE, "", "pinned")],
    ),
    "excluded": (with_agenda("v2", ["b1", "pinned", "excluded"]), {}, [(check.EXCLUDED, "v2", "excluded")]),
    "at a booked time": (
        with_agenda("v4", ["pinned", "c1"]),
        {"settings": with_settings(max_share_per_session=1)},
        [(check.BOOKED, "v4", "pinned")],
    ),
    "next to a booked session": (with_agenda("v4", ["a2", "c1"]), {}, [(check.BOOKED, "v4", "a2")]),
    "the booked session": (with_agenda("v4", ["b1", "c1"]), {}, [(check.AGAIN, "v4", "b1")]),
    "another slot of the booked talk": (
        with_agenda("v4", ["a4", "c1"]),
        {"bookings": BOOKINGS.replace({"session_id": {"b1": "a1"}}), "settings": NO_PINS, "seats": None},
        [(check.AGAIN, "v4", "a4")],
    ),
    "a talk twice": (with_agenda("v1", ["a1", "a4", "pinned"]), {}, [(check.TALK, "v1", "a4")]),
    "score above 1": (changed("v1", "a2", score=1.01), {}, [(check.SCALE, "v1", "a2")]),
    "score that is none": (changed("v1", "a2", score=np.nan), {}, [(check.SCALE, "v1", "a2")]),
    "score too low": (changed("v1", "a2", score=0.29), {}, [(check.LOW, "v1", "a2")]),
    "score too low for a lowered one": (changed("v3", "b2", score=0.089), {}, [(check.LOW, "v3", "b2")]),
    "a rank missing": (changed("v1", "c1", rank=6), {}, [(check.RANKS, "v1", "")]),
    "a rank twice": (changed("v1", "c1", rank=4), {}, [(check.RANKS, "v1", "")]),
    "a session of last year": (with_agenda("v2", ["b1", "pinned", "old"]), {}, [(check.SESSION, "v2", "old")]),
    "a session of nowhere": (with_agenda("v2", ["b1", "pinned", "gone"]), {}, [(check.SESSION, "v2", "gone")]),
    "somebody unknown": (table(AGENDAS | {"v9": ["a2"]}), {"settings": NO_PINS}, [(check.BADGE, "v9", "a2")]),
    "somebody of last year": (table(AGENDAS | {"p1": ["a2"]}), {"settings": NO_PINS}, [(check.BADGE, "p1", "a2")]),
    "half in the control group": (changed("v1", "c1", control_group=True), {}, [(check.GROUP, "v1", "")]),
    "no reason": (changed("v1", "c1", reasons=[]), {}, [(check.REASONS, "v1", "c1")]),
    "a pinned session left out": (with_agenda("v2", ["b1", "b2", "a3"]), {}, [(check.PINNED, "v2", "pinned")]),
    "lunch in pieces": (
        with_agenda("v4", ["late", "none"]),
        {"settings": LONG_LUNCH, "bookings": None},
        [(check.REST, "v3", ""), (check.REST, "v4", "")],
    ),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_is_told_and_nothing_else(name: str) -> None:
    agendas, given, expected = CORRUPTIONS[name]
    assert told(found(agendas, **given)) == expected
    anew = agendas.sample(frac=1, random_state=3).reset_index(drop=True)
    assert told(found(anew, **given)) == expected


def test_every_kind_is_tried() -> None:
    kinds = {value for name, value in vars(check).items() if name.isupper() and isinstance(value, str)} - {"this_year"}
    assert kinds == {kind for _, _, expected in CORRUPTIONS.values() for kind, _, _ in expected}


@pytest.mark.parametrize("rows", [1, 3, 7])
def test_blocks_change_nothing(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = table(AGENDAS | {"v1": ["a1", "b1", "a4"], "v5": ["a1", "excluded", "gone"], "v9": ["noon", "late"]})
    whole = found(everything)
    assert whole["kind"].nunique() > 6
    monkeypatch.setattr(check, "_BLOCK", rows)
    pd.testing.assert_frame_equal(found(everything), whole)


def test_what_was_sent_is_held_only_to_what_no_setting_changes() -> None:
    kept = {"v1"}
    bad = with_agenda("v1", ["a1", "a2", "a3", "a4", "late", "excluded"]).assign(score=0.1)
    assert {kind for kind, badge, _ in told(found(bad)) if badge == "v1"} == {
        check.MOST,
        check.DAY,
        check.EXCLUDED,
        check.LOW,
        check.TALK,
    }
    assert not {kind for kind, badge, _ in told(found(bad, kept=kept)) if badge == "v1"}
    clashing = with_agenda("v1", ["a1", "b1"])
    assert told(found(clashing, kept=kept)) == [(check.TIME, "v1", "a1")]


def test_places_that_were_given_before_are_nobodys_fault_and_no_ones_gain() -> None:
    one_seat = SEATS.assign(seats=[0, 5])
    everybody = set(AGENDAS)
    assert told(found(seats=one_seat, kept=everybody)) == []
    arena = {"a1", "a2", "a3"}
    over = told(found(seats=one_seat, kept={"v2", "v3", "v4"}))
    assert {one for kind, _, one in over if kind == check.SEATS} == arena | {"c1"}


def test_sessions_of_one_theatre_and_start_share_its_seats() -> None:
    twin = PROGRAMME[PROGRAMME["session_id"] == "a1"].assign(session_id="twin", content_group="twin")
    programme = pd.concat([PROGRAMME, twin], ignore_index=True)
    agendas = table({"v1": ["twin"], "v2": ["a1"], "v3": ["twin"]})
    over = found(agendas, programme, settings=with_settings(pinned_sessions=[]))
    assert told(over) == [(check.SEATS, "", "a1"), (check.SEATS, "", "twin")]
    assert over["detail"].tolist() == ["4 of 3 places"] * 2, "v5 booked one"


def test_a_break_is_not_missed_where_bookings_leave_none() -> None:
    all_day = BOOKINGS.tail(1).assign(
        badge_id="v1",
        session_id="",
        starts_at=pd.Timestamp("2025-11-20 12:00"),
        ends_at=pd.Timestamp("2025-11-20 14:00"),
    )
    assert told(found(bookings=all_day, settings=NO_PINS)) == []
    after, before = (
        all_day.assign(
            badge_id="v4", starts_at=pd.Timestamp(f"2025-11-20 {start}"), ends_at=pd.Timestamp(f"2025-11-20 {end}")
        )
        for start, end in (("13:45", "14:00"), ("12:00", "12:20"))
    )
    assert told(found(bookings=after, settings=NO_PINS)) == []
    assert told(found(bookings=before, settings=NO_PINS)) == [(check.REST, "v4", "")]


def test_a_session_over_midnight_takes_the_next_morning_too() -> None:
    programme = sessions_table(
        [session("night", "22:00", 15 * 60), on_second_day(session("morning", "12:30", 60)), session("day", "9:00")]
    )
    agendas = table({"v1": ["night"], "v2": ["night", "morning"], "v3": ["day"]})
    plain = with_settings(pinned_sessions=[], max_share_per_session=1)
    assert told(found(agendas, programme, settings=plain)) == [(check.TIME, "v2", "night")]
    rest = with_settings(
        pinned_sessions=[], max_share_per_session=1, breaks=[{"earliest": "12:00", "latest": "14:00", "minutes": 75}]
    )
    assert (check.REST, "v1", "") in told(found(agendas, programme, settings=rest))


def test_nothing_told_names_a_person_but_in_its_column() -> None:
    everything = table(AGENDAS | {"v1": ["a1", "b1", "a4", "excluded"], "v9": ["gone"]})
    assert not found(everything)["detail"].str.contains("v1|v9|Ana|Lopez").any()


def test_the_checker_shares_no_code_with_the_solver() -> None:
    folder = Path(check.__file__).parent
    for path in folder.glob("check*.py"):
        imported = re.findall(
            r"from pa_assets\.agendas\.core\.recommend(?:\.(\w+))? import (.*)", path.read_text("utf-8")
        )
        names = {name for module, rest in imported for name in ([module] if module else rest.split(", "))}
        assert all(name.startswith("check") for name in names), path.name


TIMES = st.tuples(st.integers(0, 40), st.integers(0, 8), st.sampled_from(["", "A", "B"]))


@settings(deadline=None, max_examples=60)
@given(st.lists(TIMES, min_size=1, max_size=7), st.integers(0, 12))
def test_clashes_are_those_of_all_pairs(slots: list[tuple[int, int, str]], travel: int) -> None:
    programme = sessions_table(
        [
            session(f"s{place}", f"{9 + start // 6}:{start % 6}0", length * 10, theatre__name=room)
            for place, (start, length, room) in enumerate(slots)
        ]
    )
    agenda = table({"v1": list(programme["session_id"]), "v2": list(programme["session_id"][:1])})

    def apart(one: Any, other: Any) -> bool:
        walk = travel if one.theatre__name and other.theatre__name and one.theatre__name != other.theatre__name else 0
        ends = max(one.ends_at, one.starts_at + pd.Timedelta(minutes=1))
        return bool(other.starts_at >= ends + pd.Timedelta(minutes=walk))

    rows = list(programme.itertuples())
    expected = {
        frozenset((one.session_id, other.session_id))
        for place, one in enumerate(rows)
        for other in rows[place + 1 :]
        if not apart(one, other) and not apart(other, one)
    }
    pairs = clashes(agenda, programme, travel)
    assert {frozenset(pair) for pair in zip(pairs["session_id"], pairs["other_session_id"], strict=True)} == expected
    assert len(pairs) == len(expected)


UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Each example is a run of the engine: a smaller one is soon found by hand."""
SOME_SESSIONS = st.lists(
    st.sampled_from([f"this{topic}{number}" for topic in "EFN" for number in range(4)]), max_size=2
)
PAUSE = {"earliest": "12:00", "latest": "14:00", "minutes": 45}
RULES = st.fixed_dictionaries(
    {
        "max_recommendations": st.integers(1, 5),
        "max_per_day": st.sampled_from([None, 1, 2]),
        "travel_minutes": st.sampled_from([0, 20]),
        "min_similarity_score": st.sampled_from([0.0, 0.3, 0.5]),
        "max_share_per_session": st.sampled_from([1.0, 0.5, 0.2]),
        "stream_diversity": st.sampled_from([0.0, 0.5]),
        "breaks": st.sampled_from([[], [PAUSE], [PAUSE, {"earliest": "09:00", "latest": "10:00", "minutes": 30}]]),
        "pinned_sessions": SOME_SESSIONS,
        "excluded_sessions": SOME_SESSIONS,
        "theatre_capacity_limits": st.fixed_dictionaries(
            {"enabled": st.booleans(), "capacity_multiplier": st.sampled_from([1.0, 1.5])}
        ),
        "returning_without_history": st.fixed_dictionaries({"enabled": st.booleans()}),
        "control_group": st.fixed_dictionaries({"enabled": st.booleans(), "percentage": st.just(30)}),
        "exposure": st.sampled_from([[], [{"sessions": {"stream": ["Nursing"]}, "least_share": 0.3}]]),
        "strategy": st.sampled_from(["signals", "max_cosine"]),
    }
)


def a_show(seed: int, seats: int) -> dict[str, Any]:
    """A small show on two days, some of whose visitors have booked something."""
    chance = np.random.default_rng(seed)
    tables = show(visitors=14, past=20, seed=seed, capacity=seats)
    programme = tables["sessions"]
    moved = pd.to_timedelta(chance.integers(0, 2, len(programme)), unit="D") + pd.to_timedelta(
        chance.integers(-2, 3, len(programme)) * 20, unit="min"
    )
    longer = pd.to_timedelta(chance.integers(0, 4, len(programme)) * 30, unit="min")
    programme = programme.assign(
        starts_at=programme["starts_at"] + moved, ends_at=programme["ends_at"] + moved + longer
    )
    talks = [f"talk{number}" for number in chance.integers(0, 9, len(programme))]
    programme = programme.assign(
        content_group=np.where(chance.random(len(programme)) < 0.3, talks, programme["key_text"])
    )
    here = programme[programme["cohort"].eq("this_year")]
    booked = here.iloc[chance.integers(0, len(here), 6)][["session_id", "starts_at", "ends_at"]]
    bookings = booked.assign(badge_id=[f"v{number:03}" for number in chance.integers(0, 10, 6)])
    bookings["session_id"] = bookings["session_id"].where(chance.random(6) < 0.6, "")
    bookings = bookings[["badge_id", "session_id", "starts_at", "ends_at"]].drop_duplicates(ignore_index=True)
    return tables | {"sessions": programme, "bookings": bookings}


def faults_of(tables: dict[str, Any], rules: dict[str, Any], result: RecommendationResult) -> pd.DataFrame:
    found = faults(
        result.table,
        tables["sessions"],
        config.Recommendations.model_validate(rules),
        visitors=tables["visitors"],
        seats=tables["capacity"],
        bookings=tables["bookings"],
        share_of=result.statistics[RUN].get("share_of"),
    )
    return found[~found["kind"].isin(check.INFORMATION)]


@settings(deadline=None, max_examples=12, phases=UNSHRUNK)
@given(RULES, st.integers(0, 10_000), st.integers(0, 6))
def test_the_engine_makes_no_fault(rules: dict[str, Any], seed: int, seats: int) -> None:
    tables = a_show(seed, seats)
    result = run(tables, **rules)
    assert told(faults_of(tables, rules, result)) == []
    assert len(result.table) or len(result.without)


@settings(deadline=None, max_examples=8, phases=UNSHRUNK)
@given(RULES, st.integers(0, 10_000), st.integers(1, 6), st.integers(0, 13))
def test_nor_when_visitors_come_and_go(rules: dict[str, Any], seed: int, seats: int, gone: int) -> None:
    tables = a_show(seed, seats)
    fewer = tables | {"visitors": tables["visitors"][tables["visitors"]["badge_id"] != f"v{gone:03}"]}
    for first, second in ((tables, fewer), (fewer, tables)):
        result = run(second | {"previous": run(first, **rules)}, **rules)
        assert told(faults_of(second, rules, result)) == []
