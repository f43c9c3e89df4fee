"""The tables of the continuity file; each step brings it one version further and is never edited later."""

from __future__ import annotations

_SWAPS = (
    """CREATE TABLE swaps (
        id TEXT PRIMARY KEY,
        pharmacy TEXT NOT NULL,
        poste TEXT NOT NULL,
        spare TEXT NOT NULL,
        nas TEXT NOT NULL,       -- '' when the register could not be had
        anyway INTEGER NOT NULL, -- a blocked driver was accepted
        state TEXT NOT NULL,     -- going, standing, returning, over
        user TEXT NOT NULL,
        controller TEXT NOT NULL,
        started REAL NOT NULL,
        finished REAL
    )""",
    # A poste has one spare, and a spare one poste, whatever commands run at the same time.
    "CREATE UNIQUE INDEX swaps_poste ON swaps (poste) WHERE state != 'over'",
    "CREATE UNIQUE INDEX swaps_spare ON swaps (spare) WHERE state != 'over'",
    """CREATE TABLE steps (
        swap TEXT NOT NULL REFERENCES swaps (id),
        name TEXT NOT NULL,
        state TEXT NOT NULL,     -- begun, done, undoing, undone
        begun REAL NOT NULL,
        ended REAL,
        note TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (swap, name)
    )""",
    """CREATE TABLE drills (
        spare TEXT NOT NULL,
        pharmacy TEXT NOT NULL,
        at REAL NOT NULL,
        good INTEGER NOT NULL,
        user TEXT NOT NULL,
        note TEXT NOT NULL
    )""",
    """CREATE TABLE seen (
        host TEXT PRIMARY KEY,
        at REAL NOT NULL
    )""",
)

_BINDER = (
    """CREATE TABLE incidents (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        page TEXT NOT NULL,      -- the whole incident as JSON
        pharmacy TEXT NOT NULL,
        machine TEXT NOT NULL,
        opened TEXT NOT NULL,
        closed TEXT,
        device TEXT NOT NULL,    -- usb id
        driver TEXT NOT NULL,
        build INTEGER,
        kb TEXT NOT NULL,
        origin TEXT NOT NULL     -- hand, swap, run, driver, aid
    )""",
    "CREATE INDEX incidents_device ON incidents (device)",
    """CREATE VIRTUAL TABLE words USING fts5 (
        symptom, cause, remedy, keys,
        tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
    )""",
    """CREATE TABLE notes (
        incident INTEGER NOT NULL REFERENCES incidents (number),
        at TEXT NOT NULL,
        user TEXT NOT NULL,
        text TEXT NOT NULL
    )""",
    """CREATE TABLE cures (
        id TEXT NOT NULL,        -- hash of what it cures and how
        origin TEXT NOT NULL,    -- '' for this pharmacy's own, else the key that signed it
        symptom TEXT NOT NULL,
        device TEXT NOT NULL,
        driver TEXT NOT NULL,
        build INTEGER,
        kb TEXT NOT NULL,
        remedy TEXT NOT NULL,
        playbook TEXT NOT NULL,  -- name of one in playbooks/cures, or ''
        worked INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        places INTEGER NOT NULL, -- how many pharmacies it worked in
        PRIMARY KEY (id, origin)
    )""",
    """CREATE TABLE filed (
        source TEXT NOT NULL,    -- run
        reference TEXT NOT NULL,
        PRIMARY KEY (source, reference)
    )""",
)

_REBUILDS = (
    """CREATE TABLE rebuilds (
        id TEXT PRIMARY KEY,
        pharmacy TEXT NOT NULL,
        poste TEXT NOT NULL,
        image TEXT NOT NULL,
        version INTEGER NOT NULL,
        store TEXT NOT NULL,     -- address
        options TEXT NOT NULL,   -- what was asked for, as JSON
        state TEXT NOT NULL,     -- going, done, abandoned
        user TEXT NOT NULL,
        controller TEXT NOT NULL,
        started REAL NOT NULL,
        finished REAL
    )""",
    "CREATE UNIQUE INDEX rebuilds_poste ON rebuilds (poste) WHERE state = 'going'",
    """CREATE TABLE rebuild_steps (
        rebuild TEXT NOT NULL REFERENCES rebuilds (id),
        name TEXT NOT NULL,
        state TEXT NOT NULL,     -- begun, done
        begun REAL NOT NULL,
        ended REAL,
        note TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (rebuild, name)
    )""",
)

_INTERVENTIONS = (
    """CREATE TABLE interventions (
        id TEXT PRIMARY KEY,
        pharmacy TEXT NOT NULL,
        vendor TEXT NOT NULL,
        incident TEXT NOT NULL,  -- '' when none was filed
        called TEXT NOT NULL,    -- ISO 8601 with zone, like the next two
        responded TEXT,
        repaired TEXT,
        minutes INTEGER NOT NULL, -- of the pharmacy's people
        cents INTEGER NOT NULL,   -- billed apart from the contract
        on_site INTEGER NOT NULL,
        user TEXT NOT NULL,
        note TEXT NOT NULL
    )""",
    "CREATE INDEX interventions_vendor ON interventions (vendor, called)",
)

_RECOVERIES = (
    """CREATE TABLE recoveries (
        id TEXT PRIMARY KEY,
        pharmacy TEXT NOT NULL,
        machine TEXT NOT NULL,
        discovered TEXT NOT NULL, -- ISO 8601 with zone, like every time of these two
        opened TEXT NOT NULL,
        closed TEXT,
        user TEXT NOT NULL
    )""",
    "CREATE UNIQUE INDEX recoveries_open ON recoveries (machine) WHERE closed IS NULL",
    """CREATE TABLE recovery_facts (
        recovery TEXT NOT NULL REFERENCES recoveries (id),
        at TEXT NOT NULL,
        user TEXT NOT NULL,
        kind TEXT NOT NULL,       -- isolated, evidence, judged, clean, rebuilt, restored, rotated, proven, note
        value TEXT NOT NULL       -- JSON
    )""",
)

_BACKUPS = (
    """CREATE TABLE backup_reports (
        pharmacy TEXT PRIMARY KEY,
        at REAL NOT NULL,
        report TEXT NOT NULL     -- JSON, checked before it came here
    )""",
    """CREATE TABLE backup_drills (
        host TEXT NOT NULL,
        pharmacy TEXT NOT NULL,
        at REAL NOT NULL,
        good INTEGER NOT NULL,
        medium TEXT NOT NULL,    -- nas, or a disk's name
        user TEXT NOT NULL,
        note TEXT NOT NULL
    )""",
    "CREATE INDEX backup_drills_pharmacy ON backup_drills (pharmacy, at)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_SWAPS + _BINDER, _REBUILDS, _INTERVENTIONS, _RECOVERIES, _BACKUPS)
