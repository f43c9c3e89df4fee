from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import InventoryError, ModelError, OfficefleetError, ProblemsError, SourceError
from officefleet.inventory import load_inventory, reading
from officefleet.inventory.generate import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import FleetFolder

SHIPPED = Path(__file__).parents[2] / "inventory"


class Opened:
    """The files that Python opened while it was on; an audit hook cannot be taken off again."""

    def __init__(self) -> None:
        self.on = False
        self.names: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event == "open":
            self.names.append(str(arguments[0]))


@pytest.fixture(scope="module")
def hook() -> Opened:
    return Opened()


@pytest.fixture
def opened(hook: Opened) -> Iterator[Opened]:
    hook.names.clear()
    hook.on = True
    yield hook
    hook.on = False


@pytest.mark.parametrize(
    "only", [["officine_00007"], ["o00007-nas-1"], ["officine_00007", "o00007-comptoir-1"]]
)
def test_loading_one_pharmacy_opens_no_other(tmp_path: Path, opened: Opened, only: list[str]) -> None:
    opened.on = False
    generate(tmp_path / "fleet", 30)
    opened.on = True
    inventory = load_inventory([tmp_path / "fleet"], only=only, cache_dir=tmp_path / "cache")
    hosts = inventory.select("officine_00007")
    for host in hosts:
        inventory.variables(host)
    opened.on = False
    pharmacies = [name for name in opened.names if name.endswith("pharmacy.yml")]
    assert pharmacies == [str(tmp_path / "fleet" / "officines" / "officine_00007" / "pharmacy.yml")]
    assert len(hosts) == 8
    assert not (tmp_path / "cache").exists()


def test_a_full_load_opens_each_pharmacy_once(tmp_path: Path, opened: Opened) -> None:
    opened.on = False
    generate(tmp_path / "fleet", 30)
    opened.on = True
    load_inventory([tmp_path / "fleet"])
    opened.on = False
    pharmacies = [name for name in opened.names if name.endswith("pharmacy.yml")]
    assert len(pharmacies) == len(set(pharmacies)) == 30


def test_a_pharmacys_folder_is_a_source_of_its_own(fleet: FleetFolder) -> None:
    inventory = load_inventory([fleet.file(421).parent])
    assert list(inventory.digests) == ["officine_0421"]
    assert inventory.settings.name == "Test"
    assert inventory.check() == []


def test_models_are_there_when_asked_for(fleet: FleetFolder) -> None:
    inventory = load_inventory([fleet.root])
    assert [one.id for one in inventory.fleet.pharmacies] == ["officine_0421", "officine_0422"]
    assert inventory.fleet is inventory.fleet
    assert inventory.pharmacy("officine_0422").region == "Grand Est"
    machine = inventory.machine("o0421-nas-1")
    assert machine is not None
    assert str(machine.address) == "10.1.165.13"
    assert inventory.pharmacy_of("o0421-nas-1") == "officine_0421"
    assert inventory.pharmacy_of("localhost") is None
    with pytest.raises(InventoryError, match="officine_0423"):
        inventory.pharmacy("officine_0423")


def test_groups_come_from_the_models(fleet: FleetFolder) -> None:
    inventory = load_inventory([fleet.root])
    assert inventory.group_names("o0421-comptoir-1") == [
        "comptoir",
        "debian",
        "groupement_horizon_sante",
        "officine_0421",
        "region_bretagne",
    ]
    assert list(inventory.groups["nas"]) == ["o0421-nas-1", "o0422-nas-1"]
    assert list(inventory.groups["ungrouped"]) == []
    assert set(inventory.groups) >= {
        "all",
        "comptoir",
        "back_office",
        "secours",
        "serveur",
        "nas",
        "passerelle",
    }
    with pytest.raises(KeyError):
        inventory.groups["web"]


def test_inventory_files_beside_the_fleet_extend_it(fleet: FleetFolder) -> None:
    fleet.write("more.ini", "[pilot]\no0421-nas-1 wave=1\nrouter.example\n[pilot:children]\nofficine_0422\n")
    inventory = load_inventory([fleet.root])
    assert inventory.select("pilot:&nas") == ["o0421-nas-1", "o0422-nas-1"]
    assert inventory.variables("o0421-nas-1")["wave"] == 1
    assert inventory.variables("o0421-nas-1")["ansible_host"] == "10.1.165.13"
    assert inventory.machine("router.example") is None


# --- faults in pharmacy files -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "hint"),
    [
        ("region: Bretagne", "regoin: Bretagne", "regoin:", "unknown key 'regoin'", "'region'"),
        ("kind: secours", "kind: secour", "kind: secour", "'secour' is not one of", "'secours'"),
        ("family: debian", "familly: debian", "familly", "unknown key 'familly'", "'family'"),
        ("version: '12'", "version: 12", "version: 12", "must be text", "quote"),
        ("city: Vitré", "ville: Vitré", "ville", "unknown key 'ville'", "known: street, postcode, city"),
        (
            "opening_hours: Mo-Fr 08:30-19:30; PH off",
            "opening_hours: toujours",
            "toujours",
            "OpenStreetMap",
            "",
        ),
        ("id: officine_0421", "id: officine_0422", "id: officine_0422", "names here begin with", ""),
    ],
)
def test_a_fault_has_a_place_and_a_hint(
    fleet: FleetFolder, old: str, new: str, line: str, says: str, hint: str
) -> None:
    file = fleet.file(421)
    text = file.read_text(encoding="utf-8").replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OfficefleetError) as caught:
        load_inventory([fleet.root])
    problems = caught.value.problems if isinstance(caught.value, ProblemsError) else [caught.value]
    found = next(one for one in problems if says in one.message)
    assert isinstance(found, ModelError)
    assert hint in found.hint
    assert found.mark is not None
    assert found.mark.file == str(file)
    if "begin with" not in says:
        assert line in text.splitlines()[found.mark.line - 1]


def test_what_models_refuse_is_said_in_french(fleet: FleetFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    file = fleet.file(421)
    text = file.read_text(encoding="utf-8").replace("id: officine_0421", "id: officine_0422", 1)
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("OFFICEFLEET_LANG", "fr")
    with pytest.raises(OfficefleetError) as caught:
        load_inventory([fleet.root])
    problems = caught.value.problems if isinstance(caught.value, ProblemsError) else [caught.value]
    assert any("les noms commencent ici par 'o0422-'" in one.message for one in problems)


def test_a_missing_key_is_named(fleet: FleetFolder) -> None:
    file = fleet.file(421)
    file.write_text(file.read_text(encoding="utf-8").replace("  kind: nas\n", ""), encoding="utf-8")
    with pytest.raises(ModelError, match="the key 'kind' is missing") as caught:
        load_inventory([fleet.root])
    assert "o0421-nas-1" in file.read_text(encoding="utf-8").splitlines()[caught.value.mark.line - 1]  # type: ignore[union-attr]


def test_faults_of_all_files_are_reported_together(fleet: FleetFolder) -> None:
    fleet.pharmacy(421, region=7, surprise=1)
    fleet.pharmacy(422, opening_hours="never")
    with pytest.raises(ProblemsError) as caught:
        load_inventory([fleet.root])
    assert len(caught.value.problems) == 3
    assert {Path(one.mark.file).parent.name for one in caught.value.problems if one.mark} == {
        "officine_0421",
        "officine_0422",
    }


def test_the_id_is_the_folders_name(fleet: FleetFolder) -> None:
    fleet.file(421).parent.rename(fleet.root / "officines" / "officine_0423")
    with pytest.raises(ModelError, match="is not the name of the folder"):
        load_inventory([fleet.root])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a: [\n", "invalid YAML"),
        (b"id: \xff\n", "not UTF-8"),
        (b"", "valid"),
        (b"- a\n", "valid"),
        (b"id: officine_0421\nid: officine_0421\n", "duplicate key"),
        (b"id: !secret x\n", "unknown tag"),
    ],
)
def test_broken_files_are_errors_of_their_file(fleet: FleetFolder, content: bytes, says: str) -> None:
    fleet.file(421).write_bytes(content)
    with pytest.raises(OfficefleetError, match=says) as caught:
        load_inventory([fleet.root])
    assert caught.value.mark is not None
    assert caught.value.mark.file == str(fleet.file(421))


def test_a_folder_without_its_file_is_an_error(fleet: FleetFolder) -> None:
    fleet.file(421).unlink()
    with pytest.raises(SourceError, match="cannot read"):
        load_inventory([fleet.root])


def test_yaml_that_only_the_marked_loader_reads_is_fine(fleet: FleetFolder) -> None:
    text = fleet.file(421).read_text(encoding="utf-8")
    text = text.replace("os:\n    family: debian\n    version: '12'", "os: *os").replace(
        "os: *os", "os: &os {family: debian, version: '12'}", 1
    )
    assert "*os" in text
    fleet.file(421).write_text(text, encoding="utf-8")
    assert len(load_inventory([fleet.root]).select("officine_0421:&debian")) == 4


def test_two_machines_of_one_name_are_refused(fleet: FleetFolder) -> None:
    text = fleet.file(421).read_text(encoding="utf-8")
    fleet.file(421).write_text(text.replace("o0421-comptoir-2", "o0421-comptoir-1"), encoding="utf-8")
    with pytest.raises(ModelError, match="'o0421-comptoir-1' is used twice"):
        load_inventory([fleet.root])


def test_two_fleets_may_not_hold_the_same_pharmacy(fleet: FleetFolder, tmp_path: Path) -> None:
    other = tmp_path / "other" / "officines" / "officine_0421"
    other.mkdir(parents=True)
    (other / "pharmacy.yml").write_bytes(fleet.file(421).read_bytes())
    with pytest.raises(InventoryError, match="two inventories hold 'officine_0421'"):
        load_inventory([fleet.root, tmp_path / "other"])


# --- many files -------------------------------------------------------------------------------------


def test_worker_processes_give_what_one_process_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(tmp_path / "fleet", 600)
    alone = load_inventory([tmp_path / "fleet"])
    monkeypatch.setattr(reading, "_WORTH_A_POOL", 1)
    monkeypatch.setattr(reading, "_cores", lambda: 2)
    together = load_inventory([tmp_path / "fleet"])
    assert together.digests == alone.digests
    assert list(together.hosts) == list(alone.hosts)
    assert together.pharmacy("officine_00599") == alone.pharmacy("officine_00599")


def test_faults_found_by_workers_keep_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "fleet", 600)
    wrong = [tmp_path / "fleet" / "officines" / f"officine_{n:05d}" / "pharmacy.yml" for n in (3, 300, 598)]
    for file in wrong:
        file.write_text(file.read_text(encoding="utf-8").replace("region:", "regions:"), encoding="utf-8")
    monkeypatch.setattr(reading, "_WORTH_A_POOL", 1)
    monkeypatch.setattr(reading, "_cores", lambda: 2)
    with pytest.raises(ProblemsError) as caught:
        load_inventory([tmp_path / "fleet"])
    assert {one.mark.file for one in caught.value.problems if one.mark} == {str(file) for file in wrong}
    assert {one.hint for one in caught.value.problems} >= {"did you mean 'region'?"}


def test_reading_stops_when_there_is_enough_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "fleet", 9)
    for file in (tmp_path / "fleet" / "officines").glob("*/pharmacy.yml"):
        file.write_text(file.read_text(encoding="utf-8").replace("region:", "zone:"), encoding="utf-8")
    monkeypatch.setattr(reading, "_BATCH", 2)
    monkeypatch.setattr(reading, "_ENOUGH", 5)
    with pytest.raises(ProblemsError, match="8 problems found so far") as caught:  # two for a file
        load_inventory([tmp_path / "fleet"])
    assert len(caught.value.problems) == 8


def test_a_pool_that_breaks_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, *_arguments: object, **_options: object) -> None:
            raise OSError("no more processes")

    generate(tmp_path / "fleet", 300)
    monkeypatch.setattr(reading, "_WORTH_A_POOL", 1)
    monkeypatch.setattr(reading, "_cores", lambda: 2)
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", Broken)
    assert len(load_inventory([tmp_path / "fleet"]).digests) == 300


# --- what is shipped and generated ------------------------------------------------------------------


def test_the_shipped_inventory_is_sound() -> None:
    inventory = load_inventory([SHIPPED])
    assert inventory.check() == []
    for home, net in (("officine_0421", 21), ("officine_0422", 22)):
        kinds = [one.kind.value for one in inventory.pharmacy(home).machines]
        assert kinds == ["comptoir", "comptoir", "secours", "nas"]
        for place, host in enumerate(inventory.select(home), start=10):
            found = inventory.variables(host)
            assert (found["ansible_host"], found["ansible_user"], found["ansible_connection"]) == (
                f"10.42.{net}.{place}",
                "officefleet",
                "ssh",
            )


def test_a_generated_fleet_is_sound_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    machines = generate(tmp_path / "a", 60)
    generate(tmp_path / "b", 60)
    generate(tmp_path / "c", 60, seed=1)
    inventory = load_inventory([tmp_path / "a"])
    assert inventory.check() == []
    assert len(inventory.hosts) == machines == 480

    def content(name: str) -> list[bytes]:
        return [file.read_bytes() for file in sorted((tmp_path / name).rglob("*.yml"))]

    assert content("a") == content("b") != content("c")
    with pytest.raises(FileExistsError):
        generate(tmp_path / "a", 1)
