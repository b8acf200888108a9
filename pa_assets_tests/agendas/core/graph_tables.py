"""The tables of `graph.graph_tables` under their former name."""

from pa_assets_tests.agendas.core.graph.graph_tables import QUESTION, ROLES, STREAMS, Tables, event, make_tables

__all__ = ["QUESTION", "ROLES", "STREAMS", "Tables", "event", "make_tables"]
