"""``officefleet incident``: the binder of failures and what cured them."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path  # noqa: TC003  cyclopts reads it at run time
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter, validators

from officefleet.access.action import Action
from officefleet.cli._continuity import (
    AsJson,
    Sources,
    Terminal,
    Yes,
    load,
    open_binder,
    open_setting,
    repository,
)
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _, ngettext

if TYPE_CHECKING:
    from officefleet.continuity.binder.page import Page

command = App(name="incident", help="The binder: failures, what cured them, and how often.")

Text = str | None
Device = Annotated[Text, Parameter(help="USB id, vid:pid.")]
Kb = Annotated[Text, Parameter(help="Windows update, KB5066835.")]


@command.command
def add(
    symptom: str,
    *,
    host: Text = None,
    pharmacy: Text = None,
    peripheral: Text = None,
    device: Device = None,
    driver: Text = None,
    build: int | None = None,
    kb: Kb = None,
    cause: Text = None,
    remedy: Text = None,
    playbook: Text = None,
    closed: Annotated[bool, Parameter(negative="")] = False,
    inventory: Sources = None,
) -> int:
    """File an incident; what is known of the host's peripheral is filled in from the inventory.

    Args:
        symptom: What went wrong, in one line.
        host: The machine.
        pharmacy: The pharmacy, when no host is given.
        peripheral: Name of the peripheral on the host.
        device: USB id.
        driver: Driver of the catalogue.
        build: Windows build.
        kb: Update that brought it.
        cause: Why.
        remedy: What cured it.
        playbook: The cure as a file in playbooks/cures.
        closed: It is over.
        inventory: Sources.

    """
    from officefleet.cli._incident_page import make_page  # noqa: PLC0415  loads pydantic

    given = {
        "symptom": symptom, "machine": host, "pharmacy": pharmacy, "peripheral": peripheral, "device": device,
        "driver": driver, "build": build, "kb": kb, "cause": cause, "remedy": remedy, "playbook": playbook,
    }  # fmt: skip
    page = make_page({name: value for name, value in given.items() if value is not None}, inventory)
    with open_binder() as (binder, cures):
        binder.file(page)
        if closed:
            done = binder.close(page)
            if done.remedy or done.playbook:
                cures.record(done, worked=True)
    sys.stdout.write(_("Incident {id}").format(id=page.id) + "\n")
    return ExitCode.OK


@command.command
def search(
    *words: str,
    host: Text = None,
    pharmacy: Text = None,
    device: Device = None,
    driver: Text = None,
    build: int | None = None,
    kb: Kb = None,
    limit: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1000))] = 20,
    as_json: AsJson = False,
) -> int:
    """Find incidents and cures; accents and plurals do not count.

    Args:
        words: All must occur.
        host: Only of this machine.
        pharmacy: Only of this pharmacy.
        device: USB id.
        driver: Driver of the catalogue.
        build: Windows build.
        kb: Update.
        limit: At most this many.
        as_json: JSON instead of text.

    """
    from officefleet.continuity.binder.binder import Keys  # noqa: PLC0415  loads pydantic
    from officefleet.continuity.binder.filing import file_failed_runs  # noqa: PLC0415  see above
    from officefleet.ledger import default_path  # noqa: PLC0415  see above

    text = " ".join(words)
    keys = Keys(pharmacy, host, device.lower() if device else None, driver, build, kb.upper() if kb else None)
    with open_binder() as (binder, cures):
        file_failed_runs(binder, default_path())
        found = binder.search(text, keys, limit=limit)
        known = cures.known(
            text, devices=[keys.device] if keys.device else [], kbs=[keys.kb] if keys.kb else []
        )
    if as_json:
        whole = {
            "incidents": [one.model_dump(mode="json", exclude_none=True) for one in found],
            "cures": [{name: getattr(one, name) for name in one.__slots__} for one in known],
        }
        json.dump(whole, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
        return ExitCode.OK
    for page in found:
        sys.stdout.write(_line(page) + "\n")
    for cure in known:
        score = _("worked {worked} of {count} times, in {places} pharmacies").format(
            worked=cure.worked, count=cure.worked + cure.failed, places=cure.places
        )
        sys.stdout.write(f"  -> {cure.symptom}: {cure.remedy or cure.playbook} ({score})\n")
    if not found and not known:
        sys.stdout.write(_("nothing found") + "\n")
    return ExitCode.OK


@command.command
def show(id: str, *, as_json: AsJson = False) -> int:  # noqa: A002  the argument's name for people
    """Show an incident whole.

    Args:
        id: Its id, or the beginning of it.
        as_json: JSON instead of text.

    """
    with open_binder() as (binder, _cures):
        page = binder.get(id)
        notes = binder.notes(page)
    if as_json:
        sys.stdout.write(page.model_dump_json(exclude_none=True, indent=2) + "\n")
        return ExitCode.OK
    for name, value in page.model_dump(mode="json", exclude_none=True).items():
        if value not in ("", [], ()):
            sys.stdout.write(f"{name:<12} {', '.join(value) if isinstance(value, list) else value}\n")
    for note in notes:
        sys.stdout.write(f"  {note.at}  {note.user}: {note.text}\n")
    return ExitCode.OK


@command.command
def cure(
    id: str,  # noqa: A002  the argument's name for people
    *,
    host: Text = None,
    playbook: Text = None,
    yes: Yes = False,
    inventory: Sources = None,
) -> int:
    """Run an incident's cure after showing what it would change, and write down whether it helped.

    Args:
        id: The incident's id, or the beginning of it.
        host: On this machine instead of the incident's.
        playbook: This cure instead of the incident's.
        yes: Run it and take it as helping when nothing fails.
        inventory: Sources.

    """
    from officefleet.continuity.binder.cures import Cures  # noqa: PLC0415  loads pydantic
    from officefleet.continuity.curing import run_cure  # noqa: PLC0415  the engine is slow to import

    terminal = Terminal(yes=yes)
    with open_binder() as (binder, _cures):
        page = binder.get(id)
    name = playbook or page.playbook
    machine = host or page.machine
    if name is None or machine is None:
        raise UsageError(
            _("the incident {id} names no cure to run").format(id=page.id)
            if name is None
            else _("the incident {id} names no machine").format(id=page.id),
            hint=_("name it with --playbook and --host"),
        )
    with open_setting(inventory, machine, terminal, Action.CURE) as setting:
        setting.machine(machine)
        done = run_cure(setting, name, machine)
        terminal.say(f"  {done.text}")
        if not done.ran:
            return ExitCode.OK
        worked = done.good and terminal.confirm(_("Did it help?"))
        tried = page.model_copy(update={"playbook": name})
        setting.binder.note(page, f"{name}, {machine}: {_('it helped') if worked else _('it did not help')}")
        Cures(setting.connection).record(tried, worked=worked)
        if worked and page.closed is None:
            setting.binder.close(tried)
    return ExitCode.OK if worked else ExitCode.FAILED


@command.command
def key(path: Path) -> int:
    """Make a key to sign shared binders with: PATH is the secret one, PATH.pub the public one.

    Args:
        path: File of the secret key; must not exist.

    """
    from officefleet.images.ed25519 import Signer  # noqa: PLC0415  loads cryptography

    signer = Signer.generate()
    signer.save(path)
    public = path.with_name(path.name + ".pub")
    public.write_text(signer.public.hex() + "\n", encoding="ascii")
    sys.stdout.write(_("Public key: {path}").format(path=public) + "\n")
    return ExitCode.OK


@command.command(name="export")
def export_(file: Path, *, key: Path, inventory: Sources = None) -> int:
    """Write the cures that worked, without anything that names a person, a pharmacy or a device; signed.

    Args:
        file: To write.
        key: Secret key, see `officefleet incident key`.
        inventory: Sources; its pharmacies' names, people and streets are never written.

    """
    from officefleet.continuity.binder.anonymous import private_words  # noqa: PLC0415  loads pydantic
    from officefleet.continuity.binder.share import export  # noqa: PLC0415  see above
    from officefleet.images.ed25519 import Signer  # noqa: PLC0415  loads cryptography

    signer = Signer.load(key)
    words = private_words(load(inventory, "all"))
    with open_binder() as (binder, cures):
        text, count, left = export(cures.own(), words, signer)
        binder.mark_filed("signer", signer.id)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            _("cannot write {file}: {reason}").format(file=file, reason=error.strerror or error)
        ) from None
    said = ngettext("{count} cure written", "{count} cures written", count).format(count=count)
    sys.stdout.write(said + ", " + _("{count} left out as too personal").format(count=left) + "\n")
    return ExitCode.OK


@command.command(name="import")
def import_(file: Path, *, key: str, inventory: Sources = None) -> int:
    """Take in the cures of another binder in place of what it sent before; nothing of it is ever run unasked.

    Args:
        file: What the other pharmacy exported.
        key: Its public key: 64 hexadecimal digits, or the file that holds them.
        inventory: Sources.

    """
    from officefleet.continuity.binder.share import load as load_share  # noqa: PLC0415  loads pydantic
    from officefleet.continuity.binder.share import read_key  # noqa: PLC0415  see above
    from officefleet.continuity.curing import playbooks  # noqa: PLC0415  the engine is slow to import

    public = read_key(key)
    origin, found = load_share(file, public, playbooks(repository(inventory) / "playbooks"))
    with open_binder() as (binder, cures):
        if binder.is_filed("signer", origin):
            raise UsageError(_("this binder is your own: its cures would count twice"))
        cures.replace(origin, found)
    said = ngettext("{count} cure taken in", "{count} cures taken in", len(found)).format(count=len(found))
    sys.stdout.write(f"{said} ({origin})\n")
    return ExitCode.OK


def _line(page: Page) -> str:
    state = _("closed") if page.closed else _("open")
    day = page.opened.astimezone(dt.UTC).strftime("%Y-%m-%d")
    where = page.machine or page.pharmacy
    keys = " ".join(str(one) for one in (page.device, page.driver, page.build, page.kb) if one)
    remedy = f" -> {page.remedy}" if page.remedy else ""
    return f"{page.id}  {day}  {state}  {where}: {page.symptom}{remedy}" + (f"  [{keys}]" if keys else "")
