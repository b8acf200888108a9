"""Badge scans at sessions: rows as delivered -> one clean row per scan, with the title of its seminar.

Which session and which person a scan belongs to is `attendance`; the entrance is `entry_scans`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.landing_columns import quoted, with_columns
from pa_assets.agendas.core.people.registrations import clean_badges
from pa_assets.agendas.core.prepared import Prepared, Sieve, checked, finish, with_sources
from pa_assets.agendas.core.tables import COHORTS, SCANS
from pa_assets.agendas.core.text import each_value, fold_values, key_texts, tidy_values
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
        Table `SCANS`; `source_file` is the scanner file, or the landing file where none is named.
    """
    delivered = all_cohorts(scan_rows_by_cohort, "scans")
    clean = pd.DataFrame(
        {
            "cohort": _coded(delivered["cohort"], tidy_values),
            "badge_id": _coded(delivered["badge_id"], clean_badges),
            **{name: _coded(delivered[name], tidy_values) for name in ("short_name", "scan_date", "file")},
            "landing_file": _coded(delivered["source_file"], tidy_values),
        }
    )
    clean["short_key"] = _coded(clean["short_name"], fold_values)
    clean["seminar_name"] = _seminars(clean, seminar_names(reference_rows_by_cohort))
    sieve = Sieve(delivered)
    sieve.set_aside(clean["badge_id"] == "", BLANK_BADGE)
    sieve.set_aside(clean["short_key"] == "", BLANK_SHORT_NAME)
    unnamed = clean["seminar_name"].isin(("", _SEVERAL))
    shown = "short name " + each_value(clean.loc[unnamed, "short_name"], lambda name: quoted([name]))
    sieve.set_aside(clean["seminar_name"] == _SEVERAL, SEVERAL_SEMINARS, shown)
    sieve.set_aside(clean["seminar_name"] == "", NO_SEMINAR, shown)

    kept = _with_times(clean[sieve.kept], event)
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


def _coded(values: pd.Series[Any], clean: Callable[[pd.Series[Any]], pd.Series[Any]]) -> pd.Series[Any]:
    """`clean` of a text column as a categorical in the order of the texts: each distinct text is worked on once."""
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    places, texts = pd.factorize(clean(pd.Series(distinct, dtype=object)), sort=True)
    return pd.Series(pd.Categorical.from_codes(places[codes], pd.Index(texts, dtype=object)), index=values.index)


def _seminars(clean: pd.DataFrame, known: pd.DataFrame) -> pd.Series[Any]:
    """Seminar name of each scan: `""` without reference, `_SEVERAL` where the reference names several."""
    several = known.duplicated(["cohort", "short_key"], keep=False)
    known = known.assign(seminar_name=known["seminar_name"].mask(several, _SEVERAL))
    known = known.drop_duplicates(["cohort", "short_key"])
    short_key = clean["short_key"].cat
    found = pd.Series("", index=clean.index, dtype=object)
    for cohort, names in known.groupby("cohort"):
        seminars = names.set_index("short_key")["seminar_name"].reindex(short_key.categories).fillna("")
        own = (clean["cohort"] == cohort).to_numpy()
        found[own] = seminars.to_numpy(dtype=object)[short_key.codes[own]]
    return found


def _with_times(kept: pd.DataFrame, event: Event) -> pd.DataFrame:
    """`kept` with `scanned_at`, and `unread`: the text of each date that could not be read."""
    dates = kept["scan_date"].cat
    texts = pd.Series(dates.categories, dtype=object)
    moments = parse_times(texts, event.time_zone, event.date_order)
    unread = texts.where(moments.isna(), "")
    codes = dates.codes.to_numpy()
    return kept.assign(scanned_at=moments.to_numpy()[codes], unread=unread.to_numpy(dtype=object)[codes])


def _distinct_scans(kept: pd.DataFrame) -> pd.DataFrame:
    """Each scan once, with its id, key of the title and sources, sorted by id.

    Of the rows of one scan the first by spelling and landing file stays, whatever order they came in.
    """
    scan_ids = _scan_ids(kept)
    order = np.lexsort((kept["landing_file"].cat.codes, kept["short_name"].cat.codes, scan_ids))
    ordered = kept.iloc[order]
    # By content, not by id: should two scans ever share an id, the key of the table says so and none is lost.
    first = ~ordered.duplicated(list(_CONTENT)).to_numpy()
    distinct = ordered[first]
    file, landing_file = distinct["file"].astype(object), distinct["landing_file"].astype(object)
    return distinct.assign(
        scan_id=scan_ids[order][first].astype(str).astype(object),
        key_text=key_texts(distinct["seminar_name"]),
        source_file=file.mask(file == "", landing_file),
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
