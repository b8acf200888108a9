"""Fixtures of all tests: one graph server per process of the tests; and their order."""

import pytest

from pa_assets_tests.kit.graph_fixtures import graph, graph_root, graph_target, show

__all__ = ["graph", "graph_root", "graph_target", "show"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests first, so that no worker is left with one of them at last."""
    items.sort(key=lambda item: "e2e" not in item.path.parts)
