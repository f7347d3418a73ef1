"""The sandbox answers the two calls, sign-in and the list as the target's pages say."""

import stat
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from pages import CREATE
from serving import ACCOUNT, HEADERS, TOKEN, Caller, serving

SOMEBODY = "99999999-8888-4777-8666-555555555555"
FULL = {
    "external_id": "007",
    "first_name": "Ñandú 🦤",
    "email": "ana@example.com",
    "email_verified": True,
    "dob": "1990-02-28",
    "gender": "FEMALE",
    "status": "VIP",
    "tags": {"tier": "gold", "newsletter": True},
    "addresses": [{"alias": "casa", "city": "Bogotá"}],
    "billing_info": [{"legal_name": "Ana SAS", "email": "facturas@example.com"}],
    "payments": [{"method": "CREDIT", "last_four": "0042", "expiry_month": 12, "expiry_year": 2030}],
}


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with serving(tmp_path_factory.mktemp("sandbox") / "store.sqlite") as caller:
        yield caller


def test_a_create_is_answered_with_the_whole_bare_contact(call: Caller) -> None:
    contact = call.create(**FULL)
    assert set(contact) == {*CREATE, "id", "persona_id"}
    assert {name: contact[name] for name in FULL} == FULL
    assert UUID(contact["id"]).version == 4
    assert (contact["deleted_at"], contact["is_anonymous"], contact["city"]) == (None, False, None)


def test_the_same_person_twice_is_two_contacts_of_one_persona(call: Caller) -> None:
    one, two, other = call.create(**FULL), call.create(**FULL, city="Cali"), call.create(email="eva@example.com")
    assert one["id"] != two["id"]
    assert one["persona_id"] == two["persona_id"] != other["persona_id"]
    assert call.create()["persona_id"] != call.create()["persona_id"]


def test_an_update_changes_the_given_keys_only(call: Caller) -> None:
    created = call.create(**FULL)
    updated = call.update(created["id"], city="Cali", tags=None)
    kept = {name: value for name, value in created.items() if name not in {"city", "tags", "updated_at"}}
    assert updated == {**created, "city": "Cali", "tags": None, "updated_at": updated["updated_at"]}
    assert kept.items() <= updated.items()


def test_another_email_is_another_persona_unless_one_is_given(call: Caller) -> None:
    created = call.create(**FULL)
    assert call.update(created["id"], email="ANA@example.com")["persona_id"] == created["persona_id"]
    assert call.update(created["id"], email="other@example.com")["persona_id"] != created["persona_id"]
    assert call.update(created["id"], persona_id="mine")["persona_id"] == "mine"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"id": SOMEBODY}, "id"),
        ({"persona_id": "p"}, "persona_id"),
        ({"first_name": 7}, "first_name"),
        ({"email": None}, "email"),
        ({"email": "ana@example"}, "email"),
        ({"email": "ana\r\n@example.com"}, "email"),
        ({"email_verified": "true"}, "email_verified"),
        ({"gender": "female"}, "gender"),
        ({"dob": "2023-02-29"}, "dob"),
        ({"dob": "20230228"}, "dob"),
        ({"deleted_at": "2023-02-28T10:00:00"}, "deleted_at"),
        ({"status": None}, "status"),
        ({"tags": []}, "tags"),
        ({"addresses": [{}, {"street_3": "x"}]}, "addresses.1.street_3"),
        ({"billing_info": [{"email": "x"}]}, "billing_info.0.email"),
        ({"payments": [{"expiry_month": "12"}]}, "payments.0.expiry_month"),
        ([], "body"),
    ],
)
def test_a_body_that_is_no_contact_is_422_and_names_the_place(call: Caller, body: object, path: str) -> None:
    answer = call("POST", "/contacts", body)
    assert (answer.status, answer.json["error"]) == (422, "Unprocessable Entity")
    assert [issue["path"] for issue in answer.json["details"]] == [path]
    assert set(answer.json["details"][0]) == {"path", "message"}


def test_all_issues_are_named_and_no_value(call: Caller) -> None:
    answer = call("POST", "/contacts", {"dob": "4111111111111111", "email": "4111111111111111"})
    assert [issue["path"] for issue in answer.json["details"]] == ["email", "dob"]
    assert "4111" not in str(answer.json)


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b'{"city": "\\ud800"}'])
def test_what_is_not_json_is_400(call: Caller, body: bytes) -> None:
    assert call("POST", "/contacts", body).status == 400


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/contacts", {**HEADERS, "Authorization": ""}, 401),
        ("POST", "/contacts", {**HEADERS, "Authorization": "Bearer other"}, 401),
        ("POST", "/contacts", {**HEADERS, "Authorization": f"Basic {TOKEN}"}, 401),
        ("POST", "/contacts", {**HEADERS, "Authorization": "Bearer e30.e30."}, 401),
        ("POST", "/contacts", {**HEADERS, "Content-Type": "text/plain"}, 415),
        ("PUT", f"/contacts/{SOMEBODY}", HEADERS, 404),
        ("PUT", f"/contacts/{SOMEBODY}", {**HEADERS, "x-account-id": "7"}, 422),
        ("PUT", f"/contacts/{SOMEBODY}", {key: HEADERS[key] for key in ("Authorization", "Content-Type")}, 422),
        ("PUT", "/contacts/7", HEADERS, 422),
        ("PUT", "/contacts", HEADERS, 405),
        ("GET", "/contacts?from=x", HEADERS, 400),
        ("GET", "/auth/authorize", {"x-api-key": "other"}, 401),
        ("GET", "/elsewhere", HEADERS, 404),
    ],
)
def test_other_refusals_are_json_too(
    call: Caller, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = call(method, path, {}, headers)
    assert (answer.status, set(answer.json)) == (status, {"error", "details"})


def test_a_body_of_more_than_a_mebibyte_is_413(call: Caller) -> None:
    assert call("POST", "/contacts", b'{"city":"' + b"x" * 1_048_576 + b'"}').status == 413


def test_the_list_gives_contacts_in_the_order_of_their_creation(tmp_path: Path) -> None:
    with serving(tmp_path / "store.sqlite") as call:
        created = [call.create(external_id=str(number)) for number in range(4)]
        answer = call("GET", "/contacts?from=1&to=3")
        assert answer.json == {"data": created[1:3], "from": 1, "to": 3, "count": 4}
        assert call("GET", "/contacts").json["data"] == created


def test_the_store_outlives_the_server_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    with serving(store) as call:
        created = call.create(**FULL)
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    with serving(store) as call:
        assert call("GET", "/contacts").json["data"] == [created]


def test_a_put_to_an_unknown_id_can_adopt_it(tmp_path: Path) -> None:
    with serving(tmp_path / "store.sqlite", adopt=True) as call:
        assert call.update(SOMEBODY.upper(), city="Cali")["id"] == SOMEBODY
        assert call.update(SOMEBODY, phone="1")["city"] == "Cali"
        assert call("GET", "/contacts").json["count"] == 1


@pytest.mark.parametrize(
    ("put", "kept"),
    [
        ("merge", {"first_name": FULL["first_name"], "status": "VIP", "email_verified": True}),
        ("defaults", {"first_name": FULL["first_name"], "status": "ACTIVE", "email_verified": False}),
        ("replace", {"first_name": None, "status": "ACTIVE", "email_verified": False}),
    ],
)
def test_keys_left_out_of_a_put_fare_as_told(tmp_path: Path, put: str, kept: dict[str, object]) -> None:
    with serving(tmp_path / "store.sqlite", put=put) as call:
        created = call.create(**FULL)
        updated = call.update(created["id"], email="ana@example.com", is_anonymous=True)
        assert {name: updated[name] for name in kept} == kept
        assert updated["is_anonymous"]
        assert [updated[name] for name in ("id", "persona_id", "created_at")] == [
            created[name] for name in ("id", "persona_id", "created_at")
        ]


def test_signing_in_gives_a_token_that_ends(tmp_path: Path) -> None:
    with serving(tmp_path / "store.sqlite", token=None, token_seconds=1) as call:
        assert call("GET", "/auth/authorize", headers={}).status == 401
        token = call("GET", "/auth/authorize", headers={"x-api-key": "any"}).json["data"]
        assert token.count(".") == 2
        headers = {**HEADERS, "Authorization": f"Bearer {token}"}
        assert call("POST", "/contacts", {}, headers).status == 201
        forged = {**HEADERS, "Authorization": f"Bearer {token[:-2]}AA"}
        assert call("POST", "/contacts", {}, forged).status == 401
        deadline = time.monotonic() + 5
        while call("POST", "/contacts", {}, headers).status == 201 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert call("POST", "/contacts", {}, headers).status == 401


def test_a_fixed_token_signs_in_as_a_key(call: Caller) -> None:
    token = call("GET", "/auth/authorize", headers={"x-api-key": TOKEN}).json["data"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "x-account-id": ACCOUNT}
    assert call("POST", "/contacts", {}, headers).status == 201
