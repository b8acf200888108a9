"""Modes: what is made of an event, as settings and as partitions.

`<event>` is the partition of the mode that the YAML names; `<event>-<mode>` is that of a further mode. What a mode
means for a table stands with the table (`core.people.audience`, the assets).
"""

from __future__ import annotations

from pa_assets.agendas.config import EventConfig, Mode

_SEPARATOR = "-"
"""Stands in no name of an event."""


def partitions_of(event: str, config: EventConfig) -> list[str]:
    """Partitions of an event: its own, and one for each further mode."""
    further = [mode for mode in config.further_modes if mode != config.mode]
    return [event, *(f"{event}{_SEPARATOR}{mode}" for mode in dict.fromkeys(further))]


def event_of(partition: str) -> str:
    """Name of the event that a partition belongs to."""
    return partition.partition(_SEPARATOR)[0]


def in_mode_of(partition: str, config: EventConfig) -> EventConfig:
    """The settings of an event in the mode of one of its partitions.

    A mode other than personal agendas has a show tag of its own, by which its graph and exports stand apart, and no
    control group: there is nothing sent whose effect could be measured.

    Raises:
        KeyError: the event does not offer this partition.
    """
    if partition not in partitions_of(event_of(partition), config):
        raise KeyError(
            f"No partition {partition!r}: add the mode to further_modes in config/{event_of(partition)}.yaml."
        )
    mode = _mode_of(partition, config)
    if mode == "personal_agendas":
        return config.model_copy(update={"mode": mode})
    control = config.recommendations.control_group.model_copy(update={"enabled": False})
    return config.model_copy(
        update={
            "mode": mode,
            "event": config.event.model_copy(update={"show": show_in_mode(config.event.show, mode)}),
            "recommendations": config.recommendations.model_copy(update={"control_group": control}),
        }
    )


def show_in_mode(show: str, mode: Mode) -> str:
    """Tag of the show in a mode."""
    return show if mode == "personal_agendas" else f"{show}_{mode}"


def _mode_of(partition: str, config: EventConfig) -> Mode:
    named = partition.partition(_SEPARATOR)[2]
    return next((mode for mode in config.further_modes if mode == named), config.mode)
