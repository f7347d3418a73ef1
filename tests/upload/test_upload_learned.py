"""What share of a server's rate is reached once refusals or headers have taught it, and what learning costs."""

from collections.abc import Callable

import pytest
from limited_server import Bucket, Run, Server, Shedding, Windows, drive

from importer.upload.told import Limit, Told

ROWS = 12_000
LESSONS = 4
"""Refusals after which the rate is known."""
WAIT = 1.0
"""Seconds that each asks to wait at most."""
SPARSE = 4
"""Requests under way at a server's rate of which its rate is learned but slowly."""
LONG = pytest.mark.torture

Make = Callable[[float], Server]
KINDS: dict[str, Make] = {
    "windows of 1 s": lambda rate: Windows(rate=rate),
    "windows of 1 s, told": lambda rate: Windows(rate=rate, tells_limit=True),
    "windows of 1 s, 429 alone": lambda rate: Windows(rate=rate, tells_wait=False),
    **{
        f"a bucket of {saves} s{name}": lambda rate, saves=saves, told=told, wait=wait: Bucket(  # type: ignore[misc]  # bound as defaults
            rate=rate, saves=saves, tells_limit=told, tells_wait=wait
        )
        for saves in (0.05, 0.2, 1.0, 2.0)
        for name, told, wait in (("", False, True), (", told", True, True), (", 429 alone", False, False))
    },
}


def least(server: Server, latency: float, seconds: float) -> float:
    """Give the share to reach in a run that takes so many seconds at the server's rate.

    Nothing tells a rate but a refusal, unless headers do, and each costs its wait and two rounds. A bucket that saves
    up few requests is emptied by chance alone: requests that leave evenly come a little earlier or later.
    """
    if isinstance(server, Windows) and server.tells_limit:
        return 0.97
    few = isinstance(server, Bucket) and server.size < 6
    # Of some four requests under way little is learned at a time; so many lessons look like those of a shedding server.
    sparse = server.rate * latency <= SPARSE
    return (0.78 if few or sparse else 0.97) - LESSONS * (WAIT + 2 * latency) / seconds


def share(run: Run, rate: float) -> float:
    """Give the share of a rate that was used over the whole run."""
    return len(run.served) / run.ended / rate


@pytest.mark.parametrize(
    ("kind", "rate"),
    [
        ("windows of 1 s", 100),
        ("windows of 1 s, told", 100),
        ("windows of 1 s, told", 20),
        ("windows of 1 s, told", 500),
        ("a bucket of 1.0 s", 100),
        ("a bucket of 2.0 s", 100),
    ],
)
def test_97_percent_of_a_rate_are_used_over_12_000_rows(kind: str, rate: int) -> None:
    run = drive(KINDS[kind](rate), rows=ROWS, jitter=0.02)
    assert share(run, rate) >= 0.97
    assert run.early == 0


@pytest.mark.parametrize("kind", ["a bucket of 0.05 s", "a bucket of 0.2 s", "a bucket of 0.2 s, 429 alone"])
def test_97_percent_are_used_of_a_bucket_that_saves_little_once_its_rate_is_learned(kind: str) -> None:
    run = drive(KINDS[kind](100), rows=2 * ROWS, jitter=0.02)
    assert run.share(100, since=80) >= 0.97
    assert len(run.refused) <= 100
    assert run.early == 0


@LONG
@pytest.mark.parametrize(
    ("rate", "latency", "most", "seed"),
    [
        (20, 0.005, 4, 0),
        (20, 0.2, 128, 1),
        (100, 0.05, 32, 2),
        (100, 0.005, 16, 3),
        (500, 0.05, 32, 4),
        (2_000, 0.02, 64, 5),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_rate_is_used_but_for_what_learning_it_costs(
    kind: str, rate: int, latency: float, most: int, seed: int
) -> None:
    server = KINDS[kind](rate)
    rows = max(ROWS, 20 * rate)
    possible = min(rate, most / latency)
    run = drive(server, rows=rows, most=most, latency=latency, jitter=0.02, seed=seed)
    assert share(run, possible) >= least(server, latency, rows / possible)
    assert run.early == 0
    assert len(run.refused) <= rows / 10


@LONG
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "0.05" not in kind])
@pytest.mark.parametrize(("factor", "settled"), [(0.5, 160.0), (2.0, 1_400.0)])
def test_a_server_that_becomes_slower_is_followed_soon_and_a_faster_one_after_the_rarest_try(
    kind: str, factor: float, settled: float
) -> None:
    server = KINDS[kind](40)
    server.changes_at, server.changes_to = 120.0, 40 * factor
    run = drive(server, rows=int(40 * (120 + factor * (settled + 100))), jitter=0.02)
    assert run.share(40 * factor, since=settled) >= 0.9
    assert run.early == 0


@pytest.mark.parametrize("kind", ["windows of 1 s", "a bucket of 0.2 s"])
def test_none_leaves_faster_than_the_rate_that_was_set(kind: str) -> None:
    run = drive(KINDS[kind](100), rows=3_000, rate=50.0)
    assert run.refused == []
    assert all(later - first >= 1 - 1e-6 for first, later in zip(run.begun, run.begun[50:], strict=False))


def test_a_server_without_a_limit_is_not_held_back() -> None:
    free = Bucket(rate=1e9, saves=10)
    run = drive(free, rows=7_680)
    assert share(run, 32 / 0.05) >= 0.97


@pytest.mark.parametrize(("refused", "least"), [(0.03, 20), (0.01, 60), (0.001, 300)])
def test_refusals_that_come_at_any_rate_do_not_slow_it_down_without_end(refused: float, least: float) -> None:
    run = drive(Shedding(rate=1e9, share=refused), rows=round(800 * least), latency=0.02, jitter=0.1)
    # It may take some minutes to be sure that slowing down does not help.
    assert run.share(1, since=run.ended - 60) >= least
    assert run.early == 0


def told(*answers: tuple[float, int, int, float]) -> Told:
    told = Told()
    for left_at, size, left, reset in answers:
        told.note(Limit(size, left, reset), left_at)
    return told


def test_a_limit_for_a_short_window_is_a_rate_and_for_a_day_is_none() -> None:
    assert told((0.0, 100, 99, 1)).rate == pytest.approx(100, rel=0.01)
    assert told((0.0, 1_000, 999, 86_400)).rate is None


def test_a_limit_that_does_not_fall_is_no_window() -> None:
    steady = told(*((0.2 * number, 20, 19, 1) for number in range(10)))
    assert steady.rate is None
    assert steady.opens(2.0, 1.0) == 2.0


def test_a_window_ends_its_length_after_it_was_seen_to_begin() -> None:
    seen = told((0.0, 20, 1, 1), (0.3, 20, 0, 1), (0.6, 20, 19, 1), (1.5, 20, 0, 1))
    assert seen.opens(1.51, 1.0) == pytest.approx(1.6)
    assert told((0.0, 20, 0, 1)).opens(0.1, 1.0) == pytest.approx(1.1)
