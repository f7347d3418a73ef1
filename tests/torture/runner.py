"""One `importer run --json --new-ledger` with short times, so that hangs and waits take moments.

`python runner.py DEADLINE MOST SOURCE MAPPING [BYTES]`, in seconds and requests; no file may grow beyond BYTES.
Settings are from the environment, as ever. It leaves as the command does: the same document, the same exit codes.
"""

import os
import resource
import sys
from pathlib import Path

from importer.errors import ImporterError
from importer.pipeline import Sending, Surroundings, run
from importer.session import Wanted
from importer.settings import read_account
from importer.upload import PaceOptions, SendOptions

STATE = Path("importer-state")


def main() -> int:
    """Run it; give the exit code."""
    deadline, most, source, mapping, *size = sys.argv[1:]
    if size:
        # A limit must not leave half a compiled module behind for the next program.
        sys.dont_write_bytecode = True
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(size[0]), int(size[0])))
    pace = PaceOptions(most=int(most), max_wait=20.0, backoff=0.02, longest_backoff=0.1)
    options = SendOptions(deadline=float(deadline), pace=pace)
    try:
        account = read_account(None, os.environ)
        wanted = Wanted([source], mapping, account, STATE, new_ledger=True)
        summary = run(wanted, Sending(account=account, chunk_size=500, options=options), Surroundings())
    except ImporterError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    sys.stdout.write(summary.text())
    return int(summary.exit_code)


if __name__ == "__main__":
    sys.exit(main())
