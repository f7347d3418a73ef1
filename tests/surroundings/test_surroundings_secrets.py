"""Canaries: a token, a key, a card number and an email are found nowhere but where they belong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from faults import redirect, status
from program import account, environment, importer
from small_job import share
from target import ACCOUNT, API_KEY, TOKEN, Target

from importer.errors import SettingsError
from importer.settings import read_account

CARD = "4111111111111111"
EMAIL = "canary.bird@correo.example.com"
NAME = "Canary Bird"
MAPPING = """version: 1
name: crm
key: external_id
contact:
  external_id: no
  first_name: name
  email: {column: mail, required: true}
  dob: {column: born, date: "%Y-%m-%d"}
  tags: {note: note}
  payments:
    - {method: {value: CREDIT}, last_four: card}
"""
ROWS = [
    f"1,{NAME},{EMAIL},1990-01-01,fine,4242",
    f"7,{NAME},{EMAIL},1990-01-01,fine,4242",
    f"8,{NAME},{EMAIL},1990-01-01,fine,4242",
    f"2,{NAME},{EMAIL},1990-01-01,fine,{CARD}",
    f"3,{NAME},{EMAIL},1990-01-01,call 4111 1111 1111 1111,4242",
    f"4,{CARD},{EMAIL},1990-01-01,fine,4242",
    f"5,{NAME},not {EMAIL},31/31/1990,fine,4242",
    f'6,{NAME},{EMAIL},"open quote {CARD}',
]
MAY_HOLD_PEOPLE = ("ledger.sqlite", "parts", "rejects.csv")
"""What in the state folder may hold an email: the ledger's answers, the parts, the rows to mend."""


def prepare(folder: Path) -> None:
    (folder / "crm.yaml").write_text(MAPPING)
    (folder / "rows.csv").write_text("no,name,mail,born,note,card\n" + "\n".join(ROWS) + "\n")


def assert_clean(said: str) -> None:
    for canary in (TOKEN, API_KEY, CARD, "4111 1111 1111 1111", EMAIL, NAME, "Traceback"):
        assert canary not in said, f"{canary} in what was said"


def assert_files_clean(state: Path) -> None:
    for path in state.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        for secret in (TOKEN, API_KEY, CARD, "4111 1111 1111 1111"):
            assert secret.encode() not in content, f"{secret} in {path}"
        if not any(part.startswith(MAY_HOLD_PEOPLE) for part in path.relative_to(state).parts):
            assert EMAIL.encode() not in content, f"the email in {path}"


def key_account(base_url: str) -> dict[str, str]:
    return environment(IMPORTER_BASE_URL=base_url, IMPORTER_ACCOUNT_ID=ACCOUNT, IMPORTER_API_KEY=API_KEY)


def echo(number: int) -> object:
    text = f'{{"error": "{EMAIL} {CARD} {NAME} Bearer {TOKEN}"}}'
    return status(number, body=text.encode())


@pytest.mark.parametrize("answer", share([422], [None, 500, 404, 403, 401]))
def test_no_canary_leaves_its_place_whatever_the_server_answers(answer: int | None, tmp_path: Path) -> None:
    prepare(tmp_path)
    said = ""
    with Target() as target:
        if answer is not None:
            target.script = lambda received: echo(answer) if received.method == "POST" else None  # type: ignore[assignment,return-value]  # an Act
        for more in (("-v",), ("--json",)):
            words = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", *more)
            done = importer(*words, cwd=tmp_path, env=account(target.base_url))
            said += done.out + done.err
        said += importer("show", "last", cwd=tmp_path).out
    assert_clean(said)
    assert "bug" not in said
    for path in (tmp_path / "importer-state").rglob("*"):
        for secret in (TOKEN, API_KEY, CARD, "4111 1111 1111 1111"):
            assert path.is_dir() or secret.encode() not in path.read_bytes(), f"{secret} in {path}"


def test_no_canary_leaves_its_place_when_all_is_well(tmp_path: Path) -> None:
    prepare(tmp_path)
    with Target() as target:
        words = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "-v")
        done = importer(*words, cwd=tmp_path, env=key_account(target.base_url))
        assert done.code == 3, done.err
        assert_clean(done.out + done.err)
    assert_files_clean(tmp_path / "importer-state")


def test_verbose_tells_rows_by_number_and_never_by_person(tmp_path: Path) -> None:
    prepare(tmp_path)
    with Target([status(422)]) as target:
        words = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "-v")
        done = importer(*words, cwd=tmp_path, env=key_account(target.base_url))
    assert "row 1 of source 1: http|422, refused, recorded" in done.err
    assert_clean(done.err)


def test_a_bug_is_told_with_1_by_its_place_and_without_its_data(tmp_path: Path) -> None:
    prepare(tmp_path)
    with Target() as target:
        env = key_account(target.base_url)
        words = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--limit", "1")
        importer(*words, cwd=tmp_path, env=env)
        (job,) = tmp_path.glob("importer-state/runs/*/job.json")
        document = json.loads(job.read_text("utf-8"))
        # A document that no version of ours wrote: what fails on it is a bug to us.
        document["dropped"] = {EMAIL: CARD}
        document["superseded"] = f"{EMAIL} {CARD}"
        job.write_text(json.dumps(document))
        done = importer(*words, "-v", cwd=tmp_path, env={**env, "PYTHONASYNCIODEBUG": "1"})
    assert done.code == 1
    assert "this is a bug (" in done.err
    assert_clean(done.out + done.err)


PANIC = """
import sys
sys.argv = ["importer", "check", "rows.csv", "-m", "crm.yaml"]
import importer.cli
class Panic(BaseException):
    pass
def fail(*_, **__):
    raise Panic("canary.bird@correo.example.com 4111111111111111")
importer.cli.LateGroup.get_command = fail
importer.cli.main()
"""


def test_what_is_no_exception_of_python_is_told_as_a_bug_too(tmp_path: Path) -> None:
    prepare(tmp_path)
    done = subprocess.run([sys.executable, "-c", PANIC], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "this is a bug (Panic)" in done.stderr) == (1, True)
    assert_clean(done.stdout + done.stderr)


@pytest.mark.parametrize("place", share(["//169.254.169.254/latest"], ["http://example.com/x", "file:///etc/passwd"]))
def test_a_redirect_is_told_by_its_host_and_the_token_stays(place: str, tmp_path: Path) -> None:
    prepare(tmp_path)
    with Target([redirect(f"{place}?mail={EMAIL}")]) as target:
        words = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--json")
        done = importer(*words, cwd=tmp_path, env=key_account(target.base_url))
        assert done.code == 4
        assert len(target.of("POST")) == 1
    assert_clean(done.out + done.err)


@pytest.mark.parametrize("given", share(["--token"], ["--api-key", "--key"]))
def test_no_option_takes_a_secret(given: str, tmp_path: Path) -> None:
    prepare(tmp_path)
    done = importer("run", "rows.csv", "-m", "crm.yaml", given, "x", cwd=tmp_path)
    assert (done.code, "No such option" in done.err) == (2, True)


@pytest.mark.parametrize("name", ["IMPORTER_TOKEN", "IMPORTER_API_KEY"])
def test_a_secrets_file_is_read_and_must_be_its_owners_alone(name: str, tmp_path: Path) -> None:
    prepare(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text(f"{TOKEN if name == 'IMPORTER_TOKEN' else API_KEY}\n")
    with Target() as target:
        env = environment(
            **{"IMPORTER_BASE_URL": target.base_url, "IMPORTER_ACCOUNT_ID": ACCOUNT, f"{name}_FILE": str(secret)}
        )
        words = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--json")
        secret.chmod(0o644)
        refused = importer(*words, cwd=tmp_path, env=env)
        assert (refused.code, "chmod 600" in refused.err) == (4, True)
        secret.chmod(0o600)
        assert importer(*words, cwd=tmp_path, env=env).document["created"] > 0
        assert_clean(refused.out + refused.err)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"IMPORTER_TOKEN": "canary tökèn"}, "characters"),
        ({"IMPORTER_TOKEN": "canary\nline"}, "characters"),
        ({"IMPORTER_TOKEN": "canary", "IMPORTER_TOKEN_FILE": "x"}, "both"),
        ({"IMPORTER_BASE_URL": "https://ana:canary@example.com"}, "user name or password"),
        ({"IMPORTER_BASE_URL": "http://canary.example.com"}, "IMPORTER_ALLOW_HTTP"),
        ({"IMPORTER_BASE_URL": "http://169.254.169.254/x"}, "IMPORTER_ALLOW_HTTP"),
        ({"IMPORTER_BASE_URL": "http://127.0.0.1.example.com/x"}, "IMPORTER_ALLOW_HTTP"),
        ({"IMPORTER_BASE_URL": "ftp://example.com"}, "https://host/path"),
        ({"IMPORTER_ALLOW_HTTP": "1", "IMPORTER_BASE_URL": "http://example.com"}, "IMPORTER_ALLOW_HTTP"),
    ],
)
def test_a_setting_that_would_leak_is_refused_without_its_value(settings: dict[str, str], word: str) -> None:
    env = environment(**{"IMPORTER_ACCOUNT_ID": ACCOUNT, "IMPORTER_TOKEN": TOKEN, **settings})
    with pytest.raises(SettingsError, match=word) as caught:
        read_account(None, env)
    assert not {"tökèn", "ana:"} & set(str(caught.value).split())
    assert "ana:canary" not in str(caught.value)


def test_a_wrong_setting_ends_with_4_before_anything_is_opened(tmp_path: Path) -> None:
    prepare(tmp_path)
    env = environment(IMPORTER_ACCOUNT_ID=ACCOUNT, IMPORTER_TOKEN="canary tökèn")
    done = importer("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", cwd=tmp_path, env=env)
    assert (done.code, "tökèn" in done.err) == (4, False)
    assert not (tmp_path / "importer-state").exists()


def test_plain_http_goes_to_a_host_that_is_named(tmp_path: Path) -> None:
    prepare(tmp_path)
    env = environment(
        IMPORTER_ACCOUNT_ID=ACCOUNT,
        IMPORTER_TOKEN=TOKEN,
        IMPORTER_ALLOW_HTTP="nobody.invalid",
        IMPORTER_BASE_URL="http://nobody.invalid/x",
        IMPORTER_MAX_WAIT="0.2",
    )
    done = importer("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", cwd=tmp_path, env=env)
    assert done.code == 7


CORE = """
import atexit, resource, sys
atexit.register(lambda: print(resource.getrlimit(resource.RLIMIT_CORE), file=sys.stderr))
import importer.cli
importer.cli.main()
"""


def test_no_core_is_left_by_a_crash(tmp_path: Path) -> None:
    prepare(tmp_path)
    words = ["check", "rows.csv", "-m", "crm.yaml"]
    done = subprocess.run(
        [sys.executable, "-c", CORE, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "(0, 0)" in done.stderr
