"""The way of one row: permit, intent, request, verdict; again where that is safe; until its outcome is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from importer.errors import ImporterError, SettingsError, StoppedError
from importer.http.answer import Answer, read_answer
from importer.http.exchange import Reply
from importer.http.transport import HELD
from importer.outcome import Method, Outcome, State
from importer.upload.identity import is_other
from importer.upload.parcel import Parcel, read_outcome, refused_rights, wrong_target
from importer.upload.retry_after import read_date, read_limit, read_retry_after, read_used_up
from importer.upload.verdict import Fate, Seen, Then, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.task import Task
    from importer.upload.journal import Held, Journal
    from importer.upload.permits import Permits

UNAVAILABLE = 503
# An enum's member costs a call each time it is looked up on its class: here that would be some times a row.
LANDED, REFUSED, NOT_ACTED = Fate.LANDED, Fate.REFUSED, Fate.NOT_ACTED
HELD_BACK = Reply(sent=False, failure=HELD)


class Api(Protocol):
    """The target's two calls and the right to make them."""

    def is_ready(self) -> bool:
        """Whether a request may be sent without signing in first."""

    async def ready(self) -> Reply | None:
        """Sign in if needed; the failed sign-in's reply if that went wrong. Raises SettingsError when refused."""

    def accept(self, credential: int) -> None:
        """Note that a credential was accepted."""

    def refuse(self, credential: int) -> bool:
        """Note that a credential was refused, so that the next `ready` replaces it; False where that has no sense."""

    async def drop_idle(self) -> None:
        """Close idle connections after a wait."""

    async def send(self, method: Method, contact_id: str | None, body: bytes) -> Reply:
        """Send one request once; network trouble is part of the reply."""


class Delivery:
    """Delivers rows for all workers. `error` says why it stopped; then no row gets a permit any more."""

    def __init__(
        self,
        api: Api,
        journal: Journal,
        permits: Permits,
        now: Callable[[], float],
        *,
        tries: int,
        landed: bool,
    ) -> None:
        """Send an update at most `tries` times into silence; `landed` says whether anything has landed in this run."""
        self._api = api
        self._journal = journal
        self._permits = permits
        self._pace = permits.pace
        self._now = now
        self._tries = tries
        self._landed = landed
        self.retries = 0
        self.error: ImporterError | None = None

    async def deliver(self, task: Task, held: Held) -> Outcome | None:
        """Send a row until its outcome is known; None when it was given up, to be sent when the run goes on.

        `held` is made durable together with the row's intent, or before any wait. Raises StateError when nothing can be
        recorded any more.
        """
        parcel = Parcel(task)
        try:
            while self._permits.try_take() or await self._wait_for_permit(held):
                outcome = await self._try(parcel, held)
                if outcome is not None:
                    return outcome
        except SettingsError as error:
            self.halt(error)
        return None

    async def _wait_for_permit(self, held: Held) -> bool:
        # What is settled does not wait for the next row's turn.
        await self._journal.commit(held, [])
        return await self._permits.take()

    async def _try(self, parcel: Parcel, held: Held) -> Outcome | None:
        try:
            reply = await self._attempt(parcel, held)
            if reply is None:
                return None
            answer = read_answer(reply)
            verdict = judge(parcel.method, reply, answer, other=is_other(parcel.task, answer))
            if verdict.code is not None:
                place = f"row {parcel.task.row} of source {parcel.task.source + 1}"
                self._journal.detail(f"{place}: {verdict.code}, {verdict.fate}, {verdict.then}")
            self._tell_pace(verdict, reply)
            self._tell_rights(parcel, verdict, reply)
        finally:
            self._permits.give_back()
        if verdict.fate is LANDED:
            self._landed = True
            return read_outcome(parcel, verdict, reply, answer)
        return await self._act(parcel, verdict, reply, answer)

    async def _attempt(self, parcel: Parcel, held: Held) -> Reply | None:
        """Make the intent durable and send at once; None when nothing could be sent."""
        try:
            if not await self._prepare(parcel, held):
                return None
        finally:
            self._pace.leave()
        if self._pace.is_shut():
            # Somebody was asked to wait while this intent became durable: that holds for this request too.
            return HELD_BACK
        reply = await self._api.send(parcel.method, parcel.task.contact_id, parcel.task.body)
        if reply.sent:
            self.retries += parcel.requests > 0
            parcel.requests += 1
        return reply

    async def _prepare(self, parcel: Parcel, held: Held) -> bool:
        """Sign in if need be and make the intent durable; False where nothing may leave."""
        if not self._may_go():
            return False
        if not self._api.is_ready():
            await self._sign_in(held)
            if not self._may_go() or not self._api.is_ready():
                return False
        self._journal.count(1)
        await self._journal.commit(held, [] if parcel.counted else [parcel.task])
        parcel.counted = False
        return True

    async def _sign_in(self, held: Held) -> None:
        await self._journal.commit(held, [])
        if not self._may_go():
            return
        trouble = await self._api.ready()
        if trouble is not None and trouble.failure != HELD:
            self._tell_trouble(trouble, failed=True, overloaded=False)

    def _may_go(self) -> bool:
        self._check_pace()
        return not self._permits.closed and not self._pace.is_shut()

    async def _act(self, parcel: Parcel, verdict: Verdict, reply: Reply, answer: Answer) -> Outcome | None:
        """Give the outcome of a row that did not land, if it is settled; None when it may be sent again."""
        outcome = read_outcome(parcel, verdict, reply, answer)
        if not self._landed and verdict.then in (Then.STOP_IF_FIRST, Then.STOP_IF_FIRST_UNKNOWN):
            self.halt(wrong_target(reply))
            if verdict.then is Then.STOP_IF_FIRST:
                await self._withdraw(parcel, verdict, reply)
                return None
        if verdict.fate is NOT_ACTED:
            await self._withdraw(parcel, verdict, reply)
            return None
        if verdict.then is not Then.REPEAT:
            return outcome
        parcel.in_doubt = True
        parcel.unanswered += 1
        if parcel.unanswered >= self._tries or not self._pace.may_repeat():
            return outcome
        await self._permits.rest(self._pace.back_off(parcel.unanswered - 1))
        return None

    async def _withdraw(self, parcel: Parcel, verdict: Verdict, reply: Reply) -> None:
        # A row waits without an intent, so that a kill during the wait leaves no doubt about it; only an update in
        # doubt stays so.
        if verdict.seen is Seen.NOT_SENT:
            self._journal.count(-1)
        if parcel.in_doubt:
            parcel.counted = verdict.seen is Seen.NOT_SENT
            return
        outcome = Outcome(State.UNSENT, http_status=reply.status, code=verdict.code)
        await self._journal.commit([(parcel.task, outcome)], [])

    def _tell_rights(self, parcel: Parcel, verdict: Verdict, reply: Reply) -> None:
        # At once, before another worker can send with what was just refused.
        if verdict.fate is LANDED or verdict.fate is REFUSED:
            self._api.accept(reply.credential)
        if verdict.fate is LANDED:
            return
        if verdict.then is Then.STOP:
            self.halt(refused_rights(reply))
        elif verdict.then is Then.RENEW:
            if parcel.renewed or not self._api.refuse(reply.credential):
                self.halt(refused_rights(reply))
            parcel.renewed = True

    def _tell_pace(self, verdict: Verdict, reply: Reply) -> None:
        if reply.failure == HELD:
            return
        if (limit := read_limit(reply.headers)) is not None:
            self._pace.told(limit, reply.seconds)
        if verdict.fate is LANDED:
            self._tell_answered(reply)
        elif verdict.seen in (Seen.NOT_SENT, Seen.NO_ANSWER, Seen.SERVER_ERROR, Seen.REQUEST_TIMEOUT):
            slow = reply.failure == "timeout" or verdict.seen is Seen.REQUEST_TIMEOUT
            self._tell_trouble(reply, failed=True, overloaded=slow or reply.status == UNAVAILABLE)
        elif verdict.seen is Seen.TOO_MANY:
            self._tell_trouble(reply, failed=False, overloaded=True)
        elif verdict.fate is not NOT_ACTED:
            self._tell_answered(reply)
            if verdict.fate is REFUSED and (wait := self._read_wait(reply)):
                self._pace.asked_to_wait(wait)
                self._check_pace()

    def _tell_answered(self, reply: Reply) -> None:
        self._pace.answered(reply.seconds)
        if (wait := read_used_up(reply.headers)) is not None:
            self._pace.used_up(wait)
            self._check_pace()

    def _tell_trouble(self, reply: Reply, *, failed: bool, overloaded: bool) -> None:
        # A 5xx may carry the limit's headers too, but only a refusal of a request unread can come from the limit.
        wait = self._read_wait(reply)
        if wait is None and overloaded and not failed:
            wait = read_used_up(reply.headers)
        self._pace.troubled(seconds=reply.seconds, failed=failed, overloaded=overloaded, retry_after=wait)
        self._check_pace()

    def _read_wait(self, reply: Reply) -> float | None:
        return read_retry_after(reply.headers.get("retry-after"), read_date(reply.headers.get("date"), self._now()))

    def _check_pace(self) -> None:
        if self._pace.gave_up is not None:
            self.halt(StoppedError(f"{self._pace.gave_up}; the same command goes on from here"))

    def halt(self, error: ImporterError) -> None:
        """Begin no request any more; the first reason stays."""
        self.error = self.error or error
        self._permits.close()
