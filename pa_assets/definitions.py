"""The personal-agenda code location: what the `dagster` command loads."""

from pa_assets.agendas.build import build_definitions

defs = build_definitions()
