"""The page of verdicts says what the program does."""

from verdicts_page import PAGE, page


def test_the_page_of_verdicts_is_the_table() -> None:
    assert PAGE.read_text("utf-8") == page(), "write it anew: python tests/upload/verdicts_page.py"
