import pytest
from hypothesis import given
from hypothesis import strategies as st

from pa_assets.agendas.config import Sessions
from pa_assets.agendas.core.sessions.titles import content_key, content_markers, sponsor_in_title
from pa_assets.agendas.core.text import key_text

MARKERS = ["[repeat]", "[repeat *]", "encore:", "rerun", "(sponsored by *)", "- part of *"]


@pytest.mark.parametrize(
    "title",
    [
        "Feline CKD [REPEAT]",
        "[Repeat] Feline CKD",
        "Feline [repeat 2] CKD",
        "ENCORE: Feline CKD",
        "Feline CKD rerun",
        "Feline C.K.D. (Sponsored by Acme (UK))  [repeat]",
        "Feline CKD - part of the kidney day",
    ],
)
def test_a_marked_title_has_the_key_of_the_talk(title: str) -> None:
    assert content_key(title, MARKERS).removeprefix("uk") == "felineckd"


@pytest.mark.parametrize("title", ["[Repeat]", "RERUN", "(sponsored by Acme)"])
def test_a_title_of_nothing_but_marks_keeps_its_own_key(title: str) -> None:
    assert content_key(title, MARKERS) == key_text(title)


@pytest.mark.parametrize("title", ["Rerunning the numbers", "Repeat offenders", "Sponsored by whom?"])
def test_words_that_resemble_a_mark_stay(title: str) -> None:
    assert content_key(title, MARKERS) == key_text(title)


@given(st.text(max_size=20), st.lists(st.text(alphabet="a*[]( \\.|", max_size=6), max_size=4))
def test_no_text_and_no_mark_breaks_the_key(title: str, markers: list[str]) -> None:
    key = content_key(title, markers)
    assert bool(key) == bool(key_text(title))
    assert content_key(title.upper(), []) == key_text(title.upper())


@given(
    st.text(alphabet="abc -:", min_size=1, max_size=12).filter(key_text), st.sampled_from(["[repeat]", "[Repeat 7]"])
)
def test_a_mark_before_or_behind_does_not_count(title: str, mark: str) -> None:
    assert content_key(f"{title} {mark}", MARKERS) == content_key(f"{mark} {title}", MARKERS) == key_text(title)


@pytest.mark.parametrize(
    ("title", "sponsor"),
    [
        ("Fast bread (sponsored by  Mill & Sons)", "Mill & Sons"),
        ("Fast bread (SPONSORED BY Mill) [REPEAT]", "Mill"),
        ("Fast bread, brought to you by Mill", "Mill"),
        ("Fast bread (sponsored by )", ""),
        ("Fast bread", ""),
    ],
)
def test_sponsor_in_title(title: str, sponsor: str) -> None:
    assert sponsor_in_title(title, ["(sponsored by *)", "brought to you by *", "no star"]) == sponsor


def test_marks_of_repetition_and_of_sponsors_are_beside_the_talk() -> None:
    assert content_markers(Sessions(repeat_markers=["again"], sponsor_in_title=["by *"])) == ["again", "by *"]
