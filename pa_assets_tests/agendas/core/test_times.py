import warnings

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.times import is_dated, parse_clock, parse_times


def read(text: str, date_order: str = "day_first", time_zone: str = "Europe/London") -> pd.Timestamp:
    return parse_times(pd.Series([text]), time_zone, date_order).iloc[0]


@pytest.mark.parametrize("clock", ["", " 10:05", " 10:05 AM"])
def test_the_order_of_dates_with_slashes_is_that_of_the_event(clock: str) -> None:
    hours = pd.Timedelta(hours=10, minutes=5) if clock else pd.Timedelta(0)
    assert read("03/04/2025" + clock) == pd.Timestamp("2025-04-03") + hours
    assert read("03/04/2025" + clock, "month_first") == pd.Timestamp("2025-03-04") + hours


def test_a_date_impossible_in_its_order_is_not_turned_round() -> None:
    assert read("04/13/2025") is pd.NaT
    assert read("13/04/2025", "month_first") is pd.NaT
    assert read("13/04/25", "month_first") is pd.NaT


@pytest.mark.parametrize("order", ["day_first", "month_first"])
@pytest.mark.parametrize(
    "text",
    ["2025-04-03", "2025/04/03", "03-04-2025", "3 April 2025", "03 Apr 2025", "Thursday 3 April 2025", "April 3, 2025"],
)
def test_dates_without_slashes_mean_the_same_in_either_order(order: str, text: str) -> None:
    assert read(text, order) == pd.Timestamp("2025-04-03")
    assert is_dated(pd.Series([text])).all()


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2025-06-12T09:00:00Z", "2025-06-12 10:00"),
        ("2025-06-12 09:00 +02:00", "2025-06-12 08:00"),
        ("2025-06-12T09:00:00.000+0000", "2025-06-12 10:00"),
        ("2025-06-12T09:00:00-05", "2025-06-12 15:00"),
        ("2025-01-12T09:00:00Z", "2025-01-12 09:00"),
        ("2025-03-30T01:30:00Z", "2025-03-30 02:30"),
        ("2025-06-12T09:00", "2025-06-12 09:00"),
        ("2025-06-12 9:30 PM", "2025-06-12 21:30"),
    ],
)
def test_times_with_an_offset_are_moved_to_the_event_and_others_are_its_own(text: str, local: str) -> None:
    assert read(text) == pd.Timestamp(local)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2025-13-01",
        "2025-02-30",
        "9999-12-31",
        "2262-04-11T23:47:16Z",
        "0001-01-01",
        "2025-06-12T09:00+99:99",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read(text, time_zone="Asia/Tokyo") is pd.NaT


def test_a_column_of_all_kinds_is_read_without_a_warning() -> None:
    texts = ["2025-06-12T09:00:00+01", "2025-06-12", "x", "12/06/2025 10:00", "2025-06-12T08:00Z", "x"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        times = parse_times(pd.Series(texts, index=range(10, 16)), "Europe/London")
    assert times.index.tolist() == list(range(10, 16))
    hours = [9, 0, None, 10, 9, None]
    assert times.dt.hour.astype(object).where(times.notna(), None).tolist() == hours


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10:05", 36300), ("10:05:07", 36307), ("1:05 PM", 47100), ("1:05pm", 47100), ("10.05", 36300), ("24:00", None)],
)
def test_times_of_the_day(text: str, seconds: int | None) -> None:
    clock = parse_clock(pd.Series([text])).iloc[0]
    assert clock is pd.NaT if seconds is None else clock == pd.Timedelta(seconds=seconds)
    assert not is_dated(pd.Series([text])).any()


@settings(max_examples=12, deadline=None)
@given(st.lists(st.text(alphabet="0123456789-/:.TZ +apmAPM,June", max_size=22), max_size=3))
def test_no_text_breaks_the_reading_and_none_depends_on_its_neighbours(texts: list[str]) -> None:
    zone = "America/Los_Angeles"
    times = parse_times(pd.Series([*texts, "2025-06-12T08:00Z"], dtype=object), zone)
    assert str(times.dtype) == "datetime64[ns]"
    alone = [parse_times(pd.Series([text], dtype=object), zone).iloc[0] for text in texts]
    pd.testing.assert_series_equal(times[:-1], pd.Series(alone, dtype="datetime64[ns]"))


@given(
    st.datetimes(pd.Timestamp("1990-01-01"), pd.Timestamp("2100-01-01")).map(
        lambda moment: moment.replace(microsecond=0)
    )
)
def test_what_was_written_is_read_again(moment: object) -> None:
    stamp = pd.Timestamp(moment)
    assert read(stamp.strftime("%d/%m/%Y %H:%M:%S")) == stamp
    assert read(stamp.strftime("%m/%d/%Y %H:%M:%S"), "month_first") == stamp
    assert read(stamp.isoformat()) == stamp
