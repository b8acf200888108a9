"""The asset graph in plain JSON. Renew it: `python -m pa_assets_tests.assets.snapshot`."""

import json
from pathlib import Path
from typing import Any

import dagster as dg

SNAPSHOT = Path(__file__).with_name("asset_graph.json")


def asset_graph(definitions: dg.Definitions) -> dict[str, dict[str, Any]]:
    """What a change of the graph must not change in passing: keys, dependencies, groups, code versions."""
    return {
        node.key.to_user_string(): {
            "deps": sorted(key.to_user_string() for key in node.parent_keys),
            "group": node.group_name,
            "code_version": node.code_version,
        }
        for node in sorted(definitions.resolve_asset_graph().asset_nodes, key=lambda node: node.key.path)
    }


def as_text(graph: dict[str, dict[str, Any]]) -> str:
    """The snapshot as it lies in the file."""
    return json.dumps(graph, indent=1) + "\n"


if __name__ == "__main__":
    from pa_assets.definitions import defs

    SNAPSHOT.write_text(as_text(asset_graph(defs)), "utf-8")
