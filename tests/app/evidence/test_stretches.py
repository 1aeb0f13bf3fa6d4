"""Tests the quoted stretch: the same as a plain search over all stretches finds, at a limited cost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.evidence.stretches import asks, best_stretch, chatter, open_quotes, points_back

OPENINGS = ["The cache", "It", "And then", "“They", "We say", "That"]
ENDINGS = [".", "?", "!", ".”", "?”"]
sentence = st.builds(
    lambda opening, count, ending: f"{opening} {'word ' * count}".strip() + ending,
    st.sampled_from(OPENINGS),
    st.integers(0, 12),
    st.sampled_from(ENDINGS),
)
said = st.tuples(
    sentence | st.sampled_from(["Yeah.", "Right, exactly.", "Yes."]), st.floats(0, 1) | st.sampled_from([0.0, 0.5])
)


def all_stretches(
    texts: list[str], worth: list[float], floor: float, shortest: int, longest: int
) -> tuple[float, int, int]:
    """The best stretch, found by a plain search over every pair of ends."""
    count = len(texts)
    lengths = [len(text.split()) for text in texts]
    best = max(range(count), key=lambda i: worth[i] * min(1.0, lengths[i] / 8))

    def allowed(begin: int, end: int) -> bool:
        fits = end - begin == 1 or sum(lengths[begin:end]) <= longest
        opens = begin == best or not chatter(texts[begin])
        ends = end == best + 1 or not chatter(texts[end - 1])
        return begin <= best < end and fits and opens and ends

    found = [
        (sum(lengths[i] * (worth[i] - floor) for i in range(begin, end)), begin, end)
        for begin in range(count)
        for end in range(begin + 1, count + 1)
        if allowed(begin, end)
    ]
    standing = [item for item in found if item[1] == 0 or not points_back(texts[item[1]])] or found
    closed = [i for i in standing if not asks(texts[i[2] - 1]) and sum(lengths[i[1] : i[2]]) >= shortest]
    whole = [item for item in closed if open_quotes(texts[item[1] : item[2]]) == 0]
    return max(whole or closed or standing)


@given(st.lists(said, min_size=1, max_size=14), st.floats(0, 0.5), st.integers(1, 40), st.integers(5, 60))
def test_it_is_the_one_that_a_search_over_all_pairs_finds(
    lines: list[tuple[str, float]], floor: float, shortest: int, longest: int
) -> None:
    texts, worth = [text for text, _ in lines], [score for _, score in lines]
    found = best_stretch(texts, worth, floor, shortest, longest)
    assert (found.value, found.begin, found.end) == all_stretches(texts, worth, floor, shortest, longest)
    assert found.words == sum(len(text.split()) for text in texts[found.begin : found.end])
