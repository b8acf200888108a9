"""The landing sensor: its decision on a small graph, and the sensor itself on the real one."""

import os
import time
from pathlib import Path

import dagster as dg
import pytest

from pa_assets.agendas.build import build_definitions
from pa_assets.agendas.externals import Delivery, External, landing_key
from pa_assets.agendas.project import current_project
from pa_assets.agendas.sensors import Decision, decide
from pa_assets.kit import staleness
from pa_assets.kit.attempts import note_attempt
from pa_assets_tests.project import ProjectFolder, make_project

EVENTS = dg.StaticPartitionsDefinition(["show"])
PEOPLE_FILES, SESSION_FILES = landing_key("registrations"), landing_key("programme")
PEOPLE, SESSIONS, AGENDAS = (dg.AssetKey(["event", name]) for name in ("people", "sessions", "agendas"))
FOUR = ["cpcn", "ecomm", "vet_bva", "vet_lva"]


class Location:
    """registrations -> people -> agendas, programme -> sessions -> agendas."""

    def __init__(self) -> None:
        self.instance = dg.DagsterInstance.ephemeral()
        self.failing = False
        externals = [dg.AssetSpec(key, partitions_def=EVENTS) for key in (PEOPLE_FILES, SESSION_FILES)]
        self.assets = [
            *externals,
            self._asset("people", [PEOPLE_FILES]),
            self._asset("sessions", [SESSION_FILES]),
            self._asset("agendas", [PEOPLE, SESSIONS]),
        ]
        self.nodes = staleness.nodes_of(self.assets)

    def _asset(self, name: str, deps: list[dg.AssetKey]) -> dg.AssetsDefinition:
        @dg.asset(name=name, key_prefix="event", deps=deps, partitions_def=EVENTS, code_version="1")
        def made() -> dg.MaterializeResult:
            if self.failing:
                raise dg.Failure(description="a column is missing", allow_retries=False)
            return dg.MaterializeResult(data_version=dg.DataVersion("1"))

        return made

    def look(self, people: str, sessions: str, *, busy: bool = False) -> Decision:
        """One look of the sensor, recorded as the daemon would."""
        found = Delivery([External(PEOPLE_FILES, people), External(SESSION_FILES, sessions)], None, [])
        decision = decide(staleness.Records(self.instance), self.nodes, "show", found, busy=busy)
        for event in decision.events:
            self.instance.report_runless_asset_event(event)
        return decision

    def run(self, request: dg.RunRequest) -> None:
        """What the daemon does with a request."""
        assert request.asset_selection is not None
        dg.materialize(
            self.assets,
            selection=dg.AssetSelection.assets(*request.asset_selection),
            partition_key=request.partition_key,
            instance=self.instance,
            raise_on_error=False,
        )


@pytest.fixture
def location() -> Location:
    return Location()


def _made(location: Location) -> Location:
    request = location.look("1", "1").request
    assert request is not None
    location.run(request)
    return location


def test_first_delivery_asks_for_everything_in_one_run(location: Location) -> None:
    decision = location.look("1", "1")
    assert decision.request is not None
    assert decision.request.partition_key == "show"
    assert set(decision.request.asset_selection or []) == {PEOPLE, SESSIONS, AGENDAS}
    assert {event.asset_key for event in decision.events} == {PEOPLE_FILES, SESSION_FILES}


def test_nothing_new_asks_for_nothing(location: Location) -> None:
    decision = _made(location).look("1", "1")
    assert decision.request is None
    assert decision.events == []


def test_one_change_asks_for_its_direct_consumers_alone(location: Location) -> None:
    decision = _made(location).look("2", "1")
    assert decision.request is not None
    assert decision.request.asset_selection == [PEOPLE]
    assert [event.asset_key for event in decision.events] == [PEOPLE_FILES]
    assert decision.request.tags["pa/changed"] == "landing/registrations"


def test_the_same_change_is_asked_for_under_the_same_key(location: Location) -> None:
    """Dagster runs a run key once: a run that is queued, under way or failed is not asked for again."""
    _made(location)
    location.failing = True
    first = location.look("2", "1").request
    assert first is not None
    again_before_it_ran = location.look("2", "1").request
    location.run(first)
    again_after_it_failed = location.look("2", "1").request
    for request in (again_before_it_ran, again_after_it_failed):
        assert request is None or request.run_key == first.run_key


def test_a_further_change_is_asked_for_anew(location: Location) -> None:
    _made(location)
    location.failing = True
    first = location.look("2", "1").request
    assert first is not None
    location.run(first)
    location.failing = False
    second = location.look("3", "1").request
    assert second is not None
    assert second.run_key != first.run_key


def test_content_that_returns_is_a_change_of_its_own(location: Location) -> None:
    """Dagster never runs a run key twice, so a file that is put back needs another key than at its first landing."""
    keys = []
    for version in ("1", "2", "1", "2"):
        request = location.look(version, "1").request
        assert request is not None
        keys.append(request.run_key)
        location.run(request)
    assert len(set(keys)) == 4


def test_a_mend_back_to_the_old_content_asks_for_nothing(location: Location) -> None:
    _made(location)
    location.look("2", "1")
    assert location.look("1", "1").request is None


def test_a_change_during_a_run_is_asked_for_when_the_run_ended(location: Location) -> None:
    _made(location)
    during = location.look("2", "1", busy=True)
    assert (len(during.events), during.request) == (1, None)
    after = location.look("2", "1")
    assert after.request is not None
    assert after.request.asset_selection == [PEOPLE]


def test_what_waits_behind_the_first_run_of_a_change_gets_a_run_of_its_own() -> None:
    """Both files change; the first asset comes out the same, so nothing inside the graph makes the last one stale."""
    location = Location()
    location.assets[-2:] = [
        location._asset("sessions", [PEOPLE]),
        location._asset("agendas", [SESSIONS, SESSION_FILES]),
    ]
    location.nodes = staleness.nodes_of(location.assets)
    _made(location)
    first = location.look("2", "2").request
    assert first is not None
    assert first.asset_selection == [PEOPLE]
    location.run(first)
    second = location.look("2", "2").request
    assert second is not None
    assert (second.asset_selection, second.run_key != first.run_key) == ([AGENDAS], True)
    location.run(second)
    assert location.look("2", "2").request is None


def test_an_asset_that_was_cut_off_is_asked_for_once_its_files_are_whole_again(
    location: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PA_ROOT", str(tmp_path))
    _made(location)
    location.look("2", "1")
    note_attempt(PEOPLE.path, "show", "a-run-that-was-killed")
    request = location.look("1", "1").request
    assert request is not None
    assert request.asset_selection == [PEOPLE]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectFolder:
    """The four shipped events, nothing landed."""
    project = make_project(tmp_path / "project", FOUR)
    monkeypatch.setenv("PA_ROOT", str(project.root))
    return project


def _deliver(project: ProjectFolder, event: str, name: str, text: str, *, seconds_ago: float) -> Path:
    path = project.root / "data" / event / "landing" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    then = time.time() - seconds_ago
    os.utime(path, (then, then))
    return path


def _look(instance: dg.DagsterInstance) -> dg.SensorResult:
    definitions = build_definitions()
    sensor = definitions.get_repository_def().get_sensor_def("landing_files")
    with dg.build_sensor_context(instance=instance, definitions=definitions) as context:
        result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    for event in result.asset_events:
        instance.report_runless_asset_event(event)
    return result


def _event_assets() -> set[dg.AssetKey]:
    graph = build_definitions().resolve_asset_graph()
    return {key for key in graph.materializable_asset_keys if key.path[0] == "event"}


def test_sensor_waits_while_nothing_landed(project: ProjectFolder) -> None:
    result = _look(dg.DagsterInstance.ephemeral())
    assert not result.run_requests
    assert isinstance(result.skip_reason, dg.SkipReason)
    assert "ecomm: nothing has landed in data/ecomm/landing" in str(result.skip_reason.skip_message)


def test_sensor_asks_once_for_a_first_landing(project: ProjectFolder) -> None:
    instance = dg.DagsterInstance.ephemeral()
    _deliver(project, "ecomm", "registrations_ECE25.json", "[]", seconds_ago=60)
    (request,) = _look(instance).run_requests or []
    assert request.partition_key == "ecomm"
    assert set(request.asset_selection or []) == _event_assets()
    assert request.tags["pa/trigger"] == "landing"
    again = _look(instance)
    assert not again.asset_events, "the same versions are recorded twice"
    assert [other.run_key for other in again.run_requests or []] in ([], [request.run_key])


def test_sensor_lets_files_settle(project: ProjectFolder) -> None:
    instance = dg.DagsterInstance.ephemeral()
    path = _deliver(project, "ecomm", "registrations_ECE25.json", "[]", seconds_ago=0)
    result = _look(instance)
    assert not result.run_requests
    assert not result.asset_events
    assert isinstance(result.skip_reason, dg.SkipReason)
    assert "waiting for registrations_ECE25.json" in str(result.skip_reason.skip_message)
    rested = time.time() - current_project().pipeline.landing_sensor.settle_seconds - 1
    os.utime(path, (rested, rested))
    assert len(_look(instance).run_requests or []) == 1


def test_sensor_takes_a_touched_file_for_the_same(project: ProjectFolder) -> None:
    instance = dg.DagsterInstance.ephemeral()
    _deliver(project, "ecomm", "registrations_ECE25.json", "[]", seconds_ago=600)
    (first,) = _look(instance).run_requests or []
    _deliver(project, "ecomm", "registrations_ECE25.json", "[]", seconds_ago=60)
    result = _look(instance)
    assert not result.asset_events
    assert [request.run_key for request in result.run_requests or []] in ([], [first.run_key])
    _deliver(project, "ecomm", "registrations_ECE25.json", "[{}]", seconds_ago=60)
    result = _look(instance)
    assert [event.asset_key.to_user_string() for event in result.asset_events] == ["landing/registrations"]
    assert [request.run_key != first.run_key for request in result.run_requests or []] == [True]


def test_sensor_asks_for_each_changed_event_alone(project: ProjectFolder) -> None:
    instance = dg.DagsterInstance.ephemeral()
    for event in ("ecomm", "cpcn"):
        _deliver(project, event, "registrations_1.json", "[]", seconds_ago=60)
    assert sorted(request.partition_key or "" for request in _look(instance).run_requests or []) == ["cpcn", "ecomm"]
    _deliver(project, "cpcn", "registrations_2.json", "[]", seconds_ago=60)
    result = _look(instance)
    assert {event.partition for event in result.asset_events} == {"cpcn"}


def test_sensor_passes_by_an_event_whose_settings_broke(project: ProjectFolder) -> None:
    instance = dg.DagsterInstance.ephemeral()
    definitions = build_definitions()
    _deliver(project, "ecomm", "registrations_1.json", "[]", seconds_ago=60)
    path = project.root / "config" / "cpcn.yaml"
    path.write_text(path.read_text("utf-8").replace("shows_this_year:", "shows_this_yaer:"), "utf-8")
    sensor = definitions.get_repository_def().get_sensor_def("landing_files")
    with dg.build_sensor_context(instance=instance, definitions=definitions) as context:
        result = sensor(context)
    assert [request.partition_key for request in result.run_requests] == ["ecomm"]
