"""A day's budget, an hour to stop at, and a server that asks to wait: the run ends with 7 and goes on later."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from datetime import time as clock_time
from pathlib import Path

import pytest
from faults import limited
from program import account, adds_up, environment, importer
from small_job import prepare, run, share
from target import ACCOUNT, API_KEY, Target

from importer.outcome import State
from importer.pipeline import Sending, Surroundings
from importer.pipeline import run as run_pipeline
from importer.session import Wanted
from importer.settings import Account, Secret
from importer.summary import Summary
from importer.upload import PaceOptions, SendOptions, next_moment

ROWS = 50


def import_on(day: int, folder: Path, target: Target, budget: int) -> Summary:
    """Run the job on a day of December, with the clock that comes in."""
    who = Account(base_url=target.base_url, account_id=ACCOUNT, api_key=Secret(API_KEY))
    pace = PaceOptions(most=8, budget=budget)
    wanted = Wanted((str(folder / "rows.csv"),), str(folder / "crm.yaml"), who, folder / "state", new_ledger=True)
    around = Surroundings(now=lambda: datetime(2026, 12, day, 12, tzinfo=UTC))
    return run_pipeline(wanted, Sending(account=who, chunk_size=1000, options=SendOptions(pace=pace)), around)


def test_a_run_stopped_by_its_daily_budget_goes_on_on_the_next_utc_day_to_the_end(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        first = import_on(1, tmp_path, target, 20)
        assert (first.exit_code, len(target.requests), len(target.created)) == (7, 20, 19)
        assert "daily budget of 20" in (first.stopped or "")
        same_day = import_on(1, tmp_path, target, 20)
        assert (same_day.exit_code, same_day.requests, len(target.requests)) == (7, 0, 20)
        second = import_on(2, tmp_path, target, 20)
        assert (second.exit_code, len(target.requests)) == (7, 40)
        third = import_on(3, tmp_path, target, 20)
        assert (third.exit_code, third.states[State.CREATED]) == (0, ROWS)
        assert len(target.requests) == ROWS + 3
        assert not target.duplicates("external_id")


def test_the_budget_is_an_option_and_a_variable_and_counts_retries(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target([limited("0")] * 5) as target:
        env = account(target.base_url, IMPORTER_DAILY_BUDGET="30")
        done = run(tmp_path, env)
        assert (done.code, len(target.requests), len(target.created)) == (7, 30, 25)
        assert done.document["requests"] == 30
        assert adds_up(done.document)
        more = run(tmp_path, env, "--daily-budget", "100")
        assert (more.code, len(target.created)) == (0, ROWS)


@pytest.mark.parametrize("text", share(["0"], ["-5", "many"]))
def test_a_budget_that_makes_no_sense_is_wrong_usage(text: str, tmp_path: Path) -> None:
    prepare(tmp_path, 1)
    assert run(tmp_path, account("http://127.0.0.1:9"), "--daily-budget", text).code == 2


def test_at_the_hour_given_by_until_the_run_ends_cleanly_and_goes_on_later(tmp_path: Path) -> None:
    prepare(tmp_path, 2_000)
    with Target(latency=0.02) as target:
        who = Account(base_url=target.base_url, account_id=ACCOUNT, api_key=Secret(API_KEY))
        options = SendOptions(until=time.time() + 1.0, pace=PaceOptions(most=4))
        words = Wanted(
            (str(tmp_path / "rows.csv"),), str(tmp_path / "crm.yaml"), who, tmp_path / "state", new_ledger=True
        )
        done = run_pipeline(words, Sending(account=who, chunk_size=1000, options=options), Surroundings())
        assert done.exit_code == 7
        assert "--until" in (done.stopped or "")
        assert 0 < done.states[State.CREATED] < 2_000
        assert done.states[State.CREATED] == len(target.created)
        assert sum(done.states.values()) == 2_000


def test_an_hour_that_passed_while_preparing_sends_nothing(tmp_path: Path) -> None:
    prepare(tmp_path, 20)
    with Target() as target:
        who = Account(base_url=target.base_url, account_id=ACCOUNT, api_key=Secret(API_KEY))
        words = Wanted(
            (str(tmp_path / "rows.csv"),), str(tmp_path / "crm.yaml"), who, tmp_path / "state", new_ledger=True
        )
        sending = Sending(account=who, chunk_size=1000, options=SendOptions(until=time.time() - 1))
        assert run_pipeline(words, sending, Surroundings()).exit_code == 7
        assert target.requests == []


@pytest.mark.parametrize("text", share(["24:00"], ["6:30", "06:60", "noon", "06:30:00"]))
def test_an_hour_that_makes_no_sense_is_wrong_usage(text: str, tmp_path: Path) -> None:
    prepare(tmp_path, 1)
    done = run(tmp_path, account("http://127.0.0.1:9"), "--until", text)
    assert (done.code, "HH:MM" in done.err) == (2, True)


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let this process live in a time zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "now", "hour", "moment"),
    [
        ("UTC", "2026-11-22T05:00:00+00:00", "06:30", "2026-11-22T06:30:00+00:00"),
        ("UTC", "2026-11-22T06:30:00+00:00", "06:30", "2026-11-23T06:30:00+00:00"),
        ("America/Bogota", "2026-11-22T05:00:00+00:00", "06:30", "2026-11-22T11:30:00+00:00"),
        ("America/Santiago", "2026-09-05T23:00:00+00:00", "06:00", "2026-09-06T09:00:00+00:00"),
        ("Europe/Madrid", "2026-10-24T22:00:00+00:00", "06:00", "2026-10-25T05:00:00+00:00"),
    ],
)
def test_the_hour_is_the_one_this_machines_clock_shows(
    zone: str, now: str, hour: str, moment: str, in_zone: Callable[[str], None]
) -> None:
    in_zone(zone)
    wanted, begun = (datetime.fromisoformat(text).timestamp() for text in (moment, now))
    assert next_moment(clock_time.fromisoformat(hour), begun) == wanted


def test_a_retry_after_beyond_max_wait_ends_with_7_and_goes_on_later(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target([limited("3600")]) as target:
        env = account(target.base_url, IMPORTER_MAX_WAIT="5")
        done = run(tmp_path, env)
        assert (done.code, done.states) == (7, {"unsent": ROWS})
        assert "--max-wait" in done.document["stopped"]
        assert run(tmp_path, env).states == {"created": ROWS}


def test_an_import_that_outlives_its_token_twice_ends_well(tmp_path: Path) -> None:
    prepare(tmp_path, 600)
    with Target(token_seconds=2, latency=0.05) as target:
        env = environment(IMPORTER_BASE_URL=target.base_url, IMPORTER_ACCOUNT_ID=ACCOUNT, IMPORTER_API_KEY=API_KEY)
        done = run(tmp_path, env, "--concurrency", "8")
        signed = [request for request in target.requests if request.path.endswith("/auth/authorize")]
        used = {request.headers["authorization"] for request in target.of("POST")}
        assert (done.code, done.states) == (0, {"created": 600})
        assert len(signed) >= 3
        assert len(used) >= 3
        assert not target.duplicates("external_id")
        assert done.document["requests"] == len(target.requests)


def test_a_token_taken_away_in_mid_run_is_renewed_once_for_all(tmp_path: Path) -> None:
    prepare(tmp_path, 400)
    with Target(latency=0.01) as target:
        env = environment(IMPORTER_BASE_URL=target.base_url, IMPORTER_ACCOUNT_ID=ACCOUNT, IMPORTER_API_KEY=API_KEY)
        taken: list[int] = []

        def take_away(_: object) -> None:
            if len(target.created) >= 150 and not taken:
                taken.append(1)
                target.expire_tokens()

        target.script = take_away
        done = run(tmp_path, env, "--concurrency", "8")
        assert (done.code, done.states) == (0, {"created": 400})
        assert sum(request.path.endswith("/auth/authorize") for request in target.requests) == 2


def test_a_refused_key_ends_with_4_at_once_and_nothing_is_spent(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        given = {"IMPORTER_BASE_URL": target.base_url, "IMPORTER_ACCOUNT_ID": ACCOUNT}
        refused = run(tmp_path, environment(**given, IMPORTER_API_KEY="wrong-key"))
        assert (refused.code, refused.states) == (4, {"unsent": ROWS})
        assert [request.method for request in target.requests] == ["GET"]
        assert "wrong-key" not in refused.out + refused.err
        assert run(tmp_path, environment(**given, IMPORTER_API_KEY=API_KEY)).states == {"created": ROWS}


def test_a_refused_token_ends_with_4_at_once_and_its_rows_stay_unsent(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        env = account(target.base_url)
        refused = run(tmp_path, {**env, "IMPORTER_TOKEN": "wrong-token"})
        assert (refused.code, refused.states, len(target.requests)) == (4, {"unsent": ROWS}, 1)
        assert run(tmp_path, env).states == {"created": ROWS}


@pytest.mark.parametrize("verb", ["run", "apply"])
def test_both_verbs_that_send_take_the_budget_and_the_hour(verb: str, tmp_path: Path) -> None:
    said = importer(verb, "--help", cwd=tmp_path).out
    assert "--daily-budget" in said
    assert "--until" in said


def test_the_next_moment_is_always_ahead_and_within_a_day() -> None:
    now = time.time()
    hour = datetime.fromtimestamp(now).time()  # noqa: DTZ006  # a time of day is meant
    assert 0 < next_moment(hour.replace(second=0, microsecond=0), now) - now <= 25 * 3600
