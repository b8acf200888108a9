"""Sessions: the programme as delivered -> clean sessions. Pure functions over tables."""

from pa_assets.agendas.core.sessions.programme import process_programme
from pa_assets.agendas.core.text import join_streams, split_streams

__all__ = ["join_streams", "process_programme", "split_streams"]
