"""The table of verdicts, typed by hand a second time so that no cell can change unnoticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.http.answer import Answer, read_answer
from importer.http.exchange import Reply
from importer.outcome import Method
from importer.upload.verdict import TABLE, Fate, Seen, Then, judge

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html"}
ID = b'{"id":"abc"}'

L, R, N, U = Fate.LANDED, Fate.REFUSED, Fate.NOT_ACTED, Fate.UNKNOWN
SETTLE, REPEAT, RENEW, STOP = Then.SETTLE, Then.REPEAT, Then.RENEW, Then.STOP
FIRST, FIRST_UNKNOWN = Then.STOP_IF_FIRST, Then.STOP_IF_FIRST_UNKNOWN

CASES = [
    # what came                                        code             create              update
    (Reply(sent=False, failure="refused"), "net|refused", (N, REPEAT), (N, REPEAT)),
    (Reply(sent=False, failure="tls"), "net|tls", (N, REPEAT), (N, REPEAT)),
    (Reply(sent=False, failure="timeout"), "net|timeout", (N, REPEAT), (N, REPEAT)),
    (Reply(sent=True, failure="cut"), "net|cut", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, failure="timeout"), "net|timeout", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, failure="protocol"), "net|protocol", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, status=201, headers=JSON, body=ID, failure="cut"), "net|cut", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, status=101), "http|101", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, status=201, headers=JSON, body=ID), None, (L, SETTLE), (L, SETTLE)),
    (Reply(sent=True, status=202, headers=JSON, body=ID), None, (L, SETTLE), (L, SETTLE)),
    (Reply(sent=True, status=201, headers=JSON, body=b"{}"), "answer|no_id", (U, SETTLE), (L, SETTLE)),
    (Reply(sent=True, status=200, headers=JSON, body=b'{"data": []}'), "answer|no_contact", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, status=201, headers=JSON, body=b"[]"), "answer|no_contact", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, status=200, headers=JSON, body=b'{"error":"x"}'), "answer|no_contact", (U, SETTLE), (U, REPEAT)),
    (
        Reply(sent=True, status=200, headers=JSON, body=b'{"data":null,"errors":["x"]}'),
        "answer|no_contact",
        (U, SETTLE),
        (U, REPEAT),
    ),
    (
        Reply(sent=True, status=200, headers=JSON, body=b'{"data":[{"id":"abc"}],"error":"x"}'),
        None,
        (L, SETTLE),
        (L, SETTLE),
    ),
    (
        Reply(sent=True, status=200, headers=JSON, body=b'{"email":"e","error":null}'),
        "answer|no_id",
        (U, SETTLE),
        (L, SETTLE),
    ),
    (Reply(sent=True, status=200, headers=JSON), "answer|no_id", (U, SETTLE), (L, SETTLE)),
    (Reply(sent=True, status=204), "answer|no_id", (U, SETTLE), (L, SETTLE)),
    (
        Reply(sent=True, status=200, headers=JSON, body=ID, failure="oversized"),
        "answer|no_id",
        (U, SETTLE),
        (L, SETTLE),
    ),
    (Reply(sent=True, status=200, headers=HTML, body=b"<p>"), "answer|html", (U, FIRST_UNKNOWN), (U, SETTLE)),
    (Reply(sent=True, status=301), "http|301", (U, FIRST), (R, SETTLE)),
    (Reply(sent=True, status=303), "http|303", (U, FIRST_UNKNOWN), (U, SETTLE)),
    (Reply(sent=True, status=308), "http|308", (U, FIRST), (R, SETTLE)),
    (Reply(sent=True, status=400), "http|400", (R, SETTLE), (R, SETTLE)),
    (Reply(sent=True, status=401), "http|401", (N, RENEW), (N, RENEW)),
    (Reply(sent=True, status=403), "http|403", (N, STOP), (N, STOP)),
    (Reply(sent=True, status=404), "http|404", (R, FIRST), (R, SETTLE)),
    (Reply(sent=True, status=405), "http|405", (R, FIRST), (R, SETTLE)),
    (Reply(sent=True, status=408), "http|408", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, status=409), "http|409", (R, SETTLE), (R, SETTLE)),
    (Reply(sent=True, status=413), "http|413", (R, SETTLE), (R, SETTLE)),
    (Reply(sent=True, status=422, failure="cut"), "http|422", (R, SETTLE), (R, SETTLE)),
    (Reply(sent=True, status=425), "http|425", (R, SETTLE), (R, SETTLE)),
    (Reply(sent=True, status=429), "http|429", (N, REPEAT), (N, REPEAT)),
    (Reply(sent=True, status=500), "http|500", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, status=503), "http|503", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, status=599), "http|599", (U, SETTLE), (U, REPEAT)),
    (Reply(sent=True, status=999), "http|999", (U, SETTLE), (U, REPEAT)),
]


@pytest.mark.parametrize(("reply", "code", "create", "update"), CASES, ids=lambda value: getattr(value, "status", ""))
def test_each_outcome_means_this(
    reply: Reply, code: str | None, create: tuple[Fate, Then], update: tuple[Fate, Then]
) -> None:
    for method, expected in ((Method.CREATE, create), (Method.UPDATE, update)):
        verdict = judge(method, reply, read_answer(reply))
        assert (verdict.fate, verdict.then) == expected
        assert verdict.code == (None if expected[0] is Fate.LANDED else code)


def test_the_table_has_a_ruling_for_everything_that_can_be_seen() -> None:
    assert set(TABLE) == set(Seen)
    assert all(set(rulings) == set(Method) for rulings in TABLE.values())


@given(
    sent=st.booleans(),
    status=st.none() | st.integers(0, 1000),
    failure=st.sampled_from([None, "cut", "timeout", "oversized", "protocol", "refused"]),
    contact_id=st.none() | st.just("abc"),
    html=st.booleans(),
)
def test_a_create_is_sent_again_only_when_certainly_not_acted_on(
    *, sent: bool, status: int | None, failure: str | None, contact_id: str | None, html: bool
) -> None:
    reply = Reply(sent=sent, status=status, failure=failure)
    verdict = judge(Method.CREATE, reply, Answer(contact_id=contact_id, html=html))
    assert (verdict.then in (Then.REPEAT, Then.RENEW, Then.STOP)) == (verdict.fate is Fate.NOT_ACTED)
    assert (verdict.fate is Fate.NOT_ACTED) == (not sent or status in (401, 403, 429))
    assert (verdict.code is None) == (verdict.fate is Fate.LANDED)
