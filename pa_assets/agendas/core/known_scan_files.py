"""Scans under the file names and columns that users of earlier pipelines know.

`scan_*` holds the scans, `sessions_visited_*` the same with what is known of the visitor beside; `bva` and `lva`
stand for last year's main and secondary show. No names, e-mails or telephones.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from pa_assets.agendas.core.known_files import KnownFile
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR

_SCAN = {
    "Badge Id": "badge_id",
    "Short Name": "short_name",
    "Scan Date": "scanned_at",
    "File": "source_file",
    "Seminar Name": "seminar_name",
    "key_text": "key_text",
}
_VISITOR = {
    "Company": "company",
    "JobTitle": "job_title",
    "Country": "country",
    "BadgeType": "badge_type",
    "Email_domain": "email_domain",
}


def _scan_file(name: str, of_whom: str) -> KnownFile:
    return KnownFile(name, f"Badge scans at sessions, {of_whom}, with the title of the seminar.", _SCAN)


def _visits_file(name: str, of_whom: str) -> KnownFile:
    meaning = f"Badge scans at sessions, {of_whom}, with company, job and country where the badge is registered."
    return KnownFile(name, meaning, {**_SCAN, **_VISITOR})


_FILES = {
    LAST_YEAR_MAIN: (
        _scan_file("scan_bva_past.csv", "last year's main show"),
        _visits_file("sessions_visited_last_bva.csv", "last year's main show"),
    ),
    LAST_YEAR_SECONDARY: (
        _scan_file("scan_lva_past.csv", "last year's secondary show"),
        _visits_file("sessions_visited_last_lva.csv", "last year's secondary show"),
    ),
    THIS_YEAR: (
        _scan_file("scan_this_post.csv", "this year's show, once it is over"),
        _visits_file("sessions_visited_this_year.csv", "this year's show, once it is over"),
    ),
}

KNOWN_SCAN_FILES = tuple(file for files in _FILES.values() for file in files)


def known_scan_files(scans: pd.DataFrame, visitors: pd.DataFrame, cohorts: Collection[str]) -> dict[str, pd.DataFrame]:
    """The files of some cohorts, by name, each in the order of time.

    Args:
        scans: table `SCANS`.
        visitors: table `VISITORS` (or `REGISTRATIONS`).
        cohorts: of whom; this year's files are made after the show.

    Returns:
        File name -> its rows: all scans that have a seminar, also those of badges that are not registered.
    """
    key = ["cohort", "badge_id"]
    ordered = scans[scans["cohort"].isin(cohorts)].sort_values(["scanned_at", "scan_id"], kind="stable")
    columns = list(_VISITOR.values())
    rows = ordered.merge(visitors[[*key, *columns]], how="left", on=key)
    rows[columns] = rows[columns].fillna("")
    return {file.name: file.of(rows[rows["cohort"] == cohort]) for cohort in cohorts for file in _FILES[cohort]}
