"""Badge scans from landing files to attendance, at growing numbers of scans.

Each size runs in a fresh process, so that its peak of memory is its own:
`python -m pa_assets_tests.benchmarks.scans FOLDER` works off the files in FOLDER and prints the figures.
Making the files is not part of the time.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from pa_assets.agendas.core.attendance import match_attendance
from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.core.scans import process_scans
from pa_assets.agendas.core.sessions.titles import content_key
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, SESSIONS
from pa_assets.agendas.core.text import key_text
from pa_assets_tests.agendas.core.preparation import EVENT
from pa_assets_tests.benchmarks.rows import Row

SIZES = (100_000, 1_000_000)
GOALS = {1_000_000: "<= 10 s joined"}

_VISITORS = 20_000
_SESSIONS = 600
_SLOTS_PER_TALK = 2
_MARKERS = ("[repeat]",)
_FIRST_DAY = pd.Timestamp("2024-06-13 09:00")
_UNKNOWN_BADGES = 0.03
_DOUBLED = 0.02


def scans(root: Path) -> list[Row]:
    """Rows of the table of measured times: seconds and peak of memory at each size."""
    rows: list[Row] = []
    for size in SIZES:
        folder = root / str(size)
        make_landing(folder, size)
        command = [sys.executable, "-m", "pa_assets_tests.benchmarks.scans", str(folder)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        stages, peak, attendances = json.loads(done.stdout)
        what = f"{size:,} scans, {_VISITORS:,} visitors x {_SESSIONS} sessions"
        measured = f"{stages['process'] + stages['match']:.2f} s joined, {sum(stages.values()):.2f} s in all"
        detail = ", ".join(f"{name} {spent:.2f}" for name, spent in stages.items())
        detail += f"; {attendances:,} attendances; peak {peak:,.0f} MB"
        rows.append((what, measured, GOALS.get(size, ""), detail))
    return rows


def make_landing(folder: Path, size: int) -> None:
    """A CSV of scans and one of seminars, two slots to a talk, and the tables that they are matched to."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(size)
    number = np.arange(_SESSIONS)
    starts = _FIRST_DAY + pd.to_timedelta(random.integers(0, 60, _SESSIONS) * 10, unit="m")
    titles = [
        f"Managing case {at // _SLOTS_PER_TALK} in practice: what is new?" + " [REPEAT]" * (at % _SLOTS_PER_TALK)
        for at in number
    ]
    session = random.integers(0, _SESSIONS, size)
    badge = random.integers(0, int(_VISITORS * (1 + _UNKNOWN_BADGES)), size)
    times = starts[session] + pd.to_timedelta(random.integers(-600, 1800, size), unit="s")
    delivered = pd.DataFrame(
        {
            "Badge Id": np.char.add("BV24B", np.char.zfill(badge.astype(str), 6)),
            "Short Name": np.char.add("MT", session.astype(str)),
            "Scan Date": times.strftime("%Y-%m-%d %H:%M:%S"),
            "File": np.char.add("scanner", random.integers(0, 40, size).astype(str)),
        }
    )
    doubled = random.random(size) < _DOUBLED
    delivered[doubled] = delivered.shift(1)[doubled].fillna(delivered)
    delivered.to_csv(folder / "scans.csv", index=False)
    reference = pd.DataFrame({"Short Name": [f"MT{at}" for at in number], "Seminar Name": titles})
    reference.to_csv(folder / "reference.csv", index=False)
    programme = {
        **dict.fromkeys(SESSIONS.names, ""),
        "session_id": [f"S{at}" for at in number],
        "cohort": LAST_YEAR_MAIN,
        "title": titles,
        "key_text": [key_text(title) for title in titles],
        "content_group": [content_key(title, _MARKERS) for title in titles],
        "starts_at": starts,
        "ends_at": starts + pd.Timedelta(minutes=30),
    }
    SESSIONS.conform(pd.DataFrame(programme)).to_parquet(folder / "sessions.parquet")
    people = pd.DataFrame({"badge_id": [f"BV24B{at:06}" for at in range(_VISITORS)]})
    people = people.assign(cohort=LAST_YEAR_MAIN, person_id="person of " + people["badge_id"], show_ref="BVA2024")
    people.to_parquet(folder / "visitors.parquet")


def measure(folder: Path) -> tuple[dict[str, float], float, int]:
    """Seconds of each stage, the peak of memory in MB, and the rows of attendance."""
    sessions, visitors = (pd.read_parquet(folder / f"{name}.parquet") for name in ("sessions", "visitors"))
    started = time.perf_counter()
    delivered = {LAST_YEAR_MAIN: read_rows([folder / "scans.csv"], "scans")}
    reference = {LAST_YEAR_MAIN: read_rows([folder / "reference.csv"], "scan_reference")}
    read = time.perf_counter()
    processed = process_scans(delivered, reference, EVENT)
    joined = time.perf_counter()
    matched = match_attendance(processed.table, sessions, visitors, EVENT, _MARKERS)
    stages = {"read": read - started, "process": joined - read, "match": time.perf_counter() - joined}
    return stages, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(matched.table)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
