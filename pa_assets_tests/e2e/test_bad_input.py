"""Bad deliveries: each ends in an error that names file, row or key and the mend, or in the quarantine with its reason.

Nothing of a person stands in what a run prints or in what Dagster keeps.
"""

import csv
import gzip
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from pa_assets.agendas.build import build_definitions
from pa_assets.kit.refresh import failure_line
from pa_assets.kit.staleness import Records
from pa_assets_tests.project import ProjectFolder, land, make_project

EVENT = "vet_lva"
ALL = ("registrations_processed", "survey_answers", "visitors", "scans_processed", "sessions_processed", "attendance")
QUARANTINES = {
    "registrations_processed": "registrations",
    "survey_answers": "answers",
    "scans_processed": "scans",
    "sessions_processed": "sessions",
    "attendance": "attendance",
}
REGISTRATIONS = "registrations_LVS25_LVS24.json"
ANSWERS = "demographics_LVS25_LVS24.json"
PROGRAMME = "sessions_this_year.csv"
SCANS = "seminar_scans_last_year_main.csv"
PRACTICES = "practices_missing.csv"
CANARY = {
    "Forename": "Zephyrine",
    "Surname": "Quillfeather",
    "Email": "zephyrine@quillfeather.example.org",
    "Mobile": "07700 912345",
}

Fault = Callable[[Path], None]


@dataclass
class Outcome:
    """What a run came to."""

    success: bool
    errors: dict[str, str]
    """Asset -> what its failure says."""


@dataclass
class Show:
    """A project with one show that was well, in which the test puts something wrong."""

    project: ProjectFolder
    instance: dg.DagsterInstance

    @property
    def landing(self) -> Path:
        return self.project.root / "data" / EVENT / "landing"

    def make(self, *names: str) -> Outcome:
        job = build_definitions().resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(
            asset_selection=[dg.AssetKey(["event", name]) for name in names],
            partition_key=EVENT,
            instance=self.instance,
            raise_on_error=False,
        )
        failures = {
            event.step_key.removeprefix("event__"): failure_line(event.step_failure_data)
            for event in result.all_events
            if event.is_step_failure and event.step_key
        }
        return Outcome(result.success, failures)

    def metadata(self, name: str) -> dict[str, Any]:
        record = Records(self.instance).latest(dg.AssetKey(["event", name]), EVENT)
        assert record is not None
        return {key: entry.value for key, entry in record.metadata.items()}

    def quarantine(self, name: str) -> list[dict[str, str]]:
        with self.project.output(EVENT, f"quarantine/{QUARANTINES[name]}.csv").open(encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.project.output(EVENT, f"{name}.parquet"))

    def delivered(self, name: str) -> int:
        """Rows that landed, counted here."""
        patterns = {
            "registrations_processed": "registrations_*.json",
            "survey_answers": "demographics_*.json",
            "scans_processed": "seminar_scans_*.csv",
            "sessions_processed": "sessions_*.csv",
        }
        if name == "attendance":
            return len(self.table("scans_processed"))
        return sum(_rows(path) for path in self.landing.glob(patterns[name]))


def _rows(path: Path) -> int:
    if path.suffix == ".json":
        return len(json.loads(path.read_text("utf-8")))
    with path.open(encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.DictReader(stream))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project root in which data preparation went well."""
    project = make_project(tmp_path_factory.mktemp("sound") / "project", [EVENT])
    land(project, EVENT, visitors=60, sessions=12)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PA_ROOT", str(project.root))
        patch.chdir(project.root)
        with dg.DagsterInstance.from_config(str(project.root)) as instance:
            assert Show(project, instance).make(*ALL).success
    return project.root


@pytest.fixture
def show(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A copy of the sound project."""
    root = tmp_path / "project"
    shutil.copytree(sound, root)
    monkeypatch.setenv("PA_ROOT", str(root))
    monkeypatch.chdir(root)
    with dg.DagsterInstance.from_config(str(root)) as instance:
        yield Show(ProjectFolder(root), instance)


def _people(landing: Path) -> list[str]:
    """E-mails, telephone numbers and full names that landed, as far as they cannot be anything else."""
    rows = [row for path in landing.glob("registrations_*.json") for row in _readable_rows(path)]
    emails = {row.get("Email") or "" for row in rows}
    mobiles = {row.get("Mobile") or "" for row in rows}
    return sorted(value for value in emails | mobiles if len(value) > 8)


def _readable_rows(path: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(path.read_text("utf-8")))
    except ValueError:
        return []


def leaks(project: ProjectFolder, output: str) -> list[str]:
    """Personal values in what was printed or in what Dagster keeps, with the place."""
    values = [*CANARY.values(), *_people(project.root / "data" / EVENT / "landing")]
    places = {"the output": output.encode()}
    kept = project.root / ".dagster_home"
    places |= {str(path.relative_to(project.root)): path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    return [
        f"{value} in {place}"
        for place, content in places.items()
        for value in values
        if value.casefold().encode() in content.lower()
    ]


def _add_canary(landing: Path, **changes: Any) -> None:
    """Add a registration of a person who can be found again."""
    path = landing / REGISTRATIONS
    rows = json.loads(path.read_text("utf-8"))
    rows.append({**rows[0], **CANARY, "BadgeId": "LVS25C99999", "ShowRef": "LVS25", "BadgeType": "Delegate", **changes})
    path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")


def _edit(name: str, edit: Callable[[str], str]) -> Fault:
    def fault(landing: Path) -> None:
        path = landing / name
        path.write_text(edit(path.read_text("utf-8")), "utf-8")

    return fault


def _emptied(name: str) -> Fault:
    return lambda landing: (landing / name).write_bytes(b"") and None


def _header_only(name: str) -> Fault:
    return _edit(name, lambda text: text.split("\n", 1)[0] + "\n")


def _without_column(name: str, column: str) -> Fault:
    def fault(landing: Path) -> None:
        frame = pd.read_csv(landing / name, dtype=str, keep_default_na=False)
        frame.drop(columns=column).to_csv(landing / name, index=False)

    return fault


STOPPING: dict[str, tuple[Fault, str, list[str]]] = {
    "empty registrations": (
        _emptied(REGISTRATIONS),
        "registrations_processed",
        [REGISTRATIONS, "is empty", "Export it"],
    ),
    "empty programme": (_emptied(PROGRAMME), "sessions_processed", [PROGRAMME, "is empty", "Export it again"]),
    "empty answers": (_emptied(ANSWERS), "survey_answers", [ANSWERS, "is empty", "Export it again"]),
    "empty scans": (_emptied(SCANS), "scans_processed", [SCANS, "is empty", "Export it again"]),
    "empty practices": (_emptied(PRACTICES), "visitors", [PRACTICES, "is empty", "Export it again"]),
    "programme of a header": (
        _header_only(PROGRAMME),
        "sessions_processed",
        [PROGRAMME, "header but no row", "Export it"],
    ),
    "registrations of an empty array": (
        _edit(REGISTRATIONS, lambda _: "[]"),
        "registrations_processed",
        [REGISTRATIONS, "empty array", "Export it again"],
    ),
    "programme without titles": (
        _without_column(PROGRAMME, "title"),
        "sessions_processed",
        [PROGRAMME, "missing column", "'title'", "Found: 'session_id'", "Add the column"],
    ),
    "registrations with another name for badges": (
        _edit(REGISTRATIONS, lambda text: text.replace('"BadgeId"', '"BadgeNumber"')),
        "registrations_processed",
        [REGISTRATIONS, "missing column", "'badge_id'", "'BadgeNumber'", "rename"],
    ),
    "scans without short names": (
        _without_column(SCANS, "Short Name"),
        "scans_processed",
        [SCANS, "missing column", "'short_name'", "Add the column"],
    ),
    "practices without companies": (
        _without_column(PRACTICES, "Company Name"),
        "visitors",
        [PRACTICES, "missing column", "'Company Name'", "people.practice_lookup"],
    ),
    "registrations cut off": (
        _edit(REGISTRATIONS, lambda text: text[: len(text) // 2]),
        "registrations_processed",
        [REGISTRATIONS, "broken JSON at line", "column", "Export it again"],
    ),
    "answers cut off": (
        _edit(ANSWERS, lambda text: text[: len(text) // 2]),
        "survey_answers",
        [ANSWERS, "broken JSON at line", "Export it again"],
    ),
    "a gzip archive cut off": (
        lambda landing: (landing / f"{PROGRAMME}.gz").write_bytes(gzip.compress(b"session_id,title")[:-9]),
        "sessions_processed",
        [f"{PROGRAMME}.gz", "Export or copy it again"],
    ),
    "a row too long": (
        _edit(PROGRAMME, lambda text: text.rstrip("\n") + ",one,too,many\n"),
        "sessions_processed",
        [PROGRAMME, "row ", "below the header has", "Quote cells"],
    ),
}


@pytest.mark.parametrize("name", STOPPING)
def test_a_file_that_cannot_be_used_stops_its_asset(show: Show, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    fault, asset, words = STOPPING[name]
    _add_canary(show.landing)
    fault(show.landing)
    before = show.project.output(EVENT, f"{asset}.parquet").read_bytes()
    outcome = show.make(asset)
    assert list(outcome.errors) == [asset]
    assert not [word for word in words if word not in outcome.errors[asset]], outcome.errors[asset]
    assert show.project.output(EVENT, f"{asset}.parquet").read_bytes() == before, "the last good table is gone"
    printed = capfd.readouterr()
    assert asset in printed.out + printed.err
    assert leaks(show.project, printed.out + printed.err) == []


def _assert_rows_add_up(show: Show, name: str) -> None:
    metadata = show.metadata(name)
    quarantine = show.quarantine(name)
    assert metadata["rows_in"] == show.delivered(name)
    assert metadata["rows_quarantined"] == len(quarantine)
    assert metadata["rows_folded"] == sum(metadata["folded"].values())
    assert metadata["quarantined"] == dict(Counter(row["reason"] for row in quarantine))
    out = len(show.table(name)) + len(quarantine) + metadata["rows_folded"]
    assert out == metadata["rows_in"] + metadata["rows_copied"], "rows were lost"


@pytest.mark.parametrize("name", QUARANTINES)
def test_rows_of_a_sound_show_add_up(show: Show, name: str) -> None:
    _assert_rows_add_up(show, name)


def test_scans_of_a_header_alone_are_no_scans(show: Show) -> None:
    before = len(show.table("scans_processed"))
    lost = _rows(show.landing / SCANS)
    _header_only(SCANS)(show.landing)
    assert show.make("scans_processed", "attendance").success
    assert before - lost <= len(show.table("scans_processed")) < before
    _assert_rows_add_up(show, "scans_processed")
    _assert_rows_add_up(show, "attendance")


def _first_badge(landing: Path) -> str:
    rows = json.loads((landing / REGISTRATIONS).read_text("utf-8"))
    return str(next(row["BadgeId"] for row in rows if row["ShowRef"] == "LVS25" and row["BadgeType"] == "Delegate"))


def _session(landing: Path, position: int = 0) -> dict[str, str]:
    """A session of this year that went into the table."""
    with (landing / PROGRAMME).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))[position]


def _with_session(landing: Path, row: dict[str, str]) -> None:
    with (landing / PROGRAMME).open("a", encoding="utf-8", newline="") as stream:
        csv.DictWriter(stream, list(row), lineterminator="\n").writerow(row)


def _twice_registered(landing: Path) -> None:
    _add_canary(landing)
    _add_canary(landing, Surname="", JobTitle="")
    _add_canary(landing, Company="")


def _session_id_twice(landing: Path) -> None:
    row = _session(landing)
    _with_session(
        landing, {**row, "title": "Another talk altogether", "start_time": "16:00:00", "end_time": "16:30:00"}
    )


def _ends_early(landing: Path) -> None:
    row = _session(landing)
    _with_session(landing, {**row, "session_id": "9999001", "start_time": "16:00:00", "end_time": "15:00:00"})


def _unknown_show(landing: Path) -> None:
    _add_canary(landing, ShowRef="XYZ99")


def _scan_for_nobody(landing: Path) -> None:
    with (landing / SCANS).open(encoding="utf-8", newline="") as stream:
        row = next(csv.DictReader(stream))
    with (landing / SCANS).open("a", encoding="utf-8", newline="") as stream:
        csv.DictWriter(stream, list(row), lineterminator="\n").writerow({**row, "Badge Id": "LVS24NOBODY"})


QUARANTINED: dict[str, tuple[Fault, str, str, dict[str, str], list[str]]] = {
    "duplicate badge": (
        _twice_registered,
        "registrations_processed",
        "duplicate badge",
        {"badge_id": "LVS25C99999", "source_file": REGISTRATIONS},
        ["another row of this badge"],
    ),
    "unknown show code": (
        _unknown_show,
        "registrations_processed",
        "unknown show code",
        {"badge_id": "LVS25C99999", "source_file": REGISTRATIONS},
        ["XYZ99", "event.shows_"],
    ),
    "session id used twice": (
        _session_id_twice,
        "sessions_processed",
        "session id used twice",
        {"source_file": PROGRAMME},
        ["give each its own id"],
    ),
    "a session that ends before it starts": (
        _ends_early,
        "sessions_processed",
        "ends before it starts",
        {"session_id": "9999001", "source_file": PROGRAMME},
        ["from", "16:00", "to", "15:00"],
    ),
    "a scan for nobody": (
        _scan_for_nobody,
        "attendance",
        "no visitor with this badge",
        {"badge_id": "LVS24NOBODY"},
        [],
    ),
}


@pytest.mark.parametrize("name", QUARANTINED)
def test_a_row_that_cannot_be_used_goes_to_the_quarantine(
    show: Show, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    fault, asset, reason, where, words = QUARANTINED[name]
    before = show.metadata(asset)
    fault(show.landing)
    outcome = show.make(*(["scans_processed"] if asset == "attendance" else []), asset)
    assert outcome.success, outcome.errors
    rows = [row for row in show.quarantine(asset) if all(row[column] == value for column, value in where.items())]
    row = next((row for row in rows if row["reason"] == reason), None)
    assert row is not None, f"set aside are only {rows}"
    assert not [word for word in words if word not in row["detail"]], row["detail"]
    assert int(row["source_row"]) > 0 or row.get("scan_id"), "the quarantine does not say which row"
    assert show.metadata(asset)["rows_in"] > before["rows_in"]
    _assert_rows_add_up(show, asset)
    printed = capfd.readouterr()
    assert leaks(show.project, printed.out + printed.err) == []


def test_previews_and_numbers_show_nobody(show: Show, capfd: pytest.CaptureFixture[str]) -> None:
    _add_canary(show.landing, BadgeId="AAA00000")
    assert show.make(*ALL).success
    this_year = show.table("registrations_processed").query("cohort == 'this_year'")
    assert this_year["badge_id"].iloc[0] == "AAA00000", "stands in no preview"
    printed = capfd.readouterr()
    assert leaks(show.project, printed.out + printed.err) == []


@pytest.mark.parametrize(
    ("names", "asset", "role", "pattern"),
    [
        ("registrations_*", "registrations_processed", "registrations", "registrations_*"),
        ("sessions_this_year*", "sessions_processed", "programme", "sessions_this_year*"),
    ],
)
def test_a_missing_role_is_named(show: Show, names: str, asset: str, role: str, pattern: str) -> None:
    for path in show.landing.glob(names):
        path.unlink()
    outcome = show.make(asset)
    said = outcome.errors[asset]
    for word in (EVENT, repr(role), pattern, f"data/{EVENT}/landing", f"config/{EVENT}.yaml"):
        assert word in said


@pytest.mark.slow
def test_by_command_a_typo_takes_its_event_out_and_no_other(sound: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(sound, root)
    project = ProjectFolder(root)
    text = (root / "config" / f"{EVENT}.yaml").read_text("utf-8")
    (root / "config" / "ecomm.yaml").write_text(text.replace("valid_badge_types:", "valid_badge_typs:"), "utf-8")
    _add_canary(project.root / "data" / EVENT / "landing")
    done = project.materialize("registrations_processed", check=False)
    assert done.code != 0, "a broken event must not pass in silence"
    assert "config/ecomm.yaml" in done.output or "ecomm.yaml" in done.output
    assert "people.valid_badge_typs" in done.output
    assert "valid_badge_types" in done.output.replace("valid_badge_typs", "")
    outcomes = {
        line.split()[0]: line.split()[1] for line in done.output.splitlines() if line[:7] in ("ecomm  ", "vet_lva")
    }
    assert outcomes == {"ecomm": "failed", "vet_lva": "rebuilt"}
    registered = pd.read_parquet(project.output(EVENT, "registrations_processed.parquet"))
    assert "LVS25C99999" in set(registered["badge_id"])
    assert leaks(project, done.output) == []
    alone = project.materialize("event/registrations_processed", "--partition", EVENT)
    assert alone.code == 0


@pytest.mark.slow
def test_by_command_a_bad_file_is_told_without_its_people(sound: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(sound, root)
    project = ProjectFolder(root)
    landing = root / "data" / EVENT / "landing"
    _add_canary(landing)
    path = landing / REGISTRATIONS
    path.write_text(path.read_text("utf-8")[:-3], "utf-8")
    done = project.materialize("visitors", check=False)
    assert done.code != 0
    assert f"{REGISTRATIONS}: broken JSON at line" in done.output
    assert "Export it again" in " ".join(done.output.split())
    assert leaks(project, done.output) == []
