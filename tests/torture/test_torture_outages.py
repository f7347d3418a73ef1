"""Outages of half a minute, and of two seconds every day: what can land lands, and the server is not run over."""

import time
from pathlib import Path

import pytest
from audit import audit, read_results
from faults import ANSWER, Act, limited, status
from figures import Weathered, keep
from program import Finished, account, start
from received import Received
from target import Target

ROWS, MOST, BEFORE = 1_000, 16, 200
THRESHOLD = 5
LONG = (pytest.mark.torture, pytest.mark.timeout(240))
SECONDS = [2.0, pytest.param(30.0, marks=LONG)]
LONG_OUTAGES = 6
MAPPING = "version: 1\nname: crm\nkey: external_id\ncontact: {external_id: no, first_name: name}\n"


class Outage:
    """From request number `BEFORE` on, for so many seconds, every request meets the same fault."""

    def __init__(self, fault: Act, seconds: float) -> None:
        self._fault, self._seconds = fault, seconds
        self._until: float | None = None
        self.met = 0

    def __call__(self, received: Received) -> Act:
        now = time.monotonic()
        if received.number == BEFORE:
            self._until = now + self._seconds
        if self._until is None or now > self._until:
            return ANSWER
        self.met += 1
        return self._fault


def begin(folder: Path) -> tuple[str, ...]:
    (folder / "crm.yaml").write_text(MAPPING)
    (folder / "rows.csv").write_text("no,name\n" + "".join(f"k{n:04},Name {n}\n" for n in range(ROWS)))
    return ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--concurrency", str(MOST), "--json")


def finish(target: Target, folder: Path, seconds: float, *, refused: bool = False) -> Finished:
    process = start(*begin(folder), cwd=folder, env=account(target.base_url))
    try:
        if refused:
            wait_for_creates(target, BEFORE)
            with target.down(gently=True):
                time.sleep(seconds)
        out, err = process.communicate(timeout=200)
    finally:
        process.kill()
    return Finished(process.returncode, out, err)


def wait_for_creates(target: Target, number: int) -> None:
    deadline = time.monotonic() + 60
    while len(target.created) < number:
        assert time.monotonic() < deadline, "the run did not get so far"
        time.sleep(0.001)


def note(fault: str, seconds: float, target: Target, done: Finished) -> None:
    states = done.states
    keep(Weathered(fault, seconds, ROWS, len(target.requests), states.get("unknown", 0), states.get("created", 0)))


def all_landed(target: Target, done: Finished) -> bool:
    rows = read_results(Path(done.document["files"]["results"]))
    assert audit(target, rows, read=ROWS) == []
    return (done.code, done.states) == (0, {"created": ROWS}) and not target.duplicates("external_id")


@pytest.mark.parametrize("seconds", SECONDS)
def test_refused_connections_cost_no_row_and_no_request(seconds: float, tmp_path: Path) -> None:
    with Target(latency=0.01) as target:
        done = finish(target, tmp_path, seconds, refused=True)
        note("connections refused", seconds, target, done)
        assert all_landed(target, done), done.err
        assert len(target.requests) == done.document["requests"] <= ROWS * 1.1


@pytest.mark.parametrize(
    ("seconds", "retry_after"),
    [(2.0, "1"), *(pytest.param(30.0, said, marks=LONG) for said in ("1", "30", "soon", None))],
)
def test_429_costs_no_row_and_at_most_a_tenth_more_requests(
    seconds: float, retry_after: str | None, tmp_path: Path
) -> None:
    outage = Outage(limited(retry_after), seconds)
    with Target(outage, latency=0.002) as target:
        done = finish(target, tmp_path, seconds)
        said = "none" if retry_after is None else repr(retry_after)
        note(f"429, Retry-After {said}", seconds, target, done)
        assert all_landed(target, done), done.err
        assert len(target.requests) == done.document["requests"] == ROWS + outage.met
        assert outage.met <= ROWS / 10


@pytest.mark.parametrize("seconds", SECONDS)
def test_5xx_leave_unknown_the_creates_in_flight_the_threshold_and_the_probes(seconds: float, tmp_path: Path) -> None:
    outage = Outage(status(503, commit=True), seconds)
    with Target(outage, latency=0.002) as target:
        done = finish(target, tmp_path, seconds)
        rows = read_results(Path(done.document["files"]["results"]))
        assert audit(target, rows, read=ROWS) == []
        note("503, stored all the same", seconds, target, done)
        probes = 20
        assert done.states == {"created": ROWS - outage.met, "unknown": outage.met}
        assert outage.met <= MOST + THRESHOLD + probes
        assert (done.code, len(target.requests)) == (3, ROWS)
        assert not target.duplicates("external_id")
