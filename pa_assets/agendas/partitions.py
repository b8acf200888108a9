"""Partitions: one event, one partition, and one for each further mode. A YAML file in `config/` makes an event."""

import dagster as dg

from pa_assets.agendas.project import Project


def event_partitions(project: Project) -> dg.StaticPartitionsDefinition:
    """The events whose YAML file is without mistakes, and their further modes, in order of name."""
    return dg.StaticPartitionsDefinition(project.partitions)
