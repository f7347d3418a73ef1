"""What must tie out between results.csv and the server after torture. Imports nothing of the importer."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from audit import Row, audit, read_results
from received import Received
from target import PREFIX, Target

CROSSING = 0.3
"""Seconds in which a request may have been under way to the server while its answer to another one came back."""


def find_untied(target: Target, rows: Sequence[Row], names: Mapping[str, str]) -> list[str]:
    """Give what does not tie out after a run is done; `names` are its rows, by key."""
    return [
        *audit(target, list(rows), read=len(names)),
        *(f"{key} was created {len(ids)} times" for key, ids in target.duplicates("external_id").items()),
        *check_ends(rows),
        *check_bodies(target, rows, names),
    ]


def check_ends(rows: Sequence[Row]) -> Iterator[str]:
    """Find rows that did not end in a state which this torture allows."""
    for row in rows:
        if row["state"] not in {"created", "updated", "unchanged", "unknown"}:
            yield f"row {row['row']} ended {row['state']} ({row['code']})"


def check_bodies(target: Target, rows: Sequence[Row], names: Mapping[str, str]) -> Iterator[str]:
    """Find rows said to have landed for which the server holds something else, and rows that are missing."""
    for row in rows:
        if row["state"] in {"created", "updated", "unchanged"}:
            held = target.contacts.get(row["contact_id"], {})
            if (held.get("external_id"), held.get("first_name")) != (row["key"], names.get(row["key"])):
                yield f"row {row['row']} is {row['state']}, but the server holds another body"
    for key in names.keys() - {row["key"] for row in rows}:
        yield f"{key} has no row"


def count_attempts(results: Iterable[Path]) -> Counter[str]:
    """Give the attempts of each key over some runs."""
    counted: Counter[str] = Counter()
    for path in results:
        for row in read_results(path):
            counted[row["key"]] += int(row["attempts"])
    return counted


def check_attempts(
    rows: Sequence[Row], attempts: Mapping[str, int], asked: Sequence[Received], *, exact: bool
) -> Iterator[str]:
    """Find rows with fewer attempts than the requests that came, or, where `exact`, with another number."""
    wanted = [received for received in asked if received.method in ("POST", "PUT")]
    counted = Counter(filter(None, (identity(received) for received in wanted)))
    for row in rows:
        said, came = attempts[row["key"]], counted[row["key"]] + counted[row["contact_id"]]
        if said < came or (exact and said != came):
            yield f"row {row['row']} ({row['action']}, {row['state']}) says {said} attempts; {came} came"
    total = sum(attempts.values())
    if total < len(wanted) or (exact and total != len(wanted)):
        yield f"all rows say {total} attempts; {len(wanted)} came"


def check_waits(
    asked_to_wait: Sequence[tuple[int, int]], requests: Sequence[Received], generations: Mapping[int, int]
) -> Iterator[str]:
    """Find requests of a process that was asked to wait and did not."""
    by_generation = defaultdict(list)
    for received in requests:
        by_generation[generations.get(received.number)].append(received.time)
    for number, seconds in asked_to_wait:
        told = requests[number].ended
        times = by_generation[generations[number]]
        if told is not None and (early := [t for t in times if told + CROSSING < t < told + seconds - 0.01]):
            yield f"{len(early)} requests left before the {seconds} s which request {number} was asked to wait"


def check_overlaps(requests: Sequence[Received], generations: Mapping[int, int], deadline: float) -> Iterator[str]:
    """Find two requests of one identity that one process had in flight together."""
    last: dict[tuple[int | None, str], Received] = {}
    for received in requests:
        who = identity(received)
        if who is None:
            continue
        before = last.get((generations.get(received.number), who))
        last[generations.get(received.number), who] = received
        if before is None:
            continue
        # Whom the client gave up at its deadline the server may hold for longer.
        ended = min(before.ended or float("inf"), before.time + deadline - CROSSING)
        if received.time < ended:
            yield f"requests {before.number} and {received.number} of one identity were in flight together"


def identity(received: Received) -> str | None:
    """Give the contact id of an update, the key of a create; None where its body did not come whole."""
    if received.method == "PUT":
        return received.path.removeprefix(f"{PREFIX}/contacts/")
    if received.method == "POST" and received.body:
        return str(received.json["external_id"])
    return None
