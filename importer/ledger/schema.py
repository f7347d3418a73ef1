"""The ledger's tables, as numbered migrations. A released migration is never edited; a change is one more."""

from importer.ledger.tally import tally_statements

APPLICATION_ID = 0x4D41_5349
"""Marks an SQLite file as a ledger of this program ("MASI")."""

# CHECK says `a = 'x' OR a = 'y'`: for `a IN ('x', 'y', ...)` SQLite builds a table anew for each row it writes.
FIRST = """
-- Whose customers: one mapping name at one base URL and account. Keys of two namespaces never meet.
CREATE TABLE namespace (
    id INTEGER PRIMARY KEY,
    base_url TEXT NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    key_fields TEXT NOT NULL,               -- JSON array of mapped fields
    key_steps TEXT NOT NULL,                -- digest of the steps those fields take
    revision INTEGER NOT NULL DEFAULT 0,    -- grows whenever something begins that may change identities
    opened_at INTEGER NOT NULL,             -- all times: milliseconds since 1970 UTC
    UNIQUE (base_url, account, name)
) STRICT;

CREATE TABLE run (
    number INTEGER PRIMARY KEY,             -- order of beginning
    id TEXT NOT NULL UNIQUE,                -- the name of its folder
    namespace INTEGER REFERENCES namespace (id),
    verb TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state = 'planned' OR state = 'open' OR state = 'finished' OR state = 'closed'),
    source_digest TEXT NOT NULL,
    mapping_digest TEXT NOT NULL,
    revision INTEGER NOT NULL,              -- the namespace's when this run was planned or begun
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    exit_code INTEGER,
    counts TEXT NOT NULL DEFAULT '{}',      -- JSON object
    folder TEXT NOT NULL
) STRICT;
CREATE INDEX run_of_namespace ON run (namespace, state);

-- What is known of a key. 'sending': a create's intent is durable and has no outcome yet; 'unknown': it got none.
CREATE TABLE identity (
    namespace INTEGER NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state = 'known' OR state = 'sending' OR state = 'unknown'),
    contact INTEGER REFERENCES contact (id),
    run INTEGER,                            -- what brought this: the run, and the row's place in its parts
    part INTEGER,
    position INTEGER,
    PRIMARY KEY (namespace, key),
    CHECK ((state = 'known') = (contact IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- What was last landed on a contact, and where that body lies. An intent to update clears the fingerprint.
-- The whole number keeps contacts in the order in which they came, so that looking up the next key is cheap.
CREATE TABLE contact (
    id INTEGER PRIMARY KEY,
    namespace INTEGER NOT NULL,
    contact_id TEXT NOT NULL,               -- the server's
    fingerprint BLOB,
    run INTEGER,
    part INTEGER,
    position INTEGER,
    landed_at INTEGER NOT NULL,
    UNIQUE (namespace, contact_id)
) STRICT;

-- The server's last stored form of a contact. Apart from `contact`, so that looking fingerprints up stays cheap.
CREATE TABLE answer (
    contact INTEGER PRIMARY KEY REFERENCES contact (id),
    body BLOB NOT NULL                      -- a JSON object
) STRICT;

-- What became of a row that was, or was about to be, sent.
CREATE TABLE attempt (
    run INTEGER NOT NULL,
    part INTEGER NOT NULL,
    position INTEGER NOT NULL,
    source INTEGER NOT NULL,
    row INTEGER NOT NULL,
    action TEXT NOT NULL CHECK (action = 'create' OR action = 'update'),
    key TEXT,
    contact_id TEXT,
    state TEXT NOT NULL,
    http_status INTEGER,
    code TEXT,
    message TEXT,
    attempts INTEGER NOT NULL,              -- committed intents whose request may have left
    intent_at INTEGER NOT NULL,
    finished_at INTEGER,
    PRIMARY KEY (run, part, position),
    CHECK (
        state = 'intent' OR state = 'created' OR state = 'updated' OR state = 'failed' OR state = 'unknown'
        OR state = 'unsent'
    )
) STRICT, WITHOUT ROWID;

CREATE TABLE tick (
    run INTEGER NOT NULL,
    at INTEGER NOT NULL,
    done INTEGER NOT NULL,
    in_flight INTEGER NOT NULL,
    flight_limit INTEGER NOT NULL,
    latency_ms REAL,
    waiting TEXT
) STRICT;
CREATE INDEX tick_of_run ON tick (run, at);

CREATE TABLE column_count (
    run INTEGER NOT NULL,
    place TEXT NOT NULL,                    -- the mapped field
    filled INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE request_day (
    base_url TEXT NOT NULL,
    account TEXT NOT NULL,
    day TEXT NOT NULL,                      -- YYYY-MM-DD, UTC
    requests INTEGER NOT NULL,
    PRIMARY KEY (base_url, account, day)
) STRICT, WITHOUT ROWID;
"""

# A row's sum is CRC-32 of what decides whether a customer is known (see sums.py).
SECOND = """
CREATE TABLE height (
    ledger TEXT NOT NULL,                   -- random: no other ledger has it
    commits INTEGER NOT NULL                -- transactions so far; ledger.mark says how many there must be
) STRICT;
INSERT INTO height (ledger, commits) VALUES (lower(hex(randomblob(16))), 0);

ALTER TABLE namespace ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
UPDATE namespace SET sum = row_sum(id, base_url, account, name, key_fields, key_steps);

ALTER TABLE identity ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
UPDATE identity SET sum =
    row_sum(namespace, key, (SELECT contact_id FROM contact WHERE contact.id = identity.contact));

-- Hash of what the update that landed carried; null: all that is filled, as a create does.
ALTER TABLE contact ADD COLUMN carried BLOB;
"""

# Keys are compared as NFC (see keys.py). Of two that come to the same text, the one that had it keeps it.
THIRD = """
ALTER TABLE namespace ADD COLUMN key_columns TEXT;      -- JSON array beside key_fields; null: not known
UPDATE namespace SET sum = row_sum(id, base_url, account, name, key_fields, key_steps, key_columns);

ALTER TABLE run ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;    -- grows with each stretch of sending (see owner.py)

UPDATE OR IGNORE identity SET key = as_key(key), sum = row_sum(
    namespace, as_key(key), (SELECT contact_id FROM contact WHERE contact.id = identity.contact)
) WHERE key <> as_key(key);
UPDATE attempt SET key = as_key(key) WHERE key <> as_key(key);
"""

FOURTH = f"""
{tally_statements()}
-- The newest time that the journal wrote, so that no later one is earlier (see journal.py).
ALTER TABLE height ADD COLUMN newest INTEGER NOT NULL DEFAULT 0;
UPDATE height SET newest = coalesce(
    (SELECT max(max(intent_at), max(coalesce(finished_at, 0))) FROM attempt), 0
);
"""  # noqa: S608  # our own text

FIFTH = """
-- What the server stored of a contact before the last update that landed on it, for undoing that update.
CREATE TABLE former_answer (
    contact INTEGER PRIMARY KEY REFERENCES contact (id),
    run INTEGER NOT NULL,                   -- whose update that was
    body BLOB NOT NULL
) STRICT;
"""

MIGRATIONS: tuple[str, ...] = (FIRST, SECOND, THIRD, FOURTH, FIFTH)
"""`PRAGMA user_version` says how many of them a file has."""

MARKED = 2
"""The version since which a ledger has a mark beside it."""
