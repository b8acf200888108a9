import json
from typing import Any

import pandas as pd
import pytest

from pa_assets.agendas.core.drift import changes, profile
from pa_assets.kit.tables import Column, Table

TABLE = Table(
    "t",
    "T.",
    (
        Column("id", "text", "id", filled=True),
        Column("cohort", "text", "cohort", filled=True),
        Column("job", "text", "job"),
        Column("score", "number", "score"),
        Column("count", "integer", "count"),
        Column("seen", "time", "seen"),
        Column("likes", "texts", "likes"),
        Column("told", "flag", "told"),
    ),
    key=("id",),
    open=True,
)


def table(rows: int = 100, **values: Any) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "id": [str(place) for place in range(rows)],
            "cohort": "this_year",
            "job": "nurse",
            "score": 1.0,
            "count": 1,
            "seen": pd.Timestamp("2025-01-01"),
            "likes": [["x"]] * rows,
            "told": True,
            "question": [["yes"]] * rows,
        }
    )
    return TABLE.conform(frame.assign(**values))


def told(before: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    kept = json.loads(json.dumps(profile(TABLE, before)))
    return [change.text for change in changes(kept, profile(TABLE, now))]


def test_a_profile_counts_rows_and_filled_values_by_cohort_and_holds_no_value() -> None:
    frame = table(4, cohort=["this_year", "last_year_main", "this_year", "this_year"], job=["a", "", "", "b"])
    frame = frame.assign(likes=[[], [], ["x"], []], told=[True, True, False, False])
    counted = profile(TABLE, frame)
    assert counted["rows"] == {"last_year_main": 1, "this_year": 3}
    filled = {"job": 2, "score": 3, "seen": 3, "likes": 1, "told": 1, "question": 3}
    assert counted["filled"]["this_year"] == filled
    assert json.loads(json.dumps(counted)) == counted


def test_a_table_without_cohorts_is_one_group_and_an_empty_one_none() -> None:
    alone = Table("u", "U.", (Column("id", "text", "id"),), key=("id",))
    assert profile(alone, pd.DataFrame({"id": ["a", ""]})) == {"rows": {"all": 2}, "filled": {"all": {"id": 1}}}
    assert profile(TABLE, TABLE.empty()) == {"rows": {}, "filled": {}}


@pytest.mark.parametrize(
    ("rows", "change"), [(100, ""), (130, ""), (131, "+31%"), (70, ""), (69, "-31%"), (0, "-100%")]
)
def test_rows_may_change_by_thirty_percent(rows: int, change: str) -> None:
    found = told(table(100), table(rows))
    assert found == ([f"this_year: rows went from 100 to {rows} ({change})."] if change else [])


def test_few_rows_swing_by_chance_but_a_cohort_does_not_vanish() -> None:
    assert told(table(5), table(20)) == []
    assert told(table(5), table(0)) == ["this_year: rows went from 5 to 0 (-100%)."]
    late = table(100, cohort=["this_year"] * 60 + ["last_year_main"] * 40)
    assert told(table(60), late) == ["last_year_main: rows went from 0 to 40 (new)."]


@pytest.mark.parametrize("column", ["job", "likes", "score", "told", "question"])
def test_blanks_may_grow_by_twenty_points(column: str) -> None:
    blank: Any = {"job": "", "score": float("nan"), "told": False}.get(column, [])
    full = table()[column].tolist()
    assert told(table(), table(**{column: [blank] * 20 + full[20:]})) == []
    some = told(table(), table(**{column: [blank] * 21 + full[21:]}))
    assert some == [f"this_year: column {column} is 21% blank; it was 0% blank."]


def test_the_last_values_of_a_column_are_missed() -> None:
    rare = table(job=["nurse"] + [""] * 99)
    assert told(rare, table(job="")) == ["this_year: column job became wholly blank; it was 99% blank."]
    assert told(table(job=""), table(job="")) == []


def test_a_question_that_is_gone_is_missed() -> None:
    gone = TABLE.conform(table().drop(columns="question"))
    assert told(table(), gone) == ["this_year: column question is gone; it was 0% blank."]
    assert told(gone, table()) == []


def test_one_cohort_does_not_hide_what_happened_to_another() -> None:
    both = table(1000, cohort=["this_year"] * 100 + ["last_year_main"] * 900)
    lost = both.assign(job=[""] * 100 + ["nurse"] * 900)
    assert told(both, lost) == ["this_year: column job became wholly blank; it was 0% blank."]
