"""Forgetting reaches every file of an export, and leaves what the others have as it was."""

import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.export_files import write_exports
from pa_assets_tests.agendas.core.export_tables import ExportTables, export_tables
from pa_assets_tests.agendas.privacy.test_forgetting import EVENT, csv_bytes, landed, pa, person, project
from pa_assets_tests.project import ProjectFolder

__all__ = ["project"]

NAMES = {"v1": "Annika Okapi", "v2": "Benedict Newt", "v3": "Cleopatra Ibex", "v4": "Dorothea Gnu"}
"""Badge in the tables -> who it is; the badges are made longer, so that all bytes can be searched for them."""


def badge(short: str) -> str:
    return f"LVS25/00{short}"


def email(short: str) -> str:
    return f"{NAMES[short].split()[0].lower()}@x.example"


def tables() -> ExportTables:
    made = export_tables()
    for name in ("visitors", "recommendations", "without", "alternatives", "removed", "changes"):
        frame = getattr(made, name)
        frame["badge_id"] = frame["badge_id"].map(badge)
    people = made.visitors
    for column, values in (
        ("forename", [NAMES[short].split()[0] for short in NAMES]),
        ("surname", [NAMES[short].split()[1] for short in NAMES]),
        ("email", [email(short) for short in NAMES]),
    ):
        people[column] = values
    made.event = config.Event.model_validate({**made.event.model_dump(), "show": "lva"})
    return made


@pytest.fixture
def paths(project: ProjectFolder) -> dict[str, Path]:
    rows = [person(*NAMES[short].split(), email(short), badge(short)) for short in NAMES]
    landed(project, "registrations_a.csv", csv_bytes(rows))
    folder = project.root / "data" / EVENT / "recommendations"
    return write_exports(folder, config.Event.model_validate(tables().event), tables().exports()).paths


def without(short: str) -> ExportTables:
    """The tables as if somebody had never been there."""
    left = tables()
    for name in ("visitors", "recommendations", "without", "alternatives", "removed", "changes"):
        frame = getattr(left, name)
        setattr(left, name, frame[frame["badge_id"] != badge(short)].reset_index(drop=True))
    return left


@pytest.mark.parametrize("short", list(NAMES))
def test_a_person_goes_from_every_file(paths: dict[str, Path], short: str) -> None:
    pa("forget", "--email", email(short), "--yes")
    wanted = without(short).exports()
    for kind, path in paths.items():
        content, should = path.read_bytes(), wanted.content(kind)
        if kind.endswith("json"):
            found, expected = json.loads(content), json.loads(should)
            found["metadata"]["counts"] = expected["metadata"]["counts"]  # what was counted then stays
            assert found == expected, kind
        elif kind.endswith("parquet"):
            pd.testing.assert_frame_equal(pd.read_parquet(path), pd.read_parquet(io.BytesIO(should)))
        elif kind == "calendars":
            assert entries(content) == entries(should)
        else:
            assert content == should, kind


def entries(content: bytes) -> dict[str, tuple[bytes, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: (info.comment, archive.read(info)) for info in archive.infolist()}


def test_what_is_held_names_every_file(paths: dict[str, Path], tmp_path: Path) -> None:
    told = tmp_path / "held.zip"
    pa("export", "--email", email("v1"), "--output", str(told))
    with zipfile.ZipFile(told) as archive:
        held = json.loads(archive.read("person.json"))["files"]["recommendations"]
    files = {Path(entry["file"]).name: entry["rows"] for entry in held}
    assert set(files) == {paths[kind].name for kind in ("json", "csv", "parquet", "changes", "calendars")}
    (calendar,) = files[paths["calendars"].name]
    assert "SUMMARY:Colic" in calendar["calendar"]


def test_a_damaged_archive_is_named(paths: dict[str, Path]) -> None:
    content = paths["calendars"].read_bytes()
    paths["calendars"].write_bytes(content[: len(content) // 2])
    told = pa("forget", "--email", email("v1"), "--yes", code=2)
    assert paths["calendars"].name in told.replace("\n", "")
