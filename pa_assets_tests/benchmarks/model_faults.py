"""What faults of a language model's server cost, and the tokens of many sessions per call against one.

    python -m pa_assets_tests.benchmarks.model_faults

Prints two tables. The server is local and speaks the OpenAI protocol; client, retries and cache are the product's.
Tokens are counted by the server over the request as it came (messages and schema) and its answer, one for every four
characters.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tabulate import tabulate

from pa_assets.agendas.config import Backfill
from pa_assets.agendas.config_pipeline import LanguageModelSettings
from pa_assets.agendas.core.streams.asking import Asked, Question, ask
from pa_assets.kit.answer_cache import AnswerCache
from pa_assets.kit.resources.language_model import from_settings
from pa_assets.kit.secrets import Secrets
from pa_assets_tests.e2e.asked import questions
from pa_assets_tests.openai_server import (
    DROP,
    OpenAIServer,
    Reply,
    Rule,
    asked,
    by_words,
    completion,
    error,
    sensible,
    serve,
    streams_of,
)

SESSIONS, PER_CALL = 24, 4
CALLS = SESSIONS // PER_CALL
VICTIM = "Talk 9"
"""Stands in the third of the calls."""


@dataclass(frozen=True)
class Fault:
    """A fault of the server, for good unless it passes."""

    name: str
    behaviour: str
    reply: Reply | None
    passes: bool = False
    """It hits the first request alone, not every request about the victim."""


GOOD = completion(json.dumps({"answers": []}))
FAULTS = [
    Fault("none", "each call answers for its sessions", None),
    Fault("429, Retry-After: 1", "waits as told, repeats", error(429, Retry_After="1"), passes=True),
    Fault("429, Retry-After: 3600", "is not waited for; next run", error(429, Retry_After="3600")),
    Fault("500 once", "backs off, repeats", error(500), passes=True),
    Fault("500 for good", "gives the call up after its attempts; the others go on", error(500)),
    Fault("dropped connection", "repeats", DROP, passes=True),
    Fault("dropped inside the body", "repeats", replace(GOOD, cut=0.5), passes=True),
    Fault("silent beyond the time-out", "repeats", replace(GOOD, after=1.5), passes=True),
    Fault("a byte now and then", "time-out of the whole answer, repeats", replace(GOOD, pause=0.2), passes=True),
    Fault("truncated JSON", "asked once more", completion('{"answers": [{"session": 1, '), passes=True),
    Fault("cut off (length), for good", "asked in halves down to the session", completion("{", finish="length")),
    Fault("wrong JSON, for good", "asked once more, then given up", completion('{"words": 3}')),
    Fault("no JSON of the protocol", "asked once more", Reply(200, b"<html>"), passes=True),
    Fault("empty answer", "asked once more", completion(""), passes=True),
    Fault("no session in the answer", "its sessions asked once more", GOOD, passes=True),
    Fault("refusal of one session", "asked in halves; that session alone fails", completion(None, refusal="no")),
    Fault("HTTP 400 for one session", "asked in halves; that session alone fails", error(400)),
]


def _says(body: Mapping[str, Any], title: str) -> bool:
    return any(session.get("title") == title for session in asked(body)["sessions"])


def _run(server: OpenAIServer, cache: Path) -> Asked:
    settings = LanguageModelSettings(base_url=server.base_url, timeout_seconds=1.0, max_attempts=3)
    model = from_settings(settings, Secrets({"OPENAI_API_KEY": "k"}))
    assert model is not None
    batches = Backfill(sessions_per_call=PER_CALL)
    return ask(questions(SESSIONS), {}, model, AnswerCache(cache), batches, concurrency=1)


def _twice(name: str, behaviour: str, cache: Path, broken: Callable[[OpenAIServer], Rule]) -> list[object]:
    """A row of the table: a run with a broken server, and the run after it, when the server is well."""
    with serve() as server:
        server.rule = broken(server)
        started = time.perf_counter()
        first = _run(server, cache)
        seconds = round(time.perf_counter() - started, 1)
        requests = len(server.requests)
        server.rule = sensible
        again = _run(server, cache)
    return [name, behaviour, requests, len(first.given), len(first.failed), again.calls, len(again.given), seconds]


def measured(fault: Fault, cache: Path) -> list[object]:
    """What a fault of the connection or of the reply costs."""

    def broken(server: OpenAIServer) -> Rule:
        def rule(body: Mapping[str, Any]) -> Reply:
            hit = len(server.requests) == 1 if fault.passes else _says(body, VICTIM)
            return fault.reply if hit and fault.reply else sensible(body)

        return rule

    return _twice(fault.name, fault.behaviour, cache, broken)


def no_such_label(cache: Path) -> list[object]:
    """The model invents a stream for one session."""
    rule = streams_of(
        lambda session, names: ["Invented"] if session.get("title") == VICTIM else by_words(session, names)
    )
    behaviour = "dropped; the session asked once more, then failed"
    return _twice("a stream that does not exist", behaviour, cache, lambda server: rule)


def killed(cache: Path, call: int = 3) -> list[object]:
    """kill -9 once a number of calls returned."""
    with serve() as server:
        command = [sys.executable, "-m", "pa_assets_tests.e2e.asked", server.base_url, str(cache)]
        started = time.perf_counter()
        process = subprocess.Popen([*command, str(SESSIONS), str(PER_CALL), "1"], stdout=subprocess.DEVNULL)
        server.on_request = lambda number: os.kill(process.pid, signal.SIGKILL) if number == call + 1 else None
        process.wait()
        seconds = round(time.perf_counter() - started, 1)
        server.on_request = None
        requests, kept = len(server.requests), len(AnswerCache(cache))
        again = _run(server, cache)
    behaviour = f"answers of calls 1 to {call} are on the disk"
    return [f"kill -9 in call {call + 1}", behaviour, requests, kept, 0, again.calls, len(again.given), seconds]


def show(streams: int = 60, sessions: int = 240) -> tuple[list[Question], dict[str, str]]:
    """A made-up programme: descriptions of two to three sentences, synopses of 60 to 140 words."""
    chance = random.Random(5)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvw", k=chance.randint(2, 10))) for _ in range(3000)]

    def text(low: int, high: int) -> str:
        return " ".join(chance.choices(words, k=chance.randint(low, high)))

    names = tuple(sorted({text(1, 3).title() for _ in range(2 * streams)})[:streams])
    rows = [Question(f"q{number}", text(5, 12), text(60, 140), text(1, 2), names) for number in range(sessions)]
    return rows, {name: text(30, 45) for name in names}


def tokens_used(per_call: int, cache: Path, rows: Sequence[Question], descriptions: Mapping[str, str]) -> list[object]:
    """Tokens of a filled session with so many sessions per call."""
    with serve() as server:
        settings = LanguageModelSettings(base_url=server.base_url, max_calls_per_run=1000, max_tokens_per_run=10**9)
        model = from_settings(settings, Secrets({"OPENAI_API_KEY": "k"}))
        assert model is not None
        done = ask(rows, descriptions, model, AnswerCache(cache), Backfill(sessions_per_call=per_call), concurrency=4)
    per_session = (done.usage.prompt_tokens + done.usage.answer_tokens) / len(done.given)
    return [per_call, done.calls, done.usage.prompt_tokens, done.usage.answer_tokens, round(per_session)]


def fault_table(folder: Path) -> list[list[object]]:
    """Every fault, one after the other."""
    rows = [measured(fault, folder / f"{number}.jsonl") for number, fault in enumerate(FAULTS)]
    return [*rows, no_such_label(folder / "labels.jsonl"), killed(folder / "killed.jsonl")]


def token_table(folder: Path, sizes: Sequence[int] = (1, 6, 12, 25)) -> list[list[object]]:
    """One call per session, then more and more sessions per call; last the ratio to the first."""
    rows, descriptions = show()
    found = [tokens_used(size, folder / f"tokens{size}.jsonl", rows, descriptions) for size in sizes]
    single = float(str(found[0][-1]))
    return [[*row, f"1/{single / float(str(row[-1])):.1f}"] for row in found]


def main() -> None:
    """Print both tables."""
    fault_titles = ("fault", "behaviour", "requests", "filled", "failed", "calls of the next run", "filled then", "s")
    token_titles = ("sessions per call", "calls", "prompt tokens", "answer tokens", "tokens per session", "of one each")
    with tempfile.TemporaryDirectory(prefix="pa-model-") as folder:
        print(f"{SESSIONS} sessions, {PER_CALL} per call: {CALLS} calls without a fault. 3 attempts, time-out 1 s.\n")
        print(tabulate(fault_table(Path(folder)), headers=fault_titles, tablefmt="github"))
        print("\n240 sessions, 60 streams with descriptions; default: 12 sessions per call; goal: <= 1/5.\n")
        print(tabulate(token_table(Path(folder)), headers=token_titles, tablefmt="github"))


if __name__ == "__main__":
    main()
