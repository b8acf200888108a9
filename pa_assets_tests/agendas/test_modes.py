"""Modes as settings, partitions and folders."""

import shutil
from pathlib import Path

import pytest
import yaml

from pa_assets.agendas.config import MODES
from pa_assets.agendas.config_files import ConfigError, load_event
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.modes import event_of, in_mode_of, partitions_of
from pa_assets.agendas.project import Project, current_project
from pa_assets.kit.files import ROOT_VARIABLE
from pa_assets_tests.project import CHECKOUT, make_project


def edited(path: Path, **values: object) -> Path:
    """The YAML file with some keys of its top replaced."""
    settings = yaml.safe_load(path.read_text("utf-8")) | values
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = make_project(tmp_path / "project", ["ecomm", "vet_bva"])
    monkeypatch.setenv(ROOT_VARIABLE, str(made.root))
    return current_project()


def test_an_event_is_a_partition_and_each_further_mode_another(project: Project) -> None:
    assert project.partitions == ["ecomm", "ecomm-engagement", "ecomm-post_analysis", "vet_bva"]
    assert {event_of(name) for name in project.partitions} == {"ecomm", "vet_bva"}


def test_each_mode_has_its_folders_and_show_tag_and_all_share_what_landed(project: Project) -> None:
    partitions = partitions_of("ecomm", project.events["ecomm"])
    folders = [project.folder(name) for name in partitions]
    configs = [project.event(name) for name in partitions]
    assert [config.mode for config in configs] == list(MODES)
    assert len({folder.landing for folder in folders}) == 1
    for made in ("output", "recommendations", "metadata", "reports", "logs", "cache", "locks", "quarantine"):
        places = [getattr(folder, made) for folder in folders]
        assert len(set(places)) == 3
    assert [config.event.show for config in configs] == ["ecomm", "ecomm_engagement", "ecomm_post_analysis"]
    assert [config.recommendations.control_group.enabled for config in configs] == [True, False, False]
    assert configs[0] == project.events["ecomm"]


@pytest.mark.parametrize("mode", MODES)
def test_the_yaml_decides_what_the_partition_of_an_event_makes(project: Project, mode: str) -> None:
    edited(project.root / "config" / "vet_bva.yaml", mode=mode, further_modes=list(MODES))
    config = load_event(edited(project.root / "config" / "vet_bva.yaml", further_modes=[]))
    assert partitions_of("vet_bva", config) == ["vet_bva"]
    assert in_mode_of("vet_bva", config).mode == mode
    assert current_project().folder("vet_bva") == EventFolder("vet_bva", mode)  # type: ignore[arg-type]


def test_a_mode_that_is_not_offered_is_no_partition(project: Project) -> None:
    with pytest.raises(KeyError, match=r"further_modes in config/vet_bva\.yaml"):
        project.event("vet_bva-engagement")
    with pytest.raises(KeyError, match="further_modes"):
        project.event("ecomm-no_mode")


def test_mistakes_are_told(project: Project) -> None:
    path = project.root / "config" / "vet_bva.yaml"
    shutil.copy(CHECKOUT / "config" / "vet_bva.yaml", path)
    with pytest.raises(ConfigError, match="offered already"):
        load_event(edited(path, mode="engagement", further_modes=["engagement"]))
    event = yaml.safe_load(path.read_text("utf-8"))["event"] | {"shows_last_year_main": []}
    with pytest.raises(ConfigError, match="shows_last_year_main names no show"):
        load_event(edited(path, mode="engagement", further_modes=[], event=event))


def test_a_show_tag_of_another_event_in_a_mode_is_refused(project: Project) -> None:
    event = yaml.safe_load((project.root / "config" / "vet_bva.yaml").read_text("utf-8"))["event"]
    edited(project.root / "config" / "vet_bva.yaml", event=event | {"show": "ecomm_engagement"})
    assert set(current_project().broken) == {"ecomm", "vet_bva"}
