"""The ledger's tables, as the steps that lead to them; a step is never changed once it has been released."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        started REAL NOT NULL,            -- seconds since the epoch, like every time here
        finished REAL,
        state TEXT NOT NULL,              -- running, ok, failed, unreachable, interrupted
        user TEXT NOT NULL,
        controller TEXT NOT NULL,         -- host name of the machine that ran it
        version TEXT NOT NULL,            -- of officefleet
        playbooks TEXT NOT NULL,          -- JSON list of absolute paths
        content TEXT NOT NULL,            -- hash of all that the playbooks read
        limit_pattern TEXT NOT NULL,
        options TEXT NOT NULL,            -- JSON object; no secrets
        check_mode INTEGER NOT NULL,
        resumed_from TEXT,
        seconds REAL
    ) STRICT;
    CREATE INDEX runs_by_start ON runs (started);

    CREATE TABLE plays (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,          -- from 0, in the order of the playbooks
        name TEXT NOT NULL,
        place TEXT NOT NULL,
        started REAL NOT NULL,
        hosts INTEGER NOT NULL,
        PRIMARY KEY (run, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE hosts (                  -- how a host came through a play
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        play INTEGER NOT NULL,
        host TEXT NOT NULL,
        pharmacy TEXT,
        status TEXT NOT NULL,
        finished REAL NOT NULL,
        round_trips INTEGER NOT NULL,
        sent INTEGER NOT NULL,            -- bytes
        received INTEGER NOT NULL,
        PRIMARY KEY (run, play, host)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX hosts_by_name ON hosts (host, finished);

    CREATE TABLE results (
        id INTEGER PRIMARY KEY,
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        play INTEGER NOT NULL,
        host TEXT NOT NULL,
        task TEXT NOT NULL,
        module TEXT NOT NULL,
        position TEXT NOT NULL,           -- "3.1": where in the play
        place TEXT NOT NULL,              -- file:line:column
        handler INTEGER NOT NULL,
        status TEXT NOT NULL,
        at REAL NOT NULL,
        seconds REAL NOT NULL,
        result TEXT NOT NULL,             -- JSON, secrets masked
        diff TEXT                         -- JSON, secrets masked
    ) STRICT;
    CREATE INDEX results_by_run ON results (run, host);

    CREATE TABLE recaps (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        host TEXT NOT NULL,
        ok INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        unreachable INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        skipped INTEGER NOT NULL,
        rescued INTEGER NOT NULL,
        ignored INTEGER NOT NULL,
        PRIMARY KEY (run, host)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        host TEXT NOT NULL,
        place TEXT NOT NULL,
        text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX notes_by_run ON notes (run);

    -- The words of results that changed or failed; rowid is the result's id. Accents do not matter.
    CREATE VIRTUAL TABLE words USING fts5 (body, content = '', tokenize = "unicode61 remove_diacritics 2");
    """,
)
