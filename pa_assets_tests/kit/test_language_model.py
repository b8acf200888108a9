"""The language model against a local server that speaks the OpenAI protocol: real sockets, the real client."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pa_assets.agendas.config_pipeline import LanguageModelSettings
from pa_assets.kit.ports import LanguageModelUnavailableError
from pa_assets.kit.resources.language_model import from_settings, missing_credentials
from pa_assets.kit.secrets import Secrets

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


def completion(text, *, finish="stop", refusal=None):
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }


GOOD = (200, completion('{"word": "yes"}'), {})
FAULT = (500, {"error": {"message": "oops"}}, {})


class Server:
    """Gives the scripted replies one by one (the last one for ever) and keeps what it was asked."""

    def __init__(self):
        self.replies, self.requests = [GOOD], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append(
                    (self.path, {name.lower(): value for name, value in self.headers.items()}, body, time.monotonic())
                )
                reply = outer.replies.pop(0) if len(outer.replies) > 1 else outer.replies[0]
                if reply == "drop":
                    self.connection.close()
                    return
                if reply == "slow":
                    time.sleep(1.0)
                    reply = GOOD
                status, content, headers = reply
                payload = content if isinstance(content, bytes) else json.dumps(content).encode()
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": "application/json", **headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(payload)))
                    self.end_headers()
                    self.wfile.write(payload)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def log_message(self, *args):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def open_model(server, **settings):
    settings = {"max_attempts": 3, "timeout_seconds": 5.0, **settings}
    found = from_settings(
        LanguageModelSettings(base_url=f"{server.address}/v1", **settings), Secrets({"OPENAI_API_KEY": KEY})
    )
    assert found is not None
    return found


def ask(model):
    return model.answer(instructions="Say a word.", content="private content", schema=SCHEMA)


def test_asks_for_the_schema_and_counts(server):
    model = open_model(server)
    assert ask(model) == {"word": "yes"}
    path, headers, body, _ = server.requests[0]
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body["response_format"]["json_schema"] == {"name": "answer", "schema": SCHEMA, "strict": True}
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert (model.calls, model.tokens) == (1, 7)


def test_azure_address_form(server):
    secrets = Secrets({**AZURE, "AZURE_ENDPOINT": server.address})
    model = from_settings(LanguageModelSettings(), secrets)
    assert model is not None
    assert model.model == "our-deployment"
    assert ask(model) == {"word": "yes"}
    path, headers, _, _ = server.requests[0]
    assert path == "/openai/deployments/our-deployment/chat/completions?api-version=2024-10-21"
    assert headers["api-key"] == KEY


def test_waits_as_long_as_retry_after_says(server):
    server.replies = [(429, {"error": {"message": "slow down"}}, {"Retry-After": "1"}), GOOD]
    assert ask(open_model(server)) == {"word": "yes"}
    assert server.requests[1][3] - server.requests[0][3] >= 1.0


@pytest.mark.parametrize("fault", [FAULT, "drop", (503, b"<html>", {"Content-Type": "text/html"})])
def test_repeats_on_passing_faults(server, fault):
    server.replies = [fault, GOOD]
    assert ask(open_model(server)) == {"word": "yes"}
    assert len(server.requests) == 2


def test_gives_up_after_the_attempts(server):
    server.replies = [FAULT]
    with pytest.raises(LanguageModelUnavailableError, match="HTTP 500"):
        ask(open_model(server, max_attempts=2))
    assert len(server.requests) == 2


def test_time_out(server):
    server.replies = ["slow"]
    with pytest.raises(LanguageModelUnavailableError, match="in time"):
        ask(open_model(server, timeout_seconds=0.2, max_attempts=1))


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
        (200, completion('{"word": "y'), {}),
        (200, completion("[1]"), {}),
        (200, completion('{"other": 1}'), {}),
        (200, completion(""), {}),
        (200, completion('{"word": "yes"}', finish="length"), {}),
        (200, b'{"choices": [', {}),
        (200, {"choices": []}, {}),
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


def test_refusal_and_wrong_key_are_not_repeated(server):
    server.replies = [(200, completion(None, refusal="no"), {})]
    with pytest.raises(LanguageModelUnavailableError, match="refused to answer"):
        ask(open_model(server))
    server.replies = [(401, {"error": {"message": f"bad key {KEY}"}}, {})]
    with pytest.raises(LanguageModelUnavailableError, match="refused the key") as caught:
        ask(open_model(server))
    assert KEY not in str(caught.value)
    assert len(server.requests) == 2


def test_budget(server):
    model = open_model(server, max_calls_per_run=2)
    ask(model)
    ask(model)
    with pytest.raises(LanguageModelUnavailableError, match="max_calls_per_run"):
        ask(model)
    assert len(server.requests) == 2


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
