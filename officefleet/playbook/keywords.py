"""The keywords of plays, blocks, tasks and roles, as ansible-core 2.18 documents them."""

from __future__ import annotations

COMMON = frozenset(
    {
        "any_errors_fatal", "become", "become_exe", "become_flags", "become_method", "become_user", "check_mode",
        "collections", "connection", "debugger", "diff", "environment", "ignore_errors", "ignore_unreachable",
        "module_defaults", "name", "no_log", "port", "remote_user", "run_once", "tags", "throttle", "timeout",
        "vars",
    }
)  # fmt: skip

BLOCK = COMMON | {"always", "block", "delegate_facts", "delegate_to", "notify", "rescue", "when"}

TASK = COMMON | {
    "action", "args", "async", "changed_when", "delay", "delegate_facts", "delegate_to", "failed_when", "listen",
    "local_action", "loop", "loop_control", "notify", "poll", "register", "retries", "until", "when",
}  # fmt: skip

PLAY = COMMON | {
    "fact_path", "force_handlers", "gather_facts", "gather_subset", "gather_timeout", "handlers", "hosts",
    "max_fail_percentage", "order", "post_tasks", "pre_tasks", "roles", "serial", "strategy", "tasks",
    "vars_files", "vars_prompt", "user", "validate_argspec",
}  # fmt: skip

ROLE = COMMON | {"delegate_facts", "delegate_to", "role", "when"}

# keywords whose innermost value simply wins, and that tasks inherit
INHERITED = COMMON - {"name", "tags", "vars", "environment", "module_defaults"} | {
    "delegate_facts",
    "delegate_to",
    "notify",
}

LOOP_CONTROL = frozenset(
    {"loop_var", "index_var", "label", "pause", "extended", "extended_allitems", "break_when"}
)

STATEMENTS = frozenset(
    {"include_tasks", "import_tasks", "include_role", "import_role", "import_playbook", "meta"}
)

META = frozenset(
    {
        "flush_handlers", "refresh_inventory", "noop", "clear_facts", "clear_host_errors", "end_play", "end_host",
        "end_batch", "end_role", "reset_connection",
    }
)  # fmt: skip

ROLE_COMPLETE = "role_complete"  # a statement of meta that stands at the end of each role; nobody writes it

_BUILTIN = ("ansible.builtin.", "ansible.legacy.")


def statement_name(key: str) -> str:
    """Return the statement that a task's key names, or ""."""
    for prefix in _BUILTIN:
        key = key.removeprefix(prefix)
    return key if key in STATEMENTS else ""
