"""Files under the names and columns that users of earlier pipelines know, each declared once.

What a file holds is taken from the declared tables; which files there are stands with their subject
(`people.known_files`, `known_scan_files`). The data dictionary lists them from here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class KnownFile:
    """A file in `output/` with columns of its own names."""

    name: str
    meaning: str
    columns: dict[str, str]
    """Column of the file -> column of the table that it is taken from, in order."""
    personal: bool = False
    """Holds names, e-mails or telephones: made only because its readers write to people."""

    def of(self, frame: pd.DataFrame, further: dict[str, str] | None = None) -> pd.DataFrame:
        """The file's columns of `frame`, then those of `further` (column of the file -> column of `frame`)."""
        columns = {**self.columns, **(further or {})}
        return pd.DataFrame({name: frame[source].to_numpy() for name, source in columns.items()})
