"""Each code of an undo has its cause and cure, in the docs and in `explain`."""

from importer.rules.codes import UNDO, hint, is_told
from importer.undo.judge import CODES


def test_every_code_of_an_undo_says_cause_and_cure() -> None:
    assert set(CODES.values()) == set(UNDO)
    for code, rule in UNDO.items():
        assert is_told(code)
        assert hint(code) == f"undo: {rule.cause} {rule.cure}"
        assert rule.cause.endswith(".")
        assert rule.cure.endswith(".")
