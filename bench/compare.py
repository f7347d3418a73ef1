"""Time whole processes against each other: interleaved, warmed up, medians.

    runs = compare([Command("floor", ...), Command("ours", ...)], rounds=5)
    print(table(runs, baseline="floor"))

Times and memory are the kernel's own account of each process (wait4), Python's start included. Keep the calling script
small: Linux counts the caller's memory as the least peak of a child.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """One process to be timed."""

    name: str
    argv: Sequence[str]
    scratch: Path
    """A folder of its own, empty at the start of each run."""
    exits: frozenset[int] = frozenset({0})
    """Exit codes that count as done; any other ends the benchmark."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to this process's own."""
    keep: bool = False
    """Leave in `scratch` what an earlier run left there."""


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of user and system time together."""
    peak: float
    """Largest resident memory, MiB."""


def compare(commands: Sequence[Command], rounds: int, warm_up: int = 1) -> dict[str, list[Cost]]:
    """Run all commands in turn, A B A B, and give the costs of the rounds after the warm-up."""
    costs: dict[str, list[Cost]] = {command.name: [] for command in commands}
    for turn in range(warm_up + rounds):
        for command in commands:
            cost = measure(command)
            if turn >= warm_up:
                costs[command.name].append(cost)
    return costs


def measure(command: Command) -> Cost:
    """Run one command to its end; raises SystemExit with its last words if it fails.

    What it prints is in `stdout` in its folder.
    """
    if not command.keep:
        shutil.rmtree(command.scratch, ignore_errors=True)
    command.scratch.mkdir(parents=True, exist_ok=True)
    world = {**os.environ, **command.environment}
    with (command.scratch / "stderr").open("w+b") as said, (command.scratch / "stdout").open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(command.argv, stdout=out, stderr=said, cwd=command.scratch, env=world)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in command.exits:
            said.seek(0)
            sys.exit(f"{command.name} ended with {process.returncode}:\n{said.read().decode(errors='replace')[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def table(costs: dict[str, list[Cost]], baseline: str) -> str:
    """Write medians as a Markdown table; the ratios are to the baseline of the same round, with their range."""
    lines = [
        "| what | wall s | cpu s | peak MiB | x wall | x cpu |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in costs.items():
        wall, cpu, peak = (statistics.median(values) for values in zip(*map(_parts, runs), strict=True))
        walls = _ratio(runs, costs[baseline], lambda cost: cost.wall)
        cpus = _ratio(runs, costs[baseline], lambda cost: cost.cpu)
        lines.append(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {walls} | {cpus} |")
    return "\n".join(lines)


def _parts(cost: Cost) -> tuple[float, float, float]:
    return cost.wall, cost.cpu, cost.peak


def _ratio(runs: list[Cost], floor: list[Cost], part: Callable[[Cost], float]) -> str:
    ratios = [part(one) / part(other) for one, other in zip(runs, floor, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
