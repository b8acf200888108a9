"""Who is forgotten is nowhere: files of each format, event and year, graph, Dagster's storage, byte by byte."""

import csv
import gzip
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pa_assets_tests.e2e.results import files_under
from pa_assets_tests.project import CHECKOUT, Finished, ProjectFolder, land, make_project

pytestmark = pytest.mark.slow

EVENTS = ("vet_lva", "vet_bva")
EMAIL = "Zephyrine.Q@Quillfeather.example.org"
CANARIES = (
    *("zephyrine", "quillfeather", "07700 912345", "9123459"),
    *("CNRY25X777", "CNRY24X777", "CNRYBV5X777"),
    *("Falconry advisor", "Peregrine free text answer"),
)
"""What only she has: names, e-mail, telephones, badges, job title, an answer in her own words."""
COMPANY = "Acorn Vets"
NEIGHBOUR = "neighbour@acornvets.example.com"
REGISTRATION = {
    **{"Id": "r-x", "Title": "Ms", "Forename": "Zephyrine", "Surname": "Quillfeather", "Email": EMAIL},
    **{"Tel": "020 9123459", "Mobile": "07700 912345", "Company": COMPANY, "JobTitle": "Falconry advisor"},
    **{"Country": "UK", "BadgeType": "Delegate", "ShowRef": "LVS25", "RegistrationDate": "2025-09-25T13:58:45"},
    **{"BadgeId": "CNRY25X777", "Source": "LVS25_Com"},
}
QUESTION = "What type does your practice specialise in?"


def landing(project: ProjectFolder, event: str) -> Path:
    return project.root / "data" / event / "landing"


def csv_text(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def plant(project: ProjectFolder) -> None:
    """Her registrations, answers and scans, and those of a neighbour, in several shapes of files."""
    neighbour = {**REGISTRATION, "Forename": "Nora", "Surname": "Neighbour", "Email": NEIGHBOUR, "BadgeId": "123"}
    neighbour |= {"Tel": "", "Mobile": "", "JobTitle": "Vet", "Id": "r-y"}
    short = {**REGISTRATION, "BadgeId": "12", "Source": "LVS25_Social"}
    lva = landing(project, "vet_lva")
    path = lva / "registrations_LVS25_LVS24.json"
    rows = json.loads(path.read_text("utf-8"))
    rows[2:2] = [REGISTRATION, neighbour, short]
    path.write_text(json.dumps(rows, indent=1), "utf-8")
    last_year = {**REGISTRATION, "ShowRef": "LVS24", "BadgeId": "CNRY24X777", "Source": "", "Email": EMAIL.upper()}
    more = csv_text([last_year, {**neighbour, "ShowRef": "LVS24"}])
    (lva / "registrations_more.csv").write_bytes(more.encode("utf-16"))
    secondary = {**REGISTRATION, "ShowRef": "BVA2025", "BadgeId": "CNRYBV5X777", "Source": ""}
    with gzip.open(lva / "registrations_packed.json.gz", "wt", encoding="utf-8") as stream:
        stream.write(json.dumps({"data": {"rows": [secondary, {**neighbour, "ShowRef": "BVA2025"}]}}))
    answer = {"showref": "LVS25", "BadgeId": "CNRY25X777", "QuestionText": QUESTION}
    with zipfile.ZipFile(lva / "demographics_more.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        lines = [
            {**answer, "AnswerText": "Other", "ResponseText": "Peregrine free text answer"},
            {**answer, "BadgeId": "12", "AnswerText": "Exotics"},
            {**answer, "BadgeId": "123", "AnswerText": "Small Animal"},
        ]
        archive.writestr("part.json", "".join(json.dumps(line) + "\n" for line in lines))
    with (lva / "seminar_scans_last_year_main.csv").open("a", encoding="utf-8") as stream:
        for badge in ("CNRY24X777", "123"):
            stream.write(f"{badge},ET5-1,2024-11-20 09:12:43,scanner02.csv\n")
    bva = landing(project, "vet_bva")
    mine = {**REGISTRATION, "ShowRef": "BVA2025", "BadgeId": "CNRYBV5X777"}
    (bva / "registrations_extra.csv").write_bytes(
        csv_text([mine, {**neighbour, "ShowRef": "BVA2025"}]).encode("cp1252")
    )


def track(project: ProjectFolder) -> None:
    """Switch on MLflow, whose store is searched as well."""
    path = project.root / "config" / "pipeline_config.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("tracking:\n  enabled: false", "tracking:\n  enabled: true"), "utf-8")


def pa(project: ProjectFolder, *arguments: str, check: bool = True, **variables: str) -> Finished:
    return project.run(
        *(sys.executable, "-c", "from pa_assets.cli.person import app; app()", *arguments),
        check=check,
        PYTHONPATH=str(CHECKOUT),
        **variables,
    )


def make_all(project: ProjectFolder) -> None:
    project.materialize("processing_summary", PA_GRAPH_IDLE_MINUTES="1")


def unpacked(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    if content[:2] == b"PK":
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if content[:4] == b"PAR1":
        import pandas as pd

        yield pd.read_parquet(path).to_csv().encode()


def traces(project: ProjectFolder) -> list[str]:
    """Files in which one of the canaries stands, in any case, as UTF-8 or UTF-16."""
    found = []
    for path in files_under(project.root):
        if "config" in path.relative_to(project.root).parts:
            continue
        for content in unpacked(path):
            lower = content.lower()
            for canary in CANARIES:
                forms = (canary.lower().encode(), canary.lower().encode("utf-16-le"))
                if any(form in lower for form in forms):
                    found.append(f"{path.relative_to(project.root)}: {canary}")
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectFolder]:
    project = make_project(tmp_path_factory.mktemp("forget") / "project", list(EVENTS))
    for number, event in enumerate(EVENTS):
        land(project, event, visitors=30, sessions=10, seed=number + 3)
    plant(project)
    track(project)
    make_all(project)
    yield project
    project.stop_graph()


def test_forgotten_is_nowhere_and_stays_so(made: ProjectFolder) -> None:
    before = traces(made)
    kinds = {line.split(":")[0].split("/")[2] if line.startswith("data/") else line.split("/")[0] for line in before}
    assert {"landing", "output", "recommendations", ".pa"} <= kinds
    assert not [line for line in before if line.startswith(".dagster_home")]
    assert list((made.root / "data").glob("*mlflow*")), "runs were tracked"
    assert not [line for line in before if "mlflow" in line]
    neighbours = neighbour_rows(made)

    told = pa(made, "forget", "--email", EMAIL.lower(), "--dry-run")
    assert "landing/registrations" in told.output and traces(made) == before

    pa(made, "forget", "--email", EMAIL.lower(), "--yes")
    assert traces(made) == []
    assert neighbour_rows(made) == neighbours
    receipt = json.loads(next((made.root / "data" / "receipts").iterdir()).read_text())
    assert receipt["complete"] and receipt["graph"]["nodes"] >= 4 and receipt["rows"]["landing/registrations"] == 5

    plant(made)  # she is delivered again, with a new badge beside the old ones
    path = landing(made, "vet_lva") / "registrations_new.csv"
    path.write_text(csv_text([{**REGISTRATION, "BadgeId": "CNRY25X777-2"}]), "utf-8")
    more = {"showref": "LVS25", "BadgeId": "CNRY25X777-2", "QuestionText": QUESTION, "AnswerText": "Farm"}
    (landing(made, "vet_lva") / "demographics_new.json").write_text(json.dumps([more]), "utf-8")
    make_all(made)
    assert {line.split("/")[2] for line in traces(made)} == {"landing"}

    pa(made, "forget", "--again", "--yes")
    assert traces(made) == []
    assert "CNRY" not in pa(made, "suppressed").output

    pa(made, "allow", "--email", EMAIL)
    plant(made)
    made.materialize("event/registrations_processed", "--partition", "vet_lva")
    assert any("output" in line for line in traces(made))


def neighbour_rows(project: ProjectFolder) -> dict[str, int]:
    """How often the neighbour, whose badge begins like hers and whose company is hers, stands in each file."""
    found = {}
    for event in EVENTS:
        for path in files_under(project.root / "data" / event):
            texts = list(unpacked(path))
            count = sum(text.lower().count(b"neighbour@acornvets") for text in texts)
            count += sum(text.lower().count("neighbour@acornvets".encode("utf-16-le")) for text in texts)
            if count and path.suffix != ".parquet":
                found[path.relative_to(project.root).as_posix()] = count
    return found
