import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pa_assets.agendas.core.streams.review import (
    DECISION_COLUMNS,
    NO_STREAM,
    Decision,
    decided,
    decision_notes,
    in_force,
    not_recorded,
    resolved,
    table_of,
    understood,
    written_on,
)
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, THIS_YEAR
from pa_assets_tests.agendas.core.programme import session, table

EARLY, LATE = "2025-10-01T00:00:00.000000Z", "2025-10-02T00:00:00.000000Z"


def decision(session_id="1", title="Colic", streams="Equine", at=EARLY, by="pa review", talk=None):
    talk = title.lower().replace(" ", "") if talk is None else talk
    return Decision(session_id, talk, title, streams, at, by)


def answers(sessions, *decisions, names=()):
    return decided(sessions, table_of(decisions), names)["streams"].tolist()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Feline", "Feline"),
        (" Feline ;Internal  Medicine; feline", "Feline; Internal Medicine"),
        ("Feline (0.42); Equine (0.31)", "Feline; Equine"),
        ("Cats (indoor)", "Cats (indoor)"),
        ("-", NO_STREAM),
        ("\u2013", NO_STREAM),
        ("None", NO_STREAM),
        ("", ""),
        ("  ", ""),
        ("NA", ""),
        (" ; ", ""),
    ],
)
def test_what_people_write(written: str, kept: str) -> None:
    assert understood(written) == kept
    assert understood(kept) == kept


def test_a_decision_is_for_its_session_then_for_its_talk() -> None:
    sessions = table(session("1", "Colic"), session("2", "Colic"), session("3", "Cats"))
    assert answers(sessions, decision("1")) == ["Equine", "Equine", ""]
    both = (decision("1", streams="Equine", at=EARLY), decision("2", streams="Surgery", at=LATE))
    assert answers(sessions, *both) == ["Equine", "Surgery", ""]
    assert (
        answers(table(session("9", "Colic")), *both)
        == answers(table(session("9", "Colic")), *both[::-1])
        == ["Surgery"]
    )


def test_a_decision_is_found_again_next_year_under_another_identifier() -> None:
    sessions = table(session("900", "COLIC!", cohort=LAST_YEAR_MAIN), session("1", "Something else"))
    assert answers(sessions, decision("1", "Colic")) == ["Equine", ""]
    found = decided(sessions, table_of([decision("1", "Colic")]))
    assert found["by"].tolist() == ["pa review", ""]


def test_an_identifier_that_another_talk_took_over_keeps_no_decision() -> None:
    assert answers(table(session("1", "Feline kidneys")), decision("1", "Colic")) == [""]


def test_the_latest_decision_wins_and_can_be_taken_back() -> None:
    sessions = table(session("1", "Colic"))
    late, early = decision(streams="Surgery", at=LATE), decision(streams="Equine", at=EARLY)
    assert answers(sessions, late, early) == answers(sessions, early, late) == ["Surgery"]
    assert answers(sessions, late, decision(streams="Nursing", at="")) == ["Nursing"]
    back = decision(streams="", at=LATE)
    assert answers(sessions, early, back) == [""]
    assert decided(sessions, table_of([early, back]))["by"].tolist() == [""]
    assert answers(sessions, decision(streams="-")) == [NO_STREAM]


def test_streams_are_spelled_as_in_the_catalogue() -> None:
    sessions = table(session("1", "Colic"))
    assert answers(sessions, decision(streams="equine;  NEW one"), names=["Equine"]) == ["Equine; NEW one"]


def test_the_index_of_the_sessions_stays() -> None:
    sessions = table(session("1", "Colic"), session("2", "Cats")).set_axis([7, 3], axis=0)
    assert decided(sessions, table_of([])).index.tolist() == [7, 3]
    assert decided(sessions.head(0), table_of([decision()])).columns.tolist() == ["streams", "by"]


def test_notes_name_unknown_streams_and_count_what_is_gone() -> None:
    sessions = table(session("1", "Colic"))
    decisions = [decision(streams="Equin; -x"), decision("7", "Gone", streams="Elsewhere"), decision("8", "Off", "")]
    notes = decision_notes(sessions, table_of(decisions), ["Equine"])
    assert len(notes) == 2
    assert "'-x' (1), 'Equin' (1)" in notes[0] and "Elsewhere" not in notes[0]
    assert notes[1].startswith("1 decision(s) are about sessions that no programme holds now")
    assert (
        decision_notes(sessions, table_of([decision(streams="-"), decision("2", streams="EQUINE")]), ["Equine"]) == []
    )


def test_only_filled_cells_of_the_list_are_decisions() -> None:
    review = pd.DataFrame({"session_id": ["1", "2"], "title": ["Colic", "Cats"], "decision": ["Equine", ""]})
    written = written_on(review, by="review list")
    assert list(written.columns) == list(DECISION_COLUMNS)
    assert written.to_numpy().tolist() == [["1", "", "Colic", "Equine", "", "review list"]]
    assert written_on(review.drop(columns="decision"), by="x").empty


def test_what_is_recorded_already_is_not_recorded_again() -> None:
    written = table_of([decision(at="", talk=""), decision("2", "Cats", "Feline", "", talk="")])
    assert not_recorded(written, table_of([decision()]))["session_id"].tolist() == ["2"]
    changed = table_of([decision(), decision(streams="Surgery", at=LATE)])
    assert not_recorded(written, changed)["session_id"].tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("written", "cohort", "found"),
    [
        (("007", "Colic"), THIS_YEAR, ("007", "colic")),
        (("7", "Colic"), THIS_YEAR, ("007", "colic")),
        (("007", "C?lic"), THIS_YEAR, ("007", "colic")),
        (("007", ""), "", ("007", "colic")),
        (("", "colic"), "", ("007", "colic")),
        (("5", "Old cats"), "", ("5", "oldcats")),
        (("99", "Never Seen"), THIS_YEAR, ("99", "neverseen")),
        (("99", ""), "", ("99", "")),
    ],
)
def test_a_session_is_known_by_identifier_and_title(written, cohort, found) -> None:
    sessions = table(session("007", "Colic"), session("5", "Cats"), session("5", "Old cats", cohort=LAST_YEAR_MAIN))
    row = Decision(written[0], "", written[1], "Equine")
    result = resolved(table_of([row]), sessions, [cohort])
    assert (result.loc[0, "session_id"], result.loc[0, "content_group"]) == found


def test_talks_of_one_title_are_told_apart_by_identifier_alone() -> None:
    sessions = table(session("1", "Panel"), session("2", "Panel")).assign(content_group=["panela", "panelb"])
    named = resolved(table_of([Decision("2", "", "Panel", "x"), Decision("9", "", "Panel", "x")]), sessions)
    assert named["content_group"].tolist() == ["panelb", "panel"]


_rows = st.lists(
    st.builds(
        decision,
        session_id=st.sampled_from(["1", "2"]),
        title=st.sampled_from(["Colic", "Cats"]),
        streams=st.sampled_from(["Equine", "Feline", "-", ""]),
        at=st.sampled_from([EARLY, LATE, ""]),
    ),
    max_size=6,
)


@given(_rows, st.randoms())
def test_the_order_of_rows_never_counts(rows, random) -> None:
    sessions = table(session("1", "Colic"), session("2", "Cats"), session("3", "Cats"))
    shuffled = random.sample(rows, len(rows))
    assert answers(sessions, *rows) == answers(sessions, *shuffled)
    assert in_force(table_of(rows)).equals(in_force(table_of(shuffled)))


@given(_rows)
def test_equal_in_force_means_equal_answers(rows) -> None:
    """Rows that are overruled, blank or repeated change no version; what is in force decides alike."""
    sessions = table(session("1", "Colic"), session("2", "Cats"), session("3", "Cats"), session("4", "Colic"))
    forced = in_force(table_of(rows))
    times = [f"2026-01-01T00:00:{place:02d}.000000Z" for place in range(len(forced))]
    rebuilt = [
        Decision(row.session_id, row.title, row.title, row.streams, time)
        for row, time in zip(forced.itertuples(), times, strict=True)
    ]
    assert in_force(table_of(rebuilt)).equals(forced)
    for own in ("1", "2"):
        known = forced[(forced["session_id"] == own) & (forced["title"] == ("colic" if own == "1" else "cats"))]
        if len(known):
            place = int(own) - 1
            assert answers(sessions, *rows)[place] == answers(sessions, *rebuilt)[place] == known["streams"].iloc[0]
