"""The command that is told next has every brake that was typed."""

import shlex
from pathlib import Path

import click
import pytest
from faults import status
from program import account, importer
from target import Target

from importer.commands.apply import command as apply
from importer.commands.options import Typed
from importer.commands.plan import command as plan
from importer.commands.run import command as run
from importer.commands.typed_options import ONCE, typed_options

MAPPING = "version: 1\nname: crm\nkey: external_id\ncontact: {external_id: no, first_name: name, email: mail}\n"
FLAGS = ("--change-key", "--force")
RAILS = ("--max-rejected", "7.25%", "--max-creates", "8", "--max-shrink", "100%", "--max-blanked", "0%")
BRAKES = (
    *("--daily-budget", "20", "--rate", "0.1", "--until", "06:05", "--max-wait", "30", "--concurrency", "3"),
    *("--chunk-size", "11"),
)
TRIAL = ("--limit", "5", "--canary", "2")
ONLY_NOW = ("--new-ledger", "--no-progress", "-v")


def read(command: click.Command, words: list[str]) -> dict[str, object]:
    with command.make_context("importer", list(words)) as context:
        return {name: value for name, value in context.params.items() if name not in ONCE}


def typed_of(command: click.Command, words: list[str], verb: str, *sources: str) -> Typed:
    with command.make_context("importer", list(words)):
        return Typed(verb, sources, "crm", Path("importer-state"), sandbox=False, options=typed_options())


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (run, ["rows.csv", "-m", "crm", *FLAGS, *RAILS, *BRAKES, *TRIAL, *ONLY_NOW]),
        (run, ["rows.csv", "-m", "crm"]),
        (plan, ["rows.csv", "-m", "crm", *FLAGS, *RAILS, *ONLY_NOW, "--show", "3", "--unmasked"]),
        (apply, ["rows.csv", *RAILS, *BRAKES, *TRIAL]),
    ],
)
def test_the_same_command_is_told_with_every_option_that_was_typed(command: click.Command, words: list[str]) -> None:
    again = typed_of(command, words, str(command.name), "rows.csv").again
    assert again[:2] == ["importer", command.name]
    assert read(command, again[2:]) == read(command, words)
    assert not {"--new-ledger", "--no-progress", "-v", "--verbose", "--show", "--limit", "--canary"} & set(again)


def test_every_option_of_a_command_is_tried_here() -> None:
    tried = {*FLAGS, *RAILS, *BRAKES, *TRIAL, *ONLY_NOW, "--mapping", "--verbose", "--show", "--unmasked"}
    elsewhere = {"--base-url", "--sandbox", "--state-dir", "--json", "--quiet"}
    for command in (run, plan, apply):
        options = {max(one.opts, key=len) for one in command.params if isinstance(one, click.Option)}
        assert options <= tried | elsewhere, options - tried - elsewhere


def test_what_the_environment_says_is_not_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORTER_RATE", "5")
    assert typed_of(run, ["rows.csv", "-m", "crm"], "run", "rows.csv").again == [
        "importer",
        "run",
        "rows.csv",
        "-m",
        "crm",
    ]


def test_a_plan_is_applied_and_mended_rows_are_sent_with_what_holds_for_them() -> None:
    typed = typed_of(plan, ["rows.csv", "-m", "crm", *FLAGS, *RAILS], "plan", "rows.csv")
    assert typed.apply("R1") == ["importer", "apply", "R1", *sorted_rails(typed)]
    sent = typed_of(apply, ["R1", *RAILS, *BRAKES], "apply", "R1").mend("rejects.csv")
    assert sent[:5] == ["importer", "run", "rejects.csv", "-m", "crm"]
    assert set(BRAKES) | {"--max-rejected", "7.25%"} <= set(sent)


def sorted_rails(typed: Typed) -> list[str]:
    return [word for name, words in typed.options.items() if name.startswith("--max") for word in (name, *words)]


def test_a_guard_rails_option_takes_the_place_of_the_one_typed() -> None:
    typed = typed_of(run, ["rows.csv", "-m", "crm", "--max-creates", "8"], "run", "rows.csv")
    again = typed.passing(["--max-creates", "61.5%"]).again
    assert again == ["importer", "run", "rows.csv", "-m", "crm", "--max-creates", "61.5%"]


@pytest.mark.parametrize("name", ["-my file.csv", "--rate", "it's.csv", "a\nb.csv"])
def test_a_source_of_any_name_is_told_so_that_it_is_read_as_one(name: str) -> None:
    typed = typed_of(run, ["-m", "crm", "--rate", "5", "--", name], "run", name)
    words = shlex.split(shlex.join(typed.passing(["--max-creates", "60%"]).again))
    assert (read(run, words[2:])["sources"], read(run, words[2:])["max_creates"]) == ((name,), 60.0)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999"])
@pytest.mark.parametrize("option", ["--max-wait", "--rate", "--max-creates", "--max-shrink"])
def test_a_number_that_is_none_is_wrong_usage(option: str, number: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        run.make_context("importer", ["rows.csv", "-m", "crm", option, number])
    assert caught.value.exit_code == 2


def test_a_budget_holds_in_the_command_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text(MAPPING)
    rows = "".join(f"{n},Name {n},a{n}@correo.example.com\n" for n in range(50))
    (tmp_path / "-my file.csv").write_text("no,name,mail\n" + rows)
    words = ("-m", "crm.yaml", "--new-ledger", "--daily-budget", "20", "--", "-my file.csv")
    with Target() as target:
        done = importer("run", *words, cwd=tmp_path, env=account(target.base_url))
        told = done.out[done.out.index("Next: go on with\n") :].splitlines()[1]
        assert (done.code, len(target.requests)) == (7, 20)
        again = importer(*shlex.split(told)[1:], cwd=tmp_path, env=account(target.base_url))
        assert (again.code, len(target.requests)) == (7, 20)


def test_a_wrong_address_is_not_told_again(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text(MAPPING)
    (tmp_path / "rows.csv").write_text("no,name,mail\n1,Ana,ana@correo.example.com\n")
    with Target([status(404)]) as target:
        words = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--rate", "9", "--base-url", target.base_url)
        done = importer(*words, cwd=tmp_path, env=account("http://127.0.0.1:9"))
    assert done.code == 4
    page = done.out[done.out.index("Next:") :]
    assert "mend the address" in page
    assert "importer run rows.csv -m crm.yaml --base-url URL --rate 9" in page
    assert target.base_url not in page
