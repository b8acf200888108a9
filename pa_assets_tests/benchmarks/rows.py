"""A row of the table that `make bench` prints."""

Row = tuple[str, str, str, str]
"""What was measured, the figure, its goal, and detail."""
