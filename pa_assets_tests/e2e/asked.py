"""Ask about numbered sessions in a process of its own, which a test may kill.

    python -m pa_assets_tests.e2e.asked ADDRESS CACHE SESSIONS PER_CALL CONCURRENCY

The last line of its output is JSON: calls, sessions with an answer, sessions whose answer was in the cache.
"""

import json
import sys
from pathlib import Path

from pa_assets.agendas.config import Backfill
from pa_assets.agendas.config_pipeline import LanguageModelSettings
from pa_assets.agendas.core.streams.asking import Question, ask
from pa_assets.kit.answer_cache import AnswerCache
from pa_assets.kit.resources.language_model import from_settings
from pa_assets.kit.secrets import Secrets

STREAMS = ("Dentistry", "Equine medicine", "Feline health", "Practice finance")


def questions(count: int) -> list[Question]:
    """Sessions that each say their own."""
    return [
        Question(f"q{number:04}", f"Talk {number}", f"About {STREAMS[number % 4]}.", "", STREAMS)
        for number in range(count)
    ]


def main(address: str, cache: str, sessions: int, per_call: int, concurrency: int) -> None:
    """Ask about all of them."""
    model = from_settings(LanguageModelSettings(base_url=address), Secrets({"OPENAI_API_KEY": "k"}))
    assert model is not None
    found = ask(
        questions(sessions),
        {},
        model,
        AnswerCache(Path(cache)),
        Backfill(sessions_per_call=per_call),
        concurrency=concurrency,
    )
    print(json.dumps({"calls": found.calls, "given": len(found.given), "cached": found.cached}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
