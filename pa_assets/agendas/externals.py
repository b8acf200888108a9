"""What comes from outside the graph: landing files by role and settings by section, each with a data version.

A landing role's version is the fingerprint of its files' names and content; a section's is the fingerprint of what the
stage reads of the event's YAML. Recording them is `report`; nothing here reads the content of a table.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg

from pa_assets.agendas.config import EventConfig
from pa_assets.agendas.config_files import section_fingerprints
from pa_assets.agendas.core.streams.catalog_files import enhanced_files
from pa_assets.agendas.layout import EventFolder
from pa_assets.agendas.modes import event_of
from pa_assets.agendas.project import Project, current_project
from pa_assets.agendas.stream_review import decisions_version
from pa_assets.kit import fingerprint
from pa_assets.kit.ports import GraphError
from pa_assets.kit.resources.graph_targets import NO_SERVER, target
from pa_assets.kit.resources.landing import LandingFolder
from pa_assets.kit.secrets import Secrets, load_secrets
from pa_assets.kit.staleness import DATA_VERSION_TAG, Records
from pa_assets.kit.suppression import SuppressionFile

ROLES = {
    "registrations": "Registrations of this and the last shows, as delivered.",
    "demographics": "Survey answers, as delivered.",
    "programme": "Programmes of this and the last shows, as delivered.",
    "scans": "Badge scans at sessions, as delivered.",
    "scan_reference": "Names of the seminars behind the scanners' short names, as delivered.",
    "entry_scans": "Badge scans at the entrance, delivered after the show.",
    "mappings": "Tables that map job roles and specialisations to streams, and companies to practices.",
    "capacity": "Seats per theatre.",
    "bookings": "Sessions and times that visitors have booked already, as delivered.",
}
SECTIONS = {
    "people": "Settings: who counts as a visitor, which questions matter.",
    "attendance": "Settings: how scans are read.",
    "sessions": "Settings: how the programme is cleaned.",
    "streams": "Settings: how streams are described and filled, with which language model, and what people decided.",
    "graph": "Settings: labels, relationships, and which graph server is written.",
    "embeddings": "Settings: model and text of the embeddings.",
    "recommendations": "Settings: weights, rules and limits of the agendas.",
    "exports": "Settings: title and dates of the show, and what the marketing team receives.",
}


ENVIRONMENT_VARIABLE = "PA_NEO4J_ENVIRONMENT"
"""Environment variable that chooses the graph environment of every event, in place of the YAML files."""


def landing_key(role: str) -> dg.AssetKey:
    """Key of a landing role."""
    return dg.AssetKey(["landing", role])


def settings_key(section: str) -> dg.AssetKey:
    """Key of a section of settings."""
    return dg.AssetKey(["settings", section])


def external_specs(partitions: dg.PartitionsDefinition, owner: str) -> list[dg.AssetSpec]:
    """The external assets of the location."""
    return [
        *(
            dg.AssetSpec(
                landing_key(role),
                description=text,
                group_name="landing",
                kinds={"file"},
                owners=[owner],
                partitions_def=partitions,
            )
            for role, text in ROLES.items()
        ),
        *(
            dg.AssetSpec(
                settings_key(name),
                description=text,
                group_name="settings",
                kinds={"yaml"},
                owners=[owner],
                partitions_def=partitions,
            )
            for name, text in SECTIONS.items()
        ),
    ]


def role_patterns(config: EventConfig) -> dict[str, list[str]]:
    """File patterns of each landing role."""
    landing, programme = config.landing, config.session_files
    return {
        "registrations": landing.registrations,
        "demographics": landing.demographics,
        "programme": [*programme.session_this, *programme.session_past_bva, *programme.session_past_lva],
        "scans": [*landing.scans.this_year, *landing.scans.last_year_main, *landing.scans.last_year_secondary],
        "scan_reference": [
            *landing.scan_reference.this_year,
            *landing.scan_reference.last_year_main,
            *landing.scan_reference.last_year_secondary,
        ],
        "entry_scans": landing.entry_scans,
        "mappings": [
            *landing.mappings.job_to_stream,
            *landing.mappings.specialization_to_stream,
            *landing.mappings.practices,
            *landing.mappings.identity_decisions,
        ],
        "capacity": landing.capacity,
        "bookings": landing.bookings,
    }


@dataclass(frozen=True)
class External:
    """Version of one external asset of one event, and what to show of it."""

    key: dg.AssetKey
    version: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """What is there for one event now."""

    externals: list[External]
    waits: str | None
    """Why nothing can be made yet, or None."""
    unsettled: list[Path]


def landing_folder(folder: EventFolder, ignore: Sequence[str]) -> LandingFolder:
    """The landing store of an event."""
    return LandingFolder(folder.landing, fingerprint.FileIndex(folder.cache / "landing_index.json"), ignore)


def delivery(project: Project, event: str, *, now: float | None = None) -> Delivery:
    """Look at the landing folder and the settings of an event.

    Args:
        project: the configuration in force.
        event: its partition.
        now: seconds since the epoch; given, files that are not settled are listed and nothing is read of them.
    """
    config, folder = project.event(event), project.folder(event)
    sensor = project.pipeline.landing_sensor
    landing = landing_folder(folder, sensor.ignore)
    present = landing.all_files()
    unsettled = [] if now is None else landing.unsettled(present, now=now, seconds=sensor.settle_seconds)
    if unsettled:
        return Delivery([], "files are still arriving", unsettled)
    if not present:
        return Delivery([], f"nothing has landed in {folder.landing.relative_to(project.root)}", [])
    if config.mode == "post_analysis" and not landing.find(config.landing.scans.this_year):
        return Delivery([], "no badge scans of this year have landed, which post_analysis is about", [])
    files = {role: landing.find(patterns) for role, patterns in role_patterns(config).items()}
    externals = [
        External(landing_key(role), landing.version(paths), tuple(landing.describe({role: paths})[role]))
        for role, paths in files.items()
    ]
    externals = [_read_again(item, project) for item in externals]
    landing.index.save(keep=present)
    externals += [External(settings_key(name), version) for name, version in settings_versions(project, event).items()]
    return Delivery(externals, None, [])


def _read_again(item: External, project: Project) -> External:
    """With another version after somebody was taken off the list of people forgotten, whose rows count again."""
    lifted = SuppressionFile(project.root).read().lifted
    return replace(item, version=fingerprint.of_text(item.version, str(lifted))) if lifted else item


def settings_versions(project: Project, event: str) -> dict[str, str]:
    """Versions of the sections of settings, with what the environment adds to them."""
    config, secrets = project.event(event), load_secrets(project.root)
    versions = section_fingerprints(config)
    model = project.pipeline.language_model
    has_model = "OPENAI_API_KEY" in secrets or "AZURE_API_KEY" in secrets
    described_by = model.model if has_model else "no language model"
    enhanced = [
        fingerprint.of_file(path)
        for path in enhanced_files(project.folder(event).output, config.session_output_files)
        if path.is_file()
    ]
    versions["streams"] = fingerprint.of_text(versions["streams"], described_by, *enhanced)
    if decisions := decisions_version(project.folder(event)):
        versions["streams"] = fingerprint.of_text(versions["streams"], decisions)
    versions["graph"] = graph_version(project, event, environment_of(config))
    if config.mode == "post_analysis":
        versions["recommendations"] = fingerprint.of_text(versions["recommendations"], *_agendas_made(event))
    return versions


def environment_of(config: EventConfig) -> str:
    """The graph environment of an event: `PA_NEO4J_ENVIRONMENT` where it is set, else as its YAML says."""
    return os.environ.get(ENVIRONMENT_VARIABLE) or config.graph.environment


def graph_version(project: Project, event: str, environment: str) -> str:
    """Version of the settings of the graph, with the identity of the server that is written."""
    version = section_fingerprints(project.event(event))["graph"]
    return fingerprint.of_text(version, _server(environment, project, load_secrets(project.root)))


def _agendas_made(partition: str) -> list[str]:
    """Fingerprints of the agendas that an analysis after the show is about."""
    return [fingerprint.of_file(path) for path in EventFolder(event_of(partition)).agendas if path.is_file()]


def _server(environment: str, project: Project, secrets: Secrets) -> str:
    """Identity of the graph's server; where it cannot be told, the assets that need it fail and no others."""
    if environment == NO_SERVER:
        return NO_SERVER
    try:
        return target(environment, project.root, secrets).identity
    except GraphError as error:
        return str(error)


def changes(records: Records, found: Delivery, event: str) -> list[dg.AssetObservation]:
    """Events that record the versions that differ from the recorded ones."""
    return [
        dg.AssetObservation(
            item.key,
            partition=event,
            tags={DATA_VERSION_TAG: item.version},
            metadata={"files": dg.MetadataValue.json(list(item.files)), "count": len(item.files)} if item.files else {},
        )
        for item in found.externals
        if records.data_version(item.key, event, external=True) != item.version
    ]


def report(records: Records, event: str) -> str | None:
    """Record the versions of the event's external assets; why the event must wait, or None."""
    found = delivery(current_project(), event)
    changed = changes(records, found, event)
    for change in changed:
        records.instance.report_runless_asset_event(change)
    if changed:
        records.forget(event)
    return found.waits
