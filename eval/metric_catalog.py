"""Lists what each metric key means to a reader: its name, group and unit, and which direction is better.

Formulas are in `eval.metrics`; nothing here computes one. A key that is not listed is shown
under its own name, and the gate ignores it.
"""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("Retrieval", "Citations", "Support", "Content", "Refusals", "Cost", "Other")


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric key. `better` is 1 if higher is better, -1 if lower is, 0 if neither."""

    key: str
    label: str
    group: str
    means: str
    better: int = 1
    unit: str = ""

    @property
    def gated(self) -> bool:
        """Whether the gate checks it. Cost is only shown: latency depends on the machine as well."""
        return self.better != 0 and self.group != "Cost"

    def shown(self, value: float) -> str:
        """A value with its unit, for people."""
        if self.unit == "ms":
            return f"{value:,.0f} ms" if abs(value) >= 10 else f"{value:.1f} ms"
        if self.unit == "tokens":
            return f"{value:,.0f}"
        return f"{value:.1f} s" if self.unit == "s" else f"{value:.3f}"

    def worse(self, difference: float) -> bool:
        """Whether a change by `difference` is a change for the worse."""
        return difference * self.better < 0


_LISTED = (
    Measure("hit@1", "Hit@1", "Retrieval", "a relevant passage comes first"),
    Measure("hit@5", "Hit@5", "Retrieval", "a relevant passage is among the first 5"),
    Measure("hit@10", "Hit@10", "Retrieval", "a relevant passage is among the first 10"),
    Measure("mrr@10", "MRR@10", "Retrieval", "1 / rank of the first relevant passage"),
    Measure("ndcg@10", "nDCG@10", "Retrieval", "gain of the first 10, against the best order"),
    Measure("answers@1", "Answers@1", "Retrieval", "the first passage answers, by its reader’s grade"),
    Measure("answers@3", "Answers@3", "Retrieval", "one of the first 3 answers, by its reader’s grade"),
    Measure("p@5", "P@5", "Retrieval", "share of the first 5 that answer, by their reader’s grade"),
    Measure("unjudged@3", "Unjudged@3", "Retrieval", "share of the first 3 that nobody graded", 0),
    Measure("coverage@5", "Coverage@5", "Retrieval", "share of gold ranges that the first 5 overlap"),
    Measure("episode_hit@5", "Episode hit@5", "Retrieval", "a gold episode is among the first 5"),
    Measure("citation_hit", "Citation hit", "Citations", "some citation overlaps gold"),
    Measure("moment_answers@1", "First moment answers", "Citations", "what is shown first answers, by grade"),
    Measure("moment_answers", "A moment answers", "Citations", "one of the cited moments answers, by grade"),
    Measure("moments_beside", "Moments beside", "Citations", "share of cited moments beside the point, by grade", -1),
    Measure("citation_precision", "Citation precision", "Citations", "share of citations that overlap gold"),
    Measure("citation_recall", "Citation recall", "Citations", "share of gold ranges that are cited"),
    Measure("citation_iou", "Citation IoU", "Citations", "time shared with gold, over time of either"),
    Measure("citation_offset_s", "Citation offset", "Citations", "from a right citation’s start to gold’s", -1, "s"),
    Measure("citation_length_s", "Citation length", "Citations", "length of the cited ranges", 0, "s"),
    Measure("support_recall", "Support recall", "Support", "share of sentences that their citations support"),
    Measure("support_precision", "Support precision", "Support", "share of citations that are of use"),
    Measure("facts_recall", "Facts recall", "Content", "share of the suite's facts found"),
    Measure("refusal_precision", "Refusal precision", "Refusals", "share of refusals that were due"),
    Measure("refusal_recall", "Refusal recall", "Refusals", "share of unanswerable questions refused"),
    Measure("refusal_f1", "Refusal F1", "Refusals", "harmonic mean of both"),
    Measure("refusal_auroc", "Refusal AUROC", "Refusals", "how well confidence separates the two kinds"),
    Measure("calibration_error", "Calibration error", "Refusals", "confidence against the share answerable", -1),
    Measure("latency_p50_ms", "Latency p50", "Cost", "half of the questions are faster", -1, "ms"),
    Measure("latency_p95_ms", "Latency p95", "Cost", "19 of 20 questions are faster", -1, "ms"),
    Measure("prompt_tokens", "Prompt tokens", "Cost", "read by the writing model", -1, "tokens"),
    Measure("output_tokens", "Output tokens", "Cost", "written by the writing model", -1, "tokens"),
)
_KNOWN = {measure.key: measure for measure in _LISTED}


def measure(key: str) -> Measure:
    """The measure of a key, also of one that is not listed."""
    if key in _KNOWN:
        return _KNOWN[key]
    if key.startswith("latency"):
        return Measure(key, key.removesuffix("_ms").replace("_", " ").capitalize(), "Cost", "", -1, "ms")
    return Measure(key, key, "Other", "", 0)


def of_stage(key: str) -> bool:
    """Whether the key is the latency of one stage, shown only in the table of stages."""
    return key.startswith("latency") and key not in _KNOWN


def in_order(keys: set[str]) -> list[Measure]:
    """The measures of some keys in the order of the list; keys that are not listed come last in their group."""
    listed = [one for one in _LISTED if one.key in keys]
    others = [measure(key) for key in sorted(keys - set(_KNOWN))]
    return sorted(listed + others, key=lambda one: GROUPS.index(one.group))
