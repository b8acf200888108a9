import pandas as pd

from pa_assets.agendas.core.references import broken_references, columns_needed
from pa_assets.kit.tables import Column, Reference, Table

TALKS = Table(
    "talks",
    "Talks.",
    (Column("id", "text", "id"), Column("room", "text", "room")),
    key=("id",),
    references=(
        Reference(("room",), "rooms", where=(("open", "yes"),)),
        Reference(("id",), "plan", covers=True),
    ),
)


def others(plan: list[str]) -> dict[str, pd.DataFrame]:
    return {
        "rooms": pd.DataFrame({"room": ["A", "A", "B"], "open": ["yes", "yes", "no"]}),
        "plan": pd.DataFrame({"id": plan}, dtype=object),
    }


def test_references_that_hold_are_silent_even_where_the_other_table_repeats_itself() -> None:
    frame = pd.DataFrame({"id": ["1", "2"], "room": ["A", "A"]})
    assert broken_references(TALKS, frame, others(["2", "1"])) == []
    assert columns_needed(TALKS) == {"rooms": ["room", "open"], "plan": ["id"]}


def test_each_row_that_names_nothing_counts_and_so_does_each_that_is_not_named() -> None:
    frame = pd.DataFrame({"id": ["1", "2", "3"], "room": ["A", "B", "B"]})
    first, second = broken_references(TALKS, frame, others(["1", "2", "4", "5"]))
    assert (first.strangers, first.unnamed) == (2, 0)
    assert first.text(TALKS) == "Table talks: 2 row(s) whose (room) is not in rooms."
    assert (second.strangers, second.unnamed) == (1, 2)
    assert "2 row(s) of plan that are missing here" in second.text(TALKS)


def test_empty_tables_refer_to_nothing_and_lack_what_must_be_named() -> None:
    frame = pd.DataFrame({"id": [], "room": []}, dtype=object)
    assert broken_references(TALKS, frame, others([])) == []
    assert [found.unnamed for found in broken_references(TALKS, frame, others(["1"]))] == [1]
