import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import StreamProcessing
from pa_assets.agendas.core.streams import backfill, describe_streams
from pa_assets.agendas.core.tables import BACKFILLED_SESSIONS, LAST_YEAR_MAIN
from pa_assets_tests.agendas.core.programme import TOPICS, ToyEncoder, labelled, session, table

SETTINGS = StreamProcessing()
NAMES = dict.fromkeys(TOPICS, "")
HORSE = session("q1", "Colic in the mare", synopsis="A horse with a painful hoof, and lameness")


def fill(rows, catalog=NAMES, config=SETTINGS, encoder=None):
    return backfill(table(*rows), dict(catalog), config, (encoder or ToyEncoder()).encode)


def row(result, session_id="q1"):
    return result.table[result.table["session_id"] == session_id].iloc[0]


def test_fills_by_what_a_session_says():
    result = fill([*labelled(theatres=False), HORSE])
    BACKFILLED_SESSIONS.check(result.table)
    filled = row(result)
    assert filled["stream"] == "Equine"
    assert filled["stream_source"] == "classifier"
    assert 0.35 <= filled["stream_confidence"] <= 1
    assert filled["stream_reason"].startswith("reads like 8 sessions of 'Equine'; words: ")
    assert "colic" in filled["stream_reason"]
    assert result.metrics["total_missing_streams"] == result.metrics["sessions_backfilled"] == 1
    assert result.metrics["files_modified"] == 1
    assert result.review.empty


def test_the_programme_is_left_alone():
    rows = [*labelled(theatres=False), HORSE]
    before, after = table(*rows), fill(rows).table
    pd.testing.assert_frame_equal(
        after[before.columns].drop(columns="stream"), before.drop(columns="stream"), check_dtype=False
    )
    given_rows = before["stream"] != ""
    assert (after.loc[given_rows, "stream"] == before.loc[given_rows, "stream"]).all()
    assert set(after.loc[given_rows, "stream_source"]) == {"programme"}
    assert set(after.loc[given_rows, "stream_confidence"]) == {1.0}


@pytest.mark.parametrize("missing", [True, False])
def test_nothing_to_do_costs_nothing(missing):
    encoder = ToyEncoder()
    config = StreamProcessing(create_missing_streams=not missing)
    rows = [*labelled(2), HORSE] if missing else labelled(2)
    result = fill(rows, config=config, encoder=encoder)
    assert encoder.asked == []
    assert result.metrics["sessions_backfilled"] == result.metrics["left_for_review"] == 0
    assert result.metrics["total_missing_streams"] == int(missing)


def test_the_theatre_decides_where_words_do_not():
    vague = session("q1", "Panel", synopsis="Questions and answers", theatre="feline theatre")
    result = fill([*labelled(), vague])
    assert row(result)["stream"] == "Feline"
    assert "theatre feline theatre" in row(result)["stream_reason"]
    elsewhere = fill([*labelled(), {**vague, "theatre__name": "Unknown Hall"}])
    assert row(elsewhere)["stream"] == ""


def test_words_beat_a_theatre_that_tells_nothing():
    rows = [{**item, "theatre__name": "The Hall"} for item in labelled()]
    assert row(fill([*rows, {**HORSE, "theatre__name": "The Hall"}]))["stream"] == "Equine"


def test_this_years_theatre_goes_before_last_years():
    past = [{**item, "theatre__name": "Feline Theatre"} for item in labelled(cohort=LAST_YEAR_MAIN)]
    past = [item for item in past if item["stream"] == "Equine"]
    vague = session("q1", "Panel", synopsis="Questions and answers", theatre="Feline Theatre")
    assert row(fill([*labelled(), *past, vague]))["stream"] == "Feline"


def test_uncertain_sessions_go_to_review_with_candidates():
    result = fill([*labelled(), session("q1", "Welcome", synopsis="Opening words")])
    assert row(result)["stream"] == row(result)["stream_source"] == row(result)["stream_reason"] == ""
    assert row(result)["stream_confidence"] == 0.0
    (left,) = result.review.to_dict("records")
    assert left["session_id"] == "q1"
    assert left["best_candidates"].count("(0.") == 3
    assert result.metrics["left_for_review"] == 1
    assert result.metrics["sessions_skipped_empty_synopsis"] == 0


def test_a_title_alone_may_be_enough_and_is_counted_when_not():
    clear, vague = session("q1", "Lameness, colic and hoof of the horse"), session("q2", "Welcome")
    result = fill([*labelled(theatres=False), clear, vague])
    assert row(result)["stream"] == "Equine"
    assert row(result, "q2")["stream"] == ""
    assert result.metrics["sessions_skipped_empty_synopsis"] == 1
    assert "no synopsis" in result.review["why_left"].iloc[0]


def test_no_catalogue_fills_nothing_and_says_so():
    encoder = ToyEncoder()
    result = fill([*labelled(), HORSE], {}, encoder=encoder)
    assert row(result)["stream"] == ""
    assert result.metrics["sessions_skipped_no_candidates"] == result.metrics["left_for_review"] == 1
    assert len(result.review) == 1
    assert "no catalogue" in result.warnings[0]
    assert encoder.asked == []


def test_without_any_labelled_session_names_and_descriptions_serve():
    catalog = {stream: f"Sessions on {words}" for stream, words in TOPICS.items()}
    config = StreamProcessing(minimum_confidence=0.3)
    result = fill([HORSE], catalog, config)
    assert row(result)["stream"] == "Equine"
    assert "the name and description of 'Equine'" in row(result)["stream_reason"]


@pytest.mark.parametrize("streams", [1, 2])
def test_few_streams_and_single_examples(streams):
    topics = dict(list(TOPICS.items())[:streams])
    result = fill([*labelled(1, topics=topics), HORSE], dict.fromkeys(topics, ""))
    assert row(result)["stream"] in {"Equine", ""}


def test_only_names_of_the_catalogue_are_given():
    catalog = {name: "" for name in NAMES if name != "Equine"}
    result = fill([*labelled(), HORSE], catalog, StreamProcessing(minimum_confidence=0.0))
    assert row(result)["stream"] in catalog


def test_synonyms_teach_the_stream_of_the_catalogue():
    rows = [{**item, "stream": item["stream"].replace("Equine", "Horses")} for item in labelled(theatres=False)]
    result = fill([*rows, HORSE], config=StreamProcessing(synonyms={"horses": "Equine"}))
    assert row(result)["stream"] == "Equine"


def test_several_streams_where_sessions_carry_several():
    both = [{**item, "stream": f"{item['stream']}; Clinical"} for item in labelled() if item["stream"] != "Business"]
    result = fill([*both, HORSE], {**NAMES, "Clinical": ""})
    assert set(row(result)["stream"].split("; ")) == {"Equine", "Clinical"}
    assert row(fill([*labelled(), HORSE]))["stream"] == "Equine"


def test_works_without_an_encoder():
    result = backfill(table(*labelled(), HORSE), NAMES, SETTINGS, None)
    assert row(result)["stream"] == "Equine"


@pytest.mark.parametrize("text", ["", "the of and", "12 34", "'; DROP TABLE", "🐎 \ud800"])
def test_strange_texts_break_nothing(text):
    rows = [*labelled(2), session("q1", "?", synopsis=text), session("q2", text or "x", synopsis="")]
    result = fill(rows)
    assert result.metrics["sessions_backfilled"] + result.metrics["left_for_review"] == 2


def test_texts_without_any_word():
    rows = [session("a", "?", stream="X"), session("b", "!", stream="Y"), session("q1", "-")]
    assert fill(rows, {"X": "", "Y": ""}).metrics["total_missing_streams"] == 1


def test_no_speaker_stands_in_a_reason_or_the_review():
    rows = [{**item, "speakers": "Priscilla Private"} for item in labelled()]
    result = fill(
        [*rows, {**HORSE, "speakers": "Priscilla Private"}, session("q2", "Hi", speakers="Priscilla Private")]
    )
    shown = " ".join(result.table["stream_reason"]) + result.review.to_csv()
    assert "Private" not in shown
    assert "private" not in shown


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_rows_never_changes_an_answer(random):
    rows = [
        *labelled(4),
        *labelled(3, cohort=LAST_YEAR_MAIN),
        HORSE,
        session("q2", "Cat care", theatre="Nursing Theatre"),
    ]
    expected = fill(rows)
    random.shuffle(rows)
    shuffled = fill(rows)
    order = ["cohort", "session_id"]
    pd.testing.assert_frame_equal(
        expected.table.sort_values(order, ignore_index=True), shuffled.table.sort_values(order, ignore_index=True)
    )
    pd.testing.assert_frame_equal(expected.review, shuffled.review)
    assert expected.metrics == shuffled.metrics


def _fosdem(year, cohort):
    frame = pd.read_csv(Path(os.environ["PA_SHARED_DATA"]) / "fosdem" / f"sessions_{year}.csv").fillna("")
    streams = frame["track"].str.removesuffix(" devroom").str.strip()
    return [
        session(name, title or name, stream=stream, synopsis=synopsis, cohort=cohort, speakers=speakers)
        for name, title, stream, synopsis, speakers in zip(
            frame["session_id"], frame["title"], streams, frame["synopsis"], frame["speakers"], strict=True
        )
    ]


@pytest.mark.skipif("PA_SHARED_DATA" not in os.environ, reason="needs the folder of shared data")
def test_fosdem_2024_teaches_2025_by_words_alone():
    past, now = _fosdem(2024, LAST_YEAR_MAIN), _fosdem(2025, "this_year")
    shared = {item["stream"] for item in past} & {item["stream"] for item in now}
    past, now = ([item for item in rows if item["stream"] in shared] for rows in (past, now))
    truth = pd.Series({item["session_id"]: item["stream"] for item in now})
    sessions = table(*past, *({**item, "stream": ""} for item in now))
    catalog = describe_streams(table(*past), {}, SETTINGS, None).descriptions
    result = backfill(sessions, catalog, StreamProcessing(minimum_confidence=0.0), None)
    found = result.table[result.table["cohort"] == "this_year"].set_index("session_id")["stream"]
    assert len(shared) == 38
    assert np.mean(found.loc[truth.index] == truth) >= 0.66
