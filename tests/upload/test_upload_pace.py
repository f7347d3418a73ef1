"""When a request may leave, on a clock that only the test moves."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.upload.pace import Pace, PaceOptions
from importer.upload.retry_after import read_date, read_retry_after, read_used_up


@dataclass
class Moment:
    now: float = 100.0
    jitter: float = 1.0
    pace: Pace = field(init=False)

    def monotonic(self) -> float:
        return self.now

    def random(self) -> float:
        return self.jitter


def begin(**options: float) -> tuple[Moment, Pace]:
    moment = Moment()
    return moment, Pace(PaceOptions(**options), monotonic=moment.monotonic, random=moment.random)  # type: ignore[arg-type]  # numbers only


def trouble(pace: Pace, *, failed: bool = False, overloaded: bool = False, after: float | None = None) -> None:
    pace.troubled(seconds=0.1, failed=failed, overloaded=overloaded, retry_after=after)


def grow(pace: Pace, answers: int) -> None:
    for _ in range(answers):
        pace.answered(0.05)


def test_one_request_leaves_before_anything_was_answered() -> None:
    _, pace = begin()
    assert (pace.take(), pace.take()) == (0.0, None)


def test_requests_in_flight_double_with_each_round_up_to_the_most() -> None:
    _, pace = begin(most=20)
    limits = []
    for _ in range(6):
        grow(pace, pace.limit)
        limits.append(pace.limit)
    assert limits == [2, 4, 8, 16, 20, 20]


def test_overload_halves_once_a_round_and_growth_is_slow_from_then_on() -> None:
    moment, pace = begin(most=64)
    grow(pace, 63)
    for _ in range(10):
        trouble(pace, overloaded=True)
    assert pace.limit == 32
    moment.now += 1
    trouble(pace, overloaded=True)
    assert pace.limit == 16
    grow(pace, 17)
    assert pace.limit == 17


def test_growth_stops_while_latency_is_far_above_the_best() -> None:
    _, pace = begin(most=64)
    grow(pace, 7)
    for _ in range(100):
        pace.answered(1.0)
    held = pace.limit
    for _ in range(20):
        pace.answered(1.0)
    assert pace.limit == held < 64


def test_retry_after_shuts_the_gate_for_all_until_it_ends() -> None:
    moment, pace = begin()
    grow(pace, 8)
    trouble(pace, overloaded=True, after=2.0)
    assert pace.take() == pytest.approx(2.0)
    moment.now += 1.999
    assert pace.take() != 0.0
    moment.now += 0.002
    assert pace.take() == 0.0


def test_a_shorter_retry_after_never_opens_the_gate_earlier() -> None:
    _, pace = begin()
    trouble(pace, overloaded=True, after=5.0)
    trouble(pace, overloaded=True, after=1.0)
    assert pace.take() == pytest.approx(5.0)


def test_429_without_retry_after_waits_with_a_doubling_bound() -> None:
    moment, pace = begin()
    waits = []
    for _ in range(8):
        trouble(pace, overloaded=True)
        wait = pace.take()
        assert wait is not None
        waits.append(wait)
        moment.now += wait + 1
    assert waits == pytest.approx([0.5, 1, 2, 4, 8, 16, 30, 30])


def test_a_few_failures_in_a_row_open_the_breaker_for_one_probe_at_a_time() -> None:
    moment, pace = begin(threshold=3)
    grow(pace, 20)
    trouble(pace, failed=True)
    trouble(pace, failed=True)
    assert not pace.broken
    trouble(pace, failed=True)
    assert pace.broken
    moment.now += 0.5
    assert (pace.take(), pace.take()) == (0.0, None)
    pace.answered(0.05)
    assert not pace.broken
    assert pace.take() == 0.0


def test_an_answer_between_failures_keeps_the_breaker_closed() -> None:
    _, pace = begin(threshold=3)
    for _ in range(10):
        trouble(pace, failed=True)
        trouble(pace, failed=True)
        pace.answered(0.05)
    assert not pace.broken


def test_trouble_longer_than_the_longest_wait_gives_up() -> None:
    moment, pace = begin(threshold=1, max_wait=60)
    probes = 0
    while pace.gave_up is None:
        trouble(pace, failed=True)
        moment.now += (pace.take() or 0.0) + 0.2
        probes += 1
    assert moment.now - 100 <= 92
    assert probes < 10
    assert "--max-wait" in pace.gave_up


def test_a_retry_after_beyond_the_longest_wait_gives_up_at_once() -> None:
    _, pace = begin(max_wait=60)
    trouble(pace, overloaded=True, after=61)
    assert pace.gave_up is not None


def test_a_rate_is_kept_and_late_wake_ups_are_caught_up() -> None:
    moment, pace = begin(most=1000, rate=100)
    grow(pace, 999)
    left = 0
    for _ in range(1000):
        moment.now += 0.013
        while pace.take() == 0.0:
            pace.leave()
            pace.give_back()
            left += 1
    assert 1290 <= left <= 1310


def test_the_budget_ends_the_sending() -> None:
    _, pace = begin(budget=3)
    pace.spend(2)
    assert pace.gave_up is None
    pace.spend(1)
    assert pace.gave_up == "the daily budget of 3 requests is spent until the next UTC day"
    pace.spend(-1)
    assert pace.gave_up is None


def test_each_utc_day_has_its_own_budget_even_where_the_clock_goes_back() -> None:
    day = 7
    pace = Pace(PaceOptions(budget=3, spent=2), monotonic=lambda: 0.0, random=lambda: 0.0, day=lambda: day)
    pace.spend()
    assert pace.gave_up is not None
    day = 8
    assert pace.gave_up is None
    pace.spend(3)
    assert pace.gave_up is not None
    day = 7
    assert pace.gave_up is not None
    assert pace.spent == 4


def test_requests_made_earlier_in_the_day_count_against_the_budget() -> None:
    _, pace = begin(budget=10, spent=10)
    assert pace.gave_up is not None


def test_a_limit_that_is_used_up_shuts_the_gate_until_it_begins_anew() -> None:
    moment, pace = begin()
    pace.used_up(30)
    assert pace.take() == pytest.approx(30)
    moment.now += 30.001
    assert pace.take() == 0.0
    pace.used_up(10_000)
    assert "--max-wait" in (pace.gave_up or "")


def test_back_off_has_full_jitter_under_a_doubling_bound() -> None:
    chance = random.Random(7)  # noqa: S311  # seeded on purpose
    pace = Pace(PaceOptions(), monotonic=lambda: 0.0, random=chance.random)
    for tries, bound in enumerate((0.5, 1, 2, 4, 8, 16, 30, 30)):
        waits = [pace.back_off(tries) for _ in range(2000)]
        assert 0 <= min(waits) < 0.02 * bound
        assert 0.98 * bound < max(waits) <= bound
        assert sum(waits) / 2000 == pytest.approx(bound / 2, rel=0.05)


def test_repeats_are_a_tenth_of_what_was_answered_the_first_20_in_advance() -> None:
    _, pace = begin()
    assert sum(pace.may_repeat() for _ in range(100)) == 20
    grow(pace, 500)
    assert 20 + sum(pace.may_repeat() for _ in range(100)) == pytest.approx(50, abs=1)


def test_in_debt_one_request_at_a_time_leaves_until_it_is_paid() -> None:
    moment, pace = begin(most=64)
    grow(pace, 63)
    for _ in range(60):
        trouble(pace, overloaded=True)
    moment.now += 60
    assert pace.limit == 1
    assert not pace.may_repeat()
    grow(pace, 99)
    assert pace.limit == 1
    grow(pace, 2)
    assert pace.limit > 1


@pytest.mark.parametrize(
    ("remaining", "reset", "seconds"),
    [
        ("0", "30", 30.0),
        (" 0 ", "0", 0.0),
        ("1", "30", None),
        (None, "30", None),
        ("0", None, None),
        ("0", "-1", None),
        ("0", "soon", None),
        ("0", "1732233600", None),
        ("0", "9" * 200, None),
    ],
)
def test_a_limit_is_used_up_when_none_remain_and_the_reset_is_seconds(
    remaining: str | None, reset: str | None, seconds: float | None
) -> None:
    sent = {"x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset}
    assert read_used_up({name: text for name, text in sent.items() if text is not None}) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("2", 2.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("86400", 86400.0),
        ("9999999999", 1e9),
        ("9" * 200, 1e9),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1e9),
        ("-1", None),
        ("1.5", None),
        ("abc", None),
        ("٣", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 10.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 10.0),
        ("Sun Nov  6 08:49:37 1994", 10.0),
        ("Sun, 06 Nov 1994 08:49:00 GMT", 0.0),
    ],
)
def test_retry_after_is_seconds_or_any_http_date(text: str | None, seconds: float | None) -> None:
    assert read_retry_after(text, 784111767.0) == seconds


@given(st.text())
def test_no_retry_after_raises_or_is_negative(text: str) -> None:
    seconds = read_retry_after(text, 0.0)
    assert seconds is None or seconds >= 0


def test_a_date_is_read_by_the_servers_own_clock() -> None:
    behind = read_date("Sun, 06 Nov 1994 08:49:37 GMT", 784111777.0 + 600)
    assert read_retry_after("Sun, 06 Nov 1994 08:49:41 GMT", behind) == 4.0
    assert read_date("nonsense", 5.0) == 5.0


def test_wait_0_seconds_is_backed_off_like_a_refusal_without_a_wait() -> None:
    pace = Pace(PaceOptions(most=8), monotonic=lambda: 100.0, random=lambda: 0.5)
    assert pace.take() == 0.0
    pace.troubled(seconds=0.1, failed=False, overloaded=True, retry_after=0.0)
    pace.give_back()
    wait = pace.take()
    assert wait is not None
    assert wait > 0
