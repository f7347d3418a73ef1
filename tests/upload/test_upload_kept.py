"""The last answer is kept whatever its ids look like, since policies and undo go by it; with a card it is not."""

import json

import pytest

from importer.http.answer import read_answer
from importer.http.exchange import Reply
from importer.outcome import Action, Method
from importer.task import Task
from importer.upload.parcel import Parcel, read_outcome
from importer.upload.verdict import judge

READS_AS_CARD = "06fdd8b2-cdad-4209-9549-35238d3b30a5"
"""Made by chance in a run: its middle, 4209-9549-35238, has all signs of a card number."""


@pytest.mark.parametrize(("name", "kept"), [("Ana", True), ("Ana 4111 1111 1111 1111", False)])
def test_an_answer_is_kept_unless_it_holds_a_card(name: str, *, kept: bool) -> None:
    body = json.dumps({"id": READS_AS_CARD, "first_name": name}).encode()
    reply = Reply(sent=True, status=201, headers={"content-type": "application/json"}, body=body)
    answer = read_answer(reply)
    task = Task(
        part=0,
        position=0,
        source=0,
        row=1,
        action=Action.CREATE,
        key="B1",
        contact_id=None,
        body=b"{}",
        fingerprint=b"",
    )
    outcome = read_outcome(Parcel(task), judge(Method.CREATE, reply, answer), reply, answer)
    assert (outcome.contact_id, outcome.answer is not None) == (READS_AS_CARD, kept)
