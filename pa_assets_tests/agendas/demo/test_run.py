from pathlib import Path

import pandas as pd
import pytest

from pa_assets.agendas.demo.generator import UnknownShowError
from pa_assets.agendas.demo.quality import interest_hit_rate
from pa_assets.agendas.demo.real_events import fosdem_config
from pa_assets.agendas.demo.run import LandingInUseError, import_show, prepare_demo
from pa_assets_tests.agendas.demo.test_meetup import write_meetup


def _prepare(root: Path, *, visitors: int = 40, seed: int = 1) -> bool:
    (show,) = prepare_demo(root, events=["ecomm"], visitors=visitors, seed=seed, sessions=30)
    return show.written


def _state(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "data/ecomm/landing").iterdir()}


def test_a_second_call_writes_nothing(tmp_path: Path) -> None:
    assert _prepare(tmp_path)
    before = _state(tmp_path)
    assert not _prepare(tmp_path)
    assert _state(tmp_path) == before


def test_other_arguments_make_the_generated_files_anew(tmp_path: Path) -> None:
    _prepare(tmp_path)
    before = _state(tmp_path)
    assert _prepare(tmp_path, seed=2)
    assert _state(tmp_path).keys() == before.keys() and _state(tmp_path) != before


def test_an_edited_file_is_left_alone(tmp_path: Path) -> None:
    _prepare(tmp_path)
    edited = tmp_path / "data/ecomm/landing/sessions_this_year.csv"
    edited.write_text(edited.read_text("utf-8").replace("the", "THE", 1), "utf-8")
    before = _state(tmp_path)
    assert not _prepare(tmp_path, seed=2)
    assert _state(tmp_path) == before


def test_somebody_elses_landing_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "data/ecomm/landing/registrations_mine.json"
    own.parent.mkdir(parents=True)
    own.write_text("[]", "utf-8")
    assert not _prepare(tmp_path)
    assert set(_state(tmp_path)) == {own.name}
    with pytest.raises(LandingInUseError, match="that no import made"):
        import_show("meetup", tmp_path, "ecomm", root=tmp_path)


def test_a_lost_file_is_made_again(tmp_path: Path) -> None:
    _prepare(tmp_path)
    before = _state(tmp_path)
    (tmp_path / "data/ecomm/landing/teatres.csv").unlink()
    assert _prepare(tmp_path)
    assert _state(tmp_path) == before


def test_a_keep_file_does_not_count(tmp_path: Path) -> None:
    keep = tmp_path / "data/ecomm/landing/.gitkeep"
    keep.parent.mkdir(parents=True)
    keep.touch()
    assert _prepare(tmp_path)


def test_an_event_of_its_own_configuration_gets_a_show(tmp_path: Path) -> None:
    config = tmp_path / "config/mine.yaml"
    config.parent.mkdir()
    config.write_text(fosdem_config(), "utf-8")
    (show,) = prepare_demo(tmp_path, events=["mine"], visitors=40, seed=1)
    assert (show.landing / "registrations_FSD25_FSD24.json").is_file()
    assert not (show.landing / "sessions_last_year_secondary.csv").exists()


def test_an_event_without_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownShowError):
        prepare_demo(tmp_path, events=["unheard_of"], visitors=40, seed=1)


def test_an_imported_show_brings_its_configuration_once(tmp_path: Path) -> None:
    source = tmp_path / "source"
    write_meetup(source)
    import_show("meetup", source, "mtn", root=tmp_path)
    config = tmp_path / "config/mtn.yaml"
    config.write_text(config.read_text("utf-8") + "# mine\n", "utf-8")
    again = import_show("meetup", source, "mtn", root=tmp_path)
    assert config.read_text("utf-8").endswith("# mine\n") and again.written


def _sessions() -> pd.DataFrame:
    starts = pd.to_datetime(["2025-01-01 10:00", "2025-01-01 10:10", "2025-01-01 12:00", "2025-01-01 14:00"])
    return pd.DataFrame(
        {
            "session_id": ["s1", "s2", "s3", "s4"],
            "cohort": "this_year",
            "starts_at": starts,
            "ends_at": starts + pd.Timedelta(minutes=30),
        }
    )


def _truth(folder: Path) -> Path:
    interests = pd.DataFrame({"cohort": "this_year", "badge_id": ["b1", "b2"], "stream": ["X", "Y"], "strength": 1.0})
    interests.to_csv(folder / "interests.csv", index=False)
    streams = {"session_id": ["s1", "s2", "s3", "s4"], "stream": ["X", "Y", "X;Y", "Z"], "removed": False}
    pd.DataFrame({"cohort": "this_year", **streams}).to_csv(folder / "session_streams.csv", index=False)
    return folder


def test_hit_rate_counts_sessions_of_interest(tmp_path: Path) -> None:
    agendas = pd.DataFrame({"badge_id": ["b1", "b1", "b2", "b2"], "session_id": ["s1", "s3", "s3", "s4"]})
    rate = interest_hit_rate(agendas, _sessions(), _truth(tmp_path))
    assert rate["visitors"] == 2 and rate["recommendations"] == 4
    assert rate["hit_rate"] == 0.75
    assert 0 < rate["random_hit_rate"] < 1
    assert rate["lift"] == pytest.approx(0.75 / rate["random_hit_rate"])


def test_hit_rate_of_nothing_is_nothing(tmp_path: Path) -> None:
    nothing = pd.DataFrame({"badge_id": [], "session_id": []}, dtype=object)
    assert interest_hit_rate(nothing, _sessions(), _truth(tmp_path))["hit_rate"] == 0
