"""Asks the language model for the streams of sessions: many sessions per call, each answer paid for once.

Here stand the batches, their calls, the cache of answers and what becomes of faults. What a call says and how its
answer is read is `questions`. Which sessions are asked about, of which candidates, and what is done with an answer is
decided by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from threading import Lock

from pa_assets.agendas.config import Backfill
from pa_assets.agendas.core.streams.questions import (
    Answer,
    Question,
    batches,
    cache_key,
    cached_answer,
    call,
    read,
    why_not,
)
from pa_assets.kit.answer_cache import AnswerCache
from pa_assets.kit.ports import (
    LanguageModel,
    LanguageModelBudgetError,
    LanguageModelQuestionError,
    LanguageModelUnavailableError,
    Usage,
)

__all__ = ["Answer", "Asked", "Question", "ask"]

_FAULTS_IN_A_ROW = 5
"""After so many calls that failed one after the other, each with all its attempts, the model is left alone."""


@dataclass(frozen=True)
class Asked:
    """What became of some questions, each of which stands in exactly one of `given`, `failed` and `unasked`."""

    given: dict[str, Answer]
    """Answer by key of the question, in the order of keys."""
    failed: dict[str, str]
    """Why there is none, by key."""
    unasked: tuple[str, ...]
    """Keys that were not asked about, for the budget was spent."""
    calls: int
    """Answers asked for in this run."""
    cached: int
    """Questions that an earlier answer served."""
    usage: Usage
    """What this run used."""
    warnings: tuple[str, ...]


def _silent(done: int, total: int) -> None:
    """Shows nothing."""


def ask(
    questions: Sequence[Question],
    descriptions: Mapping[str, str],
    model: LanguageModel,
    cache: AnswerCache,
    settings: Backfill,
    *,
    concurrency: int = 4,
    report: Callable[[int, int], None] = _silent,
) -> Asked:
    """Ask for the streams of sessions.

    Answers are kept in `cache` as soon as their call returns, by model, prompt, candidates with their descriptions, and
    text: a process that dies, or a budget that ends, costs at most the calls under way. Questions that say the same
    are asked once. The order of questions, and that in which calls end, changes no answer.

    A call that fails leaves its sessions in `failed`, and the others go on, until several fail in a row. One that was
    refused or too long is asked again in halves. Sessions that an answer leaves out are asked once more, together.

    Args:
        questions: sessions, each with its candidates; keys are unique.
        descriptions: description by stream; a stream without one is asked about by its name.
        model: the language model, with its budget.
        cache: answers so far; other processes that write it are kept waiting.
        settings: `sessions_per_call` is used.
        concurrency: calls under way at one time.
        report: is told the questions that are done and their number, in this thread.

    Raises:
        ValueError: two questions have one key.
    """
    if len({question.key for question in questions}) < len(questions):
        raise ValueError("Two questions about streams have one key: give each session its own.")
    before = model.usage
    with cache.exclusive():
        run = _Run(descriptions, model, cache)
        waiting = run.take_cached(questions)
        cached = len(run.given)
        report(cached, len(questions))
        with ThreadPoolExecutor(max_workers=max(1, concurrency)) as pool:
            todo = batches(waiting, settings.sessions_per_call)
            futures = [pool.submit(run.settle, batch) for batch in todo]
            try:
                for future in as_completed(futures):
                    future.result()
                    report(run.done, len(questions))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    usage = model.usage.since(before)
    return Asked(
        given=dict(sorted(run.given.items())),
        failed=dict(sorted(run.failed.items())),
        unasked=tuple(sorted(run.unasked)),
        calls=usage.calls,
        cached=cached,
        usage=usage,
        warnings=tuple(run.warnings()),
    )


@dataclass
class _Run:
    """The state that the calls of one run share. Results are entered under the lock."""

    descriptions: Mapping[str, str]
    model: LanguageModel
    cache: AnswerCache
    given: dict[str, Answer] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    unasked: list[str] = field(default_factory=list)
    alike: dict[str, list[str]] = field(default_factory=dict)
    """Keys of the questions that say the same, by the one that is asked."""
    cache_keys: dict[str, str] = field(default_factory=dict)
    faults: int = 0
    """Calls that failed since one succeeded."""
    budget: str = ""
    """Why nothing more may be asked."""
    lock: Lock = field(default_factory=Lock)

    @property
    def done(self) -> int:
        return len(self.given) + len(self.failed) + len(self.unasked)

    def take_cached(self, questions: Sequence[Question]) -> list[Question]:
        """Answer from the cache; the questions that are left, one of each that say the same."""
        left: dict[str, Question] = {}
        for question in sorted(questions, key=lambda question: question.key):
            if reason := why_not(question):
                self.failed[question.key] = reason
                continue
            key = cache_key(question, self.descriptions, self.model.model)
            if answer := cached_answer(self.cache.get(key), question):
                self.given[question.key] = answer
                continue
            asked = left.setdefault(key, question)
            self.alike.setdefault(asked.key, []).append(question.key)
            self.cache_keys[asked.key] = key
        return list(left.values())

    def settle(self, batch: Sequence[Question], *, again: bool = False) -> None:
        """Ask about a batch until each of its sessions has an answer or a reason why not."""
        if self.budget:
            self._leave(batch)
            return
        if self.faults >= _FAULTS_IN_A_ROW:
            self._fail(batch, f"not asked: {_FAULTS_IN_A_ROW} calls in a row had failed")
            return
        try:
            answers = read(self.model.answer(**call(batch, self.descriptions)), batch)
        except LanguageModelBudgetError as error:
            self.budget = str(error)
            self._leave(batch)
        except LanguageModelQuestionError as error:
            self._halve(batch, str(error), again=again)
        except LanguageModelUnavailableError as error:
            self._fault(batch, str(error))
        else:
            self._keep(answers)
            left = [question for question in batch if question.key not in answers]
            if left and again:
                self._fail(left, "the language model named none of the streams to choose from")
            elif left:
                self.settle(left, again=True)

    def _halve(self, batch: Sequence[Question], reason: str, *, again: bool) -> None:
        if len(batch) == 1:
            self._fault(batch, reason)
            return
        middle = len(batch) // 2
        self.settle(batch[:middle], again=again)
        self.settle(batch[middle:], again=again)

    def _keep(self, answers: Mapping[str, Answer]) -> None:
        self.cache.add_many({self.cache_keys[key]: answer.as_json() for key, answer in answers.items()})
        with self.lock:
            self.faults = 0
            for key, answer in answers.items():
                self.given.update(dict.fromkeys(self.alike[key], answer))

    def _fault(self, batch: Iterable[Question], reason: str) -> None:
        with self.lock:
            self.faults += 1
        self._fail(batch, reason)

    def _fail(self, batch: Iterable[Question], reason: str) -> None:
        with self.lock:
            for question in batch:
                self.failed.update(dict.fromkeys(self.alike[question.key], reason))

    def _leave(self, batch: Iterable[Question]) -> None:
        with self.lock:
            for question in batch:
                self.unasked.extend(self.alike[question.key])

    def warnings(self) -> list[str]:
        """What people should know, without keys of sessions."""
        found = []
        if self.unasked:
            found.append(
                f"{self.budget} {len(self.unasked)} session(s) are left without an answer; the next run asks about "
                "these alone."
            )
        if self.failed:
            reasons = sorted(set(self.failed.values()))
            found.append(
                f"The language model gave no stream for {len(self.failed)} session(s): {reasons[0].rstrip('.')}"
                + (f", and {len(reasons) - 1} other reason(s)." if len(reasons) > 1 else ".")
            )
        return found
