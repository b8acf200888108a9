"""Fixtures of all tests: one graph server per process of the tests."""

from pa_assets_tests.kit.graph_fixtures import graph, graph_root, graph_target, show

__all__ = ["graph", "graph_root", "graph_target", "show"]
