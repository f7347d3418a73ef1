"""What few runs need is loaded only when one needs it: a small file is read sooner than all that loads."""

import subprocess
import sys

import pytest

RARE = (
    "email_validator",
    "phonenumbers",
    "importer.mapping.steps.phones",
    "importer.plan",
    "importer.preview",
    "importer.reconcile",
    "importer.source.workbook",
)
LOADED = "import sys, importer.commands.check; print(*(name for name in sys.argv[1:] if name in sys.modules))"


def test_a_check_loads_nothing_that_only_some_files_need() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED, *RARE], check=True, capture_output=True, text=True).stdout
    assert not told.split()


@pytest.mark.parametrize("missing", ["polars", "pydantic", "asyncio", "sqlite3", "yaml"])
def test_the_list_of_commands_loads_no_library_but_click(missing: str) -> None:
    code = (
        "import sys; sys.modules[sys.argv[1]] = None; sys.argv[1:] = ['--help']; from importer import cli; cli.main()"
    )
    told = subprocess.run([sys.executable, "-c", code, missing], check=False, capture_output=True, text=True)
    assert (told.returncode, "Commands:" in told.stdout) == (0, True), told.stderr
