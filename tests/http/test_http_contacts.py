"""The two calls as the target's pages ask for them, and signing in."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_server import CONTACT_ID, CREATED, Fin, Got, RawServer, Step, answer, free_port

from importer.errors import SettingsError, WrongTargetError
from importer.http.auth import Auth, Clocks, read_end
from importer.http.contacts import Contacts, encode_segment, without_token
from importer.http.exchange import Exchange, Reply
from importer.http.transport import AiohttpTransport
from importer.outcome import Method

ACCOUNT = "7d9f2f64-58f3-4d54-9a01-0a1f6bd3c111"


@dataclass(frozen=True)
class Hidden:
    text: str = field(repr=False)

    def reveal(self) -> str:
        return self.text


@dataclass
class World:
    """A clock that tests move, and the count of sign-in requests."""

    time: float = 1_000_000.0
    counted: int = 0
    kept: int = 0
    """Of the counted, those that are durable."""

    def now(self) -> float:
        return self.time

    def count(self, number: int) -> None:
        self.counted += number

    async def keep(self) -> None:
        await asyncio.sleep(0.01)
        self.kept = self.counted


@asynccontextmanager
async def contacts(
    base: str, *, token: str | None = None, api_key: str | None = None, world: World | None = None
) -> AsyncIterator[Contacts]:
    world = world or World()
    transport = AiohttpTransport(connections=8)
    exchange = Exchange(transport, deadline=5, monotonic=time.monotonic)
    auth = Auth(
        exchange,
        base,
        token=Hidden(token) if token else None,
        api_key=Hidden(api_key) if api_key else None,
        clocks=Clocks(now=world.now, monotonic=world.now),
        spending=world,
    )
    try:
        yield Contacts(exchange, auth, transport, base_url=base, account_id=ACCOUNT, user_agent="tests/1")
    finally:
        await transport.aclose()


def jwt(end: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": end}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


def sent_as(method: Method, contact_id: str | None) -> Got:
    async def run() -> Got:
        async with RawServer(lambda _: CREATED) as server, contacts(server.base, token="canary-token") as api:
            await api.send(method, contact_id, b'{"a":1}')
            return server.requests[0]

    return asyncio.run(run())


def test_a_create_is_the_page_of_create() -> None:
    got = sent_as(Method.CREATE, None)
    assert (got.method, got.path, got.body) == ("POST", "/api/v1/contacts", b'{"a":1}')
    assert got.headers["authorization"] == "Bearer canary-token"
    assert got.headers["content-type"] == "application/json"
    assert "x-account-id" not in got.headers


def test_an_update_is_the_page_of_update() -> None:
    got = sent_as(Method.UPDATE, CONTACT_ID)
    assert (got.method, got.path) == ("PUT", f"/api/v1/contacts/{CONTACT_ID}")
    assert got.headers["x-account-id"] == ACCOUNT
    assert got.headers["authorization"] == "Bearer canary-token"


@pytest.mark.parametrize(
    ("contact_id", "path"),
    [
        ("../admin", "..%2Fadmin"),
        ("a/b?x=1", "a%2Fb%3Fx%3D1"),
        ("a#b", "a%23b"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("ñ", "%C3%B1"),
        ("%2e%2e", "%252e%252e"),
    ],
)
def test_an_id_stays_one_segment(contact_id: str, path: str) -> None:
    assert sent_as(Method.UPDATE, contact_id).path == f"/api/v1/contacts/{path}"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_encoded_id_is_one_segment_and_reads_back(contact_id: str) -> None:
    segment = encode_segment(contact_id).decode("ascii")
    assert not set(segment) & set("/?#\\ ")
    assert segment.strip(".")
    assert unquote(segment) == contact_id


def test_a_key_is_exchanged_once_for_all_workers() -> None:
    world = World()

    def step(got: Got) -> Step:
        return answer(200, {"data": jwt(world.time + 3600)}) if got.method == "GET" else CREATED

    async def run() -> RawServer:
        async with RawServer(step) as server, contacts(server.base, api_key="canary-key", world=world) as api:
            assert not api.is_ready()
            assert await asyncio.gather(*(api.ready() for _ in range(20))) == [None] * 20
            await api.send(Method.CREATE, None, b"{}")
            return server

    server = asyncio.run(run())
    first, second = server.requests
    assert (first.method, first.path, first.headers["x-api-key"]) == ("GET", "/api/v1/auth/authorize", "canary-key")
    assert second.headers["authorization"] == f"Bearer {jwt(world.time + 3600)}"
    assert world.counted == 1


def test_a_sign_in_is_durably_counted_before_it_leaves_and_not_at_all_where_it_can_not_leave() -> None:
    world = World()
    kept: list[int] = []

    def step(_: Got) -> Step:
        kept.append(world.kept)
        return answer(503) if len(kept) == 1 else answer(200, {"data": jwt(2e9)})

    async def run() -> None:
        async with RawServer(step) as server, contacts(server.base, api_key="k", world=world) as api:
            assert await api.ready() is not None
            assert await api.ready() is None
        async with contacts(f"http://127.0.0.1:{free_port()}", api_key="k", world=world) as api:
            assert await api.ready() is not None

    asyncio.run(run())
    assert (kept, world.counted) == ([1, 2], 2)


def test_a_token_is_renewed_five_minutes_before_its_end() -> None:
    world = World()

    async def run() -> list[int]:
        async with (
            RawServer(lambda _: answer(200, {"data": jwt(world.time + 3600)})) as server,
            contacts(server.base, api_key="k", world=world) as api,
        ):
            asked = []
            for moment in (0, 3299, 3301, 6500, 6700):
                world.time = 1_000_000.0 + moment
                await api.ready()
                asked.append(len(server.requests))
            return asked

    assert asyncio.run(run()) == [1, 1, 2, 2, 3]


def test_after_a_401_all_workers_renew_once() -> None:
    async def run() -> int:
        async with (
            RawServer(lambda _: answer(200, {"data": jwt(2e9)})) as server,
            contacts(server.base, api_key="k") as api,
        ):
            await api.ready()
            for _ in range(20):
                api.refuse(1)
            await asyncio.gather(*(api.ready() for _ in range(20)))
            api.refuse(1)
            await api.ready()
            return len(server.requests)

    assert asyncio.run(run()) == 2


def failed_sign_in(step: Step) -> Reply | None:
    async def run() -> Reply | None:
        async with RawServer(lambda _: step) as server, contacts(server.base, api_key="canary-key") as api:
            return await api.ready()

    return asyncio.run(run())


@pytest.mark.parametrize("step", [answer(503, Retry_After="7"), answer(429, Retry_After="7"), Fin()])
def test_a_sign_in_that_may_work_later_is_a_reply_that_sent_nothing_of_a_row(step: Step) -> None:
    reply = failed_sign_in(step)
    assert reply is not None
    assert (reply.sent, reply.status, reply.failure) == (False, None, "sign_in")
    assert reply.headers.get("retry-after") == (None if step == Fin() else "7")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_a_settings_error_without_the_key(status: int) -> None:
    with pytest.raises(SettingsError, match=str(status)) as caught:
        failed_sign_in(answer(status, {"error": "canary-key is wrong"}))
    assert "canary-key" not in str(caught.value)


@pytest.mark.parametrize(
    "step",
    [answer(404), answer(200, b"<html>", kind="text/html"), answer(200, {"token": "x"}), answer(302, Location="/x")],
)
def test_what_is_no_sign_in_is_a_wrong_target(step: Step) -> None:
    with pytest.raises(WrongTargetError, match="IMPORTER_BASE_URL"):
        failed_sign_in(step)


@pytest.mark.parametrize("token", ["canary-ñ", "canary\r\nx: y", "canary token"])
def test_a_token_with_impossible_characters_is_refused_without_echo(token: str) -> None:
    with pytest.raises(SettingsError) as caught:
        failed_sign_in(answer(200, {"data": token}))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_ready_token_that_is_refused_can_not_be_renewed() -> None:
    async def run() -> None:
        async with contacts("http://127.0.0.1:9", token="canary-token") as api:
            assert api.is_ready()
            api.refuse(1)
            await api.ready()

    with pytest.raises(SettingsError, match="IMPORTER_TOKEN") as caught:
        asyncio.run(run())
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "a.b.c", "opaque", "e30.W10.x", "e30.eyJleHAiOiJ4In0.x"])
def test_a_token_without_a_readable_end_never_ends_by_itself(token: str) -> None:
    assert read_end(token) == float("inf")


@pytest.mark.parametrize(
    "written", [r"abc/def+ghi==", r"abc\/def+ghi==", r"abc\u002fdef\u002Bghi\u003d=", r"abc\\/def+ghi=="]
)
def test_a_token_is_not_kept_however_json_escapes_it(written: str) -> None:
    told = without_token(f'{{"error":"no such token {written}, sorry"}}'.encode(), b"Bearer abc/def+ghi==")
    assert told == b'{"error":"no such token ***, sorry"}'


def test_what_is_no_token_stays_as_it_is() -> None:
    body = b'{"error":"abcXdef+ghi== and abc/def"}'
    assert without_token(body, b"Bearer abc/def+ghi==") == body
    assert without_token(b"short", b"Bearer short") == b"short"
