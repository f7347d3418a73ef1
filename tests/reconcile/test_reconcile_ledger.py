"""What the ledger is sure of, and what it is not: updates refused or lost, keys that moved, bodies that are gone."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from faults import ANSWER, Act, cut, status
from program import Finished, account
from received import Received
from target import Target
from test_reconcile_story import importer, lines_of, told

CRM = """
version: 1
name: crm
key: external_id
contact:
  id: id
  external_id: no
  first_name: name
  city: {column: city, write: POLICY}
"""
Shop = Callable[..., Finished]


@pytest.fixture
def shop(tmp_path: Path, target: Target) -> Shop:
    """Give `run` or `reconcile` of rows, as lines of id, key, name and city."""

    def call(verb: str, *rows: str, policy: str = "always", more: tuple[str, ...] = ()) -> Finished:
        (tmp_path / "crm.yaml").write_text(CRM.replace("POLICY", policy))
        (tmp_path / "rows.csv").write_text("id,no,name,city\n" + "".join(f"{row}\n" for row in rows))
        words = [verb, "rows.csv", "-m", "./crm.yaml", "--json", *more]
        if verb == "run":
            words.append("--new-ledger")
        return importer(*words, cwd=tmp_path, env=account(target.base_url))

    return call


def on_update(act: Act) -> Callable[[Received], Act]:
    return lambda received: act if received.method == "PUT" else ANSWER


def test_who_was_refused_an_update_holds_what_landed_before(shop: Shop, target: Target) -> None:
    shop("run", ",1,Ana,Cali", ",2,Bea,Cali")
    target.script = on_update(status(422))
    shop("run", ",1,Ana,Pasto", ",2,Bea,Cali")
    done = shop("reconcile", ",1,Ana,Pasto", ",2,Bea,Cali")
    assert told(done) == {"1 city": ("different", "failed")}
    assert lines_of(done)[0]["detail"] == "http|422"
    assert shop("reconcile", ",1,Ana,Cali", ",2,Bea,Cali").code == 0


def test_a_refusal_explains_only_what_it_kept_from_the_contact(shop: Shop, target: Target, tmp_path: Path) -> None:
    shop("run", ",1,Ana,Cali", ",2,Bea,Cali", ",3,Cyd,Cali")
    shop("run", ",1,Ana,Cali", ",2,Bea,Cali", ",3,Cydney,")
    target.script = on_update(status(422))
    shop("run", ",1,Ann,Cali", ",2,Bee,Cali", ",3,Cyd,")
    (tmp_path / "there.csv").write_text("id,no,name,city\n,1,Ana,Pasto\n,2,Ben,Cali\n,3,Cydney,Cali\n")
    rows = ",1,Ann,Cali", ",2,Bee,Cali", ",3,Cyd,"
    assert told(shop("reconcile", *rows, more=("--against", "there.csv"))) == {
        "1 first_name": ("different", "failed"),
        "1 city": ("different", "changed_there"),
        "2 first_name": ("different", "changed_both"),
        "3 first_name": ("different", "failed"),
        "3 city": ("different", "left_out"),
    }
    assert told(shop("reconcile", *rows)) == {
        "1 first_name": ("different", "failed"),
        "2 first_name": ("different", "failed"),
        "3 first_name": ("different", "failed"),
        "3 city": ("different", "left_out"),
    }


def test_of_a_lost_update_nobody_can_tell(shop: Shop, target: Target) -> None:
    shop("run", ",1,Ana,Cali", ",2,Bea,Cali")
    target.script = on_update(cut())
    shop("run", ",1,Ana,Pasto", ",2,Bea,Cali")
    for city in ("Cali", "Pasto"):
        assert told(shop("reconcile", f",1,Ana,{city}", ",2,Bea,Cali")) == {"1": ("cant_tell", "unknown")}


def test_a_customer_with_a_new_number_is_one_customer_who_is_known_by_the_old_number_too(
    shop: Shop, target: Target
) -> None:
    shop("run", ",1,Ana,Cali", ",3,Cyd,Cali")
    (ana,) = target.creates_by("external_id")["1"]
    shop("run", f"{ana},2,Ana,Cali", ",3,Cyd,Cali")
    now = shop("reconcile", f"{ana},2,Ana,Cali", ",3,Cyd,Cali")
    assert (now.code, now.document["there"]["read"], now.document["matched"]) == (0, 2, {"id": 1, "key": 1})
    old = shop("reconcile", ",1,Ana,Cali", ",3,Cyd,Cali")
    assert told(old) == {"1 external_id": ("different", "changed_here")}
    assert (lines_of(old)[0]["matched_by"], old.document["matched"]) == ("ledger", {"key": 1, "ledger": 1})
    both = shop("reconcile", ",1,Ana,Cali", f"{ana},2,Ana,Cali", ",3,Cyd,Cali")
    assert told(both) == {"1": ("ambiguous", "")}


def test_a_row_that_brings_another_id_differs_in_it(shop: Shop, target: Target) -> None:
    shop("run", ",1,Ana,Cali")
    (ana,) = target.creates_by("external_id")["1"]
    other = "99999999-9999-4999-8999-999999999999"
    done = shop("reconcile", f"{other},1,Ana,Cali")
    assert told(done) == {"1 id": ("different", "changed_here")}
    assert (lines_of(done)[0]["there"], lines_of(done)[0]["here"]) == (ana, other)


def test_a_field_that_no_update_carries_is_compared_with_what_was_sent_of_it(shop: Shop) -> None:
    shop("run", ",1,Ana,Cali", policy="create_only")
    assert told(shop("reconcile", ",1,Ana,Pasto", policy="create_only")) == {"1 city": ("different", "changed_here")}
    shop("run", ",1,Ann,Pasto", policy="create_only")
    done = shop("reconcile", ",1,Ann,Pasto", policy="create_only")
    assert told(done) == {"1 city": ("different", "left_out")}
    assert (lines_of(done)[0]["there"], lines_of(done)[0]["here"]) == ("Cali", "Pasto")
    assert shop("reconcile", ",1,Ann,Cali", policy="create_only").code == 0


def test_where_the_body_that_landed_is_gone_nobody_can_tell(shop: Shop, tmp_path: Path) -> None:
    run = shop("run", ",1,Ana,Cali", ",2,Bea,Cali").document["run_id"]
    shutil.rmtree(tmp_path / "importer-state" / "runs" / run)
    done = shop("reconcile", ",1,Ana,Pasto", ",2,Bea,Cali")
    assert told(done) == {"1": ("cant_tell", "forgotten")}
    assert lines_of(done)[0]["detail"] == "body|gone"
    assert "can't be read any more" in done.document["note"]


def test_parts_that_are_gone_tell_of_no_rejection_and_stop_nothing(shop: Shop, tmp_path: Path) -> None:
    run = shop("run", ",1,Ana,Cali", "no id,2,Bea,Cali").document["run_id"]
    assert told(shop("reconcile", ",1,Ana,Cali", ",2,Bea,Cali")) == {"2": ("only_here", "rejected")}
    shutil.rmtree(tmp_path / "importer-state" / "runs" / run / "parts")
    assert told(shop("reconcile", ",1,Ana,Cali", ",2,Bea,Cali")) == {"2": ("only_here", "never_sent")}


def test_customers_of_two_accounts_are_not_taken_for_one_another(shop: Shop, target: Target, tmp_path: Path) -> None:
    shop("run", ",1,Ana,Cali")
    importer("run", "rows.csv", "-m", "./crm.yaml", "--sandbox", "-q", cwd=tmp_path)
    unsaid = importer("reconcile", "rows.csv", "-m", "./crm.yaml", cwd=tmp_path)
    assert (unsaid.code, "several accounts" in unsaid.err) == (2, True)
    sandbox = importer("reconcile", "rows.csv", "-m", "./crm.yaml", "--sandbox", cwd=tmp_path)
    assert (sandbox.code, shop("reconcile", ",1,Ana,Cali").code) == (0, 0)
    assert len(target.created) == 1


@pytest.mark.parametrize("order", ["name", "key,key", ""])
def test_only_identifiers_say_who_is_who(shop: Shop, order: str) -> None:
    assert shop("reconcile", ",1,Ana,Cali", more=("--match", order)).code == 2
