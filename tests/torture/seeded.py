"""Runs imports, kills them, lets their server misbehave, resumes them until done, and audits. All by one seed."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from audit import Row, read_results
from chaos import CUT, WHOLE, Chaos
from figures import Figures
from program import account, adds_up
from target import TOKEN, Target
from ties import check_attempts, check_overlaps, check_waits, count_attempts, find_untied

RUNNER = Path(__file__).with_name("runner.py")
MAPPING = (
    "version: 1\nname: crm\nkey: external_id\n"
    "contact: {external_id: no, first_name: name, email: mail, last_name: city}\n"
)
CANARY = "canary.bird@correo.example.com"
DEADLINE, MOST = 0.8, 16
MOST_MONTHS = 15
CALM = (0, 3, 7, -signal.SIGKILL)
"""Exit codes that may come: done, done with unknown rows, stopped and to be gone on with, killed."""


@dataclass(frozen=True)
class Program:
    """What to do. Without `cuts` and kills every request is known to both sides, so attempts must equal them."""

    seed: int
    rows: int
    kills: int
    cuts: bool = True
    months: int = 3
    """At least."""


class Torture:
    """One program on one server and one state folder."""

    def __init__(self, program: Program, folder: Path, target: Target) -> None:
        self._program, self._folder, self._target = program, folder, target
        self._random = Random(program.seed)  # noqa: S311  # seeded on purpose, nothing secret
        self._chaos = Chaos(target, self._random, WHOLE + CUT if program.cuts else WHOLE, program.rows)
        self._names: dict[str, str] = {}
        self._before: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None
        self._timed = 0
        """Kills by the clock instead of by the requests that came."""
        self.figures = Figures(program.seed)

    def run(self) -> Figures:
        """Do it all; AssertionError names the seed and what does not tie out."""
        (self._folder / "crm.yaml").write_text(MAPPING)
        self._target.script = self._chaos
        while self.figures.months < self._program.months or self.figures.kills < self._program.kills:
            assert self.figures.months < MOST_MONTHS, f"seed {self._program.seed}: the kills were not spent"
            self._month()
        seen = self._target.requests, self._chaos.generations
        self._expect([*check_waits(self._chaos.asked_to_wait, *seen), *check_overlaps(*seen, DEADLINE)])
        self._expect(self._leaks())
        self.figures.creates, self.figures.updates = len(self._target.of("POST")), len(self._target.of("PUT"))
        self.figures.requests = len(self._target.requests)
        return self.figures

    def _month(self) -> None:
        self.figures.months += 1
        source = self._write_source()
        begun, before = len(self._target.requests), self._results()
        document = self._until_done(source)
        self._expect([] if adds_up(document) else ["the states do not add up"])
        rows = read_results(Path(document["files"]["results"]))
        # A kill after a run's last word makes the same command a new run; what was sent then stands in both.
        attempts = count_attempts(self._results() - before)
        asked = self._target.requests[begun:]
        exact = not self._program.cuts and not self._program.kills
        self._expect(find_untied(self._target, rows, self._names))
        self._expect(list(check_attempts(rows, attempts, asked, exact=exact)))
        self._expect(self._codes(rows, document))
        self.figures.unknown += document["unknown"]
        self.figures.twice += len(self._target.duplicates("external_id"))
        self.figures.lost += len(self._names) - len(rows)

    def _results(self) -> set[Path]:
        return set(self._folder.glob("importer-state/runs/*/results.csv"))

    def _write_source(self) -> str:
        month, count = self.figures.months, self._program.rows
        changed = {}
        for number in range(count + (month - 1) * (count // 40)):
            key = f"k{number:06}"
            if key in self._before and self._random.random() < 0.5:
                # A change taken back: what landed last month, or may have, must not pass for what lies there now.
                changed[key] = self._before[key]
            elif key not in self._names or self._random.random() < 0.25:
                changed[key] = f"Name {number} of month {month}"
        self._before = {key: self._names[key] for key in changed if key in self._names}
        self._names |= changed
        name = f"month{month}.csv"
        lines = [f"{key},{name},a{key}@correo.example.com,Cali" for key, name in self._names.items()]
        lines[0] = lines[0].replace("ak000000@correo.example.com", CANARY)
        (self._folder / name).write_text("no,name,mail,city\n" + "\n".join(lines) + "\n")
        return name

    def _until_done(self, source: str) -> dict[str, Any]:
        for _ in range(60 + 3 * self._program.kills):
            code, out, err = self._once(source)
            told = f"exit {code}: {err[-600:]}"
            self._expect([] if code in CALM else [told])
            self._expect([word for word in (TOKEN, CANARY, "Traceback") if word in out + err])
            if code in (0, 3):
                document: dict[str, Any] = json.loads(out)
                return document
        raise AssertionError(f"seed {self._program.seed}: month {self.figures.months} does not end")

    def _once(self, source: str) -> tuple[int, str, str]:
        due = self.figures.kills < self._program.kills
        # At a random moment, the program's start most of all, nothing may be in flight: that is for one kill in four.
        timed = due and self._random.random() < 0.25 and 4 * self._timed < self._program.kills
        self._timed += timed
        after, delay = self._random.randint(1, self._gap()), self._random.choice([0.0, 0.0, 0.002, 0.02])
        self._chaos.begin(self._kill if due and not timed else None, after, delay)
        self._process = subprocess.Popen(
            [sys.executable, RUNNER, str(DEADLINE), str(MOST), source, "crm.yaml"],
            cwd=self._folder,
            env=account(self._target.base_url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        if timed:
            try:
                self._process.wait(self._random.uniform(0.1, 2.0))
            except subprocess.TimeoutExpired:
                self._kill()
        try:
            out, err = self._process.communicate(timeout=100)
        finally:
            self._process.kill()
        self._chaos.disarm()
        if self._process.returncode == -signal.SIGKILL:
            self._after_kill()
        return self._process.returncode, out, err

    def _gap(self) -> int:
        """Give the most requests before the next kill, so that kills are spread over the months."""
        share = self._program.rows if self.figures.months == 1 else self._program.rows // 4
        return max(2, 2 * share // max(1, self._program.kills))

    def _kill(self) -> None:
        assert self._process is not None
        busy = self._target.in_flight
        if self._process.poll() is None:
            self._process.kill()
            self.figures.kills += 1
            self.figures.in_flight += busy > 0

    def _after_kill(self) -> None:
        doubts = count_intents(self._folder)
        self.figures.doubts.append(doubts)
        self._expect([] if doubts <= MOST else [f"{doubts} rows in doubt, with at most {MOST} requests in flight"])
        # What the dead process had in flight ends before the next one begins.
        deadline = time.monotonic() + 10
        while self._target.in_flight and time.monotonic() < deadline:
            time.sleep(0.005)

    def _codes(self, rows: list[Row], document: dict[str, Any]) -> list[str]:
        wanted = 3 if any(row["state"] == "unknown" for row in rows) else 0
        return [] if document["exit_code"] == wanted else [f"exit {document['exit_code']} instead of {wanted}"]

    def _leaks(self) -> list[str]:
        files = [path for path in self._folder.rglob("*") if path.is_file()]
        return [f"the token stands in {path.name}" for path in files if TOKEN.encode() in path.read_bytes()]

    def _expect(self, untied: list[str]) -> None:
        assert not untied, f"seed {self._program.seed}, month {self.figures.months}: {len(untied)}: {untied[:10]}"


def count_intents(folder: Path) -> int:
    """Count the rows that a killed run left in doubt, in a copy: recovery is left to the next run."""
    state, aside = folder / "importer-state", folder / "aside"
    if not (state / "ledger.sqlite").exists():
        return 0
    aside.mkdir(exist_ok=True)
    for name in ("ledger.sqlite", "ledger.sqlite-wal"):
        (aside / name).unlink(missing_ok=True)
        if (state / name).exists():
            shutil.copy(state / name, aside / name)
    with closing(sqlite3.connect(aside / "ledger.sqlite")) as ledger:
        (count,) = ledger.execute("SELECT count(*) FROM attempt WHERE state = 'intent'").fetchone()
    return int(count)


def torture(program: Program, folder: Path) -> Figures:
    """Run a program in an empty folder."""
    with Target(latency=0.004) as target:
        return Torture(program, folder, target).run()
