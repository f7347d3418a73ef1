"""The line on a terminal: rows, rate, time left, what is in flight, and why it waits, until it moves again."""

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


def test_details_are_a_line_each_and_pulses_none() -> None:
    told: list[str] = []
    log = LogProgress(told.append)
    log.start("sending", 2_000, "rows")
    log.pulse(5)
    log.note("the server asks to wait: 30 s")
    log.finish()
    assert told == ["sending: 2,000 rows", "the server asks to wait: 30 s"]
