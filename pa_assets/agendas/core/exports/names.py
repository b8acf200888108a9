"""Names of the export files. What stands in them is in the other modules."""

from __future__ import annotations

import datetime as dt

CONTROL = "control_"
"""Begins the kinds of the control group's files."""

CHANGES_KINDS = ("changes", f"{CONTROL}changes")
"""Kinds of the lists of what changed since the run before."""

CALENDARS_ENDING = "_calendars.zip"
"""How the name of an archive of calendars ends."""

_ENDINGS = {
    "json": ".json",
    "csv": ".csv",
    "parquet": ".parquet",
    "without": "_without.csv",
    "changes": "_changes.csv",
    "calendars": CALENDARS_ENDING,
}
"""Kind of file -> how its name ends."""


def export_stem(show: str, timestamp: dt.datetime) -> str:
    """Stem of the file names of one run: `visitor_recommendations_<show>_<YYYYmmdd_HHMMSS>`."""
    return f"visitor_recommendations_{show}_{timestamp:%Y%m%d_%H%M%S}"


def file_name(stem: str, kind: str) -> str:
    """Where a file of some kind lies in the folder of exports; the control group's are in `control/`."""
    if kind.startswith(CONTROL):
        return f"control/{stem}_control{_ENDINGS[kind.removeprefix(CONTROL)]}"
    return f"{stem}{_ENDINGS[kind]}"
