"""The language model: OpenAI, Azure OpenAI, or any server that speaks OpenAI's chat protocol.

The `openai` client repeats on 429, 5xx, time-outs and lost connections, waits as long as `Retry-After` says, and else
backs off; here stand the choice of the server, the budget, and the check of what came back. Neither keys nor contents
of questions and answers are ever logged or put into a message.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from pa_assets.kit.ports import LanguageModel, LanguageModelUnavailableError

if TYPE_CHECKING:
    from openai import OpenAI

OPENAI_KEY, OPENAI_ADDRESS = "OPENAI_API_KEY", "OPENAI_BASE_URL"
AZURE_KEYS = ("AZURE_API_KEY", "AZURE_ENDPOINT", "AZURE_DEPLOYMENT", "AZURE_API_VERSION")

_log = logging.getLogger(__name__)
_READINGS = 2
"""An answer that is no JSON of the schema is asked for once more."""


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


class OpenAILanguageModel:
    """A chat model behind an `openai` client.

    Args:
        client: OpenAI or AzureOpenAI, with its time-out and number of retries.
        model: model or deployment.
        max_calls: answers it may be asked for; repeats on faults of the transport are not counted.
    """

    def __init__(self, client: OpenAI, model: str, max_calls: int) -> None:
        self._client, self._model, self._max_calls = client, model, max_calls
        self._guard = threading.Lock()
        self.calls = 0
        """Answers asked for so far."""
        self.tokens = 0
        """Tokens of questions and answers so far, as the server counts them."""

    @property
    def model(self) -> str:
        """Model or deployment."""
        return self._model

    def answer(self, *, instructions: str, content: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """One answer as JSON of `schema` (an object; strict mode: every property required, none additional).

        Raises:
            LanguageModelUnavailableError: the budget is spent, the server refused or could not be reached, or the
                answers were twice no JSON of the schema.
        """
        fault = ""
        for _ in range(_READINGS):
            text, fault = self._ask(instructions, content, schema)
            if fault:
                continue
            answer, fault = _understood(text, schema)
            if answer is not None:
                return answer
        raise LanguageModelUnavailableError(f"The language model {self._model} gave no usable answer: {fault}.")

    def _ask(self, instructions: str, content: str, schema: Mapping[str, Any]) -> tuple[str, str]:
        """The text of an answer, and why it cannot be used ("" where it can)."""
        from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

        self._spend()
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
            raise self._unavailable("did not answer in time; see language_model.timeout_seconds") from error
        except APIConnectionError as error:
            raise self._unavailable("could not be reached; check the address and the network") from error
        except APIStatusError as error:
            raise self._unavailable(_STATUS.get(error.status_code, f"answered HTTP {error.status_code}")) from error
        except (OpenAIError, json.JSONDecodeError) as error:
            return "", f"the reply was no reply of the protocol ({type(error).__name__})"
        return self._text(completion)

    def _text(self, completion: Any) -> tuple[str, str]:
        choices = getattr(completion, "choices", None)
        if not choices:
            return "", "the reply was no reply of the protocol (no choices)"
        if usage := getattr(completion, "usage", None):
            with self._guard:
                self.tokens += int(usage.total_tokens or 0)
        message = choices[0].message
        if getattr(message, "refusal", None):
            raise self._unavailable("refused to answer")
        if choices[0].finish_reason == "length":
            return "", "the answer was cut off"
        return message.content or "", "" if message.content else "the answer was empty"

    def _spend(self) -> None:
        with self._guard:
            if self.calls >= self._max_calls:
                raise self._unavailable(
                    f"may not be asked again in this run: {self._max_calls} answers are spent "
                    "(language_model.max_calls_per_run)"
                )
            self.calls += 1

    def _unavailable(self, what: str) -> LanguageModelUnavailableError:
        return LanguageModelUnavailableError(f"The language model {self._model} {what}.")


_STATUS = {
    400: "refused the question (HTTP 400): it may not know structured output, or the question was too long",
    401: "refused the key (HTTP 401)",
    403: "refused access (HTTP 403)",
    404: "is not there (HTTP 404): check model or deployment, and the address",
    429: "is over its rate or quota (HTTP 429), after every attempt",
}


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
    logging.getLogger("openai").setLevel(logging.WARNING)  # below that, the client logs whole questions
    options: dict[str, Any] = {"timeout": settings.timeout_seconds, "max_retries": settings.max_attempts - 1}
    if not settings.base_url and all(secrets.get(name) for name in AZURE_KEYS):
        from openai import AzureOpenAI

        key, endpoint, deployment, version = (secrets[name] for name in AZURE_KEYS)
        azure = AzureOpenAI(
            api_key=key, azure_endpoint=endpoint, azure_deployment=deployment, api_version=version, **options
        )
        return OpenAILanguageModel(azure, deployment, settings.max_calls_per_run)
    from openai import OpenAI

    address = settings.base_url or secrets.get(OPENAI_ADDRESS) or None
    client = OpenAI(api_key=secrets[OPENAI_KEY], base_url=address, **options)
    return OpenAILanguageModel(client, settings.model, settings.max_calls_per_run)
