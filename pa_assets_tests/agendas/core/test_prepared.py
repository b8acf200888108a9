"""What every quarantine has in common."""

import pandas as pd

from pa_assets.agendas.core.prepared import quarantine_of


def test_a_detail_quotes_the_beginning_of_a_long_cell() -> None:
    rows = pd.DataFrame({"date": ["1" * 5_000, "tomorrow"], "source_file": "a.csv", "source_row": [1, 2]})
    aside = quarantine_of(rows, "date not understood", "date " + rows["date"])
    assert aside["detail"].str.len().max() < 300
    assert "5,005 characters" in aside.loc[0, "detail"]
    assert aside["detail"].tolist()[1] == "date tomorrow"
    assert aside["date"].str.len().tolist() == [5_000, 8]
