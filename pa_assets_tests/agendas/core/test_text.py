import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pa_assets.agendas.core import text


def test_key_text_survives_case_punctuation_and_accents() -> None:
    assert (
        text.key_text("Managing feline C.K.D. - Café!")
        == text.key_text("managing  Feline CKD: cafe")
        == "managingfelineckdcafe"
    )
    assert text.key_text("猫の腎臓病") == "猫の腎臓病"
    assert text.key_text(" - ... ") == ""


def test_slug_collapses_spaces_and_punctuation() -> None:
    assert text.slug("Home & Garden  /  Life-style?") == "home_garden_life_style"


@pytest.mark.parametrize(
    ("words", "title", "found"),
    [
        (["cat"], "education", False),
        (["cat"], "The CAT clinic", True),
        (["vet nurse"], "head vet  nurse", True),
        (["c++"], "c++ developer", True),
        (["", "  "], "anything", False),
        ([], "", False),
    ],
)
def test_whole_words(words: list[str], title: str, found: bool) -> None:
    assert bool(text.whole_words(words).search(title)) is found


def test_streams_are_split_and_joined() -> None:
    assert text.split_streams(" Feline;Internal  Medicine; ;feline;N/A") == ["Feline", "Internal Medicine"]
    assert text.join_streams(["Feline", "Equine"]) == "Feline; Equine"
    assert text.split_streams("") == []


@given(st.text())
def test_split_streams_inverts_join_streams(cell: str) -> None:
    streams = text.split_streams(cell)
    assert text.split_streams(text.join_streams(streams)) == streams


@pytest.mark.parametrize("nothing", ["", " ", "None", "nan", "NULL", "n/a", None, float("nan")])
def test_tidy_values_blanks_what_means_nothing(nothing: object) -> None:
    assert text.tidy_values(pd.Series([nothing], dtype=object)).tolist() == [""]


def test_tidy_values_keeps_the_surname_na_and_the_index() -> None:
    tidy = text.tidy_values(pd.Series(["  Na ", "a\u00a0 b"], index=[7, 3]))
    assert tidy.to_dict() == {7: "Na", 3: "a b"}


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["b;a", "a", "A ; c", "", "NA", "c;b"]))), st.randoms())
def test_gathered_items_do_not_depend_on_the_order_of_cells(pairs, random) -> None:  # type: ignore[no-untyped-def]
    def gathered(given_pairs: list[tuple[int, str]]) -> dict[int, list[str]]:
        keys = pd.Series([key for key, _ in given_pairs], dtype="int64")
        return text.gather_items(keys, pd.Series([cell for _, cell in given_pairs], dtype=object)).to_dict()

    first = gathered(pairs)
    mixed = list(pairs)
    random.shuffle(mixed)
    assert gathered(mixed) == first
    for key, items in first.items():
        wanted = {part.strip().lower() for found, cell in pairs if found == key for part in cell.split(";")} - {
            "",
            "na",
        }
        assert {item.lower() for item in items} == wanted
        assert len(items) == len(wanted)


def test_gathered_items_keep_the_order_inside_a_cell() -> None:
    gathered = text.gather_items(pd.Series([1, 1]), pd.Series(["Small Animal;Exotics", "Small Animal;Exotics"]))
    assert gathered.to_dict() == {1: ["Small Animal", "Exotics"]}
