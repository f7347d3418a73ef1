"""One row on its way, and what its last reply comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import SettingsError, WrongTargetError
from importer.http.answer import Answer, read_words
from importer.outcome import Action, Method, Outcome, State
from importer.rules import mask_text
from importer.rules.card_contact import contact_has_card
from importer.upload.verdict import Fate, Verdict

if TYPE_CHECKING:
    from importer.http.exchange import Reply
    from importer.task import Task


# An enum's member costs a call each time it is looked up on its class.
CREATE, LANDED, CREATED, UPDATED = Method.CREATE, Fate.LANDED, State.CREATED, State.UPDATED
METHODS = {Action.CREATE: CREATE, Action.UPDATE: Method.UPDATE}


@dataclass(slots=True)
class Parcel:
    """One row on its way."""

    task: Task
    method: Method = field(init=False)
    """The call that its action asks for."""
    requests: int = 0
    unanswered: int = 0
    renewed: bool = False
    in_doubt: bool = False
    """An update that may have been acted on. Its intent stays open, so that the run sends it again when it goes on."""
    counted: bool = False
    """Its open intent counts a request that then did not leave: the next one goes with it."""

    def __post_init__(self) -> None:
        self.method = METHODS[self.task.action]


def read_outcome(parcel: Parcel, verdict: Verdict, reply: Reply, answer: Answer) -> Outcome:
    """Give what a settled row's last reply means for it. A contact with a card number is not kept."""
    if verdict.fate is LANDED:
        told = answer.contact
        kept = None if told is None or contact_has_card(told, parcel.task.key, answer.contact_id) else told
        if parcel.method is CREATE:
            return Outcome(CREATED, answer.contact_id, reply.status, answer=kept)
        return Outcome(UPDATED, parcel.task.contact_id, reply.status, answer=kept)
    state = State.FAILED if verdict.fate is Fate.REFUSED else State.UNKNOWN
    words = read_words(reply, mask_text) if reply.status is not None else None
    return Outcome(state, parcel.task.contact_id, reply.status, verdict.code, words)


def wrong_target(reply: Reply) -> WrongTargetError:
    """Give the error for a first create to which no contact API answered."""
    where = f", a redirect to {host}" if (host := reply.headers.get("location")) else ""
    return WrongTargetError(
        f"what answers is not the contact API: a create came back as {reply.status}{where} before anything had landed; "
        "check --base-url or IMPORTER_BASE_URL"
    )


def refused_rights(reply: Reply) -> SettingsError:
    """Give the error for a refused credential or right."""
    return SettingsError(
        f"the server refuses this account ({reply.status}): check IMPORTER_TOKEN or IMPORTER_API_KEY, its rights, and "
        "IMPORTER_ACCOUNT_ID; refused rows stay unsent"
    )
