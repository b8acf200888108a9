"""Landing files of a generated show, in the shapes in which registration systems deliver them.

The columns and keys follow the exports of the registration systems; nothing is drawn here.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, LAST_YEAR_SECONDARY, THIS_YEAR
from pa_assets.agendas.demo.chance import generator
from pa_assets.agendas.demo.profiles import Question, ShowProfile
from pa_assets.kit.files import write_csv, write_text

PROGRAMME_FILES = {cohort: f"sessions_{cohort}.csv" for cohort in (THIS_YEAR, LAST_YEAR_MAIN, LAST_YEAR_SECONDARY)}
SCAN_FILES = {cohort: f"seminar_scans_{cohort}.csv" for cohort in PROGRAMME_FILES}
REFERENCE_FILES = {cohort: f"seminar_reference_{cohort}.csv" for cohort in PROGRAMME_FILES}
ENTRY_SCANS_FILE = "entry_scans.csv"
CAPACITY_FILE = "teatres.csv"
JOB_FILE = "job_to_stream.csv"
SPECIALIZATION_FILE = "spezialization_to_stream.csv"
PRACTICES_FILE = "practices_missing.csv"

_SEATS = (60, 80, 100, 120, 150, 200, 250, 400)


def deliveries(profile: ShowProfile) -> dict[str, tuple[str, ...]]:
    """Show codes in the file name -> cohorts in the file: main and paired show deliver separately."""
    main = tuple(cohort for cohort in (THIS_YEAR, LAST_YEAR_MAIN) if cohort in profile.cohorts)
    files = {"_".join(code for cohort in main for code in profile.codes[cohort]): main}
    if LAST_YEAR_SECONDARY in profile.cohorts:
        files["_".join(profile.codes[LAST_YEAR_SECONDARY])] = (LAST_YEAR_SECONDARY,)
    return files


def write_registrations(landing: Path, profile: ShowProfile, registrations: pd.DataFrame) -> list[Path]:
    """Write `registrations_<codes>.json` per delivery; the column `attended` tells who was at the show."""
    paths: list[Path] = []
    shape = _legacy_registrations if profile.format == "legacy" else _graphql_registrations
    for codes, cohorts in deliveries(profile).items():
        rows = registrations[registrations["cohort"].isin(cohorts)].reset_index(drop=True)
        path = landing / f"registrations_{codes}.json"
        records = _lines(shape(rows, path.name))
        write_text(path, _array(records))
        paths.append(path)
    return paths


def write_answers(landing: Path, profile: ShowProfile, answers: pd.DataFrame) -> list[Path]:
    """Write `demographics_<codes>.json` per delivery; `answers` holds lists of choices."""
    paths: list[Path] = []
    for codes, cohorts in deliveries(profile).items():
        rows = answers[answers["cohort"].isin(cohorts)].reset_index(drop=True)
        path = landing / f"demographics_{codes}.json"
        if profile.format == "legacy":
            text = _array(_lines(_legacy_answers(rows, path.name)))
        elif profile.format == "graphql_flat":
            text = _array(_lines(_flat_answers(rows, path.name)))
        else:
            text = '{"data": {"demographics": ' + _array(_nested_answers(rows, profile.questions)).rstrip("\n") + "}}\n"
        write_text(path, text)
        paths.append(path)
    return paths


def write_programme(landing: Path, cohort: str, rows: pd.DataFrame) -> Path:
    """Write `sessions_<cohort>.csv`."""
    return _csv(landing / PROGRAMME_FILES[cohort], rows)


def write_scans(landing: Path, cohort: str, scans: pd.DataFrame, reference: pd.DataFrame) -> list[Path]:
    """Write the scans of a cohort and their reference."""
    return [_csv(landing / SCAN_FILES[cohort], scans), _csv(landing / REFERENCE_FILES[cohort], reference)]


def write_entry_scans(landing: Path, scans: pd.DataFrame) -> Path:
    """Write the scans at the entrance."""
    return _csv(landing / ENTRY_SCANS_FILE, scans)


def write_capacity(landing: Path, event: str, theatres: Sequence[str], seed: int) -> Path:
    """Write `teatres.csv`: seats of each theatre."""
    seats = generator(seed, event, "capacity").choice(_SEATS, len(theatres))
    return _csv(landing / CAPACITY_FILE, pd.DataFrame({"theatre__name": list(theatres), "number_visitors": seats}))


def write_mappings(landing: Path, profile: ShowProfile, streams: Sequence[str], practices: pd.DataFrame) -> list[Path]:
    """Write the mapping tables that the show has."""
    paths: list[Path] = []
    if profile.job_mapping:
        question = profile.questions[profile.role_question]
        paths.append(_csv(landing / JOB_FILE, _mapping(question, "Job Role", streams)))
    if profile.specialization_question is not None:
        question = profile.questions[profile.specialization_question]
        paths.append(_csv(landing / SPECIALIZATION_FILE, _mapping(question, "spezialization", streams)))
    if profile.practice_question is not None:
        paths.append(_csv(landing / PRACTICES_FILE, practices))
    return paths


def _mapping(question: Question, column: str, streams: Sequence[str]) -> pd.DataFrame:
    rows = [
        {column: answer, **{name: "YES" if name in question.streams.get(answer, ()) else "NO" for name in streams}}
        for answer in question.answers
    ]
    return pd.DataFrame(rows)


def _csv(path: Path, frame: pd.DataFrame) -> Path:
    write_csv(path, frame)
    return path


def _lines(frame: pd.DataFrame) -> list[str]:
    """One JSON object per row; blank cells become null."""
    blank = frame.astype(object).where(frame != "", None)
    text = blank.to_json(orient="records", lines=True, force_ascii=False).replace("\\/", "/")
    return text.splitlines()


def _array(records: Sequence[str]) -> str:
    return "[\n" + ",\n".join(records) + "\n]\n"


def _legacy_registrations(rows: pd.DataFrame, _: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Id": "r-" + pd.Series(np.arange(len(rows)) + 1).astype(str).str.zfill(6),
            "Title": rows["title"],
            "Forename": rows["forename"],
            "Surname": rows["surname"],
            "Email": rows["email"],
            "Tel": rows["tel"],
            "Mobile": rows["mobile"],
            "Company": rows["company"],
            "JobTitle": rows["job_title"],
            "Country": rows["country"],
            "Status": "Active",
            "BadgeType": rows["badge_type"],
            "ShowRef": rows["show_ref"],
            "RegistrationDate": rows["registration_date"],
            "BadgeId": rows["badge_id"],
            "RegCode": "X" + pd.Series(np.arange(len(rows)) % 9 + 1).astype(str),
            "Source": rows["source"],
            "Attended": np.where(rows["attended"], "Yes", "No"),
            "SegmentFromReg": None,
            "Upgrade": None,
        }
    )


def _graphql_registrations(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": pd.Series(np.arange(len(rows)) + 1).map("{:08x}".format),
            "title": rows["title"],
            "forename": rows["forename"],
            "surname": rows["surname"],
            "email": rows["email"],
            "tel": rows["tel"],
            "mobile": rows["mobile"],
            "job_title": rows["job_title"],
            "company": rows["company"],
            "country": rows["country"],
            "status": "active",
            "badge_type": rows["badge_type"],
            "event_id": _event_ids(rows["source"]),
            "registration_date": rows["registration_date"],
            "badge_id": rows["badge_id"],
            "source": rows["source"],
            "attended": np.where(rows["attended"], "1", "0"),
            "show_ref": rows["show_ref"],
            "metadata_source_filename": file,
        }
    )


def _event_ids(sources: pd.Series) -> pd.Series:
    codes = sources.str.split("_").str[0]
    return codes.map({code: str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{code}.example.com")) for code in codes.unique()})


def _legacy_answers(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "showref": rows["show_ref"],
            "BadgeId": rows["badge_id"],
            "QuestionText": rows["question"],
            "AnswerText": rows["choices"].str.join(";"),
            "METADATA_fileName": file,
        }
    )


def _flat_answers(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    single = rows.explode("choices", ignore_index=True)
    return pd.DataFrame(
        {
            "badge_id": single["badge_id"],
            "question_text": single["question"],
            "answer_text": single["choices"],
            "show_ref": single["show_ref"],
            "metadata_source_filename": file,
        }
    )


def _nested_answers(rows: pd.DataFrame, questions: Sequence[Question]) -> list[str]:
    """One object per badge, its answers nested under `questionResponses`."""
    single = rows.explode("choices", ignore_index=True)
    known = {answer: number for question in questions for number, answer in enumerate(question.answers, start=1)}
    kinds = {number: "multiple" if question.multiple else "single" for number, question in enumerate(questions)}
    responses = pd.DataFrame(
        {
            "questionId": single["number"] + 11,
            "questionType": single["number"].map(kinds),
            "questionText": single["question"],
            "answerId": single["choices"].map(known),
            "answerText": single["choices"],
            "isPositive": True,
            "responseText": None,
        }
    )
    nested = pd.Series(_lines(responses), dtype=object).groupby(single["badge_id"], sort=False).agg(",".join)
    outer = rows.drop_duplicates("badge_id").set_index("badge_id").loc[nested.index].reset_index()
    heads = _lines(
        pd.DataFrame({"badgeId": outer["badge_id"], "source": outer["source"], "eventId": _event_ids(outer["source"])})
    )
    return [f'{head[:-1]},"questionResponses":[{inner}]}}' for head, inner in zip(heads, nested.to_list(), strict=True)]


def write_document(path: Path, value: object) -> Path:
    """Write a small JSON document, keys sorted."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    return path
