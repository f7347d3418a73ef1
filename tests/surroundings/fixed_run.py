"""Runs the small job of the working directory as run RUN_ID, so that the paths of its files are known beforehand.

Usage: fixed_run.py BASE_URL. Ends with the run's exit code.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from importer.errors import ImporterError
from importer.pipeline import Sending, Surroundings, run
from importer.session import Wanted
from importer.settings import read_account
from importer.upload import PaceOptions, SendOptions

RUN_ID = "20261122T000000-0000aa"


def main() -> int:
    """Run it and give its exit code; errors are told as the program tells them."""
    account = read_account(sys.argv[1], os.environ)
    wanted = Wanted(("rows.csv",), "crm.yaml", account, Path("importer-state"), new_ledger=True)
    sending = Sending(account=account, chunk_size=100, options=SendOptions(pace=PaceOptions(most=8)))
    around = Surroundings(now=lambda: datetime(2026, 11, 22, tzinfo=UTC), token_hex=lambda _: "0000aa")
    try:
        return run(wanted, sending, around).exit_code
    except ImporterError as error:
        print(f"importer: {error}", file=sys.stderr)  # noqa: T201  # as the program does
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
