from hashlib import sha256
from importlib.resources import files

import pytest

from pa_assets.agendas.core.streams import prompts
from pa_assets.agendas.core.streams.prompts import prompt

PUBLISHED = {
    "describe_1.txt": "9590952abcdaf5184a4f8cc0095c195c78bf406f05cafb44e4e296a0331d921e",
    "fill_1.txt": "5087995f99dfcefb72247dad593b2761af05f4a0d45be7a7c026feac06a11cc3",
}
"""An edited prompt is another version: add a file with the next number, and its line here. Never change a line."""


def test_a_published_prompt_is_never_edited():
    texts = {file.name: file.read_bytes() for file in files(prompts).iterdir() if file.name.endswith(".txt")}
    assert {name: sha256(text).hexdigest() for name, text in texts.items()} == PUBLISHED


@pytest.mark.parametrize("name", ["describe", "fill"])
def test_the_latest_version_is_read_and_speaks_of_data(name):
    found = prompt(name)
    assert found.version == "1"
    assert "data" in found.text
    assert "instruction" in found.text


def test_a_prompt_that_is_not_there():
    with pytest.raises(LookupError, match="nothing_<version>"):
        prompt("nothing")
