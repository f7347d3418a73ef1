"""The test server does what its pages and its script say, and knows nothing of the importer."""

import ast
import concurrent.futures
import http.client
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import faults
import pytest
from audit import COLUMNS, audit, read_results, tally
from pages import CREATE, UPDATE
from target import ACCOUNT, API_KEY, PREFIX, TOKEN, Target

HERE = Path(__file__).parent
OWN = {"target", "received", "faults", "pages", "wire", "audit"}
JSON = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
WRITE = {**JSON, "x-account-id": ACCOUNT}
SOMEBODY = "99999999-8888-4777-8666-555555555555"


def call(
    target: Target, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> tuple[int, Any, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(target.base_url).port or 0, timeout=5)
    try:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        connection.request(method, PREFIX + path, data, WRITE if headers is None else headers)
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    is_json = response.headers.get("Content-Type") == "application/json"
    return response.status, json.loads(text) if is_json and text[:1] in b"{[" and text else text, response


@pytest.mark.parametrize("name", sorted(OWN))
def test_it_imports_only_the_standard_library_and_itself(name: str) -> None:
    tree = ast.parse((HERE / f"{name}.py").read_text("utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {module.split(".")[0] for module in modules} <= sys.stdlib_module_names | OWN


def test_the_pages_have_26_and_27_fields() -> None:
    assert (len(CREATE), len(UPDATE)) == (26, 27)
    assert set(UPDATE) - set(CREATE) == {"persona_id"}


def test_a_create_is_answered_with_the_bare_contact_and_kept(target: Target) -> None:
    status, contact, _ = call(target, "POST", "/contacts", {"external_id": "007", "email": "ana@example.com"}, JSON)
    assert status == 201
    assert set(contact) == {*CREATE, "id", "persona_id"}
    assert target.contacts[contact["id"]] == {"external_id": "007", "email": "ana@example.com"}
    assert [(one.method, one.committed, one.answered, one.status) for one in target.requests] == [
        ("POST", True, True, 201)
    ]


def test_the_same_person_twice_is_two_contacts(target: Target) -> None:
    for _ in range(2):
        call(target, "POST", "/contacts", {"external_id": "007"})
    assert len(target.contacts) == 2
    assert len(target.duplicates("external_id")["007"]) == 2


def test_an_update_is_answered_with_an_array_and_merges(target: Target) -> None:
    _, contact, _ = call(target, "POST", "/contacts", {"external_id": "007", "city": "Lima"})
    status, answer, _ = call(target, "PUT", f"/contacts/{contact['id']}", {"city": None, "persona_id": "p"})
    assert (status, [one["id"] for one in answer["data"]]) == (200, [contact["id"]])
    assert target.contacts[contact["id"]] == {"external_id": "007", "city": None, "persona_id": "p"}


def test_an_unknown_id_is_404_unless_adopted() -> None:
    for adopt, status in ((False, 404), (True, 200)):
        with Target(adopt=adopt) as target:
            assert call(target, "PUT", f"/contacts/{SOMEBODY}", {})[0] == status
            assert (SOMEBODY in target.contacts, target.created) == (adopt, [])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": SOMEBODY}, 422),
        ({"persona_id": "p"}, 422),
        ({"nickname": "x"}, 422),
        ({"email": None}, 422),
        ({"email": ""}, 422),
        ({"status": None}, 422),
        ({"first_name": 7}, 422),
        ({"email_verified": "true"}, 422),
        ({"gender": "male"}, 422),
        ({"dob": "2023-02-30"}, 422),
        ({"created_at": "2023-02-03"}, 422),
        ({"tags": []}, 422),
        ({"addresses": [{"street_3": "x"}]}, 422),
        ({"payments": [{"expiry_month": "12"}]}, 422),
        ([], 422),
        (b'{"city": "a", "city": "b"}', 422),
        (b'{"city": "\xff"}', 400),
        (b'{"city": "\\ud800"}', 400),
        (b"{", 400),
        ({"payments": [{"method": "CREDIT", "expiry_month": 12}], "billing_info": [{"phone": "1"}], "dob": None}, 201),
    ],
)
def test_a_body_is_judged_by_the_page(target: Target, body: object, status: int) -> None:
    assert call(target, "POST", "/contacts", body)[0] == status
    assert bool(target.contacts) == target.requests[0].committed == (status == 201)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/contacts", {"Content-Type": "application/json"}, 401),
        ("POST", "/contacts", {**JSON, "Authorization": "Bearer other"}, 401),
        ("POST", "/contacts", {**JSON, "Content-Type": "text/plain"}, 415),
        ("PUT", f"/contacts/{SOMEBODY}", JSON, 422),
        ("PUT", f"/contacts/{SOMEBODY}", {**JSON, "x-account-id": "7"}, 422),
        ("PUT", "/contacts/..%2Fadmin", WRITE, 422),
        ("PUT", "/contacts", WRITE, 405),
        ("GET", "/contacts", WRITE, 405),
        ("POST", "/contact", WRITE, 404),
        ("GET", "/auth/authorize", {"x-api-key": "other"}, 401),
    ],
)
def test_a_request_is_judged_by_the_page(
    target: Target, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    assert call(target, method, path, {}, headers)[0] == status
    assert not target.contacts


def test_a_token_from_sign_in_is_accepted_until_it_expires(target: Target) -> None:
    _, answer, _ = call(target, "GET", "/auth/authorize", None, {"x-api-key": API_KEY})
    headers = {**JSON, "Authorization": f"Bearer {answer['data']}"}
    assert call(target, "POST", "/contacts", {}, headers)[0] == 201
    target.expire_tokens()
    assert call(target, "POST", "/contacts", {}, headers)[0] == 401


@pytest.mark.parametrize(
    ("act", "error", "commits"),
    [
        (faults.cut(), http.client.RemoteDisconnected, True),
        (faults.cut(commit=False), http.client.RemoteDisconnected, False),
        (faults.reset(), ConnectionResetError, True),
        (faults.truncate(), http.client.IncompleteRead, True),
        (faults.garbage(), http.client.BadStatusLine, True),
    ],
)
def test_a_cut_is_seen_on_the_socket(target: Target, act: faults.Act, error: type[Exception], *, commits: bool) -> None:
    target.script = [act]
    with pytest.raises(error):
        call(target, "POST", "/contacts", {})
    assert (len(target.contacts) == 1) == target.requests[0].committed == commits
    assert not target.requests[0].answered
    assert call(target, "POST", "/contacts", {})[0] == 201


def test_a_request_can_be_reset_before_its_body_is_read() -> None:
    with Target(early=lambda one: one.number == 0) as target:
        with pytest.raises(ConnectionError):
            call(target, "POST", "/contacts", {"city": "x"})
        assert (target.requests[0].body, target.contacts) == (b"", {})
        assert call(target, "POST", "/contacts", {})[0] == 201


def test_it_hangs_until_it_is_stopped() -> None:
    started = time.monotonic()
    with Target([faults.hang()]) as target, concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, target, "POST", "/contacts", {})
        assert not concurrent.futures.wait([waiting], timeout=0.2).done
        target.drop_connections()
        assert isinstance(waiting.exception(), ConnectionError)
        assert target.requests[0].committed
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("act", "status", "commits"),
    [
        (faults.status(503), 503, False),
        (faults.status(503, commit=True), 503, True),
        (faults.limited("2"), 429, False),
        (faults.html(), 200, False),
        (faults.redirect("http://127.0.0.1:1/"), 307, False),
        (faults.no_id(), 201, True),
        (faults.oversize(300_000), 201, True),
        (faults.slow(0.01), 201, True),
        (faults.dribble(0), 201, True),
    ],
)
def test_an_answer_can_be_anything(target: Target, act: faults.Act, status: int, *, commits: bool) -> None:
    target.script = [act]
    got, content, response = call(target, "POST", "/contacts", {})
    assert (got, bool(target.contacts)) == (status, commits)
    assert response.headers["Retry-After"] == ("2" if status == 429 else None)
    assert response.headers["Location"] == ("http://127.0.0.1:1/" if status == 307 else None)
    assert target.requests[0].answered
    assert len(str(content)) > (300_000 if act.body and len(act.body) > 1000 else -1)


def test_a_callable_decides_by_the_request(target: Target) -> None:
    target.script = lambda one: faults.status(500) if one.body and one.json.get("city") == "bad" else None
    assert [call(target, "POST", "/contacts", {"city": city})[0] for city in ("good", "bad")] == [201, 500]


def test_it_can_be_down_and_come_back(target: Target) -> None:
    with target.down(), pytest.raises(ConnectionRefusedError):
        call(target, "POST", "/contacts", {})
    assert call(target, "POST", "/contacts", {})[0] == 201


def test_idle_connections_are_closed_after_a_while() -> None:
    with Target(idle_seconds=0.05) as target:
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(target.base_url).port or 0, timeout=5)
        connection.request("POST", f"{PREFIX}/contacts", b"{}", WRITE)
        connection.getresponse().read()
        assert connection.sock.recv(1) == b""
        connection.close()


def write_results(path: Path, rows: list[dict[str, str]]) -> Path:
    lines = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_the_audit_ties_out_or_says_what_does_not(target: Target, tmp_path: Path) -> None:
    _, one, _ = call(target, "POST", "/contacts", {"external_id": "1"})
    call(target, "POST", "/contacts", {"external_id": "2"})
    rows = [
        {"source": "0", "row": "1", "key": "1", "action": "create", "state": "created", "contact_id": one["id"]},
        {"source": "0", "row": "2", "key": "2", "action": "create", "state": "unknown"},
        {"source": "0", "row": "3", "key": "3", "action": "rejected", "state": "rejected"},
    ]
    read = read_results(write_results(tmp_path / "results.csv", rows))
    assert audit(target, read, read=3) == []
    assert tally(read) == {"created": 1, "unknown": 1, "rejected": 1}
    call(target, "POST", "/contacts", {"external_id": "2"})
    assert audit(target, read, read=3) == []
    call(target, "POST", "/contacts", {"external_id": "1"})
    call(target, "POST", "/contacts", {"external_id": "3"})
    read[1]["contact_id"], read[1]["state"] = "", "created"
    assert audit(target, [*read, read[0]], read=3) == [
        "row 0:1 is there 2 times",
        "3 rows were read, but 4 have a state",
        "key 1 was created 2 times and no row says unknown",
        "key 2 was created 2 times and no row says unknown",
        "key 3 stands on the server, but its rows say ['rejected']",
        "row 0:2 is created, but its contact is not on the server",
    ]
