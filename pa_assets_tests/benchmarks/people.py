"""Registrations and survey answers from landing files to tables, at growing numbers of visitors.

Each size runs in a fresh process, so that its peak of memory is its own:
`python -m pa_assets_tests.benchmarks.people FOLDER` works off the landing files in FOLDER and prints the figures.
Making the landing files is not part of the time.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.core.people import (
    inventories,
    join_visitors,
    known_answer_files,
    known_people_files,
    process_answers,
    process_registrations,
    professions,
)
from pa_assets.agendas.core.people.inventories import PROFESSIONS
from pa_assets.agendas.core.tables import REGISTRATIONS, SURVEY_ANSWERS, VISITORS
from pa_assets.kit.files import write_csv, write_json, write_parquet
from pa_assets.kit.memory import collected_seldom
from pa_assets.kit.tables import for_spreadsheet
from pa_assets_tests.agendas.core.preparation import EVENT, PAST_SPECIALISATION, PEOPLE, SPECIALISATION, registration
from pa_assets_tests.benchmarks.rows import Row

SIZES = (1_000, 8_000, 100_000)
GOALS = {8_000: "<= 1 s", 100_000: "<= 15 s, <= 2,048 MB"}
PREVIOUS = {1_000: "2.0 s", 8_000: "107.3 s", 100_000: "not measured"}
"""Of the previous pipeline on such data; four times the seconds for twice the visitors."""

_RETURNING = 0.5
"""Share of last year's people who are among this year's."""
_TYPES = ("Small Animal", "Equine", "Farm", "Exotics", "Mixed", "Poultry", "Wildlife", "Dairy")
_ROLES = ("Vet/Vet Surgeon", "Vet Nurse", "Practice Manager", "Receptionist", "Student", "Locum Vet")
_FURTHER_QUESTIONS = tuple(f"Which of these describes you best, question {number}?" for number in range(1, 7))


def registrations(root: Path) -> list[Row]:
    """Rows of the table of measured times: seconds and peak of memory at each size, and how they grow."""
    rows: list[Row] = []
    seconds: dict[int, float] = {}
    for size in SIZES:
        folder = root / str(size)
        make_landing(folder, size)
        command = [sys.executable, "-m", "pa_assets_tests.benchmarks.people", str(folder)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        stages, busy, peak = json.loads(done.stdout)
        seconds[size] = sum(stages.values())
        detail = ", ".join(f"{name} {spent:.2f}" for name, spent in stages.items())
        what = f"registrations with 10 answers each, {size:,} visitors"
        measured = f"{seconds[size]:.2f} s, {peak:,.0f} MB"
        rows.append(
            (what, measured, GOALS.get(size, ""), f"{detail}; CPU {busy:.1f} s; previous pipeline {PREVIOUS[size]}")
        )
    small, large = SIZES[1:]
    growth = (seconds[large] / large) / (seconds[small] / small)
    rows.append((f"time per visitor at {large:,} / at {small:,}", f"{growth:.2f} x", "linear: about 1 x", ""))
    return rows


def make_landing(folder: Path, visitors: int) -> None:
    """Registrations and survey answers of `visitors` badges: five in seven of this year, the others of last year."""
    folder.mkdir(parents=True)
    past = visitors * 2 // 7
    this_year = visitors - past
    first_past = this_year - int(past * _RETURNING)
    people = [("BVA2025", f"BV25A{person:07}", person) for person in range(this_year)]
    people += [("BVA2024", f"BV24B{person:07}", person) for person in range(first_past, first_past + past)]
    _write(folder / "registrations.json", (json.dumps(_registration(*each)) for each in people))
    _write(folder / "demographics.json", (json.dumps(row) for each in people for row in _answers(*each)))


def _write(path: Path, lines: Iterator[str]) -> None:
    path.write_text("[" + ",\n".join(lines) + "]\n", "utf-8")


def _registration(show: str, badge: str, person: int) -> dict[str, object]:
    return registration(
        Id=f"r-{badge}",
        Forename=f"Forename{person % 997}",
        Surname=f"Surname{person % 20011}",
        Email=f"person.{person}@practice{person % 4001}.example",
        Tel=f"0207{person:07}",
        Mobile=f"07700{person:07}",
        Company=f"Practice {person % 4001}",
        JobTitle=f"Surgeon {person % 113}",
        ShowRef=show,
        RegistrationDate=f"{show[-4:]}-0{person % 5 + 1}-{person % 28 + 1:02}T{person % 24:02}:{person % 60:02}:00",
        BadgeId=badge,
        RegCode=f"X{person}",
    )


def _answers(show: str, badge: str, person: int) -> Iterator[dict[str, object]]:
    """Ten answers: one of several choices, one typed in, eight of one choice."""
    current = show == EVENT.shows_this_year[0]
    kind, role = _TYPES[person % len(_TYPES)], _ROLES[person % len(_ROLES)]
    answers = {
        (SPECIALISATION if current else PAST_SPECIALISATION) + "?": f"{kind};{_TYPES[person * 7 % 5]}",
        "Organisation Type": f"Organisation {person % 9}",
        "Job Role": role,
        "What do you hope to take home": f"Something about case {person}",
        **{question: f"Choice {person % (5 + number)}" for number, question in enumerate(_FURTHER_QUESTIONS)},
    }
    for question, answer in answers.items():
        yield {
            "showref": show,
            "BadgeId": badge,
            "QuestionText": question,
            "AnswerText": answer,
            "METADATA_fileName": "answers.json",
        }


def measure(folder: Path) -> tuple[dict[str, float], float, float]:
    """Seconds of each stage from landing files to written tables, seconds of CPU, and the peak of memory in MB."""
    started, busy = time.perf_counter(), time.process_time()
    stages: dict[str, float] = {}

    def done(stage: str) -> None:
        stages[stage] = time.perf_counter() - started - sum(stages.values())

    registration_rows = read_rows([folder / "registrations.json"], "registrations")
    answer_rows = read_rows([folder / "demographics.json"], "demographics")
    done("read")
    registered = process_registrations(registration_rows, EVENT, PEOPLE).table
    done("registrations")
    answers = process_answers(answer_rows, registered, EVENT, PEOPLE).table
    done("answers")
    del registration_rows, answer_rows
    visitors = join_visitors(registered, answers, None, EVENT, PEOPLE).table
    done("visitors")
    for table, frame in ((REGISTRATIONS, registered), (SURVEY_ANSWERS, answers), (VISITORS, visitors)):
        write_parquet(folder / f"{table.name}.parquet", frame)
    for name, frame in {"registrations_processed.csv": registered, **known_people_files(visitors, PEOPLE)}.items():
        write_csv(folder / name, for_spreadsheet(frame))
    for name, content in {**known_answer_files(answers), **inventories(visitors, answers, PEOPLE)}.items():
        write_json(folder / name, content)
    write_csv(folder / PROFESSIONS.name, for_spreadsheet(professions(visitors)))
    done("write")
    return stages, time.process_time() - busy, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    with collected_seldom():  # as every asset does its work
        print(json.dumps(measure(Path(sys.argv[1]))))
