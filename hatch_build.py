"""Build hook: installs the one-line `.pth` that tells `dagster asset materialize` where the definitions are."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PointerHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds `pa_assets_cli.pth` to wheels and editable installs alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds."""
        key = "force_include_editable" if version == "editable" else "force_include"
        build_data[key]["pa_assets_cli.pth"] = "pa_assets_cli.pth"
