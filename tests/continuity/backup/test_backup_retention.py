"""What may be thrown away."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[3] / "roles" / "backup" / "files"))

from officine_backup import nas
from officine_backup.problem import BackupProblem
from officine_backup.retention import Kept, expired

DAY = 86400.0
NOW = 20_000 * DAY + 3600 * 12
RULE = {"all_days": 2, "daily": 30, "weekly": 8, "monthly": 3}


def hourly(days):
    return [Kept(f"s{hour}", NOW - hour * 3600) for hour in range(days * 24)]


def test_everything_young_is_kept_then_one_a_day_then_fewer():
    found = hourly(200)
    gone = set(expired(found, RULE, NOW))
    kept = [one for one in found if one.id not in gone]

    assert all(one in kept for one in found if NOW - one.received <= 2 * DAY)
    per_day = [one for one in kept if 3 * DAY < NOW - one.received < 29 * DAY]
    assert 25 <= len(per_day) <= 28  # one each day
    old = [one for one in kept if NOW - one.received > 31 * DAY]
    assert 4 <= len(old) <= 10
    assert len(kept) < 100


def test_a_client_that_floods_the_nas_throws_no_good_copy_away():
    """Thousands of snapshots in an hour: those of the days before stay, whatever time they claim."""
    before = [Kept(f"good{day}", NOW - day * DAY) for day in range(1, 30)]
    flood = [Kept(f"bad{number}", NOW - number / 10) for number in range(5000)]

    gone = set(expired(before + flood, RULE, NOW))

    assert not [one.id for one in before if one.id in gone]


@given(
    st.lists(st.floats(0, 400 * DAY), max_size=40, unique=True),
    st.fixed_dictionaries({name: st.integers(0, 40) for name in RULE}),
)
def test_the_newest_ones_and_all_of_the_young_are_never_thrown_away(ages, rule):
    found = [Kept(str(number), NOW - old) for number, old in enumerate(ages)]
    gone = set(expired(found, rule, NOW))

    newest = sorted(found, key=lambda one: -one.received)[:3]
    assert not gone & {one.id for one in newest}
    assert not [one for one in found if one.id in gone and NOW - one.received <= rule["all_days"] * DAY]
    assert gone <= {one.id for one in found}
    kept = [one for one in found if one.id not in gone]
    assert not set(expired(kept, rule, NOW))  # nothing more the second time


@pytest.mark.parametrize("received", [NOW + 3600, NOW - 60 * DAY])
def test_a_clock_that_jumped_throws_nothing_away(received):
    with pytest.raises(BackupProblem) as caught:
        nas.must_believe_clock([Kept("a", received)], NOW, "o0421-nas-1")
    assert caught.value.code == "clock-nas"


MDSTAT = """Personalities : [raid1] [raid6]
md0 : active raid1 vdb1[0] vdc1[1]
      1047552 blocks super 1.2 [2/2] [UU]

md1 : active raid1 vdd1[2] vde1[1](F)
      1047552 blocks super 1.2 [2/1] [U_]
      [==>..................]  recovery = 12.6% (132096/1047552) finish=0.5min speed=26419K/sec

md2 : active raid5 vdf[0] vdg[1] vdh[2]
      2095104 blocks super 1.2 level 5 [3/3] [UUU]

unused devices: <none>
"""


def test_mirrors_are_read_from_the_kernel():
    assert nas.parse_mdstat(MDSTAT) == [
        {"name": "md0", "disks": 2, "working": 2, "rebuilding": False},
        {"name": "md1", "disks": 2, "working": 1, "rebuilding": True},
    ]
