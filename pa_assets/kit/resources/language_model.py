"""The language model: OpenAI, Azure OpenAI, or any server that speaks OpenAI's chat protocol.

The `openai` client repeats on 429, 5xx, time-outs and lost connections, waits as long as `Retry-After` says, and else
backs off, with chance in it; a `Retry-After` of more than two minutes is not waited for. Here stand the choice of the
server, the budget, a limit on the time of a whole answer, and the check of what came back. Neither keys nor contents of
questions and answers are ever logged or put into a message.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from pa_assets.kit.ports import (
    LanguageModel,
    LanguageModelBudgetError,
    LanguageModelQuestionError,
    LanguageModelUnavailableError,
    Usage,
)

if TYPE_CHECKING:
    from httpx2 import Response
    from openai import OpenAI

OPENAI_KEY, OPENAI_ADDRESS = "OPENAI_API_KEY", "OPENAI_BASE_URL"
AZURE_KEYS = ("AZURE_API_KEY", "AZURE_ENDPOINT", "AZURE_DEPLOYMENT", "AZURE_API_VERSION")

_log = logging.getLogger(__name__)
_READINGS = 2
"""An answer that is no JSON of the schema is asked for once more."""
_CHARACTERS_PER_TOKEN = 4
"""For the budget, where a server does not count."""


class Settings(Protocol):
    """What this module needs of the pipeline's settings."""

    @property
    def model(self) -> str:
        """Model name; on Azure the deployment stands for it."""
        ...

    @property
    def base_url(self) -> str:
        """Address of a compatible server; "" for OpenAI's own."""
        ...

    @property
    def timeout_seconds(self) -> float:
        """Longest wait for one answer."""
        ...

    @property
    def max_attempts(self) -> int:
        """Attempts for one answer."""
        ...

    @property
    def max_calls_per_run(self) -> int:
        """Budget of answers."""
        ...

    @property
    def max_tokens_per_run(self) -> int:
        """Budget of tokens of questions and answers."""
        ...


class OpenAILanguageModel:
    """A chat model behind an `openai` client. May be asked from several threads.

    Args:
        client: OpenAI or AzureOpenAI, with its time-out and number of retries.
        model: model or deployment.
        max_calls: answers it may be asked for; repeats on faults of the transport are not counted.
        max_tokens: no answer is asked for once questions and answers took so many; calls under way end beyond it.
    """

    def __init__(self, client: OpenAI, model: str, max_calls: int, max_tokens: int) -> None:
        self._client, self._model = client, model
        self._max_calls, self._max_tokens = max_calls, max_tokens
        self._guard = threading.Lock()
        self._usage = Usage()

    @property
    def model(self) -> str:
        """Model or deployment."""
        return self._model

    @property
    def usage(self) -> Usage:
        """Answers asked for and tokens so far, as the server counts them; estimated where it does not."""
        return self._usage

    def answer(self, *, instructions: str, content: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """One answer as JSON of `schema` (an object; strict mode: every property required, none additional).

        Raises:
            LanguageModelBudgetError: the budget is spent.
            LanguageModelQuestionError: the question was refused or too long, or its answer was twice cut off.
            LanguageModelUnavailableError: the server refused or could not be reached, or the answers were twice no
                JSON of the schema.
        """
        fault = ""
        for _ in range(_READINGS):
            text, fault = self._ask(instructions, content, schema)
            if fault == _REFUSED:
                raise self._fault("refused to answer", LanguageModelQuestionError)
            if fault:
                continue
            answer, fault = _understood(text, schema)
            if answer is not None:
                return answer
        kind = LanguageModelQuestionError if fault == _CUT_OFF else LanguageModelUnavailableError
        raise self._fault(f"gave no usable answer: {fault}", kind)

    def _ask(self, instructions: str, content: str, schema: Mapping[str, Any]) -> tuple[str, str]:
        """The text of an answer, and why it cannot be used ("" where it can)."""
        from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

        self._spend_call()
        try:
            completion = self._client.chat.completions.create(
                model=self._model,
                messages=[{"role": "system", "content": instructions}, {"role": "user", "content": content}],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "schema": dict(schema), "strict": True},
                },
            )
        except APITimeoutError as error:
            raise self._fault("did not answer in time; see language_model.timeout_seconds") from error
        except APIConnectionError as error:
            raise self._fault("could not be reached; check the address and the network") from error
        except APIStatusError as error:
            kind = LanguageModelQuestionError if error.status_code in _TOO_MUCH else LanguageModelUnavailableError
            raise self._fault(_STATUS.get(error.status_code, f"answered HTTP {error.status_code}"), kind) from error
        except (OpenAIError, json.JSONDecodeError) as error:
            return "", f"the reply was no reply of the protocol ({type(error).__name__})"
        text, fault = self._text(completion)
        self._count_tokens(completion, instructions + content, text)
        return text, fault

    def _text(self, completion: Any) -> tuple[str, str]:
        choice = next(iter(getattr(completion, "choices", None) or ()), None)
        message = getattr(choice, "message", None)
        if choice is None or message is None:
            return "", "the reply was no reply of the protocol (no choices)"
        if getattr(message, "refusal", None) or choice.finish_reason == "content_filter":
            return "", _REFUSED
        if choice.finish_reason == "length":
            return "", _CUT_OFF
        return message.content or "", "" if message.content else "the answer was empty"

    def _spend_call(self) -> None:
        with self._guard:
            spent = self._usage
            if spent.calls >= self._max_calls:
                raise self._fault(
                    f"may not be asked again in this run: {self._max_calls} answers are spent "
                    "(language_model.max_calls_per_run)",
                    LanguageModelBudgetError,
                )
            if spent.prompt_tokens + spent.answer_tokens >= self._max_tokens:
                raise self._fault(
                    f"may not be asked again in this run: {self._max_tokens} tokens are spent "
                    "(language_model.max_tokens_per_run)",
                    LanguageModelBudgetError,
                )
            self._usage = Usage(spent.calls + 1, spent.prompt_tokens, spent.answer_tokens)

    def _count_tokens(self, completion: Any, asked: str, answered: str) -> None:
        counted = getattr(completion, "usage", None)
        prompt = getattr(counted, "prompt_tokens", None) or len(asked) // _CHARACTERS_PER_TOKEN
        answer = getattr(counted, "completion_tokens", None) or len(answered) // _CHARACTERS_PER_TOKEN
        with self._guard:
            spent = self._usage
            self._usage = Usage(spent.calls, spent.prompt_tokens + prompt, spent.answer_tokens + answer)

    def _fault(
        self, what: str, kind: type[LanguageModelUnavailableError] = LanguageModelUnavailableError
    ) -> LanguageModelUnavailableError:
        return kind(f"The language model {self._model} {what}.")


_TOO_MUCH = (400, 413, 422)
"""What servers answer to a question that is too long, or that their filter refuses."""
_REFUSED = "it refused to answer"
_CUT_OFF = "the answer was cut off"
_STATUS = {
    400: "refused the question (HTTP 400): it may not know structured output, or the question was too long",
    401: "refused the key (HTTP 401)",
    403: "refused access (HTTP 403)",
    404: "is not there (HTTP 404): check model or deployment, and the address",
    413: "refused the question (HTTP 413): it was too long",
    422: "refused the question (HTTP 422): it may not know structured output",
    429: "is over its rate or quota (HTTP 429), after every attempt",
}


class AbsentLanguageModel:
    """Stands for a model whose credentials are missing: what it answered before is found again under its name."""

    usage = Usage()

    def __init__(self, model: str) -> None:
        self.model = model

    def answer(self, *, instructions: str, content: str, schema: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Nothing.

        Raises:
            LanguageModelUnavailableError: always.
        """
        raise LanguageModelUnavailableError(f"The language model {self.model} cannot be asked: no credentials are set.")


def _understood(text: str, schema: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    try:
        answer = json.loads(text)
    except json.JSONDecodeError:
        return None, "the answer was no JSON"
    if not isinstance(answer, dict):
        return None, "the answer was no JSON object"
    if missing := [name for name in schema.get("required", ()) if name not in answer]:
        return None, f"the answer lacks {', '.join(missing)}"
    return answer, ""


def missing_credentials(secrets: Mapping[str, str], base_url: str = "") -> str:
    """Why no language model can be used with these secrets; "" when one can."""
    if secrets.get(OPENAI_KEY):
        return ""
    if base_url:
        return f"language_model.base_url is set, but {OPENAI_KEY} is not: set it (any text, if the server needs no key)"
    if all(secrets.get(name) for name in AZURE_KEYS):
        return ""
    given = [name for name in AZURE_KEYS if secrets.get(name)]
    if given:
        lacking = ", ".join(name for name in AZURE_KEYS if name not in given)
        return f"Azure OpenAI needs all of {', '.join(AZURE_KEYS)}: {lacking} not set"
    return f"neither {OPENAI_KEY} nor {', '.join(AZURE_KEYS)} are set in the environment or in keys/.env"


def from_settings(settings: Settings, secrets: Mapping[str, str]) -> LanguageModel | None:
    """The language model that the secrets open: Azure where all four are there and no other address is named.

    None without credentials; the reason (`missing_credentials`) is logged as a warning.
    """
    if reason := missing_credentials(secrets, settings.base_url):
        _log.warning("No language model is used: %s.", reason)
        return None
    from openai import AzureOpenAI, DefaultHttpxClient, OpenAI

    logging.getLogger("openai").setLevel(logging.WARNING)  # below that, the client logs whole questions
    options: dict[str, Any] = {
        "timeout": settings.timeout_seconds,
        "max_retries": settings.max_attempts - 1,
        "http_client": DefaultHttpxClient(event_hooks={"response": [_limit(settings.timeout_seconds)]}),
    }
    budget = (settings.max_calls_per_run, settings.max_tokens_per_run)
    if not settings.base_url and all(secrets.get(name) for name in AZURE_KEYS):
        key, endpoint, deployment, version = (secrets[name] for name in AZURE_KEYS)
        azure = AzureOpenAI(
            api_key=key, azure_endpoint=endpoint, azure_deployment=deployment, api_version=version, **options
        )
        return OpenAILanguageModel(azure, deployment, *budget)
    address = settings.base_url or secrets.get(OPENAI_ADDRESS) or None
    client = OpenAI(api_key=secrets[OPENAI_KEY], base_url=address, **options)
    return OpenAILanguageModel(client, settings.model, *budget)


def _limit(seconds: float) -> Callable[[Response], None]:
    """Limits the time in which the body of a reply must be there.

    The client's own time-out is for each piece of a reply: a server that sends a byte now and then would hold it for
    ever.
    """
    from httpx2 import ReadTimeout, SyncByteStream

    class Limited(SyncByteStream):
        def __init__(self, stream: SyncByteStream) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            deadline = time.monotonic() + seconds
            for piece in self._stream:
                if time.monotonic() > deadline:
                    raise ReadTimeout("The reply took too long.")
                yield piece

        def close(self) -> None:
            self._stream.close()

    def apply(response: Response) -> None:
        if isinstance(response.stream, SyncByteStream):
            response.stream = Limited(response.stream)

    return apply
