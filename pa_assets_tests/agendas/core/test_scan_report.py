import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.attendance import match_attendance
from pa_assets.agendas.core.known_scan_files import KNOWN_SCAN_FILES, known_scan_files
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.scan_report import match_report, scan_delivery, unmatched_titles
from pa_assets.agendas.core.scans import process_scans
from pa_assets.agendas.core.tables import COHORTS, VISITORS

from .preparation import EVENT, sourced
from .scan_rows import MARKERS, PEOPLE, PROGRAMME, REFERENCE, process, scan
from .test_scans import SCAN

ROWS = [
    scan("1", "MT1", "2024-06-13 10:05"),
    scan("1", "MT1", "2024-06-13 10:05"),
    scan("1", "MT2", "2024-06-13 10:31"),
    scan("99", "MT1"),
    scan("99", "EQ1"),
    scan("1", "CAF"),
    scan("2", "CAF"),
    scan("", "MT1"),
    scan("1", ""),
    scan("1", "ZZ"),
    scan("1", "XX"),
]


def report(rows: list[dict[str, object]], programme: pd.DataFrame) -> tuple[pd.DataFrame, Prepared]:
    delivered, reference = {"last_year_main": sourced(rows)}, {"last_year_main": REFERENCE}
    scans = process_scans(delivered, reference, EVENT)
    attendance = match_attendance(scans.table, programme, PEOPLE, EVENT, MARKERS)
    delivery = scan_delivery(scans, delivered, reference)
    return match_report(delivery, attendance, programme, MARKERS).set_index("cohort"), attendance


def test_the_report_says_where_every_scan_went() -> None:
    table, attendance = report(ROWS, PROGRAMME[PROGRAMME["session_id"] != "e"])
    assert table.loc["last_year_main"].to_dict() == {
        "delivered": 11,
        "duplicates": 1,
        "blank_badges": 1,
        "blank_short_names": 1,
        "unknown_short_names": 1,
        "ambiguous_short_names": 1,
        "without_session": 2,
        "without_visitor": 2,
        "matched": 2,
        "share_matched": 0.2,
        "attendances": 1,
        "unknown_badges": 1,
        "seminars_without_session": 3,
        "sessions_not_attended": 3,
    }
    assert table.loc["this_year", "sessions_not_attended"] == 1
    assert pd.isna(table.loc["this_year", "share_matched"])
    assert unmatched_titles(attendance).to_dict("records") == [
        {"title": "Café-style coaching; a début", "cohort": "last_year_main", "scans": 2}
    ]


@settings(max_examples=20, deadline=None)
@given(st.lists(SCAN, max_size=15))
def test_rows_of_the_report_add_up(rows: list[dict[str, object]]) -> None:
    table, _ = report(rows, PROGRAMME)
    parts = [
        *("duplicates", "blank_badges", "blank_short_names", "unknown_short_names", "ambiguous_short_names"),
        *("without_session", "without_visitor", "matched"),
    ]
    assert table[parts].sum(axis=1).tolist() == table["delivered"].tolist()
    assert table["delivered"].to_dict() == {"this_year": 0, "last_year_main": len(rows), "last_year_secondary": 0}


def test_known_files_hold_the_scans_in_time_and_nothing_that_names_a_person() -> None:
    scans = process(scan("9", "EQ1", "2024-06-13 11:00"), scan("1", "MT1", "2024-06-13 10:05", "")).table
    files = known_scan_files(scans, PEOPLE, COHORTS)
    assert sorted(files) == sorted(file.name for file in KNOWN_SCAN_FILES)
    visited = files["sessions_visited_last_bva.csv"].to_dict("records")
    assert visited[0] == {
        "Badge Id": "1",
        "Short Name": "MT1",
        "Scan Date": pd.Timestamp("2024-06-13 10:05"),
        "File": "rows.json",
        "Seminar Name": "Managing Feline CKD!",
        "key_text": "managingfelineckd",
        "Company": "Oak Vets",
        "JobTitle": "vet",
        "Country": "UK",
        "BadgeType": "Delegate",
        "Email_domain": "oak.example",
    }
    assert (visited[1]["Badge Id"], visited[1]["Company"]) == ("9", "")
    assert list(files["scan_bva_past.csv"].columns) == list(visited[0])[:6]
    assert files["scan_lva_past.csv"].empty and files["scan_this_post.csv"].empty
    named = {"forename", "surname", "email", "tel", "mobile", "title"}
    assert named < set(VISITORS.names)
    assert not any(named & set(file.columns.values()) for file in KNOWN_SCAN_FILES)
    minutes = [scan("1", "MT1", f"2024-06-13 10:{minute}") for minute in range(10, 20)]
    assert known_scan_files(process(*minutes).table, PEOPLE, COHORTS)["scan_bva_past.csv"][
        "Scan Date"
    ].is_monotonic_increasing
    assert "scan_this_post.csv" not in known_scan_files(scans, PEOPLE, ["last_year_main", "last_year_secondary"])
