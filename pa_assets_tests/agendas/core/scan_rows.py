"""Scans, seminars and sessions that the tests of scans share."""

import pandas as pd

from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.scans import process_scans
from pa_assets.agendas.core.sessions.titles import content_key
from pa_assets.agendas.core.tables import SESSIONS
from pa_assets.agendas.core.text import key_text

from .preparation import EVENT, sourced

MARKERS = ("[repeat]",)
REFERENCE = sourced(
    [
        {"Short Name": "MT1", "Seminar Name": "Managing feline CKD"},
        {"Short Name": " mt1 ", "Seminar Name": "Managing Feline CKD!"},
        {"Short Name": "MT2", "Seminar Name": "Managing feline CKD [REPEAT]"},
        {"Short Name": "EQ1", "Seminar Name": "Lameness workup"},
        {"Short Name": "CAF", "Seminar Name": "Café-style coaching; a début"},
        {"Short Name": "XX", "Seminar Name": "One talk"},
        {"Short Name": "XX", "Seminar Name": "Another talk"},
    ]
)


def scan(
    badge: object, short: object, time: str = "2024-06-13 10:03:11", file: str = "scanner07.csv"
) -> dict[str, object]:
    """A scan as delivered."""
    return {"Badge Id": badge, "Short Name": short, "Scan Date": time, "File": file}


def process(*rows: dict[str, object]) -> Prepared:
    """Scans of last year's main show, processed."""
    return process_scans({"last_year_main": sourced(list(rows))}, {"last_year_main": REFERENCE}, EVENT)


def session(
    name: str, title: str, starts: str | None, ends: str | None, cohort: str = "last_year_main"
) -> dict[str, object]:
    """A row of `SESSIONS`."""
    return {
        **dict.fromkeys(SESSIONS.names, ""),
        "session_id": name,
        "cohort": cohort,
        "title": title,
        "key_text": key_text(title),
        "content_group": content_key(title, MARKERS),
        "starts_at": pd.Timestamp(starts) if starts else pd.NaT,
        "ends_at": pd.Timestamp(ends) if ends else pd.NaT,
    }


def sessions(*rows: dict[str, object]) -> pd.DataFrame:
    """A table `SESSIONS`."""
    return SESSIONS.conform(pd.DataFrame(rows))


PROGRAMME = sessions(
    session("a", "Managing feline CKD", "2024-06-13 10:00", "2024-06-13 10:40"),
    session("b", "MANAGING FELINE C.K.D.  [Repeat]", "2024-06-13 15:00", "2024-06-13 15:40"),
    session("c", "Lameness workup", None, None),
    session("d", "Lameness workup", None, None, cohort="this_year"),
    session("e", "CAFE STYLE COACHING - A DEBUT", "2024-06-14 09:00", "2024-06-14 09:30"),
    session("f", "Never scanned", "2024-06-14 09:00", "2024-06-14 09:30"),
)
PEOPLE = pd.DataFrame(
    {
        "cohort": ["last_year_main", "last_year_main", "this_year"],
        "badge_id": ["1", "2", "1"],
        "person_id": ["p1", "p2", "p1"],
        "show_ref": ["BVA2024", "BVA2024", "BVA2025"],
        "company": ["Oak Vets", "", "Oak Vets"],
        "job_title": "vet",
        "country": "UK",
        "badge_type": "Delegate",
        "email_domain": "oak.example",
    }
)
