"""Made-up files in three languages: sure lines are right, and what a person would map is found."""

from datetime import date
from pathlib import Path

import pytest
from made_files import MadeFile, made_files
from scoring import Score, score

from importer.suggest.suggest import suggest

TODAY = date(2026, 11, 22)
LISTINGS = ("files.txt", "files_held_out.txt", "files_strangers.txt")


def scored(made: MadeFile, folder: Path) -> Score:
    return score(made, suggest(str(made.write(folder)), today=TODAY, folders=()).text)


def test_there_are_more_than_fifty_files() -> None:
    assert sum(len(made_files(listing)) for listing in LISTINGS) == 52


@pytest.mark.parametrize("listing", LISTINGS)
def test_sure_lines_are_right_and_what_a_person_maps_is_found(listing: str, tmp_path: Path) -> None:
    files = made_files(listing)
    scores = [scored(made, tmp_path) for made in files]
    total = scores[0]
    for one in scores[1:]:
        total += one
    assert total.right >= 0.99, total.wrong
    assert total.found >= 0.95, total.missed
    assert [one.key for one in scores] == [made.key for made in files]


@pytest.mark.torture
@pytest.mark.parametrize("shift", [1000, 2000, 3000])
def test_other_people_in_the_same_files_change_nothing(shift: int, tmp_path: Path) -> None:
    total = None
    for listing in LISTINGS:
        for made in made_files(listing, shift):
            one = scored(made, tmp_path)
            total = one if total is None else total + one
    assert total is not None
    assert total.right >= 0.99, total.wrong
    assert total.found >= 0.95, total.missed


@pytest.mark.parametrize("made", made_files("files.txt")[:8], ids=lambda made: made.name)
def test_no_customer_stands_in_a_suggestion(made: MadeFile, tmp_path: Path) -> None:
    text = suggest(str(made.write(tmp_path)), today=TODAY, folders=()).text
    cells = {cell for line in made.text.splitlines()[1:] for cell in line.replace(";", ",").split(",")}
    private = {cell for cell in cells if "@" in cell or sum(letter.isdigit() for letter in cell) > 4}
    assert private
    assert not [cell for cell in private if cell in text]
