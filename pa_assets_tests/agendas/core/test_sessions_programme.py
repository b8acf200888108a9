import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import Sessions, StreamProcessing
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.sessions import process_programme
from pa_assets.agendas.core.sessions.markup import plain_text
from pa_assets.agendas.core.tables import SESSIONS
from pa_assets.agendas.core.text import fold, split_streams

from .preparation import EVENT, shuffled, sourced

SETTINGS = Sessions(
    titles_to_remove=["tbc session", "-", "Session to be confirmed", "[cancelled]*"],
    sponsor_names={"IDEXX": "IDEXX Laboratories"},
    theatre_aliases={"MT": "Main Theatre", "qr": "Quiet room 1"},
    theatres_to_remove=["quiet room*"],
)
STREAMS = StreamProcessing(rename={"Cats": "Feline"})


def session(**changes: object) -> dict[str, object]:
    return {
        "session_id": "1001",
        "date": "2025-06-12",
        "start_time": "10:00:00",
        "end_time": "10:40:00",
        "theatre__name": "Main Theatre",
        "title": "Managing feline CKD",
        "stream": "Feline;Internal Medicine",
        "synopsis_stripped": "Practical update",
        "sponsored_session": "False",
        "sponsored_by": "No Data",
        "speaker": "Dr A",
        **changes,
    }


def process(*rows: dict[str, object], cohort: str = "this_year", settings: Sessions = SETTINGS) -> Prepared:
    return process_programme({cohort: sourced(list(rows))}, EVENT, settings, STREAMS)


def only(*rows: dict[str, object], cohort: str = "this_year") -> dict[str, object]:
    (row,) = process(*rows, cohort=cohort).table.to_dict("records")
    return row


def test_a_session() -> None:
    assert only(session()) == {
        "session_id": "1001",
        "cohort": "this_year",
        "date": "2025-06-12",
        "start_time": "10:00:00",
        "end_time": "10:40:00",
        "theatre__name": "Main Theatre",
        "title": "Managing feline CKD",
        "stream": "Feline; Internal Medicine",
        "synopsis_stripped": "Practical update",
        "sponsored_session": "False",
        "sponsored_by": "",
        "key_text": "managingfelineckd",
        "speakers": "Dr A",
        "starts_at": pd.Timestamp("2025-06-12 10:00"),
        "ends_at": pd.Timestamp("2025-06-12 10:40"),
        "content_group": "managingfelineckd",
    }


def test_other_names_and_full_timestamps_give_the_same_session() -> None:
    other = {
        "Code": "1001",
        "Starts": "2025-06-12T09:00:00Z",
        "Ends": "2025-06-12T10:40",
        "Room": " Main   Theatre ",
        "Title": "<b>Managing</b> feline CKD",
        "Track": "Feline;Internal Medicine",
        "Abstract": "<p>Practical&nbsp;update</p>",
        "Sponsored Session": "False",
        "Presenters": "Dr A",
    }
    assert only(other) == only(session())


def test_rows_of_one_session_are_folded_with_all_speakers_and_streams() -> None:
    rows = [
        session(speaker="Dr B", stream="Nursing"),
        session(synopsis_stripped=""),
        session(title="MANAGING feline CKD"),
    ]
    prepared = process(*rows)
    (row,) = prepared.table.to_dict("records")
    assert row["speakers"] == "Dr A; Dr B"
    assert row["stream"] == "Feline; Internal Medicine; Nursing"
    assert row["synopsis_stripped"] == "Practical update"
    assert prepared.folded == {"further row of the same session": 2}


def test_a_repeat_at_another_slot_is_another_session() -> None:
    assert len(process(session(), session(session_id="1002", start_time="14:00", end_time="14:40")).table) == 2


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"title": "TBC  Session. "}, "title is no session", "'TBC Session.'"),
        ({"title": "session to be confirmed…"}, "title is no session", ""),
        ({"title": "-"}, "title is no session", ""),
        ({"title": "[CANCELLED]  Feline CKD"}, "title is no session", ""),
        ({"title": ""}, "blank title", ""),
        ({"title": "None"}, "blank title", ""),
        ({"title": "???"}, "blank title", ""),
        (
            {"title": "", "synopsis_stripped": "<p></p>", "theatre__name": "N/A", "stream": "na"},
            "no title, synopsis, theatre or stream",
            "",
        ),
        ({"theatre__name": "Quiet  ROOM 2"}, "theatre is no room", "'Quiet ROOM 2'"),
        ({"theatre__name": "QR"}, "theatre is no room", "'QR'"),
        ({"session_id": " "}, "blank session id", ""),
        ({"end_time": "10:00"}, "ends before it starts", "from 2025-06-12 10:00:00 to 10:00:00"),
        ({"end_time": "09:00"}, "ends before it starts", ""),
        ({"date": ""}, "no date or time", ""),
        ({"end_time": "nan"}, "no date or time", ""),
        ({"date": "13/14/2025"}, "date or time not understood", "date '13/14/2025'"),
        ({"date": "2025-13-40"}, "date or time not understood", "date '2025-13-40'"),
        ({"start_time": "25:61"}, "date or time not understood", "start '25:61'"),
    ],
)
def test_rows_that_are_no_session_are_set_aside(changes: dict[str, object], reason: str, detail: str) -> None:
    prepared = process(session(**changes), session(session_id="ok"))
    assert prepared.quarantined == {reason: 1}
    assert detail in prepared.quarantine.loc[0, "detail"]
    assert prepared.table["session_id"].tolist() == ["ok"]


def test_past_sessions_without_time_stay() -> None:
    row = only(session(date="", start_time="", end_time=""), cohort="last_year_main")
    assert row["starts_at"] is pd.NaT
    assert row["date"] == row["start_time"] == ""


def test_overnight_sessions_are_allowed_by_setting() -> None:
    rows = [session(start_time="23:00", end_time="01:00")]
    assert process(*rows).quarantined == {"ends before it starts": 1}
    table = process(*rows, settings=Sessions(overnight=True)).table
    assert table["ends_at"].tolist() == [pd.Timestamp("2025-06-13 01:00")]


def test_an_id_belongs_to_the_session_most_rows_give() -> None:
    prepared = process(session(title="Another"), session(), session(speaker="Dr B"), session(start_time="10:10"))
    assert prepared.quarantined == {"session id used twice": 2}
    assert prepared.table["title"].tolist() == ["Managing feline CKD"]
    assert "1001" in prepared.quarantine.loc[0, "detail"]


@pytest.mark.parametrize(
    ("date", "time", "start"),
    [
        ("12/06/2025", "10:00", "10:00:00"),
        ("2025-06-12 00:00:00", "10.00", "10:00:00"),
        ("12 June 2025", "9:30 AM", "09:30:00"),
        ("Thursday 12 June 2025", "9:30AM", "09:30:00"),
        ("2025-06-12T09:30:00", "", "09:30:00"),
        ("2025-06-12T08:30:00Z", "", "09:30:00"),
        ("2025-06-11T23:00:00Z", "10:00", "10:00:00"),
        ("2025-06-12", "1899-12-30 10:00:00", "10:00:00"),
        ("", "2025-06-12T10:00:00+01:00", "10:00:00"),
        ("2025-06-11", "2025-06-12 10:00", "10:00:00"),
    ],
)
def test_dates_and_times_as_people_write_them(date: str, time: str, start: str) -> None:
    row = only(session(date=date, start_time=time))
    assert (row["date"], row["start_time"]) == ("2025-06-12", start)
    assert row["starts_at"] == pd.Timestamp(f"2025-06-12 {start}")
    assert row["ends_at"] == pd.Timestamp("2025-06-12 10:40")


def test_dates_are_read_in_the_order_of_the_event() -> None:
    american = EVENT.model_copy(update={"date_order": "month_first"})
    rows = {"this_year": sourced([session(date="06/12/2025")])}
    assert process_programme(rows, american, SETTINGS, STREAMS).table["date"].tolist() == ["2025-06-12"]
    assert process_programme(rows, EVENT, SETTINGS, STREAMS).table["date"].tolist() == ["2025-12-06"]


def test_streams_are_spelled_alike_over_all_programmes() -> None:
    rows = {
        "this_year": sourced(
            [session(stream="feline;CATS; equine "), session(session_id="2", title="Other", stream="N/A")]
        ),
        "last_year_main": sourced([session(session_id=str(number), stream="Equine") for number in range(2)]),
    }
    table = process_programme(rows, EVENT, SETTINGS, STREAMS).table
    assert table["stream"].tolist() == ["Equine", "Equine", "Feline; Equine", ""]


def test_sponsors_are_spelled_out_and_unknown_codes_noted() -> None:
    prepared = process(session(sponsored_by=" idexx "), session(session_id="2", sponsored_by="NVS"))
    assert prepared.table["sponsored_by"].tolist() == ["IDEXX Laboratories", "NVS"]
    assert prepared.notes == {"sponsor code NVS not in sessions.sponsor_names": 1}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>One<br/>two</p><ul><li>three</li></ul>", "One two three"),
        ("Food &amp; drink", "Food & drink"),
        ("if a < b and c > d, p<0.05", "if a < b and c > d, p<0.05"),
        ("use <vector> here", "use <vector> here"),
        ("<script>alert(1)</script>safe", "safe"),
    ],
)
def test_markup(text: str, plain: str) -> None:
    assert plain_text(text) == plain


def test_nothing_in_nothing_out() -> None:
    assert process_programme({}, EVENT, SETTINGS, STREAMS).table.columns.tolist() == SESSIONS.names


def test_slots_of_a_talk_are_one_content_group_and_complete_one_another() -> None:
    prepared = process(
        session(title="Managing feline CKD (sponsored by Acme)", stream="Feline", speaker="Dr A", sponsored_by=""),
        session(
            session_id="1002",
            title="[Repeat] Managing feline CKD",
            start_time="14:00",
            end_time="14:40",
            stream="Nursing; feline",
            synopsis_stripped="",
            sponsored_session="",
            speaker="Dr B",
        ),
        session(session_id="1003", title="Other", stream="Equine"),
    )
    own, repeat, other = prepared.table.to_dict("records")
    assert own["content_group"] == repeat["content_group"] == "managingfelineckd" != other["content_group"]
    assert (own["key_text"], repeat["key_text"]) == ("managingfelineckdsponsoredbyacme", "repeatmanagingfelineckd")
    assert (own["stream"], repeat["stream"], other["stream"]) == ("Feline; Nursing", "Nursing; Feline", "Equine")
    assert (own["speakers"], repeat["speakers"]) == ("Dr A; Dr B", "Dr B; Dr A")
    assert repeat["synopsis_stripped"] == "Practical update"
    assert own["sponsored_by"] == repeat["sponsored_by"] == "Acme"
    assert (own["sponsored_session"], repeat["sponsored_session"]) == ("False", "True")
    assert own["title"] == "Managing feline CKD (sponsored by Acme)"
    assert prepared.notes == {
        "sponsor taken from the title": 1,
        "sponsored_by completed from another slot of the talk": 1,
        "speakers completed from another slot of the talk": 2,
        "stream completed from another slot of the talk": 1,
        "synopsis_stripped completed from another slot of the talk": 1,
    }


def test_different_talks_of_one_title_share_nothing_but_the_title() -> None:
    prepared = process(
        session(title="Panel discussion", synopsis_stripped="Renal diets for old cats in practice", stream="Feline"),
        session(
            session_id="2",
            title="Panel discussion",
            synopsis_stripped="Who buys the next clinic, and why money follows vets",
            start_time="14:00",
            end_time="14:40",
            stream="Business",
            speaker="Dr B",
        ),
    )
    assert prepared.table["stream"].tolist() == ["Feline", "Business"]
    assert prepared.table["speakers"].tolist() == ["Dr A", "Dr B"]
    assert prepared.notes == {"title shared by talks with different synopses": 1}


def test_slots_of_different_cohorts_share_nothing() -> None:
    rows = {
        "this_year": sourced([session(stream="Feline")]),
        "last_year_main": sourced([session(stream="Nursing", speaker="Dr B")]),
    }
    table = process_programme(rows, EVENT, SETTINGS, STREAMS).table
    assert table["stream"].tolist() == ["Nursing", "Feline"]
    assert table["speakers"].tolist() == ["Dr B", "Dr A"]


def test_a_sponsor_is_not_taken_from_slots_that_name_different_ones() -> None:
    rows = [
        session(session_id=name, start_time=start, end_time="18:00", sponsored_by=name)
        for name, start in (("Acme Ltd", "10:00"), ("Bolt Ltd", "11:00"), ("No Data", "12:00"))
    ]
    assert process(*rows).table["sponsored_by"].tolist() == ["Acme Ltd", "Bolt Ltd", ""]


def test_theatres_are_one_name_before_rows_are_compared() -> None:
    names = ["Main Theatre", "MAIN  theatre", "mt", "Main Theatre", ""]
    prepared = process(*[session(theatre__name=name, speaker=f"Dr {at}") for at, name in enumerate(names)])
    assert prepared.quarantined == {}
    (row,) = prepared.table.to_dict("records")
    assert row["theatre__name"] == "Main Theatre"
    assert row["speakers"] == "Dr 0; Dr 1; Dr 2; Dr 3; Dr 4"


def test_theatres_are_spelled_alike_over_all_programmes() -> None:
    rows = {
        "this_year": sourced([session(theatre__name="HALL 2"), session(session_id="2", theatre__name="Hall 1.1")]),
        "last_year_main": sourced([session(session_id=str(at), theatre__name="Hall 2") for at in range(2)]),
    }
    table = process_programme(rows, EVENT, SETTINGS, STREAMS).table
    assert table["theatre__name"].tolist() == ["Hall 2", "Hall 2", "Hall 2", "Hall 1.1"]


def test_sponsors_are_found_in_titles_where_none_is_named() -> None:
    rows = [
        session(session_id="1", title="One (sponsored by IDEXX)", sponsored_by="No Data", sponsored_session=""),
        session(session_id="2", title="Two (sponsored by IDEXX)", sponsored_by="Acme Ltd", sponsored_session=""),
        session(session_id="3", title="Three (sponsored by Boo)", sponsored_by="", sponsored_session="False"),
    ]
    table = process(*rows).table
    assert table["sponsored_by"].tolist() == ["IDEXX Laboratories", "Acme Ltd", "Boo"]
    assert table["sponsored_session"].tolist() == ["True", "True", "False"]
    assert process(*rows).notes == {"sponsor taken from the title": 2}


def test_a_row_that_names_nobody_hides_no_sponsor() -> None:
    row = only(
        session(sponsored_by="No Data", sponsored_session="False"),
        session(sponsored_by="Acme", sponsored_session="True"),
    )
    assert (row["sponsored_by"], row["sponsored_session"]) == ("Acme", "True")


def test_what_says_that_nobody_sponsors_is_kept_as_the_settings_spell_it() -> None:
    settings = Sessions(sponsor_names={"No Data": "Not Sponsored"})
    rows = [session(), session(session_id="2", title="Two (sponsored by Acme)")]
    assert process(*rows, settings=settings).table["sponsored_by"].tolist() == ["Not Sponsored", "Acme"]


def without_ids(*rows: dict[str, object], absent: tuple[str, ...] = ("session_id",)) -> Prepared:
    bare = [{name: value for name, value in row.items() if name != "session_id"} for row in rows]
    return process_programme({"this_year": sourced(bare)}, EVENT, SETTINGS, STREAMS, absent)


def test_ids_are_made_of_talk_slot_and_theatre_where_the_show_has_none() -> None:
    rows = [
        session(speaker="Dr A"),
        session(speaker="Dr B", title="managing FELINE ckd [repeat]", theatre__name=" main theatre"),
        session(start_time="11:00", end_time="11:40"),
        session(theatre__name="Hall 2"),
        session(title="Other"),
    ]
    prepared = without_ids(*rows)
    assert prepared.folded == {"further row of the same session": 1}
    ids = prepared.table["session_id"]
    assert ids.is_unique and len(ids) == 4 and ids.str.fullmatch("[0-9a-f]{16}").all()
    assert set(without_ids(*reversed(rows)).table["session_id"]) == set(ids)
    assert set(without_ids(rows[4]).table["session_id"]) < set(ids)
    assert without_ids(*rows, absent=()).quarantined == {"blank session id": 5}


def test_an_id_made_of_content_never_changes() -> None:
    """Ids stand in graphs and exports: a change of the recipe would orphan them."""
    assert without_ids(session()).table["session_id"].tolist() == ["0333bcfa9968d52e"]


def test_ids_that_a_file_gives_stay_beside_those_that_are_made() -> None:
    prepared = process_programme(
        {"this_year": sourced([session(session_id="A1"), session(session_id="", title="Other")])},
        EVENT,
        SETTINGS,
        STREAMS,
        ("session_id",),
    )
    assert sorted(map(len, prepared.table["session_id"])) == [2, 16]


@pytest.mark.parametrize(
    "text", ["&amp;amp; so on", "&lt;p&gt;one&lt;/p&gt; &amp;lt;b&amp;gt;two", "a &lt b", "&&amp;"]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain_text(plain_text(text)) == plain_text(text)


TITLES = ["A talk", "a  TALK!", "A talk [repeat]", "A talk (sponsored by IDEXX)", "Other", "TBC session", "-", ""]
ROW = st.fixed_dictionaries(
    {
        "session_id": st.sampled_from(["1", "2", "3", "", "None"]),
        "date": st.sampled_from(["2025-06-12", "12/06/2025", "", "soon"]),
        "start_time": st.sampled_from(["10:00", "11:00", "", "noon"]),
        "end_time": st.sampled_from(["10:40", "09:00", "11:40", ""]),
        "theatre__name": st.sampled_from(["Main", "main ", "MT", "Hall", "quiet room 3", ""]),
        "title": st.sampled_from(TITLES) | st.text(max_size=5),
        "stream": st.sampled_from(["Feline;Equine", "feline", "Cats", "", "NA"]) | st.text(max_size=5),
        "synopsis_stripped": st.sampled_from(["<p>x", "longer", ""]) | st.text(alphabet="<>&;/abp! -", max_size=12),
        "speaker": st.sampled_from(["Dr A", "Dr B", ""]),
        "sponsored_by": st.sampled_from(["IDEXX", "NVS", "No Data", ""]),
        "sponsored_session": st.sampled_from(["True", "False", ""]),
    }
)


ROWS = st.lists(ROW, min_size=1, max_size=12)
ABSENT = st.sampled_from([(), ("session_id",)])


@settings(max_examples=25, deadline=None)
@given(ROWS, st.integers(0, 5), st.sampled_from(["this_year", "last_year_main"]), ABSENT)
def test_no_row_is_lost_and_the_order_of_rows_does_not_count(
    rows: list[dict[str, object]], seed: int, cohort: str, absent: tuple[str, ...]
) -> None:
    delivered = sourced(rows)
    prepared = process_programme({cohort: delivered}, EVENT, SETTINGS, STREAMS, absent)
    SESSIONS.check(prepared.table)
    assert len(prepared.table) + len(prepared.quarantine) + sum(prepared.folded.values()) == len(rows)
    again = process_programme({cohort: shuffled(delivered, seed)}, EVENT, SETTINGS, STREAMS, absent)
    pd.testing.assert_frame_equal(prepared.table, again.table)
    assert again.quarantined == prepared.quarantined
    assert again.notes == prepared.notes


@settings(max_examples=25, deadline=None)
@given(ROWS, ABSENT)
def test_a_clean_programme_stays_as_it_is(rows: list[dict[str, object]], absent: tuple[str, ...]) -> None:
    cohorts = {"this_year": sourced(rows), "last_year_main": sourced(rows[::2])}
    table = process_programme(cohorts, EVENT, SETTINGS, STREAMS, absent).table
    texts = table.drop(columns=["starts_at", "ends_at"])
    clean = {str(cohort): sourced(own.to_dict("records")) for cohort, own in texts.groupby("cohort")}
    again = process_programme(clean, EVENT, SETTINGS, STREAMS, absent)
    assert again.quarantined == {} and again.folded == {}
    pd.testing.assert_frame_equal(again.table, table)


@settings(max_examples=15, deadline=None)
@given(ROWS)
def test_speakers_and_streams_survive_folding(rows: list[dict[str, object]]) -> None:
    prepared = process(*rows)
    aside = set(prepared.quarantine["source_row"])
    kept = [row for number, row in enumerate(rows, start=1) if number not in aside]
    sessions = prepared.table.set_index("session_id")
    for row in kept:
        own = sessions.loc[str(row["session_id"])]
        assert str(row["speaker"]) in [*own["speakers"].split("; "), ""]
        renamed = str(row["stream"]).replace("Cats", "Feline")
        delivered = {fold(stream) for stream in split_streams(plain_text(renamed))}
        assert delivered <= {fold(stream) for stream in split_streams(own["stream"])}
