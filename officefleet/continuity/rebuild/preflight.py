"""Before a rebuild: may it, can it, from what; nothing is changed yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.continuity.binder.filing import file_blocked
from officefleet.continuity.readings import nas_of
from officefleet.continuity.rebuild.order import Order
from officefleet.drivers.catalog import Verdict
from officefleet.drivers.report import label
from officefleet.drivers.verdicts.judge import judge_machine
from officefleet.errors import ContinuityError
from officefleet.i18n import _
from officefleet.images import job
from officefleet.images.identify import system_partition
from officefleet.images.keys import Trust
from officefleet.models import MachineKind, OsFamily

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.continuity.rebuild.order import Wish
    from officefleet.continuity.setting import Setting
    from officefleet.images.index import Index
    from officefleet.models import Machine, Pharmacy

STORE_PORT = 8421
_PATIENCE = 10.0  # seconds for the store to answer
_KINDS = (MachineKind.COUNTER, MachineKind.BACK_OFFICE, MachineKind.SPARE)
_SYSTEMS = {OsFamily.DEBIAN: "linux", OsFamily.WINDOWS: "windows"}
_LINUX = (
    "0fc63daf-8483-4772-8e79-3d69d8477de4"  # GPT type "Linux filesystem data", UEFI Discoverable Partitions
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rebuild will do.

    Attributes:
        content: bytes of the image that are not zero.
        warnings: what does not stand in the way but is worth knowing.

    """

    pharmacy: Pharmacy
    poste: Machine
    order: Order
    content: int
    warnings: tuple[str, ...]


def preflight(setting: Setting, wish: Wish) -> Plan:
    """Return what a rebuild will do; what only the poste knows (its disk) is checked when it answers.

    Raises:
        ContinuityError: why it cannot be.
        SignatureError: the image is not to be believed.
        StoreError: the store does not answer, or has no such image.

    """
    poste = setting.machine(wish.poste)
    pharmacy = setting.home(poste.name)
    if poste.kind not in _KINDS:
        raise ContinuityError(
            _("{poste} is a {kind}: only postes are rebuilt from an image").format(
                poste=poste.name, kind=poste.kind.value
            )
        )
    store = wish.store or _store_of(setting, pharmacy, poste)
    if not store.startswith("http://"):
        raise ContinuityError(
            _("{store} is no address that the poste can read from").format(store=store),
            hint=_("serve it with `officefleet image serve` or nginx and give http://host:port"),
        )
    index = _index(wish, store, wish.image or _image_of(poste))
    _must_suit(poste, index)
    warnings = [*_judge(setting, pharmacy, poste, index, wish)]
    if index.system == "windows":
        warnings.append(_("Windows: restored and given its identity only; configure and prove it by hand"))
    return Plan(pharmacy, poste, _order(wish, store, index), index.content_bytes, tuple(warnings))


def _store_of(setting: Setting, pharmacy: Pharmacy, poste: Machine) -> str:
    given = setting.inventory.variables(poste.name).get("image_store")
    if isinstance(given, str) and given:
        return given
    nas = pharmacy.machine(nas_of(pharmacy))
    if nas is None:
        raise ContinuityError(
            _("{pharmacy} has no NAS with images").format(pharmacy=pharmacy.id),
            hint=_("name the store with --store http://host:port"),
        )
    return f"http://{nas.address}:{STORE_PORT}"


def _image_of(poste: Machine) -> str:
    if not poste.image:
        raise ContinuityError(
            _("the inventory names no image for {poste}").format(poste=poste.name),
            hint=_("give --image NAME, or add `image:` to the machine"),
        )
    return poste.image


def _index(wish: Wish, store: str, image: str) -> Index:
    trust = _trust(wish.trust)
    source = job.open_source(store, patience=_PATIENCE)
    asked = job.Wish(
        store=store, image=image, version=wish.version, target=wish.trust,
        allow_older=wish.allow_older, allow_expired=wish.allow_expired,
    )  # fmt: skip
    try:
        index, seen = job.fetch_index(source, asked, trust)
    finally:
        source.close()
    seen.save(wish.trust)
    return index


def _trust(file: Path) -> Trust:
    if not file.exists():
        raise ContinuityError(
            _("no key is trusted here: {file} is missing").format(file=file),
            hint=_("officefleet image keys trust ROOT-KEY, with the digits that your groupement gave you"),
        )
    return Trust.load(file)


def _must_suit(poste: Machine, index: Index) -> None:
    wanted = _SYSTEMS.get(poste.os.family, "")
    if index.system not in (wanted, "other"):
        raise ContinuityError(
            _("{poste} runs {family}, but the image {image} is of {system}").format(
                poste=poste.name, family=poste.os.family.value, image=index.name, system=index.system
            )
        )


def _judge(setting: Setting, pharmacy: Pharmacy, poste: Machine, index: Index, wish: Wish) -> list[str]:
    """Return the warnings of the driver gate: the poste as it will be, with the image's system.

    Raises:
        ContinuityError: a driver is blocked, and that was not accepted.

    """
    known = {one.name: one for one in setting.inventory.fleet.images}
    image = known.get(index.name)
    future = poste if image is None else poste.model_copy(update={"os": image.os, "image": image.name})
    verdict = judge_machine(setting.rules(), future, pharmacy)
    if verdict.verdict is Verdict.OK:
        return []
    bad = [one for one in verdict.peripherals if one.verdict is not Verdict.OK]
    names = ", ".join(f"{one.peripheral.name} {label(one.verdict)}" for one in bad)
    text = _("drivers: {verdict}").format(verdict=label(verdict.verdict))
    text = f"{text} ({names})" if names else text
    if verdict.verdict is Verdict.BLOCK and not wish.anyway:
        file_blocked(setting.binder, pharmacy.id, verdict)
        raise ContinuityError(
            _("{poste}: with image {image}, {reason}").format(
                poste=poste.name, image=index.name, reason=text
            ),
            hint=_("officefleet drivers check {poste} says why; --anyway goes on").format(poste=poste.name),
        )
    return [text]


def _order(wish: Wish, store: str, index: Index) -> Order:
    return Order(
        store=store,
        image=index.name,
        version=index.version,
        system=index.system,
        root=0 if index.system == "other" else system_partition(index).number,
        needed=max(index.size, index.minimum_disk),
        sector=index.sector,
        partitions=tuple(one.uuid.lower() for one in index.partitions if one.uuid),
        preserved=tuple(one.name for one in index.partitions if one.preserved),
        disk=wish.disk,
        address=wish.address,
        initialise_preserved=wish.initialise_preserved,
        allow_older=wish.allow_older,
        allow_expired=wish.allow_expired,
    )
