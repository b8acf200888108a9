"""Badge scans at sessions: rows as delivered -> one clean row per scan, with the title of its seminar.

Which session and which person a scan belongs to is `attendance`; the entrance is `entry_scans`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.landing_columns import with_columns
from pa_assets.agendas.core.people.registrations import clean_badges
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, finish, with_sources
from pa_assets.agendas.core.tables import COHORTS, SCANS
from pa_assets.agendas.core.text import fold_values, key_texts, tidy_values
from pa_assets.agendas.core.times import parse_times
from pa_assets.kit import fingerprint

BLANK_BADGE = "blank badge"
BLANK_SHORT_NAME = "blank short name"
NO_SEMINAR = "no seminar for short name"
SEVERAL_SEMINARS = "several seminars for short name"

_SEVERAL = "\0several seminars"
_CONTENT = ("cohort", "badge_id", "short_key", "scanned_at", "unread", "file")
"""What makes two rows one scan."""
_HASH_KEYS = ("scan of badge 01", "scan of badge 02")


def process_scans(
    scan_rows_by_cohort: Mapping[str, pd.DataFrame],
    reference_rows_by_cohort: Mapping[str, pd.DataFrame],
    event: Event,
) -> Prepared:
    """Join the scans of each cohort to the names of the seminars, by short name whatever its case.

    Set aside: blank badges, blank short names, short names without seminar or with several. Folded: rows that
    repeat badge, short name, time and scanner file.

    Args:
        scan_rows_by_cohort: cohort -> rows as `read_rows(..., "scans")` gives them; cohorts may be absent.
        reference_rows_by_cohort: cohort -> rows as `read_rows(..., "scan_reference")` gives them.
        event: time zone and order of dates.

    Returns:
        Table `SCANS`; `source_file` is the scanner file, or the landing file where none is named. Only
        `landing_row` depends on the order of the rows.
    """
    delivered = all_cohorts(scan_rows_by_cohort, "scans")
    clean = delivered[["cohort", "source_file", "source_row"]].assign(
        badge_id=_of_distinct_badges(delivered["badge_id"]),
        **{name: tidy_values(delivered[name]) for name in ("short_name", "scan_date", "file")},
    )
    clean["short_key"] = fold_values(clean["short_name"])
    clean["seminar_name"] = _seminars(clean, seminar_names(reference_rows_by_cohort))
    sieve = Sieve(delivered)
    sieve.set_aside(clean["badge_id"] == "", BLANK_BADGE)
    sieve.set_aside(clean["short_key"] == "", BLANK_SHORT_NAME)
    shown = "short name " + clean["short_name"]
    sieve.set_aside(clean["seminar_name"] == _SEVERAL, SEVERAL_SEMINARS, shown)
    sieve.set_aside(clean["seminar_name"] == "", NO_SEMINAR, shown)

    kept = clean[sieve.kept].copy()
    kept["scanned_at"] = parse_times(kept["scan_date"], event.time_zone, event.date_order)
    kept["unread"] = kept["scan_date"].where(kept["scanned_at"].isna(), "")
    distinct = _distinct_scans(kept)
    notes = {
        "scan without time": int((distinct["scan_date"] == "").sum()),
        "scan time not understood": int((distinct["unread"] != "").sum()),
    }
    table = finish(SCANS, distinct)
    return checked(table, sieve.quarantine(), len(delivered), {"the same scan twice": len(kept) - len(table)}, notes)


def all_cohorts(rows_by_cohort: Mapping[str, pd.DataFrame], role: str) -> pd.DataFrame:
    """Rows of all cohorts, with their cohort.

    Args:
        rows_by_cohort: cohort -> rows as `read_rows` gives them.
        role: a key of `landing_columns.ROLES`.
    """
    parts = [
        with_sources(with_columns(rows_by_cohort[cohort], role)).assign(cohort=cohort)
        for cohort in COHORTS
        if cohort in rows_by_cohort
    ]
    if not parts:
        return with_sources(with_columns(pd.DataFrame({"cohort": pd.Series(dtype=object)}), role))
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True).fillna("")


def seminar_names(reference_rows_by_cohort: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The scan references cleaned: `cohort`, `short_key`, `seminar_name`, each pair of key and title once.

    Titles that differ in case, accents or punctuation are one.
    """
    reference = all_cohorts(reference_rows_by_cohort, "scan_reference")
    known = pd.DataFrame(
        {
            "cohort": reference["cohort"],
            "short_key": fold_values(tidy_values(reference["short_name"])),
            "seminar_name": tidy_values(reference["seminar_name"]),
        }
    )
    known = known[(known["short_key"] != "") & (known["seminar_name"] != "")]
    known["key"] = key_texts(known["seminar_name"])
    known = known.sort_values(["cohort", "short_key", "seminar_name"], ignore_index=True)
    return known.drop_duplicates(["cohort", "short_key", "key"], ignore_index=True).drop(columns="key")


def _of_distinct_badges(values: pd.Series[Any]) -> pd.Series[Any]:
    """`clean_badges`, each distinct text once: most badges are scanned many times."""
    codes, distinct = pd.factorize(values.astype(object).where(values.notna(), ""))
    badges = clean_badges(pd.Series(distinct, dtype=object)).to_numpy(dtype=object)
    return pd.Series(badges[codes], index=values.index, dtype=object)


def _seminars(clean: pd.DataFrame, known: pd.DataFrame) -> pd.Series[Any]:
    """Seminar name of each scan: `""` without reference, `_SEVERAL` where the reference names several."""
    several = known.duplicated(["cohort", "short_key"], keep=False)
    known = known.assign(seminar_name=known["seminar_name"].mask(several, _SEVERAL))
    known = known.drop_duplicates(["cohort", "short_key"])
    found = pd.Series("", index=clean.index, dtype=object)
    for cohort, names in known.groupby("cohort"):
        own = clean["cohort"] == cohort
        found[own] = clean.loc[own, "short_key"].map(names.set_index("short_key")["seminar_name"]).fillna("")
    return found


def _distinct_scans(kept: pd.DataFrame) -> pd.DataFrame:
    """Each scan once, with its id, key of the title and sources, sorted by id.

    Of the rows of one scan the first by spelling, landing file and row stays, whatever order they came in.
    """
    scan_ids = _scan_ids(kept)
    spelling = pd.factorize(kept["short_name"], sort=True)[0]
    file = pd.factorize(kept["source_file"], sort=True)[0]
    order = np.lexsort((kept["source_row"].to_numpy(), file, spelling, scan_ids))
    ordered = kept.iloc[order]
    # By content, not by id: should two scans ever share an id, the key of the table says so and none is lost.
    first = ~ordered.duplicated(list(_CONTENT)).to_numpy()
    distinct = ordered[first]
    return distinct.assign(
        scan_id=scan_ids[order][first].astype(str).astype(object),
        key_text=key_texts(distinct["seminar_name"]),
        source_file=distinct["file"].mask(distinct["file"] == "", distinct["source_file"]),
        landing_file=distinct["source_file"],
        landing_row=distinct["source_row"],
    )


def _scan_ids(kept: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Fingerprints of the content of each row, as hex digits in bytes; their order is that of the digits.

    Two 64-bit hashes of pandas (SipHash of texts, by distinct text) with different keys, cut to the usual length:
    a million calls of a cryptographic hash would take as long as everything else together.
    """
    content = kept[list(_CONTENT)].astype({"scanned_at": "datetime64[us]"})
    halves = [pd.util.hash_pandas_object(content, index=False, hash_key=key).to_numpy() for key in _HASH_KEYS]
    digits = np.column_stack(halves).astype(">u8").tobytes().hex()
    return np.frombuffer(digits.encode("ascii"), dtype="S32").astype(f"S{fingerprint.LENGTH}")
