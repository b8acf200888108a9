import gzip
import os
from pathlib import Path

import pandas as pd
import pytest

from pa_assets.agendas.config_files import load_event
from pa_assets.agendas.demo.pentabarf import (
    ProgrammeFormatError,
    import_programme,
    read_pentabarf,
    read_programme,
    read_programme_csv,
)
from pa_assets.agendas.demo.programme import COLUMNS
from pa_assets.agendas.demo.real_events import fosdem_config
from pa_assets.agendas.demo.real_programme import visitors_on_programme

SCHEDULE = """<?xml version="1.0" encoding="UTF-8"?>
<schedule>
  <conference><title>Tiny</title></conference>
  <tracks><track slug="rust">Rust</track></tracks>
  <day index="1" date="2025-02-01">
    <room name="Janson">
      <event id="11">
        <date>2025-02-01T09:30:00+01:00</date><start>09:30</start><duration>00:50</duration><room>Janson</room>
        <title>Safe  parsing</title><track slug="rust">Rust devroom</track>
        <abstract>&lt;p&gt;One &amp;amp; two.&lt;/p&gt;</abstract><description>&lt;p&gt;Three.&lt;/p&gt;</description>
        <persons><person id="1">Ada L.</person><person id="2">Alan T.</person></persons>
      </event>
      <event id="12">
        <start>23:30</start><duration>01:00</duration><title>Late show</title><track/><abstract/><persons/>
      </event>
    </room>
  </day>
</schedule>
"""


def _write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_schedule_becomes_one_row_per_speaker(tmp_path: Path) -> None:
    rows = read_pentabarf(_write(tmp_path / "s.xml", SCHEDULE))
    assert list(rows.columns) == list(COLUMNS)
    assert rows["session_id"].tolist() == ["11", "11", "12"] and rows["speaker"].tolist() == ["Ada L.", "Alan T.", ""]
    first, last = rows.iloc[0], rows.iloc[2]
    assert (first["date"], first["start_time"], first["end_time"]) == ("2025-02-01", "09:30:00", "10:20:00")
    assert first["stream"] == "Rust" and first["synopsis_stripped"] == "One & two. Three."
    assert first["title"] == "Safe parsing" and first["theatre__name"] == "Janson"
    assert (last["date"], last["end_time"], last["stream"], last["theatre__name"]) == (
        "2025-02-01",
        "00:30:00",
        "",
        "Janson",
    )


def test_a_gzipped_schedule_reads_the_same(tmp_path: Path) -> None:
    packed = tmp_path / "s.xml.gz"
    packed.write_bytes(gzip.compress(SCHEDULE.encode()))
    plain = read_programme(_write(tmp_path / "s.xml", SCHEDULE))
    pd.testing.assert_frame_equal(read_programme(packed), plain)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<rss><channel/></rss>", "root element is <rss>, not a Pentabarf <schedule>"),
        ("<schedule><day>", "broken XML"),
        (SCHEDULE.replace("<duration>00:50<", "<duration>soon<"), "event 11: duration 'soon' is not HH:MM"),
        (SCHEDULE.replace('<event id="12">', "<event>"), "no id or no title"),
        ('<!DOCTYPE x [<!ENTITY a "b">]>\n<schedule><day>&a;</day></schedule>', "unsafe"),
    ],
)
def test_other_xml_is_refused_with_the_mend(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProgrammeFormatError, match=message) as caught:
        read_pentabarf(_write(tmp_path / "s.xml", text))
    assert "s.xml" in str(caught.value)


def test_a_cut_off_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.xml.gz"
    path.write_bytes(gzip.compress(SCHEDULE.encode())[:-20])
    with pytest.raises(ProgrammeFormatError, match="broken gzip"):
        read_programme(path)


def test_a_csv_is_recognised_by_its_columns(tmp_path: Path) -> None:
    text = "type,title,abstract,date,startTime,endTime,room\nTalk,Clouds,<p>Sky</p>,2024-12-03,16:00,17:00,Hall | B\n"
    (row,) = read_programme(_write(tmp_path / "p.csv", text)).to_dict("records")
    assert (row["title"], row["start_time"], row["end_time"], row["theatre__name"]) == (
        "Clouds",
        "16:00:00",
        "17:00:00",
        "Hall | B",
    )
    assert row["synopsis_stripped"] == "Sky" and row["stream"] == "" and len(row["session_id"]) == 12
    header = "session_id,title,synopsis,room,track,date,start_time,end_time,speakers"
    text = f"{header}\n7,T,S,R,Go devroom,2024-01-01,9:00,9:30,A; B\n"
    rows = read_programme(_write(tmp_path / "q.csv", text))
    assert rows["speaker"].tolist() == ["A", "B"] and set(rows["stream"]) == {"Go"} and set(rows["session_id"]) == {"7"}


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "p.csv", "Was,Wann,Von,Bis\nWolken,2024-12-03,16:00,17:00\n")
    with pytest.raises(ProgrammeFormatError, match="no column for title, date, start_time, end_time"):
        read_programme_csv(path)
    named = {"title": "Was", "date": "Wann", "start_time": "Von", "end_time": "Bis"}
    assert read_programme_csv(path, named)["title"].tolist() == ["Wolken"]
    with pytest.raises(ProgrammeFormatError, match="no column for Ende"):
        read_programme_csv(path, {**named, "end_time": "Ende"})


def test_an_imported_programme_is_a_landing_file(tmp_path: Path) -> None:
    rows = import_programme(_write(tmp_path / "s.xml", SCHEDULE), tmp_path / "landing" / "sessions_this_year.csv")
    written = pd.read_csv(tmp_path / "landing" / "sessions_this_year.csv", dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(written, rows.astype(object))


def _programme(year: int, prefix: str) -> pd.DataFrame:
    """Forty talks in five rooms and five tracks."""
    talks = [
        {
            "session_id": f"{prefix}{number}",
            "date": f"{year}-02-0{1 + number // 20}",
            "start_time": f"{9 + number % 20 // 5:02d}:00:00",
            "end_time": f"{9 + number % 20 // 5:02d}:50:00",
            "theatre__name": f"Room {number % 5}",
            "title": f"Talk {prefix}{number}",
            "stream": f"Track {(number + number // 5) % 5}",
            "synopsis_stripped": "About it.",
            "sponsored_session": "False",
            "sponsored_by": "No Data",
            "speaker": "Ada",
        }
        for number in range(40)
    ]
    return pd.DataFrame(talks)[list(COLUMNS)]


def test_visitors_come_to_a_real_programme(tmp_path: Path) -> None:
    show = visitors_on_programme(
        _programme(2025, "n"), _programme(2024, "o"), visitors=100, seed=3, landing=tmp_path / "l", truth=tmp_path / "t"
    )
    written = pd.read_csv(show.landing / "sessions_this_year.csv", dtype=str, keep_default_na=False)
    assert len(written) == 40 and written["stream"].eq("").sum() == 12
    streams = pd.read_csv(show.truth / "session_streams.csv", dtype=str)
    removed = streams[streams["removed"].eq("True")]
    assert len(removed) == 12 and removed["stream"].str.startswith("Track").all()
    assert set(removed["session_id"]) == set(written.loc[written["stream"].eq(""), "session_id"])
    scans = pd.read_csv(show.landing / "seminar_scans_last_year_main.csv", dtype=str)
    assert scans["Scan Date"].str[:4].eq("2024").all()
    assert not list(show.landing.glob("*secondary*"))


def test_a_programme_without_times_is_refused(tmp_path: Path) -> None:
    undated = _programme(2025, "n").assign(date="")
    with pytest.raises(ValueError, match="no session with id, title, date"):
        visitors_on_programme(undated, undated, visitors=30, seed=1, landing=tmp_path / "l", truth=tmp_path / "t")


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    path = _write(tmp_path / "fosdem.yaml", fosdem_config())
    assert load_event(path).event.show == "fosdem"


@pytest.mark.skipif(not Path(os.environ.get("PA_SHARED_DATA", ""), "fosdem").is_dir(), reason="PA_SHARED_DATA")
def test_fosdem_reads_alike_from_xml_and_csv() -> None:
    folder = Path(os.environ["PA_SHARED_DATA"]) / "fosdem"
    xml, table = read_pentabarf(folder / "schedule_2025.xml.gz"), read_programme_csv(folder / "sessions_2025.csv")
    assert len(xml) == len(table) and xml["session_id"].nunique() == 1105
    pd.testing.assert_series_equal(xml["title"], table["title"].astype(object))
    assert (xml["end_time"] == table["end_time"]).all() and (xml["stream"] == table["stream"]).all()
