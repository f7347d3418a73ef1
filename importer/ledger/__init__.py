"""The ledger: what was sent, what landed, and what is known of whom. One SQLite file that outlives every run.

`lock` the state folder, `open_ledger`, `open_namespace` or `require_namespace`, then `begin_run` (or `plan_run`,
`apply_run`, `resume_run`). While a run sends, a `Journal` records on a connection of its own.
"""

from importer.ledger.attempts import PENDING_CREATE, has_landed, outcomes
from importer.ledger.journal import Journal
from importer.ledger.known import (
    adopt,
    contact_pages,
    count_contacts,
    hash_contacts,
    known_contacts,
    known_keys,
    last_landed,
)
from importer.ledger.lock import Held, lock
from importer.ledger.look_up import LookUp
from importer.ledger.mark import refuse_loss
from importer.ledger.namespaces import (
    KeyRule,
    Namespace,
    Target,
    change_keys,
    check_keys,
    find_namespace,
    open_namespace,
    requests_of_day,
    require_namespace,
)
from importer.ledger.runs import (
    ROWS,
    ColumnCount,
    NewRun,
    Run,
    RunState,
    apply_run,
    begin_run,
    find_run,
    finish_run,
    keep_column_counts,
    newest_column_counts,
    newest_unfinished,
    plan_run,
    resume_run,
    runs,
)
from importer.ledger.state_dir import make_state_dir
from importer.ledger.store import Ledger, open_ledger
from importer.ledger.ticks import run_timeline

__all__ = [
    "PENDING_CREATE",
    "ROWS",
    "ColumnCount",
    "Held",
    "Journal",
    "KeyRule",
    "Ledger",
    "LookUp",
    "Namespace",
    "NewRun",
    "Run",
    "RunState",
    "Target",
    "adopt",
    "apply_run",
    "begin_run",
    "change_keys",
    "check_keys",
    "contact_pages",
    "count_contacts",
    "find_namespace",
    "find_run",
    "finish_run",
    "has_landed",
    "hash_contacts",
    "keep_column_counts",
    "known_contacts",
    "known_keys",
    "last_landed",
    "lock",
    "make_state_dir",
    "newest_column_counts",
    "newest_unfinished",
    "open_ledger",
    "open_namespace",
    "outcomes",
    "plan_run",
    "refuse_loss",
    "requests_of_day",
    "require_namespace",
    "resume_run",
    "run_timeline",
    "runs",
]
