"""A local server that speaks OpenAI's chat protocol, in the address forms of OpenAI and of Azure: real sockets.

What it replies is scripted (`replies`, one by one, the last for ever) or made by a rule (`rule`, from the body of a
request). It keeps what it was asked and counts tokens by a stated rule. `serve()` opens one for a `with` block.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATHS = re.compile(r"/v1/chat/completions|/openai/deployments/[^/]+/chat/completions\?api-version=[\w.-]+")
Rule = Callable[[Mapping[str, Any]], "Reply"]


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    at: float

    @property
    def text(self) -> str:
        """All that a model would read."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def sessions(self) -> list[dict[str, Any]]:
        """The sessions of a question about streams."""
        return list(asked(self.body)["sessions"])


@dataclass(frozen=True)
class Reply:
    """One reply: an HTTP status with a body, or a fault of the connection."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0
    """Seconds before the first byte."""
    pause: float = 0.0
    """Seconds between the bytes of the body."""
    cut: float = 1.0
    """Share of the body after which the connection is closed; 0: before the head."""


def tokens(text: str) -> int:
    """Tokens of a text by the common rule of thumb: one for every four characters."""
    return -(-len(text) // 4)


def completion(text: str | None, *, finish: str = "stop", refusal: str | None = None) -> Reply:
    """A reply of the protocol with this message."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return Reply(
        body={
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        }
    )


def error(status: int, **headers: str) -> Reply:
    """An HTTP error; `Retry_After="1"` sets the header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"error": {"message": "oops"}}, named)


DROP = Reply(cut=0.0)


def asked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the question, which is JSON."""
    return dict(json.loads(body["messages"][-1]["content"]))


def streams_of(choose: Callable[[Mapping[str, str], Sequence[str]], Sequence[str]]) -> Rule:
    """A rule that answers questions about streams of sessions: `choose(session, names of the candidates)`."""

    def answer(body: Mapping[str, Any]) -> Reply:
        question = asked(body)
        rows = [
            {
                "session": session["session"],
                "reason": "speaks of it",
                "streams": list(choose(session, list(question["streams"]))),
                "confidence": 0.8,
            }
            for session in question["sessions"]
        ]
        return completion(json.dumps({"answers": rows}))

    return answer


def by_words(session: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """The stream whose name shares most words with the session; of equals the first."""
    said = set(re.findall(r"\w+", f"{session.get('title', '')} {session.get('synopsis', '')}".lower()))
    return [max(names, key=lambda name: len(said & set(re.findall(r"\w+", name.lower()))))]


def sensible(body: Mapping[str, Any]) -> Reply:
    """Answers both kinds of questions: streams of sessions by their words, and descriptions of streams."""
    question = asked(body)
    if "sessions" in question:
        return streams_of(by_words)(body)
    rows = [{"name": item["name"], "description": f"Sessions on {item['name']}."} for item in question["streams"]]
    return completion(json.dumps({"streams": rows}))


class OpenAIServer:
    """The server, on a port of its own. `replies` go first; where there are none, the rule replies."""

    def __init__(self, rule: Rule = sensible) -> None:
        self.rule, self.replies = rule, list[Reply]()
        self.requests: list[Request] = []
        self.answered = 0
        """Replies that went out whole."""
        self.on_request: Callable[[int], None] | None = None
        """Called with the number of each request before its reply."""
        self._guard = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def base_url(self) -> str:
        """Address for `language_model.base_url` or OPENAI_BASE_URL."""
        return f"{self.address}/v1"

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()

    def reply_to(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Reply:
        """Note a request and find its reply."""
        with self._guard:
            self.requests.append(Request(path, headers, body, time.monotonic()))
            number = len(self.requests)
            scripted = (self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]) if self.replies else None
        if self.on_request:
            self.on_request(number)
        if not PATHS.fullmatch(path):
            return error(404)
        return scripted or self.rule(body)


def _handler(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.reply_to(self.path, headers, body)
            time.sleep(reply.after)
            try:
                self._send(reply, _with_usage(reply.body, body))
            except (BrokenPipeError, ConnectionResetError):
                return
            server.answered += reply.cut == 1.0

        def _send(self, reply: Reply, content: Any) -> None:
            if not reply.cut:
                self.close_connection = True
                self.connection.close()
                return
            payload = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            sent = payload[: int(len(payload) * reply.cut)]
            for piece in [sent] if not reply.pause else [sent[at : at + 1] for at in range(len(sent))]:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(reply.pause)
            if reply.cut < 1:
                self.close_connection = True
                self.connection.close()

        def log_message(self, *args: Any) -> None:
            """The server says nothing."""

    return Handler


def _with_usage(content: Any, body: Mapping[str, Any]) -> Any:
    """A completion with the tokens of question (with its schema) and answer."""
    if not isinstance(content, dict) or not content.get("choices") or "usage" in content:
        return content
    prompt = sum(tokens(message["content"]) for message in body["messages"])
    prompt += tokens(json.dumps(body.get("response_format", {}), ensure_ascii=False))
    answer = tokens(content["choices"][0].get("message", {}).get("content") or "")
    usage = {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}
    return {**content, "usage": usage}


@contextmanager
def serve(rule: Rule = sensible) -> Iterator[OpenAIServer]:
    """A server for the length of a `with` block."""
    server = OpenAIServer(rule)
    try:
        yield server
    finally:
        server.close()
