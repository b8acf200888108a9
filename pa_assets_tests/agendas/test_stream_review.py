import csv
import io
import shutil
import time
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.streams.review import REVIEW_COLUMNS, decided
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN
from pa_assets.agendas.externals import Delivery, External, changes, settings_key, settings_versions
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.project import current_project
from pa_assets.agendas.stream_review import (
    DecisionsError,
    collect_decisions,
    decisions_file,
    decisions_version,
    read_decisions,
    read_review,
    record_decision,
    review_file,
    write_review,
)
from pa_assets.kit.backups import copies
from pa_assets.kit.files import csv_bytes, lock
from pa_assets.kit.staleness import Records
from pa_assets.kit.tables import for_spreadsheet
from pa_assets_tests.agendas.core.programme import session, table
from pa_assets_tests.project import CHECKOUT

SESSIONS = table(
    session("1", "Colic in horses"),
    session("2", "=Cats; and dogs"),
    session("3", 'Pricing, "fair" or not\u2013caf\u00e9'),
    session("4", "Colic in horses", cohort=LAST_YEAR_MAIN),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EventFolder:
    monkeypatch.setenv("PA_ROOT", str(tmp_path))
    (tmp_path / "config").mkdir()
    for name in ("pipeline_config", "vet_lva"):
        shutil.copy(CHECKOUT / "config" / f"{name}.yaml", tmp_path / "config")
    return EventFolder("vet_lva")


def listed(**decisions: str):
    """The review list of this year's sessions, with decisions by identifier (`s1`)."""
    rows = SESSIONS[SESSIONS["cohort"] == "this_year"][["cohort", "session_id", "title", "theatre__name"]]
    told = [decisions.get(f"s{session_id}", "") for session_id in rows["session_id"]]
    return rows.assign(best_candidates="Equine (0.30)", confidence=0.3, why_left="not sure enough", decision=told)


def fill(folder: EventFolder, **decisions: str) -> None:
    folder.output.mkdir(parents=True, exist_ok=True)
    review_file(folder).write_bytes(csv_bytes(for_spreadsheet(listed(**decisions))))


def answers(folder: EventFolder) -> list[str]:
    return decided(SESSIONS, collect_decisions(folder, SESSIONS))["streams"].tolist()


def test_the_list_has_its_columns() -> None:
    assert tuple(listed().columns) == REVIEW_COLUMNS


def test_what_stands_on_the_list_is_kept_for_ever(folder: EventFolder) -> None:
    assert answers(folder) == ["", "", "", ""]
    fill(folder, s1="Equine; Surgery", s2="-")
    assert answers(folder) == ["Equine; Surgery", "-", "", "Equine; Surgery"]
    assert read_review(folder)["decision"].tolist() == ["", "", ""]
    before = decisions_file(folder).read_bytes()
    assert answers(folder) == ["Equine; Surgery", "-", "", "Equine; Surgery"]
    assert decisions_file(folder).read_bytes() == before
    review_file(folder).unlink()
    assert answers(folder) == ["Equine; Surgery", "-", "", "Equine; Surgery"]
    rows = list(csv.DictReader(io.StringIO(before.decode())))
    assert [(row["session_id"], row["content_group"], row["by"]) for row in rows] == [
        ("1", "colicinhorses", "review list"),
        ("2", "catsanddogs", "review list"),
    ]


def test_a_later_decision_wins_and_the_earlier_stays_on_file(folder: EventFolder) -> None:
    fill(folder, s1="Equine")
    collect_decisions(folder, SESSIONS)
    record_decision(folder, SESSIONS, SESSIONS.iloc[0], "Surgery", "pa review")
    assert answers(folder)[0] == "Surgery"
    record_decision(folder, SESSIONS, SESSIONS.iloc[0], "", "pa review")
    assert answers(folder)[0] == ""
    fill(folder, s1="Equine")
    assert answers(folder)[0] == "Equine"
    assert read_decisions(folder)["streams"].tolist() == ["Equine", "Surgery", "", "Equine"]
    assert len(copies(decisions_file(folder))) == 3


def test_a_list_saved_again_from_an_open_spreadsheet_overrules_nothing_and_adds_nothing(folder: EventFolder) -> None:
    fill(folder, s1="Equine")
    collect_decisions(folder, SESSIONS)
    fill(folder, s1="Equine", s3="Business")
    assert answers(folder)[:3] == ["Equine", "", "Business"]
    assert len(read_decisions(folder)) == 2


def test_a_run_that_broke_off_between_the_two_files_loses_and_repeats_nothing(folder: EventFolder) -> None:
    fill(folder, s1="Equine")
    content = review_file(folder).read_bytes()
    collect_decisions(folder, SESSIONS)
    review_file(folder).write_bytes(content)
    record_decision(folder, SESSIONS, SESSIONS.iloc[0], "Surgery", "pa review")
    assert answers(folder)[0] == "Surgery"


def test_what_is_written_while_a_run_works_is_not_lost(folder: EventFolder) -> None:
    fill(folder)
    collect_decisions(folder, SESSIONS)
    fill(folder, s2="Feline")
    version = decisions_version(folder)
    write_review(folder, listed(), SESSIONS)
    assert read_review(folder)["session_id"].tolist() == ["1", "3"]
    assert answers(folder)[1] == "Feline"
    assert decisions_version(folder) == version


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_whatever_a_spreadsheet_makes_of_the_list(
    folder: EventFolder, encoding: str, delimiter: str, quoting: int
) -> None:
    fill(folder, s1="Equine; Surgery", s2="=Odd", s3="-")
    rows = list(csv.reader(io.StringIO(review_file(folder).read_text("utf-8"))))
    rows[0] = [name.title() for name in rows[0]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows([*rows[:1], *rows[:0:-1]])
    review_file(folder).write_bytes(text.getvalue().encode(encoding))
    assert answers(folder) == ["Equine; Surgery", "=Odd", "-", "Equine; Surgery"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=6)
    )
)
def test_any_stream_survives_the_way_through_both_files(folder: EventFolder, names: list[str]) -> None:
    wanted = "; ".join(names)
    decisions_file(folder).unlink(missing_ok=True)
    fill(folder, s1=wanted)
    first = collect_decisions(folder, SESSIONS)
    assert collect_decisions(folder, SESSIONS).equals(first)
    assert read_decisions(folder).equals(first)
    if len(first):
        assert first.loc[0, "title"] == "Colic in horses"


def test_the_version_is_of_what_is_decided_not_of_where_it_stands(folder: EventFolder) -> None:
    versions = [decisions_version(folder)]
    fill(folder)
    versions.append(decisions_version(folder))
    assert versions == ["", ""]
    fill(folder, s1="Equine", s2="=Odd; -x")
    on_the_list = decisions_version(folder)
    assert on_the_list
    fill(folder, s1=" equine", s2="=Odd; -x")
    assert decisions_version(folder) != on_the_list
    fill(folder, s1="Equine (0.30)", s2="=Odd;  -x")
    assert decisions_version(folder) == on_the_list
    collect_decisions(folder, SESSIONS)
    assert decisions_version(folder) == on_the_list
    fill(folder, s1="Equine")
    assert decisions_version(folder) == on_the_list
    record_decision(folder, SESSIONS, SESSIONS.iloc[0], "Equine", "pa review")
    record_decision(folder, SESSIONS, SESSIONS.iloc[2], "Business", "pa review")
    changed = decisions_version(folder)
    assert changed != on_the_list
    fill(folder, s1="Surgery", s3="-")
    assert decisions_version(folder) != changed


def _stale(records: Records) -> list[str]:
    """Sections of settings whose version differs from the recorded one; they are recorded."""
    versions = settings_versions(current_project(), "vet_lva")
    found = Delivery([External(settings_key(name), version) for name, version in versions.items()], None, [])
    changed = changes(records, found, "vet_lva")
    for change in changed:
        records.instance.report_runless_asset_event(change)
    records.forget("vet_lva")
    return [change.asset_key.path[-1] for change in changed]


def test_a_decision_makes_the_streams_stale_once_and_never_again(folder: EventFolder) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        records = Records(instance)
        assert "streams" in _stale(records)
        fill(folder)
        assert _stale(records) == []
        fill(folder, s1="Equine", s2="-")
        assert _stale(records) == ["streams"]
        for _ in range(3):
            collect_decisions(folder, SESSIONS)
            write_review(folder, listed()[2:], SESSIONS)
            assert _stale(records) == []
        decisions_file(folder).write_text(decisions_file(folder).read_text("utf-8") + "3,,,Business,,\n", "utf-8")
        assert _stale(records) == ["streams"]
        collect_decisions(folder, SESSIONS)
        _stale(records)
        collect_decisions(folder, SESSIONS)
        assert _stale(records) == []
        assert answers(folder)[:3] == ["Equine", "-", "Business"]


def test_an_identifier_that_a_spreadsheet_changed_comes_to_rest(folder: EventFolder) -> None:
    sessions = SESSIONS.assign(session_id=["007", "2", "3", "4"])
    with dg.DagsterInstance.ephemeral() as instance:
        records = Records(instance)
        _stale(records)
        fill(folder, s1="Equine")
        review_file(folder).write_text(review_file(folder).read_text("utf-8").replace("this_year,1,", "this_year,7,"))
        assert _stale(records) == ["streams"]
        assert decided(sessions, collect_decisions(folder, sessions))["streams"].tolist()[0] == "Equine"
        _stale(records)
        collect_decisions(folder, sessions)
        assert _stale(records) == []


def test_modes_share_decisions_and_have_lists_of_their_own(folder: EventFolder) -> None:
    other = EventFolder("vet_lva", "engagement")
    fill(folder, s1="Equine")
    fill(other, s2="Feline")
    collect_decisions(folder, SESSIONS)
    assert decided(SESSIONS, collect_decisions(other, SESSIONS))["streams"].tolist()[:3] == ["Equine", "Feline", ""]
    assert decisions_version(folder) == decisions_version(other)


def test_decisions_on_sessions_that_are_gone_are_kept(folder: EventFolder) -> None:
    fill(folder, s1="Equine", s3="Business")
    collect_decisions(folder, SESSIONS.iloc[1:2])
    assert len(read_decisions(folder)) == 2
    assert answers(folder) == ["Equine", "", "Business", "Equine"]


def test_what_says_nothing_is_noted(folder: EventFolder) -> None:
    notes: list[str] = []
    fill(folder, s1="n/a", s2="Feline")
    collect_decisions(folder, SESSIONS, notes.append)
    assert len(notes) == 1
    assert "the decision on session 1 says no stream and not '-'" in notes[0]


def test_decisions_of_one_moment_keep_their_order_and_a_clock_set_back_changes_nothing(folder: EventFolder) -> None:
    decisions_file(folder).parent.mkdir(parents=True)
    decisions_file(folder).write_text("session_id,title,streams,decided_at\n1,Colic in horses,Old,2999-01-01\n")
    for streams in ("Z", "A", "M"):
        record_decision(folder, SESSIONS, SESSIONS.iloc[0], streams, "pa review")
    assert answers(folder)[0] == "M"
    assert read_decisions(folder)["streams"].tolist() == ["Old", "Z", "A", "M"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"session_id,decision\n1,A,B\n",
            r"row 1 below the header has 3 cells .* Save it as CSV again, or move it away",
        ),
        (b'session_id,decision\n1,"A\n', r"the CSV breaks off in row 1, .* quote .* move it away"),
        (b"cohort,decision\nthis_year,A\n", r"there is no column session_id\."),
        (b"session_id,decision,decision\n1,A,B\n", r"names 'decision' more than once"),
        (b"session_id,title,decision\n1,x,A\n,,B\n", r"row 2 says decision and of no session"),
        (b"PK\x03\x04zz", r"the archive is damaged"),
        (b"session_id,decision\n1,caf\xc3\xa9 \xc3\xa9 \xff\n", r"broken byte"),
    ],
)
def test_a_list_that_cannot_be_read_is_named_and_left_as_it_is(
    folder: EventFolder, content: bytes, message: str
) -> None:
    folder.output.mkdir(parents=True)
    review_file(folder).write_bytes(content)
    with pytest.raises(DecisionsError, match=rf"^data/vet_lva/output/streams_review\.csv: .*{message}"):
        collect_decisions(folder, SESSIONS)
    with pytest.raises(DecisionsError):
        write_review(folder, listed(), SESSIONS)
    assert review_file(folder).read_bytes() == content
    broken = decisions_version(folder)
    review_file(folder).write_bytes(b"session_id,decision\n1,A\n")
    assert decisions_version(folder) != broken


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "session_id,title,streams,decided_at\n1,a,A,\n2,b,B,yesterday\n",
            r"row 2, decided_at: 'yesterday' is no time",
        ),
        ("session_id,streams\n,B\n", r"row 1 says streams and of no session"),
        ("title\nx\n", r"there is no column session_id and no column streams\. .*pa restore"),
    ],
)
def test_decisions_that_cannot_be_read_are_named(folder: EventFolder, content: str, message: str) -> None:
    decisions_file(folder).parent.mkdir(parents=True)
    decisions_file(folder).write_text(content)
    with pytest.raises(DecisionsError, match=rf"^data/vet_lva/decisions/streams\.csv: .*{message}"):
        collect_decisions(folder, SESSIONS)
    assert decisions_file(folder).read_text() == content


def test_a_blank_file_says_nothing(folder: EventFolder) -> None:
    folder.output.mkdir(parents=True)
    for content in (b"", b"\xef\xbb\xbf", b"\n\n", b",,,\n"):
        review_file(folder).write_bytes(content)
        assert answers(folder) == [""] * 4


def test_ten_thousand_decisions_are_read_within_a_second_or_two(folder: EventFolder) -> None:
    rows = [f"{number},,Talk {number},Equine,2025-01-01T00:00:00Z,x" for number in range(10_000)]
    decisions_file(folder).parent.mkdir(parents=True)
    decisions_file(folder).write_text("\n".join(["session_id,content_group,title,streams,decided_at,by", *rows]))
    started = time.perf_counter()
    assert decisions_version(folder)
    assert time.perf_counter() - started < 5


def test_one_lock_for_all_modes(folder: EventFolder) -> None:
    with lock(folder.locks / "decisions.lock"):
        assert (folder.root / "cache" / "locks" / "decisions.lock").exists()
    collect_decisions(EventFolder("vet_lva", "engagement"), SESSIONS)
    assert not (EventFolder("vet_lva", "engagement").locks / "decisions.lock").exists()
