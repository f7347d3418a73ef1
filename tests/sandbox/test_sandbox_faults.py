"""The sandbox limits and fails on demand, for real on the socket, and repeatably."""

import http.client
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import Caller, serving

from importer.errors import SettingsError, StateError
from importer.sandbox import SandboxOptions
from importer.sandbox.faults import draw_fault
from importer.sandbox.limits import Limits
from importer.sandbox.store import Store

STORE = Path("never-opened.sqlite")


def fate(call: Caller) -> int | str:
    try:
        return call("POST", "/contacts", {}).status
    except (http.client.RemoteDisconnected, ConnectionResetError) as error:
        return type(error).__name__


def test_a_cut_comes_after_the_commit_and_on_the_socket(tmp_path: Path) -> None:
    with serving(tmp_path / "store.sqlite", cut_share=1, seed=1) as call:
        fates = Counter(fate(call) for _ in range(20))
        assert set(fates) == {"RemoteDisconnected", "ConnectionResetError"}
        assert call("GET", "/contacts").json["count"] == 20


def test_failures_come_before_and_after_the_commit(tmp_path: Path) -> None:
    with serving(tmp_path / "store.sqlite", fail_share=1, seed=1) as call:
        fates = Counter(fate(call) for _ in range(40))
        assert set(fates) == {429, 500, 502, 503}
        assert call("GET", "/contacts").json["count"] == fates[502]


def test_a_seed_repeats_the_faults(tmp_path: Path) -> None:
    fates = []
    for name in ("one", "two"):
        with serving(tmp_path / f"{name}.sqlite", fail_share=0.3, cut_share=0.3, seed=7) as call:
            fates.append([fate(call) for _ in range(20)])
    assert fates[0] == fates[1]
    assert 201 in fates[0]


def test_refusals_are_answered_and_not_cut(tmp_path: Path) -> None:
    with serving(tmp_path / "store.sqlite", cut_share=1) as call:
        assert call("POST", "/contacts", {"dob": "x"}).status == 422


@given(
    fail=st.sampled_from([0, 0.1, 0.5]),
    cut=st.sampled_from([0, 0.1, 0.5]),
    seed=st.integers(min_value=0, max_value=2**32),
)
def test_shares_are_kept(fail: float, cut: float, seed: int) -> None:
    options = SandboxOptions(STORE, fail_share=fail, cut_share=cut, latency_ms=5)
    random = Random(seed)  # noqa: S311  # faults to be repeated, no secret
    drawn = [draw_fault(options, random) for _ in range(400)]
    assert abs(sum(fault.status is not None for fault in drawn) / 400 - fail) < 0.13
    assert abs(sum(fault.cut is not None for fault in drawn) / 400 - cut) < 0.13
    assert all(fault.delay_ms == 5 for fault in drawn if fault.status is None and fault.cut is None)


def test_slow_answers_come_late_and_the_contact_is_there_before(tmp_path: Path) -> None:
    with serving(tmp_path / "store.sqlite", slow_share=1, slow_ms=60_000) as call:
        connection = http.client.HTTPConnection("127.0.0.1", call.port, timeout=0.3)
        headers = {"Authorization": "Bearer made-up-token", "Content-Type": "application/json"}
        connection.request("POST", "/contacts", b"{}", headers)
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
        assert call("GET", "/contacts").json["count"] == 1


def test_above_the_rate_it_answers_429_with_the_time_to_wait(tmp_path: Path) -> None:
    with serving(tmp_path / "store.sqlite", rate=3) as call:
        answers = [call("POST", "/contacts", {}) for _ in range(8)]
        refused = next(answer for answer in answers if answer.status == 429)
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["X-RateLimit-Remaining"] == "0"
        assert answers[0].headers["X-RateLimit-Limit"] == "3"
        assert answers[0].headers["Retry-After"] is None


def test_the_daily_limit_outlives_the_server(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    with serving(store, daily_limit=3) as call:
        assert [call("POST", "/contacts", {}).status for _ in range(2)] == [201, 201]
    with serving(store, daily_limit=3) as call:
        last, refused = call("POST", "/contacts", {}), call("POST", "/contacts", {})
        assert (last.status, last.headers["X-RateLimit-Remaining"]) == (201, "0")
        assert refused.status == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 86_400


@given(rate=st.integers(1, 9), steps=st.lists(st.sampled_from([0.0, 0.05, 0.3, 1.5]), max_size=80))
def test_never_more_than_the_rate_in_a_second_of_the_window(rate: int, steps: list[float]) -> None:
    now = 1_000_000.0
    windows: list[tuple[float, int]] = [(0.0, 0)]
    limits = Limits(rate, None, lambda _day, _limit: 0, lambda: now)
    for step in steps:
        now += step
        start, used = windows[-1]
        if now - start >= 1:
            windows.append((now, 0))
            start, used = windows[-1]
        passes = limits.admit().passes
        assert passes == (used < rate)
        windows[-1] = (start, used + passes)


def test_a_new_day_has_its_own_count(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    now = 86_400.0 * 20_000 + 86_390
    limits = Limits(None, 1, store.count_day, lambda: now)
    first, second = limits.admit(), limits.admit()
    assert (first.passes, second.passes, second.headers["Retry-After"]) == (True, False, "10")
    now += 10
    assert limits.admit().passes
    store.close()


@pytest.mark.parametrize(
    "options",
    [
        {"put": "patch"},
        {"fail_share": 1.1},
        {"fail_share": 0.6, "cut_share": 0.6},
        {"latency_ms": -1},
        {"rate": 0},
        {"port": 70_000},
        {"token": ""},
        {"token_seconds": 0},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        SandboxOptions(STORE, **options)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as one " * 20, None])
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "store.sqlite"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(StateError, match="store"):
        Store(path)
