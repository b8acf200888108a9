"""The language model against a local server that speaks the OpenAI protocol: real sockets, the real client."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pa_assets.agendas.config_pipeline import LanguageModelSettings
from pa_assets.kit.ports import (
    LanguageModelBudgetError,
    LanguageModelQuestionError,
    LanguageModelUnavailableError,
    Usage,
)
from pa_assets.kit.resources.language_model import from_settings, missing_credentials
from pa_assets.kit.secrets import Secrets
from pa_assets_tests.openai_server import DROP, OpenAIServer, Reply, completion, error, serve

SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}
KEY = "sk-very-secret"
AZURE = {
    "AZURE_API_KEY": KEY,
    "AZURE_DEPLOYMENT": "our-deployment",
    "AZURE_API_VERSION": "2024-10-21",
}
GOOD = completion('{"word": "yes"}')
FAULT = error(500)
USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with serve() as running:
        running.replies = [GOOD]
        yield running


def open_model(server, **settings):
    settings = {"max_attempts": 3, "timeout_seconds": 5.0, **settings}
    found = from_settings(LanguageModelSettings(base_url=server.base_url, **settings), Secrets({"OPENAI_API_KEY": KEY}))
    assert found is not None
    return found


def ask(model):
    return model.answer(instructions="Say a word.", content="private content", schema=SCHEMA)


def test_asks_for_the_schema_and_counts(server):
    server.replies = [replace(GOOD, body={**GOOD.body, "usage": USAGE})]
    model = open_model(server)
    assert ask(model) == {"word": "yes"}
    request = server.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["response_format"]["json_schema"] == {"name": "answer", "schema": SCHEMA, "strict": True}
    assert [message["role"] for message in request.body["messages"]] == ["system", "user"]
    assert model.usage == Usage(1, 5, 2)


def test_azure_address_form(server):
    secrets = Secrets({**AZURE, "AZURE_ENDPOINT": server.address})
    model = from_settings(LanguageModelSettings(), secrets)
    assert model is not None
    assert model.model == "our-deployment"
    assert ask(model) == {"word": "yes"}
    assert server.requests[0].path == "/openai/deployments/our-deployment/chat/completions?api-version=2024-10-21"
    assert server.requests[0].headers["api-key"] == KEY


def test_openai_address_by_environment(server):
    secrets = Secrets({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url})
    model = from_settings(LanguageModelSettings(model="m9"), secrets)
    assert model is not None
    assert ask(model) == {"word": "yes"}
    assert server.requests[0].body["model"] == "m9"


def test_waits_as_long_as_retry_after_says(server):
    server.replies = [error(429, Retry_After="1"), GOOD]
    assert ask(open_model(server)) == {"word": "yes"}
    assert server.requests[1].at - server.requests[0].at >= 1.0


def test_does_not_wait_an_hour(server):
    server.replies = [error(429, Retry_After="3600"), GOOD]
    with pytest.raises(LanguageModelUnavailableError, match="HTTP 429"):
        ask(open_model(server))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [FAULT, DROP, replace(GOOD, cut=0.5), Reply(503, b"<html>", {"Content-Type": "text/html"})],
    ids=["500", "dropped", "dropped half way", "503"],
)
def test_repeats_on_passing_faults(server, fault):
    server.replies = [fault, GOOD]
    assert ask(open_model(server)) == {"word": "yes"}
    assert len(server.requests) == 2


def test_gives_up_after_the_attempts(server):
    server.replies = [FAULT]
    with pytest.raises(LanguageModelUnavailableError, match="HTTP 500"):
        ask(open_model(server, max_attempts=2))
    assert len(server.requests) == 2


@pytest.mark.parametrize("slow", [replace(GOOD, after=1.0), replace(GOOD, pause=0.05)], ids=["silent", "drop by drop"])
def test_time_out(server, slow):
    server.replies = [slow]
    started = time.monotonic()
    with pytest.raises(LanguageModelUnavailableError, match="in time"):
        ask(open_model(server, timeout_seconds=0.2, max_attempts=1))
    assert time.monotonic() - started < 0.9


def test_nobody_listens(server):
    server.close()
    model = from_settings(
        LanguageModelSettings(base_url="http://127.0.0.1:9/v1", max_attempts=1), Secrets({"OPENAI_API_KEY": KEY})
    )
    assert model is not None
    with pytest.raises(LanguageModelUnavailableError, match="could not be reached"):
        ask(model)


@pytest.mark.parametrize(
    "broken",
    [
        completion('{"word": "y'),
        completion("[1]"),
        completion('{"other": 1}'),
        completion(""),
        completion('{"word": "yes"}', finish="length"),
        Reply(200, b'{"choices": ['),
        Reply(200, {"choices": []}),
        Reply(200, {"choices": [{"index": 0}]}),
    ],
)
def test_an_unusable_answer_is_asked_for_once_more(server, broken):
    server.replies = [broken, GOOD]
    assert ask(open_model(server)) == {"word": "yes"}
    server.requests.clear()
    server.replies = [broken]
    with pytest.raises(LanguageModelUnavailableError, match="no usable answer"):
        ask(open_model(server, max_attempts=1))
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "refusal", [completion(None, refusal="no"), completion(None, finish="content_filter"), error(400), error(413)]
)
def test_what_another_question_may_mend_is_told_apart_and_not_repeated(server, refusal):
    server.replies = [refusal]
    with pytest.raises(LanguageModelQuestionError, match="refused"):
        ask(open_model(server))
    assert len(server.requests) == 1


def test_a_wrong_key_is_not_repeated_and_not_told(server):
    server.replies = [Reply(401, {"error": {"message": f"bad key {KEY}"}})]
    with pytest.raises(LanguageModelUnavailableError, match="refused the key") as caught:
        ask(open_model(server))
    assert not isinstance(caught.value, LanguageModelQuestionError)
    assert KEY not in str(caught.value)
    assert len(server.requests) == 1


def test_budget_of_calls(server):
    model = open_model(server, max_calls_per_run=2)
    ask(model)
    ask(model)
    with pytest.raises(LanguageModelBudgetError, match="max_calls_per_run"):
        ask(model)
    assert len(server.requests) == 2


@pytest.mark.parametrize("counted", [USAGE, None], ids=["counted", "estimated"])
def test_budget_of_tokens(server, counted):
    server.replies = [replace(GOOD, body={**GOOD.body, "usage": counted})]
    model = open_model(server, max_tokens_per_run=14)
    ask(model)
    ask(model)
    with pytest.raises(LanguageModelBudgetError, match="max_tokens_per_run"):
        ask(model)
    assert len(server.requests) == 2


def test_many_threads_never_go_beyond_the_budget_of_calls(server):
    model = open_model(server, max_calls_per_run=20)

    def one(_):
        try:
            return ask(model)
        except LanguageModelBudgetError:
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(40)))
    assert len(server.requests) == sum(answer is not None for answer in answers) == model.usage.calls == 20


def test_neither_key_nor_content_is_logged(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.replies = [FAULT, GOOD]
    ask(open_model(server))
    assert KEY not in caplog.text
    assert "private content" not in caplog.text


@pytest.mark.parametrize(
    ("secrets", "base_url", "reason"),
    [
        ({}, "", "OPENAI_API_KEY"),
        ({"AZURE_API_KEY": KEY, "AZURE_ENDPOINT": "https://x"}, "", "AZURE_DEPLOYMENT, AZURE_API_VERSION not set"),
        ({**AZURE, "AZURE_ENDPOINT": "https://x"}, "http://localhost", "base_url"),
    ],
)
def test_without_credentials_there_is_no_model_and_a_reason(secrets, base_url, reason, caplog):
    assert reason in missing_credentials(secrets, base_url)
    assert from_settings(LanguageModelSettings(base_url=base_url), Secrets(secrets)) is None
    assert reason in caplog.text
    assert KEY not in caplog.text
