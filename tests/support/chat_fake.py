"""Provides a small working answerer for the chat's tests: its answer depends on words of the question.

"refuse" is refused, "near" has only nearest moments, "unclear" is asked back, "markup" quotes HTML, "prose" has
a model's sentences, "sample" comes from a made-up archive, "slow" waits for `release`, "boom" fails, "nonsense"
raises `QuestionError`. Event by event, "stepwise" waits for a `step` before each sentence and before its end, and
"breaks" fails after the first sentence. It records each call, so a test can check its history and filters, and each
stream that has ended.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from app_fixtures import index_of

from app.observe.prometheus import Metrics
from app.question import QuestionError
from app.types import Answer, Citation, Event, Evidence, Finished, Found, Outcome, Passed, Sentence, Verdict, Verified
from index.archive import Stopped
from index.filters import Filters
from index.opened import Catalog
from ingest.descriptor import known_descriptor
from ingest.models import Chapter, Episode, Player

EXAMPLES = (
    "When does a feature store pay off?",
    "How do I find out that a model has drifted?",
    "What should a small team monitor first?",
)


NONE = Filters()


def episode(slug: str, title: str, guest: str, *, video: str | None = "abcDEF_123-", sample: bool = False) -> Episode:
    return Episode(
        slug=slug,
        name=slug,
        title=title,
        season=3,
        number=4,
        guests=(guest,),
        topics=("monitoring",),
        video=video,
        published="2024-03-01",
        chapters=(),
        segments=(),
        sample=sample,
        recorded="2024-02-14" if video else None,
        links=known_descriptor("original").links(slug, slug, 3, 4, video),
    )


def evidence(
    source: Episode, chapter: str, start: float, before: str, text: str, after: str, *, asked: str = ""
) -> Evidence:
    """An excerpt as answers quote it: its key is all of it."""
    return Evidence(
        episode=source,
        chapter=Chapter(title=chapter, start=start - 30, end=start + 200, first=0, last=9),
        speaker=source.guests[0],
        start=start,
        end=start + 48,
        text=text,
        key=text,
        asked=asked,
        score=0.8,
        before=before,
        after=after,
    )


def keyed(item: Evidence) -> Evidence:
    """The same words as one excerpt with a key in it, as verdicts have them."""
    text = " ".join(filter(None, (item.before, item.text, item.after)))
    return replace(item, text=text, before="", after="")


STORE = episode("feature-stores", "Feature Stores Without the Hype", "Ilva Nadrostek")
DRIFT = episode("model-drift", "When Models Go Quietly Wrong: Monitoring and Drift in Production", "Hjalmar Veskild")

TWO_TEAMS = evidence(
    STORE,
    "Who needs one at all?",
    754,
    "So people ask me this at every meetup, and I always disappoint them.",
    "A feature store starts to pay off when a second team wants the, um, features that the first one built, and not "
    "one day before that.",
    "Until then it is, you know, a very expensive way of naming columns. We ran two years on a nightly job and a table "
    "with a good description.",
    asked="A lot of listeners wonder whether they need a feature store. What do you tell them?",
)
SAME_NUMBERS = evidence(
    STORE,
    "Training and serving must agree",
    1322,
    "The other reason is boring, and it is the one that gets people promoted.",
    "You want the number that the model sees at night to be the number that it saw in training.",
    "We had a discount that was rounded in one place and not in the other. It cost us a quarter to find.",
)
BILL = replace(
    evidence(
        DRIFT,
        "What to look at before the metrics",
        3725,
        "Everybody begins with the statistics.",
        "Look at the bill and at the complaints first, because they drift before any of your charts do.",
        "Then, uh, compare the inputs of this week with the inputs of the week in which you trained.",
        asked="And if somebody has only an afternoon for this?",
    ),
    estimated=True,
)


def answer(question: str, found: Sequence[Evidence], **changes: object) -> Answer:
    """An extractive answer: each evidence's key is a sentence."""
    made = Answer(
        question=question,
        standalone_question=question,
        outcome=Outcome.ANSWERED,
        sentences=tuple(Sentence(item.key, (number,), 0.9, quoted=number) for number, item in enumerate(found, 1)),
        citations=tuple(Citation(number, item) for number, item in enumerate(found, 1)),
        nearest=(),
        model="extractive",
        confidence=0.8,
        timings_ms={"retrieve": 12.0, "first_sentence": 30.0, "total": 412.0},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def refusal(question: str) -> Answer:
    nearest = (Citation(1, BILL), Citation(2, TWO_TEAMS))
    return answer(
        question,
        (),
        outcome=Outcome.REFUSED,
        nearest=nearest,
        notes=("“Zorblatt” is not in the archive.",),
    )


def nearest(question: str) -> Answer:
    """Moments that do not answer."""
    return answer(
        question, (), outcome=Outcome.NEAREST, nearest=(Citation(1, BILL), Citation(2, TWO_TEAMS)), confidence=0.3
    )


CHOICES = ("When does a feature store pay off?", "Which is better for a small team, a nightly job or a feature store?")


def asked_back(question: str) -> Answer:
    """A question back, with choices."""
    said = (Sentence("Which of these do you mean?", (), 1.0),)
    return answer(question, (), outcome=Outcome.CLARIFY, sentences=said, choices=CHOICES, confidence=0.0)


# A model's sentences in the order in which they passed, and a quote instead of one that did not.
WRITTEN = (
    Sentence("A feature store pays off once a second team wants the same features.", (1,), 0.8),
    Sentence("Until then a nightly job and a well described table will do.", (1,), 0.9),
    Sentence("It also keeps the numbers of training and serving equal.", (2, 1), 0.7),
    Sentence("Before any chart, look at costs and complaints: they move first.", (3,), 0.8),
    Sentence(
        "You want the number that the model sees at night to be the number that it saw in training.", (2,), 1.0, 2
    ),
)
LEFT_OUT = "1 sentence was left out: not supported by what it cites."
BILL_AGAIN = replace(BILL, start=4021, end=4060)


# The result of a verification: each sentence with its citations.
STATED = (
    Sentence("A feature store pays off with a second team.", (1, 2), 0.9),
    Sentence("It costs 900 euros.", (), 0.1),
)


def verified(statement: str, verdict: Verdict = Verdict.SUPPORTED, **changes: object) -> Verified:
    """The result for a statement of one sentence; with `nearest` instead of citations if it is not found."""
    found = (Citation(1, keyed(TWO_TEAMS)), Citation(2, keyed(BILL)))
    there = verdict is not Verdict.NOT_FOUND
    made = Verified(
        statement=statement,
        verdict=verdict,
        score=0.83 if there else 0.02,
        citations=found if there else (),
        nearest=() if there else found,
        sentences=(Sentence(statement, (1,) if there else (), 0.83),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class FakeVerifier:
    """Verdicts by words of the statement: "partly", "nowhere", "markup"; "slow" waits for `release`, "boom" fails."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.release = threading.Event()
        self.stopped: list[str] = []

    def verify(self, statement: str, stop: threading.Event | None = None) -> Verified:
        """As in `app.verification.verifier.Verifier`."""
        self.calls.append(statement)
        if "boom" in statement:
            raise RuntimeError("secret detail of the machine")
        if "nonsense" in statement:
            raise QuestionError("That is no <i>statement</i>.")
        while "slow" in statement and not self.release.wait(0.02):
            if stop and stop.is_set():
                self.stopped.append(statement)
                raise Stopped("the verification was stopped")
        if "nowhere" in statement:
            return verified(statement, Verdict.NOT_FOUND, notes=("“Zorblatt” is not a guest of the archive.",))
        if "partly" in statement:
            return verified(statement, Verdict.PARTLY, score=0.1, sentences=STATED, notes=("900 is not said.",))
        if "markup" in statement:
            nasty = replace(TWO_TEAMS, text="<img src=x onerror=alert(1)>", key="", speaker="<b>Mallory</b>")
            return verified(statement, citations=(Citation(1, nasty),))
        return verified(statement)


class FakeAnswerer:
    """Answers from three fixed pieces of evidence."""

    def __init__(self, *, sample: bool = False, model: str = "qwen2.5-1.5b") -> None:
        self.model = model
        self.calls: list[tuple[str, tuple[str, ...], Filters]] = []
        self.release = threading.Event()
        self.step = threading.Semaphore(0)
        self.ended: list[str] = []
        self.metrics = Metrics()
        # Nothing is verified with it.
        self.archive: Any = SimpleNamespace(index=index_of((STORE, ()), (DRIFT, ())))
        self.catalog = Catalog(
            episodes=((STORE.slug, STORE.title), (DRIFT.slug, DRIFT.title)),
            guests=(DRIFT.guests[0], STORE.guests[0]),
            topics=("feature stores", "monitoring"),
            seasons=(2, 3),
            sample=sample,
            passages=120,
            version="fake",
            questions=EXAMPLES,
            players=((Player.FRAME, "https://www.youtube-nocookie.com"),),
        )

    def close(self) -> None:
        """There is nothing to release."""

    def ask(
        self, question: str, *, history: Sequence[str] = (), filters: Filters = NONE, stop: object = None
    ) -> Answer:
        self.calls.append((question, tuple(history), filters))
        if "nonsense" in question:
            raise QuestionError("That is not a question <i>yet</i>.")
        if "boom" in question:
            raise RuntimeError("secret detail of the machine")
        if "slow" in question:
            self.release.wait(20)
        if "refuse" in question:
            return refusal(question)
        if "near" in question:
            return nearest(question)
        if "unclear" in question:
            return asked_back(question)
        if "markup" in question:
            nasty = replace(
                TWO_TEAMS,
                text="<img src=x onerror=\"document.title='owned'\"> {{value}} ${alert(1)} <script>1</script>",
                speaker="<b>Mallory</b>",
                asked="<i>really?</i>",
            )
            return answer(question, [nasty])
        if "prose" in question:
            found = [TWO_TEAMS, SAME_NUMBERS, BILL, BILL_AGAIN]
            return answer(question, found, sentences=WRITTEN, model="qwen2.5-1.5b", notes=(LEFT_OUT,))
        if "sample" in question:
            made_up = replace(STORE, sample=True, title="[Sample] Feature Stores Without the Hype")
            return answer(question, [replace(TWO_TEAMS, episode=made_up)])
        follow = {"standalone_question": f"{history[-1]} {question}"} if history and "follow" in question else {}
        return answer(question, [TWO_TEAMS, SAME_NUMBERS, BILL], **follow)

    def answers(self, question: str) -> bool:
        return self.ask(question).answered

    def stream(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters = NONE,
        stop: threading.Event | None = None,
    ) -> Generator[Event]:
        """The same answer event by event; like the real one, it ends without `Finished` once `stop` is set."""
        try:
            made = self.ask(question, history=history, filters=filters)
            if made.answered:
                yield Found(made.standalone_question, made.citations, made.confidence)
                for sentence in made.sentences:
                    if not self._go_on(question, stop):
                        return
                    yield Passed(sentence)
                    if "breaks" in question:
                        raise RuntimeError("secret detail of the machine")
            if self._go_on(question, stop):
                yield Finished(made)
        finally:
            self.ended.append(question)

    def _go_on(self, question: str, stop: threading.Event | None) -> bool:
        """Whether to continue: at once, or when a `step` comes."""
        while not (stop and stop.is_set()):
            if "stepwise" not in question or self.step.acquire(timeout=0.02):
                return True
        return False
