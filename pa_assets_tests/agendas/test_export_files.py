"""Exports as files: kept while their content is the same, whole or not there, listed."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pa_assets.agendas.core.exports import Exports
from pa_assets.agendas.export_files import ExportFiles, write_exports
from pa_assets_tests.agendas.core.export_tables import export_tables
from pa_assets_tests.agendas.core.recommend_shows import EVENT


def write(folder: Path, exports: Exports | None = None) -> ExportFiles:
    return write_exports(folder, EVENT, exports or export_tables().exports())


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_known_names(tmp_path: Path) -> None:
    written = write(tmp_path)
    stem = written.paths["json"].stem
    assert stem.startswith("visitor_recommendations_vet_2")
    endings = [".json", ".csv", ".parquet", "_without.csv", "_changes.csv", "_calendars.zip"]
    control = [f"control/{stem}_control{ending}" for ending in (".json", ".csv", ".parquet", "_changes.csv")]
    files = {*(f"{stem}{ending}" for ending in endings), *control}
    assert names(tmp_path) == {*files, "latest.json"}
    latest = json.loads((tmp_path / "latest.json").read_text())
    assert latest["version"] == written.version
    assert set(latest["files"].values()) == set(latest["complete"]) == files
    for kind, path in written.paths.items():
        assert path.read_bytes() == export_tables().exports().content(kind)


def test_equal_content_keeps_its_files_and_its_list_of_changes(tmp_path: Path) -> None:
    first = write(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in first.paths.values()}
    tables = export_tables()
    tables.changes = tables.changes.head(0)
    assert write(tmp_path, tables.exports()) == first
    assert {path: path.stat().st_mtime_ns for path in first.paths.values()} == times
    assert b"cancelled" in first.paths["changes"].read_bytes()


def test_a_lost_file_is_written_again(tmp_path: Path) -> None:
    first = write(tmp_path)
    first.paths["calendars"].unlink()
    again = write(tmp_path)
    assert again.version == first.version
    assert again.paths["calendars"].is_file()


def test_other_content_is_written_beside(tmp_path: Path) -> None:
    first = write(tmp_path)
    earlier = {
        kind: path.rename(path.with_name(path.name.replace("_vet_2", "_vet_1"))) for kind, path in first.paths.items()
    }
    latest = tmp_path / "latest.json"
    latest.write_text(latest.read_text().replace("_vet_2", "_vet_1"))
    second = write(tmp_path, export_tables("other").exports())
    assert second.version != first.version
    assert names(tmp_path) == {
        "latest.json",
        *(path.relative_to(tmp_path).as_posix() for path in (*earlier.values(), *second.paths.values())),
    }


def test_what_was_cut_off_goes(tmp_path: Path) -> None:
    exports = export_tables().exports()

    def broken(stream: io.BytesIO) -> None:
        stream.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write(tmp_path, replace(exports, files={**exports.files, "calendars": broken}))
    assert not [name for name in names(tmp_path) if "visitor_recommendations" in name]
    (tmp_path / "visitor_recommendations_vet_20200101_000000.json").write_text("{")
    written = write(tmp_path)
    wanted = {path.relative_to(tmp_path).as_posix() for path in written.paths.values()}
    assert names(tmp_path) == {*wanted, "latest.json"}


def test_parquet_files_of_both_groups_are_of_one_kind(tmp_path: Path) -> None:
    written = write(tmp_path)
    main, control = (pd.read_parquet(written.paths[kind]) for kind in ("parquet", "control_parquet"))
    assert main.dtypes.equals(control.dtypes)
