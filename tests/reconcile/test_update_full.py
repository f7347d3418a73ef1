"""What an update gave back to a contact, though its row is blank, is known from what its row says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from program import Finished, account
from target import Target
from test_reconcile_story import importer, lines_of, told

CRM = """
version: 1
name: crm
key: external_id
update: full
contact: {external_id: no, first_name: name, city: city, status: status}
"""
Shop = Callable[..., Finished]


@pytest.fixture
def shop(tmp_path: Path, target: Target) -> Shop:
    (tmp_path / "crm.yaml").write_text(CRM)

    def call(verb: str, *rows: str, more: tuple[str, ...] = ()) -> Finished:
        (tmp_path / "rows.csv").write_text("no,name,city,status\n" + "".join(f"{row}\n" for row in rows))
        new = ("--new-ledger",) if verb == "run" else ()
        words = (verb, "rows.csv", "-m", "./crm.yaml", "--json", *new, *more)
        return importer(*words, cwd=tmp_path, env=account(target.base_url))

    return call


def test_a_blank_against_what_a_full_update_gave_back_is_told(shop: Shop, target: Target, tmp_path: Path) -> None:
    shop("run", "1,Ana,Cali,", "2,Bea,,")
    shop("run", "1,Ana,,", "2,Bea,,")
    (contact_id,) = target.creates_by("external_id")["1"]
    assert target.contacts[contact_id]["city"] == "Cali"
    done = shop("reconcile", "1,Ana,,", "2,Bea,,")
    assert (done.code, told(done)) == (3, {"1 city": ("different", "left_out")})
    assert (lines_of(done)[0]["there"], lines_of(done)[0]["here"]) == ("Cali", "")
    (tmp_path / "there.csv").write_text("no,name,city,status\n1,Ana,Cali,\n2,Bea,,\n")
    against = shop("reconcile", "1,Ana,,", "2,Bea,,", more=("--against", "there.csv"))
    assert told(against) == {"1 city": ("different", "left_out")}


def test_a_contacts_own_value_that_a_full_update_gave_back_was_not_sent_from_here(shop: Shop, target: Target) -> None:
    shop("run", "1,Ana,,")
    (contact_id,) = target.creates_by("external_id")["1"]
    target.contacts[contact_id]["status"] = "ACTIVE"
    shop("run", "1,Ann,,")
    shop("run", "1,Anna,,")
    assert target.requests[-1].json["status"] == "ACTIVE"
    assert shop("reconcile", "1,Anna,,").code == 0
    done = shop("reconcile", "1,Anna,,PAUSED")
    assert told(done) == {"1 status": ("different", "changed_here")}
    assert (lines_of(done)[0]["there"], lines_of(done)[0]["here"]) == ("ACTIVE", "PAUSED")
