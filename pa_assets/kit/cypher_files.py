"""Files with one Cypher query whose comments declare its parameters, such as those of docs/cypher. Asks no server."""

from __future__ import annotations

import json
import re
from typing import Any

_PARAMETER = re.compile(r"^// \$(\w+) = (.*)$", re.MULTILINE)


def declared_parameters(query: str) -> dict[str, Any]:
    """The parameters that the comments of a query declare, with their defaults: `// $name = JSON: meaning`.

    Raises:
        ValueError: a default is not JSON, or no meaning follows it.
    """
    found, decoder = {}, json.JSONDecoder()
    for name, text in _PARAMETER.findall(query):
        try:
            found[name], end = decoder.raw_decode(text)
        except ValueError:
            end = 0
        if not text.startswith(": ", end):
            raise ValueError(f"Write ${name} as `// ${name} = JSON: meaning`; found {text!r}.")
    return found
