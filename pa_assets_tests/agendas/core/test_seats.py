import pandas as pd
import pytest

from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets.agendas.core.seats import read_seats


def rows(**columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    return frame.assign(source_file="teatres.csv", source_row=range(1, len(frame) + 1))


@pytest.mark.parametrize("theatre", ["theatre__name", "Theatre Name", "theatre", "room"])
@pytest.mark.parametrize("seats", ["number_visitors", "Capacity", "max_visitors", "seats"])
def test_known_column_names(theatre: str, seats: str) -> None:
    table = read_seats(rows(**{theatre: [" Main  Theatre", "Arena", ""], seats: ["1,250", "0", ""]}))
    assert table.to_dict("list") == {"theatre": ["Arena", "Main Theatre"], "seats": [0, 1250]}


def test_nothing_delivered_is_an_empty_table() -> None:
    assert read_seats(None).empty
    assert read_seats(pd.DataFrame({"theatre": [], "seats": []}, dtype=object)).empty


def test_a_file_of_something_else_is_no_empty_table() -> None:
    with pytest.raises(LandingError, match="no column theatre__name"):
        read_seats(pd.DataFrame({"Access denied": []}, dtype=object))


@pytest.mark.parametrize("wrong", ["many", "-3", "2.5", "1e300", "inf", "x" * 9_000])
def test_no_number_is_told_with_file_and_row(wrong: str) -> None:
    with pytest.raises(LandingError, match=r"teatres\.csv, row 2: .* is no number of seats") as told:
        read_seats(rows(theatre=["A", "B"], seats=["1", wrong]))
    assert len(str(told.value)) < 300


def test_two_numbers_for_one_theatre_are_refused_and_a_repetition_is_not() -> None:
    assert len(read_seats(rows(theatre=["A", "A"], seats=["1", "1"]))) == 1
    with pytest.raises(LandingError, match="'A' has two different numbers"):
        read_seats(rows(theatre=["A", "A"], seats=["1", "2"]))


def test_missing_column_is_told_with_what_was_found() -> None:
    with pytest.raises(LandingError, match=r"no column number_visitors or capacity .* found 'theatre', 'places'"):
        read_seats(rows(theatre=["A"], places=["1"]))
