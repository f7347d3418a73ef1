"""Count how many made-up customer values without a card number are taken for one, by kind of value.

    python bench/card_alarms.py [--values 200000] [--seed 1]

The values are random but plausible. A value that is no card can only be taken for one when its digits begin as an
issuer's, have a length it uses, end in the right check digit and stand in groups as cards do.
"""

import argparse
from collections.abc import Callable
from random import Random
from uuid import UUID

import polars as pl

from importer.rules.cards import find_cards


def digits(random: Random, count: int) -> str:
    """Give so many digits, the first of them no zero."""
    return str(random.randrange(10 ** (count - 1), 10**count))


def listed(random: Random, size: int, least: int, most: int) -> str:
    """Give some numbers of that many digits, parted by a common mark."""
    mark = random.choice([",", ", ", ";", "|", "/", "\n", " - "])
    return mark.join(digits(random, size) for _ in range(random.randint(least, most)))


def moment(random: Random) -> str:
    """Give a date with its time."""
    day = f"{random.randrange(1950, 2030)}{{0}}{random.randrange(1, 13):02}{{0}}{random.randrange(1, 29):02}"
    clock = f"{random.randrange(24):02}:{random.randrange(60):02}:{random.randrange(60):02}"
    return f"{day.format(random.choice('-/.'))} {clock}.{random.randrange(10**6):06}"


KINDS: dict[str, Callable[[Random], str]] = {
    "dates with times": moment,
    "two dates with times": lambda random: f"{moment(random)} - {moment(random)}",
    "two phones": lambda random: f"+57 310 {digits(random, 3)} {digits(random, 4)} / 60{digits(random, 8)}",
    "two local phones": lambda random: " / ".join(f"{digits(random, 4)}-{digits(random, 4)}" for _ in range(2)),
    "amounts": lambda random: f"{random.randrange(10**10):,}.{random.randrange(100):02}",
    "two amounts": lambda random: f"{random.random() * 1e6:.2f}; {random.random() * 1e6:.2f}",
    "coordinates": lambda random: f"{random.uniform(-90, 90):.7f}, {random.uniform(-180, 180):.7f}",
    "UUIDs": lambda random: str(UUID(int=random.getrandbits(128), version=4)),
    "IPs": lambda random: ", ".join(".".join(str(random.randrange(256)) for _ in range(4)) for _ in range(2)),
    "lists of ids of 1 to 3 digits": lambda random: listed(random, random.randint(1, 3), 3, 12),
    "lists of ids of 4 digits": lambda random: listed(random, 4, 3, 8),
    "lists of years": lambda random: ", ".join(str(random.randrange(1990, 2030)) for _ in range(random.randint(3, 8))),
    "addresses": lambda random: f"Calle {digits(random, 3)} # 12-{digits(random, 2)}, {digits(random, 6)}",
    "16 random digits (what Luhn alone lets through)": lambda random: digits(random, 16),
}  # fmt: skip  # a table


def main() -> None:
    """Print a line for each kind."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--values", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name, make in KINDS.items():
        random = Random(options.seed)
        found = find_cards(pl.Series([make(random) for _ in range(options.values)]))
        print(
            f"{name:50} {int(found.sum()):8,} of {options.values:,} ({100 * int(found.sum()) / options.values:.4f} %)"
        )


if __name__ == "__main__":
    main()
