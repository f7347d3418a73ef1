"""Made-up customers for the samples of ready mappings: one person, before any system writes her in its own way."""

from dataclasses import dataclass
from random import Random

from people import ENGLISH_FIRST, ENGLISH_LAST, MEN, SURNAMES, WOMEN, chance, email, fill


@dataclass(frozen=True)
class Place:
    """A city, with what an address and a phone look like there."""

    country: str
    code: str
    city: str
    state: str
    zip_code: str
    street: str
    phone: str
    """Of valid form with the country's code; `#` stands for a digit."""


PLACES = (
    Place("Colombia", "CO", "Bogotá", "DC", "110111", "Calle {} # 2-3", "+57310555####"),
    Place("Mexico", "MX", "Mérida", "YUC", "97000", "Calle 60 #{}", "+52555555####"),
    Place("Chile", "CL", "Viña del Mar", "VS", "2520000", "Pasaje El Alerce {}", "+5695555####"),
    Place("Brazil", "BR", "São Paulo", "SP", "01310", "Rua das Laranjeiras {}", "+551199999####"),
    Place("Spain", "ES", "Cádiz", "CA", "01002", "Calle Ancha {}", "+3460000####"),
    Place("United States", "US", "Springfield", "IL", "62701", "{} Maple Street", "+1415555010#"),
    Place("United Kingdom", "GB", "Leeds", "ENG", "LS1 4AP", "{} Old Mill Lane", "+4420794609##"),
)


@dataclass(frozen=True)
class Person:
    """Who she is; every export tells a part of it."""

    number: int
    first: str
    last: str
    woman: bool
    email: str
    place: Place
    street: str
    phone: str
    born: tuple[int, int, int]
    """Year, month, day."""
    since: tuple[int, int, int, int, int]
    """Year, month, day, hour, minute."""


def somebody(number: int, rng: Random) -> Person:
    """Make one person up; the number keeps her unlike every other."""
    place = rng.choice(PLACES)
    woman = chance(0.5, rng)
    english = place.code in ("US", "GB")
    first = rng.choice(ENGLISH_FIRST if english else WOMEN if woman else MEN)
    last = rng.choice(ENGLISH_LAST if english else SURNAMES)
    return Person(
        number=number,
        first=first,
        last=last,
        woman=woman,
        email=email(first, last, number, rng),
        place=place,
        street=place.street.format(rng.randrange(1, 400)),
        phone=fill(place.phone, rng),
        born=(rng.randrange(1945, 2006), rng.randrange(1, 13), rng.randrange(1, 29)),
        since=(
            rng.randrange(2018, 2026),
            rng.randrange(1, 13),
            rng.randrange(1, 29),
            rng.randrange(24),
            rng.randrange(60),
        ),
    )


def latin(text: str) -> str:
    """Write a name in the letters of western Windows: Żak is Zak there."""
    return text.encode("cp1252", "ignore").decode("cp1252")
