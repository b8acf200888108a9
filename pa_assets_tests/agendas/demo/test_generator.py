import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pa_assets.agendas.demo.generator import GeneratedShow, UnknownShowError, generate, profile
from pa_assets.agendas.demo.programme import COLUMNS
from pa_assets.agendas.demo.shipped_profiles import SHIPPED

EVENTS = sorted(SHIPPED)
VISITORS = 400


@pytest.fixture(scope="module")
def shows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, GeneratedShow]:
    root = tmp_path_factory.mktemp("shows")
    return {event: _generated(event, root / event, after_show=True) for event in EVENTS}


def _generated(
    event: str, folder: Path, *, seed: int = 7, visitors: int = VISITORS, after_show: bool = False
) -> GeneratedShow:
    return generate(
        profile(event),
        visitors=visitors,
        seed=seed,
        landing=folder / "landing",
        truth=folder / "truth",
        after_show=after_show,
    )


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _records(show: GeneratedShow, role: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for path in sorted(show.landing.glob(f"{role}_*.json")):
        value = json.loads(path.read_text("utf-8"))
        found += value["data"]["demographics"] if isinstance(value, dict) else value
    return found


def test_one_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        _generated("cpcn", tmp_path / name, seed=seed, visitors=60)
    assert _digests(tmp_path / "a") == _digests(tmp_path / "b")
    a, c = _digests(tmp_path / "a"), _digests(tmp_path / "c")
    assert all(a[name] != c[name] for name in a if name != "truth/demo.json" and "teatres" not in name)


@pytest.mark.parametrize("event", EVENTS)
def test_files_are_those_of_a_delivery(shows: dict[str, GeneratedShow], event: str) -> None:
    names = {path.name for path in shows[event].files}
    cohorts = ("this_year", "last_year_main", "last_year_secondary")
    expected = {"teatres.csv", "entry_scans.csv"}
    for cohort in cohorts:
        expected |= {f"sessions_{cohort}.csv", f"seminar_scans_{cohort}.csv", f"seminar_reference_{cohort}.csv"}
    if event.startswith("vet_"):
        expected |= {"job_to_stream.csv", "spezialization_to_stream.csv", "practices_missing.csv"}
    people = {name for name in names if name.startswith(("registrations_", "demographics_"))}
    assert names - people == expected
    assert len(people) == 4
    assert {path.name for path in shows[event].landing.iterdir()} == names


def test_before_the_show_nothing_of_after_it_is_delivered(tmp_path: Path) -> None:
    show = _generated("ecomm", tmp_path, visitors=50)
    names = {path.name for path in show.files}
    assert not names & {"seminar_scans_this_year.csv", "seminar_reference_this_year.csv", "entry_scans.csv"}
    assert all(
        record["attended"] == "0" for record in _records(show, "registrations") if "25" in str(record["show_ref"])
    )


def test_legacy_registrations_have_the_keys_of_the_export(shows: dict[str, GeneratedShow]) -> None:
    named = "Id,Title,Forename,Surname,Email,Tel,Mobile,Company,JobTitle,Country,Status,BadgeType,ShowRef,"
    keys = (named + "RegistrationDate,BadgeId,RegCode,Source,Attended,SegmentFromReg,Upgrade").split(",")
    assert all(list(record) == keys for record in _records(shows["vet_lva"], "registrations"))
    answers = _records(shows["vet_lva"], "demographics")
    assert all(
        list(record) == ["showref", "BadgeId", "QuestionText", "AnswerText", "METADATA_fileName"] for record in answers
    )
    assert any(";" in str(record["AnswerText"]) for record in answers)


def test_graphql_flat_answers_have_one_row_per_choice(shows: dict[str, GeneratedShow]) -> None:
    keys = ["badge_id", "question_text", "answer_text", "show_ref", "metadata_source_filename"]
    assert all(list(record) == keys for record in _records(shows["ecomm"], "demographics"))
    assert {"forename", "badge_id", "show_ref", "event_id"} <= set(_records(shows["ecomm"], "registrations")[0])


def test_graphql_nested_answers_stand_below_their_badge(shows: dict[str, GeneratedShow]) -> None:
    records = _records(shows["cpcn"], "demographics")
    assert all(list(record) == ["badgeId", "source", "eventId", "questionResponses"] for record in records)
    responses = [response for record in records for response in record["questionResponses"]]  # type: ignore[attr-defined]
    keys = ["questionId", "questionType", "questionText", "answerId", "answerText", "isPositive", "responseText"]
    assert all(list(response) == keys for response in responses)
    badges = [record["badgeId"] for record in records]
    assert len(badges) == len(set(badges))


@pytest.mark.parametrize("event", EVENTS)
def test_csv_columns_are_those_documented(shows: dict[str, GeneratedShow], event: str) -> None:
    landing = shows[event].landing
    assert list(_csv(landing / "sessions_this_year.csv").columns) == list(COLUMNS)
    assert list(_csv(landing / "seminar_scans_this_year.csv").columns) == [
        "Badge Id",
        "Short Name",
        "Scan Date",
        "File",
    ]
    assert list(_csv(landing / "seminar_reference_last_year_main.csv").columns) == ["Short Name", "Seminar Name"]
    assert list(_csv(landing / "teatres.csv").columns) == ["theatre__name", "number_visitors"]
    entry = "Show Ref,Badge Id,Badge Type,Attended,Virtual Attended,Day 1,Day 1 Entry,Day 2,Day 2 Entry"
    assert list(_csv(landing / "entry_scans.csv").columns) == entry.split(",")


def test_mappings_name_the_streams_of_the_programme(shows: dict[str, GeneratedShow]) -> None:
    landing = shows["vet_lva"].landing
    jobs, kinds = _csv(landing / "job_to_stream.csv"), _csv(landing / "spezialization_to_stream.csv")
    assert jobs.columns[0] == "Job Role" and len(jobs) == 15
    assert kinds.columns[0] == "spezialization" and len(kinds) == 7
    assert list(jobs.columns[1:]) == list(profile("vet_lva").vocabulary.streams)
    assert set(jobs.iloc[:, 1:].to_numpy().ravel()) == {"YES", "NO"}


@pytest.mark.parametrize("event", EVENTS)
def test_the_programme_looks_like_a_programme(shows: dict[str, GeneratedShow], event: str) -> None:
    rows = _csv(shows[event].landing / "sessions_this_year.csv")
    truth = _csv(shows[event].truth / "session_streams.csv")
    real = set(truth.loc[truth["cohort"].eq("this_year"), "session_id"])
    rates = profile(event).rates
    sessions = rows[rows["session_id"].isin(real)].drop_duplicates("session_id")
    assert len(sessions) == 115
    assert 1.5 <= len(rows) / len(sessions) <= 3
    assert sessions["stream"].eq("").mean() == pytest.approx(rates.missing_stream, abs=0.01)
    assert sessions["synopsis_stripped"].eq("").mean() == pytest.approx(rates.missing_synopsis, abs=0.03)
    assert truth["stream"].str.contains(";").mean() == pytest.approx(rates.several_streams, abs=0.03)
    assert sessions["date"].nunique() == 2
    assert 9 <= sessions["theatre__name"].str.strip().str.lower().nunique() <= 16
    minutes = _minutes(sessions["end_time"]) - _minutes(sessions["start_time"])
    assert minutes.between(30, 45).all() and sessions["end_time"].max() <= "17:30:00"
    told = sessions["synopsis_stripped"].str.replace(r"<[^>]+>|&\w+;", " ", regex=True)
    lengths = told[told.ne("")].str.split().str.len()
    assert lengths.between(25, 65).all()
    assert sessions["title"].str.lower().nunique() >= 115 - 4
    assert sessions["title"].str.lower().duplicated().any()


def _minutes(clock: "pd.Series[str]") -> "pd.Series[float]":
    return pd.to_timedelta(clock).dt.total_seconds() / 60


@pytest.mark.parametrize("event", EVENTS)
def test_nobody_can_be_in_two_rooms_of_one_theatre(shows: dict[str, GeneratedShow], event: str) -> None:
    truth = _csv(shows[event].truth / "session_streams.csv")
    rows = _csv(shows[event].landing / "sessions_this_year.csv").drop_duplicates("session_id")
    rows = rows[rows["session_id"].isin(truth["session_id"])].assign(
        room=lambda table: table["theatre__name"].str.strip().str.lower()
    )
    rows = rows.sort_values(["room", "date", "start_time"])
    before = rows.groupby(["room", "date"])["end_time"].shift()
    assert not (before.notna() & (before > rows["start_time"])).any()


@pytest.mark.parametrize("event", EVENTS)
def test_cohorts_have_the_documented_sizes(shows: dict[str, GeneratedShow], event: str) -> None:
    people = _csv(shows[event].truth / "people.csv")
    of = {cohort: set(rows["person"]) for cohort, rows in people.groupby("cohort")}
    main, secondary, now = of["last_year_main"], of["last_year_secondary"], of["this_year"]
    assert len(now) == VISITORS and people["badge_id"].is_unique
    assert len(main) == pytest.approx(VISITORS, rel=0.02) and len(secondary) == pytest.approx(0.8 * VISITORS, rel=0.02)
    returning = now & (main | secondary)
    assert 0.20 <= len(returning) / len(now) <= 0.24
    assert 0.02 <= len(now & main & secondary) / len(returning) <= 0.08
    answers = {
        record.get("BadgeId") or record.get("badge_id") or record.get("badgeId")
        for record in _records(shows[event], "demographics")
    }
    badges = set(people.loc[people["cohort"].eq("this_year"), "badge_id"])
    assert 0.65 <= len(badges & answers) / len(badges) <= 0.93
    attended = _csv(shows[event].truth / "attendance.csv")
    assert attended[attended["cohort"].eq("this_year")]["badge_id"].nunique() / VISITORS == pytest.approx(
        0.36, abs=0.01
    )
    assert 3 <= attended.groupby(["cohort", "badge_id"]).size().mean() <= 7


@pytest.mark.parametrize("event", EVENTS)
def test_history_follows_the_hidden_interests(shows: dict[str, GeneratedShow], event: str) -> None:
    truth = shows[event].truth
    interests, streams, attended = (
        _csv(truth / f"{name}.csv") for name in ("interests", "session_streams", "attendance")
    )
    assert interests.groupby(["cohort", "badge_id"]).size().between(1, 3).all()
    streams = streams.assign(stream=streams["stream"].str.split(";")).explode("stream")
    pairs = attended.merge(streams, on=["cohort", "session_id"])
    met = pairs.merge(interests, on=["cohort", "badge_id", "stream"], how="left")
    hit = met.groupby(["cohort", "badge_id", "session_id"])["strength"].count().gt(0).mean()
    assert 0.6 <= hit <= 0.97


def test_people_who_answer_alike_care_for_like_streams(shows: dict[str, GeneratedShow]) -> None:
    interests = _csv(shows["vet_lva"].truth / "interests.csv")
    answers = pd.DataFrame(_records(shows["vet_lva"], "demographics"))
    equine = set(answers.loc[answers["AnswerText"].eq("Equine"), "BadgeId"])
    cares = set(interests.loc[interests["stream"].eq("Equine"), "badge_id"])
    answered = set(answers["BadgeId"])
    assert len(equine & cares) / len(equine) > 3 * len((answered - equine) & cares) / len(answered - equine)


@pytest.mark.parametrize("event", EVENTS)
def test_addresses_and_numbers_are_fictitious(shows: dict[str, GeneratedShow], event: str) -> None:
    records = [
        {key.lower(): value for key, value in record.items()} for record in _records(shows[event], "registrations")
    ]
    emails = [str(record["email"]).lower() for record in records if record["email"] and "@" in str(record["email"])]
    assert all(email.endswith(".example.com") for email in emails)
    assert all(str(record["tel"]).startswith("020 7946 0") for record in records)


def test_some_names_are_typed_otherwise_the_next_year(shows: dict[str, GeneratedShow]) -> None:
    names = pd.DataFrame(_records(shows["vet_bva"], "registrations"))
    assert names["Surname"].str.isupper().any() and names["Forename"].str.startswith(" ").any()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    visitors=st.integers(20, 300),
    sessions=st.integers(10, 400),
    seed=st.integers(0, 2**31),
    event=st.sampled_from(EVENTS),
)
def test_any_size_has_the_counts_asked_for(tmp_path: Path, visitors: int, sessions: int, seed: int, event: str) -> None:
    show = generate(
        profile(event), visitors=visitors, sessions=sessions, seed=seed, landing=tmp_path / "l", truth=tmp_path / "t"
    )
    people, streams = _csv(show.truth / "people.csv"), _csv(show.truth / "session_streams.csv")
    assert people["cohort"].eq("this_year").sum() == visitors == show.counts["visitors"]
    assert streams["cohort"].eq("this_year").sum() == sessions
    rows = _csv(show.landing / "sessions_this_year.csv")
    real = rows[rows["session_id"].isin(streams["session_id"])]
    assert (real["end_time"] > real["start_time"]).all() and real["end_time"].max() < "18:00:00"


def test_sizes_that_are_no_show_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 20 visitors and 10 sessions"):
        generate(profile("ecomm"), visitors=5, seed=1, landing=tmp_path / "l", truth=tmp_path / "t")


def test_the_truth_never_lies_in_the_landing_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lies in the landing folder"):
        generate(profile("ecomm"), visitors=30, seed=1, landing=tmp_path, truth=tmp_path / "truth")


def test_an_unknown_event_without_configuration_is_refused() -> None:
    with pytest.raises(UnknownShowError, match=r"config/nowhere\.yaml"):
        profile("nowhere")
