"""Partitions: one event, one partition. A YAML file in `config/` is all that makes an event."""

import dagster as dg

from pa_assets.agendas.project import Project


def event_partitions(project: Project) -> dg.StaticPartitionsDefinition:
    """The events whose YAML file is without mistakes, in order of name."""
    return dg.StaticPartitionsDefinition(sorted(project.events))
