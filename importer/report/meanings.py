"""What codes mean and what cures them: those of rows from their registry, those of answers from the words of HTTP."""

from __future__ import annotations

from http import HTTPStatus

from importer.outcome import State
from importer.rules import REGISTRY

NETWORK = {
    "timeout": "No whole answer came within the time that one request has.",
    "cut": "The connection was cut before the whole answer had come.",
    "protocol": "What came back was no HTTP answer.",
    "sign_in": "Signing in did not work.",
    "no_connection": "No connection to the server could be made.",
}
ANSWER = {
    "html": "The answer was a web page: it came from something that stands before the API, or from another address.",
    "other": "The answer tells of another contact than the one that was sent.",
    "no_contact": "The answer says that it worked, and tells of no contact.",
    "no_id": "The answer says that it worked, and gives no id.",
}
PENDING = {
    "create|pending": "Its create was sent, in this run or an earlier one, and what became of it nobody knows.",
    "update|pending": "Its update was sent, and the run stopped before the answer.",
}
OTHER = "The request did not come to an answer that says what became of it."
CURES = {
    State.FAILED: "Read the server's words, mend the rows or the mapping, and run that: a new run tries them anew.",
    State.UNKNOWN: "Creates: settle them from an export of the target. Updates: the next run sends them again.",
    State.UNSENT: "Nothing to mend: the same command sends these rows when it goes on.",
}


def meaning(code: str) -> str:
    """Give what a code says, in a sentence."""
    if code in PENDING:
        return PENDING[code]
    place, _, name = code.rpartition("|")
    if place == "http" and name.isdigit():
        return f"The server answered {name}{_phrase(int(name))}."
    if place == "net":
        return NETWORK.get(name, OTHER)
    if place == "answer":
        return ANSWER.get(name, OTHER)
    rule = REGISTRY.get(name)
    return rule.cause if rule else OTHER


def cure(code: str, state: State) -> str:
    """Give what to do about the rows of a state that bear a code."""
    rule = REGISTRY.get(code.rpartition("|")[2])
    if state is State.REJECTED and rule:
        return rule.cure
    return CURES.get(state, "")


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""
