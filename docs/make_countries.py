"""Writes countries.csv anew: `pip install Babel pycountry`, then `python docs/make_countries.py`.

Both are needed here only. Codes are pycountry's (ISO 3166-1), names are the Unicode CLDR's in Spanish, Portuguese and
English, and ISO's English ones; the usual variants that neither knows stand below. A name that two countries would
share is left out of both.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from itertools import chain
from pathlib import Path

from importer.mapping.steps import countries
from importer.mapping.steps.countries import fold_name

LOCALES = ("es", "es_419", "es_MX", "pt", "pt_PT", "en")
VARIANTS = {
    "AE": "EAU|UAE|Emiratos Árabes|Emirados Árabes",
    "AR": "Rep. Argentina|República Argentina|Argentine Republic|Arg",
    "BO": "Estado Plurinacional de Bolivia|Bolivia (Estado Plurinacional de)|Bolívia (Estado Plurinacional da)",
    "BR": "República Federativa do Brasil|República Federativa de Brasil|Bra",
    "CD": "Congo Kinshasa|República Democrática del Congo|RDC|DRC|Congo (República Democrática del)|Zaire",
    "CG": "Congo Brazzaville|República del Congo",
    "CH": "Confederación Suiza",
    "CI": "Costa de Marfil|Ivory Coast|Costa do Marfim",
    "CL": "República de Chile",
    "CO": "República de Colombia|Republic of Colombia",
    "CR": "República de Costa Rica",
    "CU": "República de Cuba",
    "CW": "Curazao|Curaçao",
    "CZ": "República Checa|Czech Republic|República Tcheca|República Checa (Chequia)",
    "DE": "República Federal de Alemania|Federal Republic of Germany",
    "DO": "Rep. Dominicana|R. Dominicana|Rep Dom|República Dominicana|Dominican Rep.",
    "EC": "República del Ecuador",
    "ES": "Reino de España|Estado español|Kingdom of Spain",
    "GB": "UK|U.K.|Inglaterra|England|Gran Bretaña|Great Britain|Grã-Bretanha|Escocia|Scotland|Gales|Wales|"
    "Irlanda del Norte|Northern Ireland|Britain",
    "GF": "Guayana Francesa|Guyana Francesa",
    "GQ": "Guinea Ecuatorial",
    "GT": "República de Guatemala",
    "GW": "Guinea-Bisáu|Guinea Bissau",
    "HN": "República de Honduras",
    "IR": "Irán|Iran|Irã",
    "KP": "Corea del Norte|Korea (DPRK)|Coreia do Norte",
    "KR": "Corea del Sur|República de Corea|Korea (Republic of)|Coreia do Sul|Republic of Korea",
    "LA": "Laos",
    "MD": "Moldavia|Moldova",
    "MK": "Macedonia|North Macedonia|Macedonia del Norte",
    "MM": "Birmania|Burma|Myanmar|Birmânia|Mianmar",
    "MX": "Mexico|Méjico|Mex|Estados Unidos Mexicanos|United Mexican States|Rep. Mexicana|República Mexicana",
    "NI": "República de Nicaragua",
    "NL": "Holanda|Holland|The Netherlands|Países Bajos (Holanda)",
    "PA": "República de Panamá",
    "PE": "República del Perú",
    "PS": "Palestina|Palestine|Palestina (Estado de)",
    "PR": "P. Rico|Pto. Rico|Estado Libre Asociado de Puerto Rico",
    "PY": "República del Paraguay",
    "RU": "Rusia|Federación Rusa|Russian Federation|Rússia",
    "SV": "Salvador|República de El Salvador",
    "SX": "Sint Maarten",
    "SZ": "Suazilandia|Swazilandia|Swaziland|Esuatini",
    "SY": "Siria|Syria",
    "TL": "Timor Oriental|East Timor|Timor Leste",
    "TR": "Turquía|Turkey|Türkiye",
    "TT": "Trinidad y Tobago|Trinidad & Tobago|Trinidad",
    "TW": "Taiwán|Taiwan",
    "TZ": "Tanzania|Tanzanía",
    "US": "EE.UU.|EEUU|EE. UU.|E.U.A.|EUA|EE.UU.A.|U.S.A.|U.S.|United States of America|The United States|"
    "Estados Unidos de América|Estados Unidos de Norteamérica|Estados Unidos da América",
    "UY": "República Oriental del Uruguay|R.O.U.",
    "VA": "Vaticano|Ciudad del Vaticano|Vatican|Santa Sede",
    "VE": "República Bolivariana de Venezuela|Venezuela (República Bolivariana de)|Venezuela, RB",
    "VI": "Islas Vírgenes (EE.UU.)|US Virgin Islands",
    "VN": "Viet Nam|Vietnam|Vietnã",
    "ZA": "Sudáfrica|Suráfrica|África do Sul",
}


def main() -> None:
    """Write the table beside this file."""
    names = {code: _names(code) for code in sorted(_codes())}
    owners = defaultdict(set)
    for code, texts in names.items():
        for text in texts:
            owners[fold_name(text)].add(code)
    with Path(countries.__file__).with_name("countries.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["code", "code3", "names"])
        for code, texts in names.items():
            kept = {fold_name(text): text for text in reversed(texts) if len(owners[fold_name(text)]) == 1}
            table.writerow([code, _codes()[code], "|".join(sorted(kept))])
    shared = sorted(name for name, codes in owners.items() if len(codes) > 1)
    sys.stderr.write(f"left out, since two countries share them: {shared}\n")


def _codes() -> dict[str, str]:
    import pycountry  # type: ignore[import-not-found]  # noqa: PLC0415  # installed only where the table is made

    return {country.alpha_2: country.alpha_3 for country in pycountry.countries}


def _names(code: str) -> list[str]:
    import pycountry  # noqa: PLC0415  # as above
    from babel import Locale  # type: ignore[import-not-found]  # noqa: PLC0415  # as above

    country = pycountry.countries.get(alpha_2=code)
    official = [getattr(country, name, None) for name in ("name", "official_name", "common_name")]
    everyday = [Locale.parse(locale).territories.get(code) for locale in LOCALES]
    texts = [text for text in chain(everyday, official, VARIANTS.get(code, "").split("|")) if text]
    return [part for text in texts for part in (text, *_without_brackets(text))]


def _without_brackets(text: str) -> tuple[str, ...]:
    """Give `Myanmar` and `Birmania` of `Myanmar (Birmania)` besides the whole."""
    before, bracket, inside = text.partition(" (")
    return (before,) if bracket and inside.endswith(")") else ()


if __name__ == "__main__":
    main()
