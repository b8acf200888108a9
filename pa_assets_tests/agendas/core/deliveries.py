"""One delivery in other shapes, for tests that its shape does not count."""

from collections.abc import Sequence

import pandas as pd

SOURCES = ("source_file", "source_row")


def split_into_files(rows: pd.DataFrame, places: Sequence[int]) -> list[pd.DataFrame]:
    """`rows` as several files: row i stands in file `places[i]`, numbered there."""
    place = pd.Series(places[: len(rows)], index=rows.index)
    return [
        part.assign(source_file=f"part{number}.json", source_row=range(1, len(part) + 1))
        for number, part in rows.groupby(place)
    ]


def without_sources(quarantine: pd.DataFrame, *names: str) -> pd.DataFrame:
    """A quarantine without the columns that say where a row stood (all, or those of `names`), in a fixed order."""
    rest = quarantine.drop(columns=list(names or SOURCES))
    return rest.sort_values(list(rest.columns), ignore_index=True, key=lambda values: values.astype(str))
