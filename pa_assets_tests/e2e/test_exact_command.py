"""The exact command, typed with nothing exported: `dagster asset materialize --select sessions_backfilled`.

The tests of this module are steps of one story and run in their order.
"""

import csv
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pa_assets_tests.project import Finished, ProjectFolder, land, make_project

pytestmark = pytest.mark.slow

LANDED = ("ecomm", "vet_bva", "vet_lva")
WAITING = "cpcn"
STATUSES = ("fresh", "rebuilt", "failed", "waiting")


class BareShell(ProjectFolder):
    """A shell in which nothing is exported: the root is found from the working directory."""

    def environment(self) -> dict[str, str]:
        return {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}


@dataclass(frozen=True)
class Row:
    """A row of the printed table."""

    status: str
    why: str
    path: str


def table(done: Finished) -> dict[str, Row]:
    """The printed table by event; cells that were folded into several lines are joined."""
    lines = done.output.splitlines()
    head = next(number for number, line in enumerate(lines) if re.match(r"event +status +why +rows +path", line))
    edges = [match.span() for match in re.finditer(r"-+", lines[head + 1])]
    rows: dict[str, list[str]] = {}
    event = ""
    for line in lines[head + 2 :]:
        cells = [line[start:].strip() if end == edges[-1][1] else line[start:end].strip() for start, end in edges]
        if cells[1] not in (*STATUSES, "") or (not cells[1] and cells[0]) or not line.strip():
            break
        event = cells[0] or event
        rows[event] = [f"{old} {new}".strip() for old, new in zip(rows.get(event, [""] * 5), cells, strict=True)]
    return {event: Row(cells[1], cells[2], cells[4]) for event, cells in rows.items()}


def statuses(done: Finished) -> dict[str, str]:
    """Status by event."""
    return {event: row.status for event, row in table(done).items()}


def embedded(done: Finished) -> list[int]:
    """How many texts each asset embedded that ran."""
    return [int(number) for number in re.findall(r"(\d+) texts? embedded", done.output)]


def made(project: ProjectFolder) -> dict[str, tuple[int, int]]:
    """Every file that the stages made, with its inode and time: a file that is written again differs."""
    return {
        str(path.relative_to(project.root)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (project.root / "data").rglob("*")
        if path.is_file() and {"output", "recommendations", "reports"} & set(path.parts)
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectFolder]:
    root = make_project(tmp_path_factory.mktemp("typed") / "project", [*LANDED, WAITING]).root
    project = BareShell(root)
    for event in LANDED:
        land(project, event, visitors=24, sessions=12)
    yield project
    project.stop_graph()


def test_it_works_as_typed(project: ProjectFolder) -> None:
    dagster = str(Path(sys.executable).with_name("dagster"))
    done = project.run(dagster, "asset", "materialize", "--select", "sessions_backfilled")
    assert statuses(done) == {**dict.fromkeys(LANDED, "rebuilt"), WAITING: "waiting"}
    rows = table(done)
    assert f"nothing has landed in data/{WAITING}/landing" in rows[WAITING].why
    for event in LANDED:
        assert "never made" in rows[event].why
        assert (project.root / rows[event].path).is_file()
        assert project.output(event, "session_this_filtered_valid_cols.csv").is_file()
        assert project.output(event, "streams.json").is_file()
    assert (project.root / ".dagster_home").is_dir(), "history is not kept in the project"


def test_again_everything_is_fresh_and_nothing_is_made(project: ProjectFolder) -> None:
    before = made(project)
    done = project.materialize("sessions_backfilled")
    assert statuses(done) == {**dict.fromkeys(LANDED, "fresh"), WAITING: "waiting"}
    assert embedded(done) == []
    assert made(project) == before


def test_blanks_at_the_end_of_a_file_stop_at_the_first_asset(project: ProjectFolder) -> None:
    before = made(project)
    path = project.root / "data" / "vet_bva" / "landing" / "sessions_this_year.csv"
    path.write_text(path.read_text("utf-8") + "\n \n", "utf-8")
    done = project.materialize("sessions_backfilled")
    assert statuses(done) == {"vet_bva": "rebuilt", "ecomm": "fresh", "vet_lva": "fresh", WAITING: "waiting"}
    assert table(done)["vet_bva"].why == "sessions_processed: landing/programme changed"
    after = made(project)
    written = {name for name in after if after[name] != before.get(name)}
    assert "data/vet_bva/output/sessions_processed.parquet" in written
    assert all(re.search("sessions_processed|quarantine", name) for name in written), written


def test_one_event_by_its_partition(project: ProjectFolder) -> None:
    before = made(project)
    done = project.materialize("event/sessions_backfilled", "--partition", "vet_lva")
    assert done.code == 0
    after = made(project)
    written = {name for name in after if after[name] != before.get(name)}
    assert "data/vet_lva/output/sessions_backfilled.parquet" in written
    assert all(name.startswith("data/vet_lva/output/s") for name in written), written


def test_one_changed_synopsis_rebuilds_one_event_and_embeds_one_text(project: ProjectFolder) -> None:
    first = project.materialize("recommendation_exports")
    assert statuses(first) == {**dict.fromkeys(LANDED, "rebuilt"), WAITING: "waiting"}
    before = made(project)
    _change_a_synopsis(project, "ecomm")
    done = project.materialize("recommendation_exports")
    assert statuses(done) == {"ecomm": "rebuilt", "vet_bva": "fresh", "vet_lva": "fresh", WAITING: "waiting"}
    assert sum(embedded(done)) == 1
    after = made(project)
    written = {name for name in after if after[name] != before.get(name)}
    assert written
    assert all(name.startswith("data/ecomm/") for name in written), written
    assert not [name for name in written if "registrations" in name or "df_reg_demo" in name], "people were made again"


def _change_a_synopsis(project: ProjectFolder, event: str) -> None:
    """Add a sentence to the last session of this year that has a synopsis and a stream."""
    path = project.root / "data" / event / "landing" / "sessions_this_year.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    kept = {row["session_id"] for row in rows if row["stream"] and len(row["synopsis_stripped"]) > 40}
    chosen = max(kept)
    for row in rows:
        if row["session_id"] == chosen:
            row["synopsis_stripped"] += " With a live demonstration."
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
