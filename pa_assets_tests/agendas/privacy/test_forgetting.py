"""Finding, exporting and forgetting people in landing files and made files, without a run: whom it hits, whom not."""

import csv
import gzip
import io
import json
import os
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.privacy.reading import without_forgotten
from pa_assets.agendas.project import current_project
from pa_assets.cli.person import app
from pa_assets.kit.files import lock
from pa_assets_tests.project import CHECKOUT, ProjectFolder, make_project

EVENT = "vet_lva"
Rows = list[dict[str, str]]


def person(forename: str, surname: str, email: str, badge: str, show: str = "LVS25", **more: str) -> dict[str, str]:
    given = {"Forename": forename, "Surname": surname, "Email": email, "BadgeId": badge, "ShowRef": show}
    return {**given, "BadgeType": "Delegate", "Company": "Acorn Vets", "Tel": "", "Source": "", **more}


ANN = person("Ann", "Okapi", "ann.okapi@x.example", "12", Tel="020 7123456")
ANN_LAST_YEAR = person(" ann", "OKAPI", "Ann.Okapi@X.example", "77", "LVS24")
BEN = person("Ben", "Okapi", "ben@x.example", "123")
OTHER_12 = person("Cleo", "Newt", "cleo@x.example", "12", "LVS24")
PEOPLE = [BEN, ANN, OTHER_12, ANN_LAST_YEAR]


def csv_bytes(rows: Rows) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectFolder:
    folder = make_project(tmp_path / "project", [EVENT])
    monkeypatch.setenv("PA_ROOT", str(folder.root))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return folder


def landed(project: ProjectFolder, name: str, content: bytes) -> Path:
    path = project.root / "data" / EVENT / "landing" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def made(project: ProjectFolder, name: str, content: bytes) -> Path:
    path = project.root / "data" / EVENT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def pa(*arguments: str, code: int = 0, answer: str | None = None) -> str:
    done = CliRunner().invoke(app, arguments, input=answer, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def test_other_rows_keep_their_bytes_and_their_badge(project: ProjectFolder) -> None:
    path = landed(project, "registrations_a.csv", csv_bytes(PEOPLE))
    answers = [
        {"showref": "LVS25", "BadgeId": "12", "QuestionText": "Q", "AnswerText": "hers"},
        {"showref": "LVS24", "BadgeId": "12", "QuestionText": "Q", "AnswerText": "Cleo's"},
        {"showref": "LVS25", "BadgeId": "123", "QuestionText": "Q", "AnswerText": "Ben's"},
    ]
    demographics = landed(project, "demographics_a.json", json.dumps(answers).encode())
    scans = b"Badge Id,Short Name,Scan Date,File\n12,A,2024-11-20,f\n77,A,2024-11-20,f\n123,A,2024-11-20,f\n"
    scanned = landed(project, "seminar_scans_last_year_main.csv", scans)
    pa("forget", "--email", "ANN.okapi@x.example ", "--yes")
    assert path.read_bytes() == csv_bytes([BEN, OTHER_12])
    assert json.loads(demographics.read_text()) == answers[1:]
    assert scanned.read_bytes() == scans.replace(b"77,A,2024-11-20,f\n", b"")


def test_made_files(project: ProjectFolder) -> None:
    landed(project, "registrations_a.csv", csv_bytes(PEOPLE))
    exported = {
        "metadata": {"n": 2, "ratio": 0.10},
        "recommendations": {"12": {"visitor": {"Company": "x"}}, "123": {"visitor": {"Company": "é"}, "rank": 1.50}},
        "without_recommendations": [{"badge_id": "12", "reason": "r"}, {"badge_id": "77", "reason": "r"}],
    }
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    path = made(project, "recommendations/control/old_control.json", json.dumps(exported, **compact).encode() + b"\n")
    listed = made(project, "output/demographic_data_this.json", b'[\n  {\n    "12": {\n      "Q": [\n        "a"\n')
    listed.write_text(json.dumps([{"12": {"Q": ["a"]}}, {"123": {"Q": ["b"]}}], indent=2) + "\n")
    review = csv_bytes(
        [
            {"badge_id": "123", "cohort": "this_year", "other_badge_id": "77", "other_cohort": "last_year_main"},
            {"badge_id": "123", "cohort": "this_year", "other_badge_id": "12", "other_cohort": "last_year_main"},
        ]
    )
    backup = made(project, "output/identity_review.csv.20250101000000.bak", review)
    table = pd.DataFrame({"cohort": ["this_year", "last_year_main", "this_year"], "badge_id": ["12", "12", "123"]})
    parquet = made(project, "output/visitors.parquet", b"")
    past = [["77"], [], ["77", "9"]]
    table.assign(badges_last_year_main=past, show_ref="", person_id="p", identity_source="exact").assign(
        identity_confidence=1.0
    ).to_parquet(parquet)
    inventory = made(project, "output/list_of_professions.csv", b"JobTitle,Visitors\nokapi keeper,1\n")
    pa("forget", "--badge", "12", "--event", EVENT, "--yes")
    del exported["recommendations"]["12"], exported["without_recommendations"][0]
    assert (
        path.read_text()
        == json.dumps({**exported}, **compact).replace(
            '{"badge_id":"77","reason":"r"}', '{"badge_id":"77","reason":"r"}'
        )
        + "\n"
    )
    assert json.loads(listed.read_text()) == [{"123": {"Q": ["b"]}}]
    assert b'"77"' not in backup.read_bytes() and backup.read_bytes().count(b"\r\n") == 2
    left = pd.read_parquet(parquet)
    assert left[["cohort", "badge_id"]].to_numpy().tolist() == [["last_year_main", "12"], ["this_year", "123"]]
    assert [list(items) for items in left["badges_last_year_main"]] == [[], ["9"]]
    assert not inventory.exists()


def test_a_shared_mailbox_is_asked_about(project: ProjectFolder) -> None:
    twin = person("Dora", "Okapi", "ann.okapi@x.example", "55")
    path = landed(project, "registrations_a.csv", csv_bytes([*PEOPLE, twin]))
    before = path.read_bytes()
    assert "--join" in pa("forget", "--email", "ann.okapi@x.example", "--yes", code=2)
    assert path.read_bytes() == before and not (project.root / "data" / "suppression.json").exists()
    pa("forget", "--email", "ann.okapi@x.example", "--join", "1", "--yes")
    assert path.read_bytes() == csv_bytes([BEN, OTHER_12, twin])
    rows, dropped = without_forgotten(
        read_rows([landed(project, "registrations_a.csv", csv_bytes([*PEOPLE, twin]))], "registrations"),
        "registrations",
        current_project().event(EVENT),
        [],
        project.root,
    )
    assert dropped == 2 and sorted(rows["forename"]) == ["Ben", "Cleo", "Dora"]


def test_nobody_found_repeats_nothing_and_changes_nothing(project: ProjectFolder) -> None:
    landed(project, "registrations_a.csv", csv_bytes(PEOPLE))
    told = pa("forget", "--email", "secret@nowhere.example", "--yes", code=2)
    assert "secret" not in told and not (project.root / "data" / "receipts").exists()


def test_export_is_whole_and_for_its_owner_alone(project: ProjectFolder, tmp_path: Path) -> None:
    landed(project, "registrations_a.csv", csv_bytes(PEOPLE))
    made(
        project,
        "recommendations/a.json",
        json.dumps({"recommendations": {"12": {"rank": 1}, "123": {"rank": 2}}}).encode(),
    )
    path = tmp_path / "mine.zip"
    pa("export", "--email", "ann.okapi@x.example", "--output", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("person.json"))
        page = archive.read("person.html").decode()
    (file,) = told["files"]["landing/registrations"]
    assert [row["source_row"] for row in file["rows"]] == [2, 4]
    assert told["files"]["recommendations"][0]["rows"] == [{"12": {"rank": 1}}]
    assert "ann.okapi@x.example" in page and "cleo" not in page and "ben@" not in page
    pa("export", "--email", "ann.okapi@x.example", "--output", str(path), code=2)


def test_what_cannot_be_read_is_named_and_fails(project: ProjectFolder) -> None:
    landed(project, "registrations_a.csv", csv_bytes(PEOPLE))
    note = made(project, "logs/note.log", b"called ann.okapi@x.example today")
    told = pa("forget", "--email", "ann.okapi@x.example", "--yes", code=2)
    assert "logs/note.log" in told
    receipts = [json.loads(path.read_text()) for path in (project.root / "data" / "receipts").iterdir()]
    assert [receipt["complete"] for receipt in receipts] == [False]
    assert "okapi" not in json.dumps(receipts).lower()
    note.unlink()
    pa("forget", "--email", "ann.okapi@x.example", "--yes")  # by the hashes: nothing of her is left to find


def test_a_run_at_work_is_waited_for(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = landed(project, "registrations_a.csv", csv_bytes(PEOPLE))
    monkeypatch.setattr("pa_assets.agendas.privacy.forgetting._WAIT_SECONDS", 0.1)
    held = project.root / "data" / EVENT / "cache" / "locks" / "visitors.lock"
    script = "import sys; from pathlib import Path; from pa_assets.kit.files import lock\n"
    script += f"with lock(Path({str(held)!r})):\n    print('held', flush=True)\n    sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=CHECKOUT
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        told = pa("forget", "--email", "ann.okapi@x.example", "--yes", code=2)
        process.kill()
    assert "at work" in told and path.read_bytes() == csv_bytes(PEOPLE)
    with lock(held, timeout_seconds=1):
        pass


_KILLED = """
import os, signal, sys
from pa_assets.kit import files
from pathlib import Path
writes, limit, replace = 0, int(sys.argv[1]), Path.replace
def counted(self, target):
    global writes
    writes += 1
    if writes > limit:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = counted
from pa_assets.cli.person import app
app(["forget", "--email", "ann.okapi@x.example", "--yes"])
"""


@pytest.mark.parametrize("writes", range(6))
def test_killed_at_any_write_and_run_again(project: ProjectFolder, writes: int) -> None:
    path = landed(project, "registrations_a.csv", csv_bytes(PEOPLE))
    scans = landed(project, "seminar_scans_last_year_main.csv", b"Badge Id,Short Name\n77,A\n123,A\n")
    export = made(project, "recommendations/a.csv", b"visitor_id,rank\n12,1\n123,1\n")
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(writes)], env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, check=False
    )
    assert done.returncode in (0, -signal.SIGKILL)
    pa("forget", "--email", "ann.okapi@x.example", "--yes")
    assert path.read_bytes() == csv_bytes([BEN, OTHER_12])
    assert scans.read_bytes() == b"Badge Id,Short Name\n123,A\n"
    assert export.read_bytes() == b"visitor_id,rank\n123,1\n"


def test_new_badges_of_the_forgotten_are_dropped_from_answers(project: ProjectFolder) -> None:
    path = landed(project, "registrations_a.csv", csv_bytes(PEOPLE))
    pa("forget", "--email", "ann.okapi@x.example", "--yes")
    landed(project, "registrations_a.csv", csv_bytes([BEN, person("A.", "O.", "ann.okapi@x.example", "999")]))
    config = current_project().event(EVENT)
    answers = [
        {"BadgeId": badge, "showref": "LVS25", "QuestionText": "Q", "AnswerText": "a"} for badge in ("999", "123")
    ]
    rows = read_rows([landed(project, "demographics_a.json", json.dumps(answers).encode())], "demographics")
    left, dropped = without_forgotten(rows, "demographics", config, [path], project.root)
    assert (left["badge_id"].tolist(), dropped) == (["123"], 1)
    pa("forget", "--again", "--yes")
    assert path.read_bytes() == csv_bytes([BEN])
    assert [row["BadgeId"] for row in json.loads(path.with_name("demographics_a.json").read_text())] == ["123"]
    assert "1 person(s)" in pa("suppressed")
    pa("allow", "--email", "ann.okapi@x.example")
    assert without_forgotten(rows, "demographics", config, [path], project.root)[1] == 0


@pytest.mark.parametrize("read", [Path.read_bytes])
def test_a_dry_run_changes_nothing(project: ProjectFolder, read: Callable[[Path], bytes]) -> None:
    path = landed(project, "registrations_a.csv", csv_bytes(PEOPLE))
    told = pa("forget", "--email", "ann.okapi@x.example", "--dry-run")
    assert "landing/registrations" in told and read(path) == csv_bytes(PEOPLE)
    assert not (project.root / "data" / "suppression.json").exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "utf-16-be"])
@pytest.mark.parametrize("packing", ["", ".gz", ".zip"])
def test_encoding_and_packing_stay(project: ProjectFolder, encoding: str, packing: str) -> None:
    elodie = person("Élodie", "Naïve", "e@x.example", "9")

    def packed(rows: Rows) -> bytes:
        content = csv_bytes(rows).decode().encode(encoding)
        out = io.BytesIO()
        if packing == ".gz":
            return gzip.compress(content, mtime=0)
        if packing == ".zip":
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo("notes/.hidden", (2025, 1, 1, 0, 0, 0)), b"kept")
                archive.writestr(zipfile.ZipInfo("part.csv", (2025, 1, 1, 0, 0, 0)), content)
            return out.getvalue()
        return content

    def unpacked(content: bytes) -> list[tuple[str, bytes]]:
        if packing != ".zip":
            return [("", gzip.decompress(content) if packing else content)]
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [(name, archive.read(name)) for name in archive.namelist()]

    path = landed(project, f"registrations_a.csv{packing}", packed([BEN, ANN, elodie, ANN_LAST_YEAR]))
    path.chmod(0o600)
    pa("forget", "--email", "ann.okapi@x.example", "--yes")
    assert unpacked(path.read_bytes()) == unpacked(packed([BEN, elodie]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_with_nobody_else_goes_as_a_whole(project: ProjectFolder) -> None:
    landed(project, "registrations_a.csv", csv_bytes([BEN]))
    path = landed(project, "registrations_b.csv", csv_bytes([ANN]))
    pa("forget", "--email", "ann.okapi@x.example", "--yes")
    assert not path.exists()
