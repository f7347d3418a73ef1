"""A server that counts requests by the second and tells nothing but refusals: how soon its count is known and kept."""

import pytest
from limited_server import Run, Server, Sliding, Windows, drive

from importer.upload.rate import Second
from importer.upload.window import Window

RATE = 500
LONG = pytest.mark.torture


def half_a_minute(server: Server, seed: int = 0) -> Run:
    return drive(server, rows=30 * RATE, latency=0.008, jitter=0.02, seed=seed)


@pytest.mark.parametrize(
    "begins", [0.1, 0.85, 0.97, *(pytest.param(number / 20, marks=LONG) for number in range(1, 20))]
)
def test_97_percent_of_a_count_are_used_in_half_a_minute_wherever_its_seconds_begin(begins: float) -> None:
    run = half_a_minute(Windows(rate=RATE, begins=begins))
    assert len(run.served) / run.ended / RATE >= 0.97
    assert run.early == 0
    assert len(run.refused) <= 100


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=LONG) for seed in range(1, 6))])
def test_97_percent_are_used_where_any_second_is_counted(seed: int) -> None:
    run = half_a_minute(Sliding(rate=RATE), seed)
    assert len(run.served) / run.ended / RATE >= 0.97
    assert run.early == 0
    assert len(run.refused) <= 100


def test_the_same_count_in_another_time_is_a_servers_count() -> None:
    window = Window()
    window.note(500, 0.2, 4_000)
    assert (window.size, window.trial) == (None, 3.0)
    window.note(500, 0.33, 1_500)
    assert window.size == 500


def test_the_same_count_in_the_same_time_tells_nothing() -> None:
    window = Window()
    window.note(500, 0.3, 4_000)
    window.note(500, 0.33, 1_500)
    assert window.size is None


def test_a_bucket_serves_more_the_longer_it_takes_and_has_no_count() -> None:
    window = Window()
    window.note(600, 0.2, 4_000)
    window.note(666, 0.33, 1_500)
    assert window.size is None


def test_of_a_stretch_over_two_seconds_the_lesser_count_is_tried_again() -> None:
    window = Window()
    window.note(870, 0.25, 4_000)
    window.note(500, 0.22, 2_250)
    assert (window.size, window.least, window.trial) == (None, 500, 3.0)
    window.note(500, 0.33, 1_500)
    assert window.size == 500


@pytest.mark.parametrize(
    "counts",
    [
        [(9, 0.01, 900.0)],
        [(500, 0.4, 1_200.0)],
        [(200, 0.1, 2_000.0), (500, 0.5, 1_000.0)],
        [(500, 0.1, 5_000.0), (600, 0.1, 5_000.0), (700, 0.1, 5_000.0)],
    ],
    ids=["few", "out of reach", "too unlike", "tried enough"],
)
def test_nothing_is_tried_where_it_would_tell_nothing(counts: list[tuple[int, float, float]]) -> None:
    window = Window()
    for served, seconds, peak in counts:
        window.note(served, seconds, peak)
    assert window.trial is None


@pytest.mark.parametrize("lag", [0.0, 0.03])
def test_no_more_than_the_count_leave_in_any_second_and_hardly_fewer(lag: float) -> None:
    second, now, taken, left = Second(), 100.0, [0.0], []
    while now < 110:
        while taken[1:] and taken[1] + lag <= now:
            taken.pop(1)
            second.leave(now)
            left.append(now)
        if second.wait(100, now) == 0.0:
            second.take(now)
            taken.append(now)
        now += 0.001
    assert all(later - first >= 1 for first, later in zip(left, left[100:], strict=False))
    assert len(left) >= 980
