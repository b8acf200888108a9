"""Mapping tables as delivered."""

import pandas as pd
import pytest

from pa_assets.agendas.core.mappings import MappingError, read_mapping


def delivered(**columns: list[str]) -> pd.DataFrame:
    rows = pd.DataFrame(columns)
    return rows.assign(source_file="job_to_stream.csv", source_row=range(1, len(rows) + 1))


def test_matrix_and_list_are_one() -> None:
    matrix = read_mapping(delivered(Role=["Vet", "Nurse"], Feline=["YES", "NO"], Surgery=["x", "yes"]))
    listed = read_mapping(delivered(Role=["Vet", "Vet", "Nurse"], Stream=["Feline", "Surgery", "Surgery"]))
    pd.testing.assert_frame_equal(matrix, listed)


def test_nothing_delivered_is_no_pair() -> None:
    assert read_mapping(None).empty
    assert read_mapping(pd.DataFrame({"source_file": [], "source_row": []})).empty
    assert read_mapping(delivered(Role=[], Feline=[])).empty


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        (delivered(Role=["Vet"], Feline=["maybe"]), ""),
        (delivered(Role=["Vet"], Feline=["x" * 9_000]), ""),
        (delivered(Role=["Vet"], Feline=["NO"]), "Job Role"),
        (delivered(**{"Access denied": ["Sign in"]}), ""),
        (delivered(**{f"c{number}": ["NO"] for number in range(3_000)}), "Job Role"),
    ],
)
def test_a_mistake_is_told_with_its_file(rows: pd.DataFrame, first: str) -> None:
    with pytest.raises(MappingError, match=r"^job_to_stream\.csv: ") as told:
        read_mapping(rows, first)
    assert len(str(told.value)) < 1_000
