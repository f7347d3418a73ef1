"""The line on a terminal and those of a log: rows, rate, time left, what is in flight, and why it waits."""

import io

from importer.progress_line import LogProgress, TerminalProgress


def test_the_line_tells_rows_flight_and_a_wait_until_it_moves_again() -> None:
    stream = io.StringIO()
    line = TerminalProgress(stream)
    line.start("sending", 2_000, "rows")
    line.advance(1_200)
    line.pulse(16)
    line.note("the server asks to wait: 30 s")
    told = stream.getvalue().rsplit("\r", 1)[-1]
    assert "sending:  60%, 1,200 of 2,000 rows, " in told
    assert told.rstrip().endswith("left, 16 in flight, the server asks to wait: 30 s")
    line.advance(100)
    line.note("")
    assert stream.getvalue().rsplit("\r", 1)[-1].rstrip().endswith("left, 16 in flight")
    line.finish()
    assert stream.getvalue().rsplit("\r", 2)[-2].strip() == ""


def test_a_step_of_unknown_length_and_one_of_bytes_are_told_too() -> None:
    stream = io.StringIO()
    line = TerminalProgress(stream)
    line.start("reading", None, "B")
    line.note("x")
    line.start("reading", 4_000_000, "B")
    line.note("x")
    assert "0.00/4.00MB" in stream.getvalue()
    line.finish()


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_details_are_a_line_each_and_pulses_none() -> None:
    told: list[str] = []
    log = LogProgress(told.append, Clock(), details=True)
    log.start("sending", 2_000, "rows")
    log.pulse(5)
    log.note("the server asks to wait: 30 s")
    log.finish()
    assert told == ["sending: 2,000 rows", "the server asks to wait: 30 s"]


def test_a_log_of_a_short_step_has_no_line_and_a_cause_of_waiting_has_one() -> None:
    told: list[str] = []
    clock = Clock()
    log = LogProgress(told.append, clock)
    log.start("sending", 100, "rows")
    for second in range(20):
        clock.seconds += 1
        log.advance(5)
        log.note(f"too many requests: {second} s")
        log.detail("row 7: failed")
    log.finish()
    assert told == ["too many requests: 0 s"]


def test_a_log_tells_where_a_long_step_is_and_less_often_the_longer_it_lasts() -> None:
    told: list[str] = []
    clock = Clock()
    log = LogProgress(told.append, clock)
    log.start("sending", 8 * 3600, "rows")
    for _ in range(8 * 3600):
        clock.seconds += 1
        log.pulse(16)
        log.advance(1)
    log.finish()
    assert told[0] == "sending: 0%, 29 of 28,800 rows, 1.0 rows a second, 16 in flight, 8:16:03 left"
    assert told[-1] == "sending: 100%, 28,800 of 28,800 rows in 8:00:00"
    assert len(told) < 90


def test_a_log_of_reading_tells_bytes_and_the_last_wait() -> None:
    told: list[str] = []
    clock = Clock()
    log = LogProgress(told.append, clock)
    log.start("reading", 4_000_000_000, "B")
    log.note("the disk: 2 s")
    clock.seconds += 40
    log.advance(1_000_000_000)
    assert told[1] == "reading: 25%, 1.00GB, 25.0MB a second, 02:00 left; waited: the disk: 2 s"
