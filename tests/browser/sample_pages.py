"""Pages to look at: of the sample files, of runs that went wrong, and of runs in which there was nothing to do."""

import shutil
from pathlib import Path

from faults import ANSWER, Act, cut, status
from program import Finished, account, importer
from received import Received
from sample_oracle import FOLDER
from target import Target

SMALL = "version: 1\nname: small\nkey: external_id\ncontact: {external_id: no, first_name: name, email: mail}\n"
NAMES = ("run", "again", "plan", "apply", "check", "comparison", "agreeing", "shop", "held", "rejected", "nothing")


def act(received: Received) -> Act:
    """Leave one create of twenty without an answer, and refuse another row of twenty."""
    number = sum(received.body) % 20
    # An update without an answer would be sent again, and again be left without one.
    return cut() if number == 0 and received.method == "POST" else status(422) if number == 1 else ANSWER


def make_pages(folder: Path) -> None:
    """Write `NAME.html` for each of `NAMES` into a folder."""
    for name in ("crm_es.csv", "shop_en.csv"):
        shutil.copy(FOLDER / name, folder / name)
    first, *lines = (folder / "crm_es.csv").read_bytes().splitlines(keepends=True)
    edited = [line.replace(b"Bogot", b"Soacha, Bogot").replace(b"@", b"@mail.") for line in lines[:900]]
    (folder / "july.csv").write_bytes(b"".join([first, *edited, *lines[950:]]))
    (folder / "small.yaml").write_text(SMALL)
    (folder / "few.csv").write_text("no,name,mail\n" + "".join(f"{n},Ana,a{n}@correo.example.com\n" for n in range(9)))
    (folder / "bad.csv").write_text("no,name,mail\n" + "".join(f"{n},Ana,none\n" for n in range(200)))
    (folder / "part.csv").write_bytes(b"".join([first, *lines[:300]]))
    with Target(act, adopt=True) as target:
        env = account(target.base_url)

        def run(name: str, *words: str) -> Finished:
            done = importer(*words, "--json", cwd=folder, env=env)
            shutil.copy(done.document["files"]["report"], folder / f"{name}.html")
            return done

        run("run", "run", "crm_es.csv", "-m", "sample_crm", "--new-ledger")
        run("again", "run", "crm_es.csv", "-m", "sample_crm")
        run("comparison", "reconcile", "july.csv", "-m", "sample_crm")
        run("plan", "plan", "july.csv", "-m", "sample_crm", "--max-shrink", "90%", "--max-blanked", "100%")
        run("apply", "apply", "last", "--max-shrink", "90%", "--max-blanked", "100%")
        run("check", "check", "crm_es.csv", "-m", "sample_crm")
        run("shop", "run", "shop_en.csv", "-m", "sample_shop", "--new-ledger")
        run("rejected", "run", "bad.csv", "-m", "./small.yaml", "--new-ledger", "--max-rejected", "100%")
        target.script = ()
        few = ("few.csv", "-m", "./small.yaml")
        run("few", "run", *few, "--max-shrink", "100%", "--max-creates", "100%")
        run("nothing", "run", *few)
        run("held", "run", "part.csv", "-m", "sample_crm")
        run("agreeing", "reconcile", *few)
