"""Made-up people: lists of words from which names, places and numbers are composed. Nobody in them is real."""

from dataclasses import dataclass
from random import Random
from uuid import UUID

MEN = ("José", "Andrés", "Íñigo", "Ramón", "Julián", "Óscar", "Matías", "Nicolás", "Hugo", "Tomás", "Efraín", "Wilmer")
WOMEN = ("María", "Sofía", "Begoña", "Ximena", "Inés", "Lucía", "Verónica", "Ángela", "Noemí", "Yolanda", "Zulema")
SECOND_MEN = ("Ángel", "de Jesús", "Fernando", "Iván", "del Rosario", "Martín", "Aurelio")
SECOND_WOMEN = ("Fernanda", "del Carmen", "de los Ángeles", "Belén", "Jazmín", "Concepción")
SURNAMES = (
    *(
        "Muñoz",
        "Peña",
        "Núñez",
        "Ibáñez",
        "Güiza",
        "Ordóñez",
        "Quiñones",
        "Avellaneda",
        "Zúñiga",
        "Cárdenas",
        "Sepúlveda",
    ),
    *(
        "de la Cruz",
        "del Río",
        "de los Santos",
        "San Martín",
        "O'Higgins",
        "Pérez-Rosales",
        "D'Angelo",
        "Yañez",
        "Übel",
    ),
)
STREETS = (
    "Calle {a} # {b}-{c}",
    "Cra. {a} No. {b}-{c}",
    "Av. Los Ñandúes {a}{b}",
    "Pasaje El Alerce {a}",
    "Jr. Unión {b}",
)
REFERENCES = (
    "frente al parque",
    "casa de rejas verdes",
    "al lado de la panadería «La Espiga»",
    "portería \u2013 torre 2",
)
COMPANIES = (
    "Ferretería El Tornillo",
    "Panadería La Espiga",
    "Café Ñuñoa & Hijos",
    "Distribuidora Andina",
    "Óptica Visión",
)
LEGAL_FORMS = ("S.A.S.", "Ltda.", "S.A. de C.V.", "SpA")

ENGLISH_FIRST = (
    "Ada",
    "Grover",
    "Zoë",
    "Priya",
    "Malcolm",
    "Siobhán",
    "Wei",
    "Tamsin",
    "Otis",
    "Ngozi",
    "Bjørn",
    "Ruth",
)
ENGLISH_LAST = ("Fairweather", "O'Shea", "Okonkwo", "Smith-Lund", "van Dyke", "Ashdown", "Pettibone", "Żak", "McQuill")
ENGLISH_STREETS = ("Maple Street", "St. Mary's Road", "Old Mill Lane", "42nd Avenue", "Harbour View", "King's Crescent")
ENGLISH_CITIES = (
    ("Springfield", "IL", "62701", "US"),
    ("Leeds", "West Yorkshire", "LS1 4AP", "GB"),
    ("St. John's", "NL", "A1C 5S7", "CA"),
    ("Portland", "OR", "97201", "US"),
    ("Cork", "County Cork", "T12 X0A1", "IE"),
)
DOMAINS = ("example.com", "example.org", "example.net", "correo.example.com", "mail.example.org")
"""Reserved for documentation, so that no letter can ever reach anybody."""


@dataclass(frozen=True)
class Country:
    """What a place brings with it: its name as an export writes it, cities, and how phones and documents look."""

    name: str
    cities: tuple[tuple[str, str, str], ...]
    """City, state, postal code."""
    phones: tuple[str, ...]
    """`#` stands for a digit."""
    documents: tuple[tuple[str, str], ...]
    """Type as the export writes it, and the form of the number."""


COUNTRIES = (
    Country(
        "Colombia",
        (("Bogotá", "Cundinamarca", "110111"), ("Medellín", "Antioquia", "050021"), ("Cúcuta", "N. de Santander", "")),
        ("310 555 ####", "(300) 555-####", "+57 315 555 ####", "320555####"),
        (("C.C.", "##.###.###"), ("C.E.", "######"), ("NIT", "900.###.###-#")),
    ),
    Country(
        "México",
        (("Ciudad de México", "CDMX", "01000"), ("Mérida", "Yucatán", "97000"), ("León", "Guanajuato", "37000")),
        ("55 5555 ####", "+52 999 555 ####", "477-555-##-##"),
        (("INE", "#############"), ("Pasaporte", "G########")),
    ),
    Country(
        "Chile",
        (("Ñuñoa", "RM", "7750000"), ("Concepción", "Biobío", "4030000"), ("Viña del Mar", "Valparaíso", "")),
        ("9 5555 ####", "+56 9 5555 ####", "09-5555####"),
        (("RUT", "1#.###.###-K"), ("RUT", "9.###.###-#")),
    ),
    Country(
        "Perú",
        (("Lima", "Lima", "15001"), ("Cusco", "Cusco", "08002"), ("Áncash", "Áncash", "")),
        ("955 555 ###", "+51 955 555 ###", "01 555 ####"),
        (("DNI", "########"), ("C.E.", "00#######")),
    ),
)


def chance(share: float, rng: Random) -> bool:
    """Say yes so often: 0.2 is once in five."""
    return rng.random() < share


def fill(form: str, rng: Random) -> str:
    """Put a digit in place of every `#`."""
    return "".join(str(rng.randrange(10)) if sign == "#" else sign for sign in form)


def plain(name: str) -> str:
    """Write a name as it stands in an address: small ASCII letters only."""
    pairs = str.maketrans("áéíóúñüøżëÁÉÍÓÚÑÜØŻ", "aeiounuozeaeiounuoz")
    return "".join(sign for sign in name.lower().translate(pairs) if sign in "abcdefghijklmnopqrstuvwxyz")


def email(first: str, last: str, number: int, rng: Random) -> str:
    """Compose an address that nobody can own; the number keeps it unlike every other."""
    return f"{plain(first)}.{plain(last)}{number}@{rng.choice(DOMAINS)}"


def uuid(rng: Random) -> str:
    """Give a version 4 UUID in its usual small letters."""
    return str(UUID(int=rng.getrandbits(128), version=4))
