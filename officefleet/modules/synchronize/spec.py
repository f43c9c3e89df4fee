"""Bring folders and files to a host, or from it, with rsync: only what differs travels.

rsync runs on the controller, or on the host that the task is delegated to; delegated to its own host, both paths are
that host's. Both ends need the program rsync. With become the far end runs under ``sudo -n``, which must not ask.

rsync reaches the host as the run does: same address, port, user, key, recorded host keys and gateway. Differences from
Ansible: recorded host keys are checked whatever `verify_host` says, unless the run does not check any; a host that the
task is delegated to accepts an unknown key once, without `verify_host`, and never one that has changed; a login by
password is refused. A pull as root takes owners and special files along: think of ``owner: false`` and
``rsync_opts: [--no-devices]``.

Arguments and results follow
https://docs.ansible.com/ansible/latest/collections/ansible/posix/synchronize_module.html.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList

_AS_ARCHIVE = "as archive says when not given"


class SynchronizeArgs(Args):
    """Arguments of synchronize."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"src": "etiquettes/", "dest": "/srv/etiquettes", "delete": True},
                {
                    "src": "/var/log/lgo/",
                    "dest": "collecte/lgo",
                    "mode": "pull",
                    "owner": False,
                    "group": False,
                },
                {"src": "site/", "dest": "/srv/www", "rsync_opts": ["--exclude=.git", "--chmod=F644"]},
            ]
        }
    }

    src: Text = Field(
        min_length=1, description="on the source: a slash at its end means what is in the folder"
    )
    dest: Text = Field(min_length=1)
    dest_port: int | None = Field(default=None, ge=1, le=65535)
    mode: Literal["push", "pull"] = "push"
    archive: Bool = True
    checksum: Bool = Field(default=False, description="compare contents instead of size and time")
    compress: Bool = True
    existing_only: Bool = Field(default=False, description="make no new files")
    delete: Bool = Field(
        default=False, description="delete in dest what src does not have, after the transfer"
    )
    dirs: Bool = Field(default=False, description="take folders without what is in them")
    recursive: Bool | None = Field(default=None, description=_AS_ARCHIVE)
    links: Bool | None = Field(default=None, description=_AS_ARCHIVE)
    copy_links: Bool = Field(default=False, description="copy what symbolic links point to")
    perms: Bool | None = Field(default=None, description=_AS_ARCHIVE)
    times: Bool | None = Field(default=None, description=_AS_ARCHIVE)
    owner: Bool | None = Field(default=None, description=_AS_ARCHIVE)
    group: Bool | None = Field(default=None, description=_AS_ARCHIVE)
    rsync_path: Text | None = Field(default=None, description="the command rsync at the far end")
    rsync_timeout: int = Field(default=0, ge=0, description="seconds without a byte until rsync gives up")
    set_remote_user: Bool = Field(default=True, description="name the user; else ssh's own settings do")
    use_ssh_args: Bool = Field(default=False, description="heed ansible_ssh_common_args and ansible_ssh_args")
    ssh_connection_multiplexing: Bool = False
    rsync_opts: TextList = Field(default_factory=list)
    partial: Bool = False
    verify_host: Bool = False
    private_key: Text | None = None
    link_dest: TextList = Field(default_factory=list)
    delay_updates: Bool = True

    @model_validator(mode="after")
    def _deletes_in_depth(self) -> SynchronizeArgs:
        deep = self.archive if self.recursive is None else self.recursive
        if self.delete and not deep:
            raise ValueError("delete needs recursive")
        return self


SPEC = Spec(kind=Kind.ACTION, args=SynchronizeArgs, namespaces=("ansible.posix",))
