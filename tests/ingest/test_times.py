"""Tests the times of a transcript's lines: what is kept, what is estimated, and that no time runs backwards."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.times import FASTEST_PACE, USUAL_PACE, longest_non_decreasing, repair_times


def test_known_times_are_kept_and_a_line_ends_where_the_next_starts() -> None:
    times = repair_times([0, 10, 25], [24, 36, 12])
    assert times.starts == [0, 10, 25]
    assert times.ends == [10, 25, 25 + 12 / USUAL_PACE]
    assert times.estimated == [False, False, False]
    assert times.backwards == 0


def test_a_later_paragraph_of_a_turn_is_estimated_from_the_words_said_since() -> None:
    # The second paragraph repeats its turn's second; a third of the turn's 60 words are before it.
    times = repair_times([0, 0, 30], [20, 40, 10])
    assert times.starts == [0, pytest.approx(10), 30]
    assert times.estimated == [False, True, False]
    assert times.backwards == 0


def test_an_answer_stamped_with_its_questions_second_starts_after_the_question() -> None:
    times = repair_times([0, None, 0, 30], [10, 10, 40, 10])
    assert times.starts == [0, pytest.approx(5), pytest.approx(10), 30]
    assert times.estimated == [False, True, True, False]


def test_a_pause_does_not_stretch_the_pace() -> None:
    times = repair_times([0, None, 1000], [24, 24, 10])
    assert times.starts[1] == pytest.approx(24 / USUAL_PACE)


def test_a_second_that_runs_backwards_is_dropped_and_counted() -> None:
    times = repair_times([0, 100, 20, 40], [24, 24, 24, 24])
    assert times.backwards == 1
    assert times.estimated == [False, True, False, False]
    assert times.starts == [0, pytest.approx(10), 20, 40]


def test_lines_before_the_first_known_second_are_counted_back_from_it() -> None:
    times = repair_times([None, None, 20], [24, 24, 10])
    assert times.starts == [pytest.approx(0), pytest.approx(10), 20]
    assert repair_times([None, 1], [240, 5]).starts[0] == 0  # never before the recording


def test_without_any_second_words_alone_tell_the_time() -> None:
    times = repair_times([None, None], [24, 24])
    assert times.starts == [0, pytest.approx(10)]
    assert times.ends[-1] == pytest.approx(20)
    assert times.estimated == [True, True]


def test_no_lines() -> None:
    assert repair_times([], []).starts == []


@given(st.lists(st.integers(0, 9), max_size=9))
def test_longest_non_decreasing_is_as_long_as_any(values: list[int]) -> None:
    chain = longest_non_decreasing(values)
    kept = [values[i] for i in chain]
    assert chain == sorted(set(chain))
    assert kept == sorted(kept)
    longest = max(size for size in range(len(values) + 1) for c in combinations(values, size) if list(c) == sorted(c))
    assert len(chain) == longest


def test_a_block_that_agrees_with_itself_is_a_cut_of_the_recording_and_stays() -> None:
    # From the fourth line on, the recording continues at an earlier place; each line keeps its own second.
    seconds = [100, 110, 120, 130, 10, 20, 30, 140]
    times = repair_times(seconds, [12] * 8)
    assert times.starts == seconds
    assert times.backwards == 0
    assert times.ends[3] == 130 + 12 / USUAL_PACE  # not the second after the jump
    # Two such lines are errors.
    assert repair_times([100, 110, 120, 130, 10, 20, 140], [12] * 7).backwards == 2


def test_a_line_lasts_at_least_as_long_as_its_words_take() -> None:
    times = repair_times([0, 1], [50, 10])
    assert times.ends[0] == 50 / FASTEST_PACE


lines = st.tuples(st.one_of(st.none(), st.floats(0, 1e6), st.integers(0, 50)), st.integers(1, 400))


@given(st.lists(lines, min_size=1, max_size=40))
def test_time_runs_backwards_only_where_the_transcript_says_so(rows: list[tuple[float | None, int]]) -> None:
    seconds, words = zip(*rows, strict=True)
    times = repair_times(seconds, words)
    starts = times.starts
    assert min(starts) >= 0
    assert all(starts[i] == seconds[i] for i in range(len(rows)) if not times.estimated[i])
    assert all(end >= start for start, end in zip(starts, times.ends, strict=True))
    for i in range(1, len(rows)):
        # By rounding, a time can be a few millionths of a second after the next known one.
        assert starts[i] >= starts[i - 1] - 1e-6 or not times.estimated[i]
    if sorted(known := [second for second in seconds if second is not None]) == known:
        assert all(later >= earlier - 1e-6 for earlier, later in pairwise(starts))
