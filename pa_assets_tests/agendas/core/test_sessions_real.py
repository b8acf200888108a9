"""Real programmes, where the folder of shared data is at hand (`PA_SHARED_DATA`)."""

import os
from pathlib import Path

import pytest

from pa_assets_tests.benchmarks.real_tables import SHOWS

DATA = Path(os.environ.get("PA_SHARED_DATA", "no-data"))
QUARANTINED = {
    "re:Invent 2024": {"no date or time", "theatre is no room", "title is no session"},
    "FOSDEM 2025 and 2024": {"title is no session"},
    "EPSA 2019, a past show": set(),
    "EPSA 2022, as this year's": {"no date or time"},
    "EPSA 2019, panels as ids": {"session id used twice"},
    "Meetup Montana": set(),
}


@pytest.mark.skipif(not DATA.is_dir(), reason="PA_SHARED_DATA names no folder")
@pytest.mark.parametrize("show", SHOWS, ids=lambda show: show.name)
def test_real_programmes_are_set_aside_for_known_reasons_alone(show, tmp_path: Path) -> None:
    prepared, _ = show.process(DATA, tmp_path)
    assert set(prepared.quarantined) == QUARANTINED[show.name]
    named = prepared.table["title"].str.contains("(sponsored by", regex=False)
    assert prepared.table.loc[named, "sponsored_by"].ne("").all()
    marked = prepared.table["title"].str.contains("[repeat]", case=False, regex=False)
    assert not prepared.table.loc[marked, "content_group"].str.contains("repeat").any()
