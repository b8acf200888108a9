"""A process that is killed while it asks the language model: nothing is lost, nothing is paid for twice."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter

import pytest

from pa_assets.kit.answer_cache import AnswerCache
from pa_assets_tests.openai_server import OpenAIServer, serve

SESSIONS, PER_CALL = 24, 4
CALLS = SESSIONS // PER_CALL


def start(server, cache, concurrency=1):
    command = [sys.executable, "-m", "pa_assets_tests.e2e.asked", server.base_url, str(cache)]
    numbers = map(str, (SESSIONS, PER_CALL, concurrency))
    return subprocess.Popen([*command, *numbers], stdout=subprocess.PIPE, text=True)


def finish(process):
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(output.splitlines()[-1])


def killed_at(server: OpenAIServer, cache, request: int, concurrency: int = 1) -> None:
    """Run until the server has received this request, and kill the process before the reply."""
    processes = []

    def strike(number):
        if number == request:
            os.kill(processes[0].pid, signal.SIGKILL)

    server.on_request = strike
    processes.append(start(server, cache, concurrency))
    assert processes[0].wait(timeout=60) == -signal.SIGKILL
    server.on_request = None


def asked_titles(server):
    return Counter(session["title"] for request in server.requests for session in request.sessions)


@pytest.mark.parametrize("call", [1, 3, CALLS - 1])
def test_after_a_crash_at_call_k_of_n_the_next_run_makes_n_minus_k(tmp_path, call):
    with serve() as server:
        killed_at(server, tmp_path / "answers.jsonl", call + 1)
        assert len(AnswerCache(tmp_path / "answers.jsonl")) == call * PER_CALL
        server.requests.clear()
        again = finish(start(server, tmp_path / "answers.jsonl"))
        assert again == {"calls": CALLS - call, "given": SESSIONS, "cached": call * PER_CALL}
        assert set(asked_titles(server).values()) == {1}
        assert len(server.requests) == CALLS - call
        assert finish(start(server, tmp_path / "answers.jsonl"))["calls"] == 0


def test_of_calls_side_by_side_those_that_returned_are_kept(tmp_path):
    with serve() as server:
        killed_at(server, tmp_path / "answers.jsonl", 5, concurrency=3)
        kept = len(AnswerCache(tmp_path / "answers.jsonl"))
        assert kept >= 2 * PER_CALL
        again = finish(start(server, tmp_path / "answers.jsonl", concurrency=3))
        assert again == {"calls": CALLS - kept // PER_CALL, "given": SESSIONS, "cached": kept}
        assert len(server.requests) <= CALLS + 3


def test_a_process_killed_again_and_again_ends_with_every_answer_paid_once(tmp_path):
    with serve() as server:
        for _ in range(3):
            killed_at(server, tmp_path / "answers.jsonl", len(server.requests) + 2)
        again = finish(start(server, tmp_path / "answers.jsonl"))
        assert again == {"calls": CALLS - 3, "given": SESSIONS, "cached": 3 * PER_CALL}
        assert server.answered <= CALLS + 3
