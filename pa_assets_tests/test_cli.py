import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pa_assets.agendas.config_files import load_event
from pa_assets.cli import app

SHIPPED = Path(__file__).parents[1] / "config"
run = CliRunner()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(SHIPPED, tmp_path / "config")
    monkeypatch.setenv("PA_ROOT", str(tmp_path))
    return tmp_path


def test_check_config_is_content_with_the_shipped_files(root: Path) -> None:
    result = run.invoke(app, ["check-config"])
    assert result.exit_code == 0, result.output
    for name in ("pipeline_config", "cpcn", "ecomm", "vet_bva", "vet_lva"):
        assert re.search(rf"^{name} +fine +0$", result.output, re.MULTILINE)


def test_check_config_tells_every_mistake_and_ends_with_1(root: Path) -> None:
    path = root / "config" / "ecomm.yaml"
    text = path.read_text().replace("max_recommendations: 20", "max_recomendations: 20")
    path.write_text(text.replace("travel_minutes: 0", "travel_minutes: -1"))
    result = run.invoke(app, ["check-config"])
    assert result.exit_code == 1
    assert re.search(r"^ecomm +broken +2$", result.output, re.MULTILINE)
    assert re.search(r"^vet_lva +fine +0$", result.output, re.MULTILINE)
    assert re.search(
        r"^config/ecomm\.yaml:\d+: recommendations\.max_recomendations: is no key", result.output, re.MULTILINE
    )
    assert re.search(
        r"^config/ecomm\.yaml:\d+: recommendations\.travel_minutes: found '-1'", result.output, re.MULTILINE
    )
    assert run.invoke(app, ["check-config", "vet_lva"]).exit_code == 0
    assert run.invoke(app, ["check-config", "vet_lva", "ecomm"]).exit_code == 1


def test_check_config_of_an_unknown_event(root: Path) -> None:
    result = run.invoke(app, ["check-config", "vet_lvx"])
    assert result.exit_code == 2
    assert "No such event: vet_lvx. Known: pipeline_config, cpcn" in result.output


def test_check_config_without_the_pipelines_file(root: Path) -> None:
    (root / "config" / "pipeline_config.yaml").unlink()
    result = run.invoke(app, ["check-config"])
    assert result.exit_code == 1
    assert "config/pipeline_config.yaml: cannot be read (No such file or directory)" in result.output


def test_new_event_writes_what_check_config_accepts(root: Path) -> None:
    result = run.invoke(app, ["new-event", "spring_show", "--title", "Spring Show 2027", "--show", "spring"])
    assert result.exit_code == 0, result.output
    assert (root / "data" / "spring_show" / "landing").is_dir()
    config = load_event(root / "config" / "spring_show.yaml")
    assert (config.event.title, config.event.show) == ("Spring Show 2027", "spring")
    for word in (
        "config/spring_show.yaml",
        "data/spring_show/landing",
        "pa check-config spring_show",
        "--partition spring_show",
    ):
        assert word in result.output
    assert run.invoke(app, ["check-config", "spring_show"]).exit_code == 0


def test_new_event_overwrites_nothing(root: Path) -> None:
    before = (root / "config" / "vet_lva.yaml").read_bytes()
    result = run.invoke(app, ["new-event", "vet_lva"])
    assert result.exit_code == 2
    assert "The event vet_lva is there already, in config/vet_lva.yaml. Nothing was written." in result.output
    assert (root / "config" / "vet_lva.yaml").read_bytes() == before
    assert not (root / "data").exists()


@pytest.mark.parametrize("name", ["2027", "Spring", "spring-show", "../spring", "", "pipeline_config", "spring.show"])
def test_new_event_refuses_names(root: Path, name: str) -> None:
    before = sorted(root.rglob("*"))
    result = run.invoke(app, ["new-event", name])
    assert result.exit_code == 2
    assert "cannot be the name of an event" in result.output
    assert sorted(root.rglob("*")) == before


def test_new_event_refuses_the_show_tag_of_another(root: Path) -> None:
    result = run.invoke(app, ["new-event", "spring", "--show", "lva"])
    assert result.exit_code == 2
    assert "The event vet_lva has the show tag 'lva' already" in result.output
    result = run.invoke(app, ["new-event", "spring", "--show", "Spring 27"])
    assert "'Spring 27' cannot be the tag of a show" in result.output
    assert not (root / "config" / "spring.yaml").exists()


def test_version_and_help_load_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['pa', '--version']\n"
        "from pa_assets.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'dagster', 'pandas', 'numpy', 'pydantic', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"pa_assets \d+\.\d+\.\d+\n", done.stdout)


def test_check_config_loads_no_pandas_and_no_dagster(root: Path) -> None:
    code = (
        "import sys; sys.argv = ['pa', 'check-config']\n"
        "from pa_assets.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'dagster', 'pandas', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_outside_a_project_the_way_in_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pa_assets import cli
    from pa_assets.kit.files import ProjectRootNotFoundError

    def lost() -> None:
        raise ProjectRootNotFoundError("No folder with config/pipeline_config.yaml was found. export PA_ROOT=...")

    monkeypatch.setattr(cli, "app", lost)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "PA_ROOT" in capsys.readouterr().err


def test_a_programme_of_another_system_becomes_a_landing_file(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "programme.csv"
    source.write_text(
        "id,title,abstract,track,room,date,start_time,end_time\n"
        "1,On horses,Lameness.,Equine,Arena,2025-11-20,10:00,10:30\n"
    )
    result = run.invoke(app, ["import-programme", str(source), "vet_lva"])
    assert result.exit_code == 0, result.output
    landed = root / "data" / "vet_lva" / "landing" / "sessions_this_year.csv"
    assert "On horses" in landed.read_text("utf-8")
    again = run.invoke(app, ["import-programme", str(source), "vet_lva"])
    assert again.exit_code == 2
    assert "is there already" in again.output
    wrong = run.invoke(app, ["import-programme", str(source), "vet_lva", "--cohort", "next_year"])
    assert wrong.exit_code == 2
    assert "this_year, last_year_main, last_year_secondary" in wrong.output


def test_a_show_that_is_not_there_is_told(root: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run.invoke(app, ["import-show", "fosdem", str(tmp_path / "empty"), "fosdem"])
    assert result.exit_code == 2
    assert "holds none of schedule_2025.xml.gz" in " ".join(result.output.split())
    assert run.invoke(app, ["import-show", "circus", str(tmp_path / "empty"), "x"]).exit_code == 2


@pytest.fixture
def programme(root: Path) -> Path:
    """An event with three sessions, two of them on the review list; its output folder."""
    from pa_assets_tests.agendas.core.programme import session, table

    output = root / "data" / "vet_lva" / "output"
    output.mkdir(parents=True)
    rows = [session("1", "Colic"), session("2", "Kidneys"), session("3", "Tax", stream="Business")]
    table(*rows).to_parquet(output / "sessions_processed.parquet")
    (output / "streams.json").write_text('{"Equine": "", "Feline Medicine": "", "Business": ""}')
    (output / "streams_review.csv").write_text(
        "cohort,session_id,title,theatre__name,best_candidates,confidence,why_left,decision\n"
        "this_year,1,Colic,Arena,Equine (0.30); Business (0.20),0.3,not sure enough,\n"
        "this_year,2,Kidneys,,Feline Medicine (0.20),0.2,not sure enough,\n"
    )
    return output


def _decisions(root: Path) -> list[str]:
    path = root / "data" / "vet_lva" / "decisions" / "streams.csv"
    return [line.split(",")[0] + ":" + line.split(",")[3] for line in path.read_text("utf-8").splitlines()[1:]]


def test_review_lists_what_waits(root: Path, programme: Path) -> None:
    result = run.invoke(app, ["review", "vet_lva"])
    assert result.exit_code == 0, result.output
    assert re.search(r"^this_year +1 +Colic +Arena +Equine \(0\.30\);", result.output, re.MULTILINE)
    assert 'pa review vet_lva SESSION --streams "A; B"' in result.output
    (programme / "streams_review.csv").write_text("cohort,session_id,title,decision\n")
    assert "No session of vet_lva waits for review." in run.invoke(app, ["review", "vet_lva"]).output
    (programme / "streams_review.csv").unlink()
    result = run.invoke(app, ["review", "vet_lva"])
    assert result.exit_code == 2
    assert "--select event/sessions_backfilled --partition vet_lva" in result.output


def test_a_decision_is_recorded_in_the_spelling_of_the_catalogue(root: Path, programme: Path) -> None:
    result = run.invoke(app, ["review", "vet_lva", "1", "--streams", "equine; feline  medicine"])
    assert result.exit_code == 0, result.output
    assert "Recorded: session 1, 'Colic': Equine; Feline Medicine" in result.output
    assert "no stream" in run.invoke(app, ["review", "vet_lva", "2", "--none"]).output
    assert run.invoke(app, ["review", "vet_lva", "2", "--withdraw"]).exit_code == 0
    assert run.invoke(app, ["review", "vet_lva", "2", "--streams", "Cats", "--new"]).exit_code == 0
    assert _decisions(root) == ["1:Equine; Feline Medicine", "2:'-", "2:", "2:Cats"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["1", "--streams", "Equin"], "has no stream 'Equin'. Did you mean 'Equine'? A stream that is new on purpose"),
        (["1", "--streams", "Equine; Zz"], "has no stream 'Zz'. A stream that is new"),
        (["1", "--streams", " ; "], "No stream was named. Say --none"),
        (["1", "--streams", "A;B;C;D", "--new"], "4 streams were named; a session has three at the most"),
        (["9", "--none"], "has no session '9'."),
        (["1", "--none", "--cohort", "last_year_main"], "has no session '1' of last_year_main"),
        (["1", "--none", "--cohort", "next"], "No cohort 'next'"),
        (["3", "--none"], "The programme gives session 3 the stream 'Business'"),
        (["1"], "one of --streams, --none and --withdraw"),
        (["1", "--none", "--withdraw"], "one of --streams, --none and --withdraw"),
        (["--none"], "SESSION_ID and one of"),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused(
    root: Path, programme: Path, arguments: list[str], message: str
) -> None:
    result = run.invoke(app, ["review", "vet_lva", *arguments])
    assert result.exit_code == 2
    assert message in result.output
    assert not (root / "data" / "vet_lva" / "decisions").exists()


def test_review_of_what_is_not_there(root: Path) -> None:
    assert "No event 'vet_lvx'" in run.invoke(app, ["review", "vet_lvx"]).output
    result = run.invoke(app, ["review", "vet_lva", "1", "--none"])
    assert result.exit_code == 2
    assert "vet_lva has no sessions yet. Make it" in result.output


def test_copies_are_listed_and_put_back(root: Path, programme: Path) -> None:
    from pa_assets.kit.backups import back_up

    assert "There is no copy." in run.invoke(app, ["restore", "vet_lva"]).output
    path = programme / "session_this_filtered_valid_cols.csv"
    for content in (b"first", b"second", b"third"):
        back_up(path, content, keep=5)
        path.write_bytes(content)
    run.invoke(app, ["review", "vet_lva", "1", "--none"])
    run.invoke(app, ["review", "vet_lva", "2", "--none"])
    listed = run.invoke(app, ["restore", "vet_lva"]).output
    stamps = re.findall(r"^session_this_filtered_valid_cols\.csv +(\d{14}(?:-\d+)?) +\d$", listed, re.MULTILINE)
    assert len(stamps) == 2
    assert re.search(r"^streams\.csv +\d{14}", listed, re.MULTILINE)
    result = run.invoke(app, ["restore", "vet_lva", "--copy", stamps[-1]])
    assert result.exit_code == 0, result.output
    assert "The next run that makes the file writes it again from its inputs." in result.output
    assert path.read_bytes() == b"first"
    run.invoke(app, ["restore", "vet_lva", "--copy", "latest", "--file", path.name])
    assert path.read_bytes() == b"third"
    assert run.invoke(app, ["restore", "vet_lva", "--file", "streams.csv", "--copy", "latest"]).exit_code == 0
    assert _decisions(root) == ["1:'-"]


def test_a_copy_that_is_not_there_is_told(root: Path, programme: Path) -> None:
    from pa_assets.kit.backups import back_up

    assert (
        "has no copy of other.csv"
        in run.invoke(app, ["restore", "vet_lva", "--file", "other.csv", "--copy", "1"]).output
    )
    path = programme / "session_this_filtered_valid_cols.csv"
    path.write_bytes(b"1")
    back_up(path, b"2", keep=1)
    result = run.invoke(app, ["restore", "vet_lva", "--copy", "20200101000000"])
    assert result.exit_code == 2
    assert re.search(r"has no copy '20200101000000'\. Copies: \d{14}\.", result.output)
    assert run.invoke(app, ["restore", "nowhere"]).exit_code == 2
