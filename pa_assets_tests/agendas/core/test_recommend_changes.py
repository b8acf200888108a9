"""What changed from one run to the next, and why."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.recommend.changes import (
    ADDED,
    CAME,
    COLUMNS,
    GONE,
    GROUP,
    INTO_CONTROL,
    LEFT,
    MOVED_IN_SPACE,
    MOVED_IN_TIME,
    NEW,
    NOT_REGISTERED,
    OTHERWISE,
    REMOVED,
    list_changes,
    programme_of,
    summary,
)
from pa_assets.agendas.core.tables import RECOMMENDATIONS
from pa_assets_tests.agendas.core.recommend_shows import session, sessions_table

PROGRAMME = programme_of(sessions_table([session(name, "09:00", theatre__name="Hall") for name in "abcdef"]))
NOBODY = pd.DataFrame({"badge_id": [], "reason": []}, dtype=object)


def table_of(agendas: dict[str, str], group: tuple[str, ...] = ()) -> pd.DataFrame:
    rows = [
        {"badge_id": badge, "session_id": name, "rank": place + 1, "score": 0.5, "strategy": "streams",
         "reasons": [], "control_group": badge in group}
        for badge, names in agendas.items()
        for place, name in enumerate(names)
    ]  # fmt: skip
    return RECOMMENDATIONS.conform(pd.DataFrame(rows, columns=RECOMMENDATIONS.names))


def changes(before: pd.DataFrame, now: pd.DataFrame, **more: Any) -> list[tuple[str, ...]]:
    causes = pd.Series(more.pop("causes", {}), dtype=object)
    values = {"without": NOBODY, "programme_before": PROGRAMME, "programme": PROGRAMME} | more
    return list(list_changes(before, now, causes=causes, **values).itertuples(index=False, name=None))


def test_who_is_new_and_who_is_gone() -> None:
    without = pd.DataFrame({"badge_id": ["v1", "v9"], "reason": ["the rules of the show leave no session"] * 2})
    listed = changes(table_of({"v0": "a", "v1": "b", "v2": "c"}), table_of({"v2": "c", "v3": "dc"}), without=without)
    assert listed == [
        ("v0", GONE, "", NOT_REGISTERED),
        ("v1", GONE, "", "the rules of the show leave no session"),
        ("v3", NEW, "", ""),
    ]


def test_what_happened_to_a_session_explains_first() -> None:
    moved = PROGRAMME.set_index("session_id")
    moved.loc["b", "starts_at"] = pd.NaT
    moved.loc["c", "theatre__name"] = "Garden"
    moved.loc["d", ["starts_at", "theatre__name"]] = [pd.Timestamp("2025-11-21"), "Garden"]
    moved = moved.drop(index="a").rename(index={"f": "new"}).reset_index()
    listed = changes(
        table_of({"v0": "abcde", "v1": "d"}),
        table_of({"v0": ["new", "b"], "v1": "cd"}),
        programme=moved,
        causes={"v0": "because"},
    )
    assert listed == [
        ("v0", REMOVED, "a", LEFT),
        ("v0", REMOVED, "c", MOVED_IN_SPACE),
        ("v0", REMOVED, "d", MOVED_IN_TIME),
        ("v0", REMOVED, "e", "because"),
        ("v0", ADDED, "new", CAME),
        ("v1", ADDED, "c", MOVED_IN_SPACE),
    ]


def test_without_the_programme_of_then_the_visitor_s_cause_is_told() -> None:
    listed = changes(table_of({"v0": "ab"}), table_of({"v0": "bc"}), programme_before=None, causes={"v0": ""})
    assert listed == [("v0", REMOVED, "a", OTHERWISE), ("v0", ADDED, "c", OTHERWISE)]


def test_sessions_without_a_time_did_not_move() -> None:
    blank = PROGRAMME.assign(starts_at=pd.NaT, ends_at=pd.NaT)
    listed = changes(
        table_of({"v0": "ab"}), table_of({"v0": "b"}), programme_before=blank, programme=blank, causes={"v0": "because"}
    )
    assert listed == [("v0", REMOVED, "a", "because")]


def test_a_change_of_group_is_told() -> None:
    listed = changes(table_of({"v0": "ab", "v1": "a"}), table_of({"v0": "ab", "v1": "a"}, group=("v0",)))
    assert listed == [("v0", GROUP, "", INTO_CONTROL)]


@pytest.mark.parametrize("agendas", [{}, {"v0": "ab"}])
def test_nothing_changed_or_nothing_was_before(agendas: dict[str, str]) -> None:
    assert changes(table_of(agendas), table_of(agendas)) == []
    first = list_changes(None, table_of(agendas), NOBODY, None, PROGRAMME, pd.Series(dtype=object))
    assert first.empty and list(first.columns) == COLUMNS
    assert set(summary(first).values()) == {0}


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_list_leads_from_one_run_to_the_other(data: st.DataObject) -> None:
    agendas = st.dictionaries(st.sampled_from(["v0", "v1", "v2", "v3"]), st.sets(st.sampled_from("abcdef"), min_size=1))
    then, now = data.draw(agendas), data.draw(agendas)
    before, after = (table_of({badge: "".join(sorted(names)) for badge, names in one.items()}) for one in (then, now))
    listed = list_changes(before, after, NOBODY, PROGRAMME, PROGRAMME, pd.Series(dtype=object))
    mixed = after.sample(frac=1, random_state=1)
    shuffled = list_changes(before[::-1], mixed, NOBODY, PROGRAMME[::-1], PROGRAMME, pd.Series(dtype=object))
    pd.testing.assert_frame_equal(listed, shuffled)
    agenda = {badge: set(names) for badge, names in then.items()}
    for badge, change, name, _ in listed.itertuples(index=False):
        if change == GONE:
            del agenda[badge]
        elif change == NEW:
            agenda[badge] = now[badge]
        elif change == REMOVED:
            agenda[badge].remove(name)
        else:
            assert name not in agenda[badge]
            agenda[badge].add(name)
    assert agenda == now
    counts = summary(listed)
    assert counts["visitors_new"] == len(set(now) - set(then))
    assert counts["visitors_gone"] == len(set(then) - set(now))
    assert counts["visitors_changed"] == sum(then[badge] != now[badge] for badge in set(then) & set(now))
    assert counts["sessions_added"] - counts["sessions_removed"] == sum(
        len(now[badge]) - len(then[badge]) for badge in set(then) & set(now)
    )


def test_the_programme_is_this_year_s() -> None:
    rows = [session("b", "09:00"), session("a", ""), session("c", "10:00", cohort="last_year_main")]
    frame = programme_of(sessions_table(rows))
    assert frame["session_id"].tolist() == ["a", "b"]
    assert np.array_equal(frame["starts_at"].isna(), [True, False])
