"""Makes up cells, seeded: names, addresses and numbers of three languages that nobody has. Imports nothing of ours."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from random import Random

from made_people import CARDS, CITY, CODE, COMPANIES, COUNTRY, FIRST, LAST, NOTES, PHONE, STATE, STREET, ZIP


class Cells:
    """Makes the cells of one row after another; what one row's person is called is the same in all its cells."""

    def __init__(self, seed: int, language: str, country: str) -> None:
        self.random = Random(seed)  # noqa: S311  # seeded on purpose, nothing secret
        self.language, self.country, self.row = language, country, 0
        self._turn()

    def next(self) -> None:
        """Go on to the next row."""
        self.row += 1
        self._turn()

    def _turn(self) -> None:
        choose = self.random.choice
        self.first, self.second = choose(FIRST[self.language]), choose(FIRST[self.language])
        self.last, self.mother = choose(LAST[self.language]), choose(LAST[self.language])
        self.place = self.random.randrange(5)

    def make(self, maker: str) -> str:
        """Make one cell; `maker` is `KIND` or `KIND:how`, with `~N` behind for N cells blank in a hundred."""
        maker, _, blank = maker.partition("~")
        if blank and self.random.randrange(100) < int(blank):
            return ""
        kind, _, how = maker.partition(":")
        made: str = getattr(self, f"_{kind}")(how)
        return made

    def _digits(self, form: str) -> str:
        return "".join(str(self.random.randrange(10)) if letter == "#" else letter for letter in form)

    def _pattern(self, how: str) -> str:
        return self._digits(how)

    def _seq(self, how: str) -> str:
        return f"{how}{self.row * 7 + 10_000}"

    def _uuid(self, _how: str) -> str:
        letters = "".join(self.random.choice("0123456789abcdef") for _ in range(32))
        return f"{letters[:8]}-{letters[8:12]}-{letters[12:16]}-{letters[16:20]}-{letters[20:]}"

    def _first(self, _how: str) -> str:
        return self.first

    def _firsts(self, _how: str) -> str:
        return f"{self.first} {self.second}" if self.row % 2 else self.first

    def _second(self, _how: str) -> str:
        return self.second

    def _last(self, _how: str) -> str:
        return self.last

    def _lasts(self, _how: str) -> str:
        return f"{self.last} {self.mother}"

    def _mother(self, _how: str) -> str:
        return self.mother

    def _full(self, _how: str) -> str:
        return f"{self.first} {self.last}"

    def _comma(self, _how: str) -> str:
        return f"{self.last}, {self.first}"

    def _email(self, how: str) -> str:
        plain = unicodedata.normalize("NFKD", f"{self.first}.{self.last}").encode("ascii", "ignore").decode()
        return f"{how}{plain.lower()}{self.row}@mail.example.com"

    def _phone(self, how: str) -> str:
        return self._digits(PHONE[how or self.country])

    def _plus(self, how: str) -> str:
        country = how or self.country
        number = self._digits(PHONE[country]).removeprefix("0")
        return f"+{CODE[country]} {number}"

    def _day(self, how: str) -> str:
        """`%d/%m/%Y;1950;2000`: days of these years."""
        form, first, last = how.split(";")
        start = date(int(first), 1, 1)
        day = start + timedelta(days=self.random.randrange((date(int(last), 12, 28) - start).days))
        clock = f"{self.random.randrange(24):02}:{self.random.randrange(60):02}"
        return day.strftime(form).replace("CLOCK", clock)

    def _early(self, how: str) -> str:
        """Days of the first twelve of a month only, so that nothing proves their order."""
        day = date(self.random.randrange(1960, 2000), self.random.randrange(1, 13), self.random.randrange(1, 13))
        return day.strftime(how)

    def _of(self, how: str) -> str:
        return self.random.choice(how.split(","))

    def _city(self, how: str) -> str:
        return CITY[how or self.country][self.place]

    def _state(self, how: str) -> str:
        return STATE[how or self.country][self.place]

    def _country(self, how: str) -> str:
        return how or COUNTRY[self.country]

    def _street(self, _how: str) -> str:
        return f"{self.random.choice(STREET[self.language])} {self.random.randrange(1, 180)}"

    def _zip(self, how: str) -> str:
        return ZIP[how or self.country].replace("#", str(self.place + 1))

    def _cpf(self, _how: str) -> str:
        digits = [self.random.randrange(10) for _ in range(9)]
        for length in (10, 11):
            total = sum(digit * weight for digit, weight in zip(digits, range(length, 1, -1), strict=True))
            digits.append(total * 10 % 11 % 10)
        text = "".join(map(str, digits))
        return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"

    def _rut(self, _how: str) -> str:
        body = self.random.randrange(7_000_000, 25_000_000)
        total = sum(
            int(digit) * weight for digit, weight in zip(reversed(str(body)), (2, 3, 4, 5, 6, 7, 2, 3), strict=False)
        )
        return f"{body}-{'0123456789K'[-total % 11] if -total % 11 < 11 else '0'}"

    def _money(self, how: str) -> str:
        whole, cents = self.random.randrange(1, 9000), self.random.randrange(100)
        return f"{whole}{how or '.'}{cents:02}"

    def _int(self, how: str) -> str:
        return str(self.random.randrange(int(how or 900)))

    def _note(self, _how: str) -> str:
        return self.random.choice(NOTES)

    def _company(self, _how: str) -> str:
        return self.random.choice(COMPANIES)

    def _card(self, _how: str) -> str:
        return self.random.choice(CARDS)

    def _masked(self, _how: str) -> str:
        return f"**** **** **** {self.random.randrange(10_000):04}"

    def _four(self, _how: str) -> str:
        return f"{self.random.randrange(10_000):04}"

    def _expiry(self, how: str) -> str:
        month, year = self.random.randrange(1, 13), self.random.randrange(2027, 2034)
        return how.replace("MM", f"{month:02}").replace("YYYY", str(year)).replace("YY", f"{year % 100}")
