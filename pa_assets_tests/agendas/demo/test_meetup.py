import json
import os
from pathlib import Path

import pandas as pd
import pytest

from pa_assets.agendas.config_files import load_event
from pa_assets.agendas.demo.meetup import MeetupFormatError, import_meetup
from pa_assets.agendas.demo.real_events import meetup_config

# 2014-01-01 18:00, 2014-02-01 18:00, 2014-03-01 18:00 and 2015-01-01 18:00 UTC
MOMENTS = {"e1": 1388599200000, "e2": 1391277600000, "e3": 1393696800000, "e4": 1420135200000, "e5": 1420135200000}


def write_meetup(folder: Path) -> None:
    """A tiny region: two groups, five meetings (nobody goes to e5), four members."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[list[object]]] = {
        "events": [
            ["event_id", "title", "synopsis", "time_ms", "group_id", "venue_id", "status"],
            *(
                [event, f"Meeting {event}", "Bring a map.", moment, "g1" if event < "e3" else "g2", "v1", "past"]
                for event, moment in MOMENTS.items()
            ),
        ],
        "rsvps": [
            ["event_id", "member_id", "response"],
            ["e1", "M1", "yes"],
            ["e1", "M2", "yes"],
            ["e2", "M1", "yes"],
            ["e3", "M2", "no"],
            ["e3", "M3", "yes"],
            ["e4", "M1", "yes"],
            ["e4", "M4", "yes"],
            ["e5", "M1", "no"],
        ],
        "members": [
            ["member_id", "topic_ids", "group_ids", "first_joined_ms"],
            ["M1", "7;8", "g1", 1388500000000],
            ["M2", "", "g1", 1388500000000],
            ["M3", "8", "g2", 1388500000000],
            ["M4", "7", "g2", 1420000000000],
        ],
        "groups": [["group_id", "name"], ["g1", "Hikers; Montana"], ["g2", "Coders"]],
        "groups_topics": [["group_id", "topic_id", "topic"], ["g1", "7", "Hiking"]],
        "venues": [["venue_id", "city", "lat", "lon"], ["v1", "Helena", "1", "2"]],
    }
    for name, rows in tables.items():
        pd.DataFrame(rows[1:], columns=rows[0]).to_csv(folder / f"{name}.csv", index=False)


def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_meetup(tmp_path / "source")
    return tmp_path / "source"


def test_meetings_before_the_split_are_last_years(source: Path, tmp_path: Path) -> None:
    show = import_meetup(source, tmp_path / "landing", tmp_path / "truth", pd.Timestamp("2014-06-01", tz="UTC"))
    past, now = (_csv(show.landing / f"sessions_{cohort}.csv") for cohort in ("last_year_main", "this_year"))
    assert past["session_id"].tolist() == ["e1", "e2", "e3"] and now["session_id"].tolist() == ["e4"]
    first = past.iloc[0]
    assert (first["date"], first["start_time"], first["end_time"]) == ("2014-01-01", "11:00:00", "13:00:00")
    assert first["stream"] == "Hikers, Montana" and first["theatre__name"] == "Helena v1"


def test_later_choices_are_kept_from_the_landing_folder(source: Path, tmp_path: Path) -> None:
    split = pd.Timestamp("2014-06-01", tz="UTC")
    show = import_meetup(source, tmp_path / "landing", tmp_path / "truth", split)
    scans = _csv(show.landing / "seminar_scans_last_year_main.csv")
    assert list(zip(scans["Badge Id"], scans["Short Name"], strict=True)) == [
        ("M1", "e1"),
        ("M2", "e1"),
        ("M1", "e2"),
        ("M3", "e3"),
    ]
    assert not (show.landing / "seminar_scans_this_year.csv").exists()
    later = _csv(show.truth / "this_year_attendance.csv")
    assert set(later["badge_id"]) == {"M1", "M4"} and set(later["session_id"]) == {"e4"}
    after = import_meetup(source, tmp_path / "landing2", tmp_path / "truth2", split, after_show=True)
    assert _csv(after.landing / "seminar_scans_this_year.csv")["Badge Id"].tolist() == ["M1", "M4"]


def test_members_register_under_their_pseudonym_in_both_years(source: Path, tmp_path: Path) -> None:
    show = import_meetup(source, tmp_path / "landing", tmp_path / "truth", pd.Timestamp("2014-06-01", tz="UTC"))
    (path,) = show.landing.glob("registrations_*.json")
    rows = pd.DataFrame(json.loads(path.read_text("utf-8")))
    by_code = {code: sorted(part["BadgeId"]) for code, part in rows.groupby("ShowRef")}
    assert by_code == {"MTN16": ["M1", "M2", "M3", "M4"], "MTN15": ["M1", "M2", "M3"]}
    assert set(rows["Forename"]) == {"Member"} and "m1@example.com" in set(rows["Email"])
    assert not rows.loc[rows["ShowRef"].eq("MTN16"), "Attended"].eq("Yes").any()
    (path,) = show.landing.glob("demographics_*.json")
    answers = {(row["showref"], row["BadgeId"]): row["AnswerText"] for row in json.loads(path.read_text("utf-8"))}
    assert answers[("MTN16", "M1")] == "Hiking;topic 8" and ("MTN16", "M2") not in answers


def test_a_split_that_leaves_one_side_empty_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no meeting on one side"):
        import_meetup(source, tmp_path / "landing", tmp_path / "truth", pd.Timestamp("2020-01-01", tz="UTC"))


def test_a_missing_file_or_column_is_named(source: Path, tmp_path: Path) -> None:
    table = _csv(source / "rsvps.csv")
    table.drop(columns="response").to_csv(source / "rsvps.csv", index=False)
    with pytest.raises(MeetupFormatError, match=r"rsvps\.csv: missing column\(s\) response"):
        import_meetup(source, tmp_path / "landing", tmp_path / "truth")
    table.to_csv(source / "rsvps.csv", index=False)
    (source / "venues.csv").unlink()
    with pytest.raises(MeetupFormatError, match=r"venues\.csv"):
        import_meetup(source, tmp_path / "landing", tmp_path / "truth")


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "config" / "montana.yaml"
    path.parent.mkdir()
    path.write_text(meetup_config(), "utf-8")
    assert load_event(path).event.shows_this_year == ["MTN16"]


@pytest.mark.skipif(not Path(os.environ.get("PA_SHARED_DATA", ""), "meetup_montana").is_dir(), reason="PA_SHARED_DATA")
def test_montana_splits_as_the_published_comparison_does(tmp_path: Path) -> None:
    source = Path(os.environ["PA_SHARED_DATA"]) / "meetup_montana"
    show = import_meetup(source, tmp_path / "landing", tmp_path / "truth")
    assert show.counts["sessions_last_year_main.csv"] == 860 and show.counts["sessions_this_year.csv"] == 249
    assert show.counts["seminar_scans_last_year_main.csv"] == 5870
