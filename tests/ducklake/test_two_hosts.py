"""Two machines on one lake: two network namespaces, each with a wire to PostgreSQL that can be cut.

The machines have names of their own, so that neither can ask whether the other's processes live.
"""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.standins.lakes import lake_in
from tests.standins.postgres import NoPostgresError, running
from tests.tasks.desk import EVENING
from warehouse.ducklake import session
from warehouse.record import ledger
from warehouse.record.verify import broken, verify

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]
HOST = Path(__file__).with_name("host.py")


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class Machine:
    """A network namespace with a wire to this machine, and a folder."""

    def __init__(self, name, number, folder):
        self.space, self.folder, self.name = f"bl{name}{os.getpid()}", folder, f"host-{name}"
        self.wire, far = f"bl{name}{os.getpid() % 10000}u", f"bl{name}{os.getpid() % 10000}d"
        self.server = f"10.231.{number}.1"
        ip("netns", "add", self.space)
        ip("link", "add", self.wire, "type", "veth", "peer", "name", far)
        ip("link", "set", far, "netns", self.space)
        ip("addr", "add", f"{self.server}/30", "dev", self.wire)
        ip("link", "set", self.wire, "up")
        for words in (("addr", "add", f"10.231.{number}.2/30", "dev", far), ("link", "set", far, "up")):
            ip("-n", self.space, *words)
        ip("-n", self.space, "link", "set", "lo", "up")

    def cut(self):
        """From now on nothing gets through, and nobody is told."""
        ip("link", "set", self.wire, "down")

    def mend(self):
        ip("link", "set", self.wire, "up")

    def remove(self):
        subprocess.run(["ip", "link", "del", self.wire], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", self.space], check=False, capture_output=True)

    def start(self, world, action, *words, minutes=0):
        """Begin an action in a process of this machine."""
        libpq = f"host={self.server} port={world.postgres.port} dbname={world.database.name} user=ballast"
        python = [sys.executable, HOST, self.folder, libpq, world.data, str(minutes), action, *words]
        named = ["unshare", "--uts", "sh", "-c", f'hostname {self.name} && exec "$@"', "sh"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PGPASSWORD": world.postgres.password}
        command = ["ip", "netns", "exec", self.space, *named, *map(str, python)]
        return subprocess.Popen(command, env=environment, cwd=ROOT, **pipes)

    def does(self, world, action, *words, minutes=0):
        """What an action comes to."""
        out, err = self.start(world, action, *words, minutes=minutes).communicate(timeout=300)
        assert out, err
        return json.loads(out.splitlines()[-1])


class World:
    """Two machines, PostgreSQL that both reach, and the folder of the lake's files."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "shared" / "lake"
        self.machines = []

    def lake(self):
        """The lake as the machine of PostgreSQL reaches it."""
        return lake_in(self.data.parent, self.database, 60.0)

    def entries(self):
        return [one.subject for one in self.lake().read(ledger.entries)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    pytest.importorskip("duckdb_extension_ducklake", reason="the group `ducklake` is not installed")
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare"))):
        pytest.skip("network namespaces need root, iproute2 and unshare")
    world = World(tmp_path_factory.mktemp("hosts"))
    patch = pytest.MonkeyPatch()
    try:
        try:
            for number, name in enumerate("ab", 1):
                world.machines.append(Machine(name, number, world.folder / name))
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine allows no network namespaces: {error.stderr.strip()}")
        with running() as world.postgres:
            world.postgres.stop()
            world.postgres.start(",".join(one.server for one in world.machines))
            patch.setenv("PGPASSWORD", world.postgres.password)
            world.database = world.postgres.database()
            world.lake().transact(lambda db: None)
            yield world
            session.close_all()
    except NoPostgresError as error:
        pytest.skip(str(error))
    finally:
        patch.undo()
        for one in world.machines:
            one.remove()


def test_what_one_decides_the_other_sees_at_once(world):
    a, b = world.machines
    run_id = a.does(world, "day")["run"]
    a.does(world, "approve", run_id)
    assert b.does(world, "seen", run_id)["BBB"] == "approved"
    a.does(world, "allow", b.does(world, "ask")["id"])  # the second person sits at the other machine
    b.does(world, "halt", "disabled")
    halted = a.does(world, "day")
    assert halted["proposed"] == 0
    assert all("a fire" in reason for reason in halted["held"].values())
    a.does(world, "halt", "enabled")
    assert b.does(world, "day")["held"] == {}  # nor does the check that is overridden hold anything
    assert b.does(world, "fill", run_id) == {"new": 1, "known": 0}
    assert a.does(world, "fill", run_id) == {"new": 0, "known": 1}
    assert a.does(world, "same", run_id) == {"difference": None}


def test_cut_off_in_the_middle_of_a_commit_it_leaves_nothing_and_holds_nobody_up_for_long(world):
    a, b = world.machines
    before = world.entries()
    victim = a.start(world, "commit")
    try:
        assert victim.stdout.readline() == "at the commit\n"
        a.cut()
        victim.stdin.write("go on\n")
        victim.stdin.flush()
        after = b.does(world, "append")  # waits until PostgreSQL gives the machine up
        assert after["seq"] == len(before) + 1
        assert after["waited"] > 5  # it was held up, so the cut one did hold the lock
        assert world.entries() == [*before, "x"]
    finally:
        victim.kill()
        victim.communicate()
        a.mend()
    assert a.does(world, "append")["seq"] == len(before) + 2
    _, found = verify(world.lake().read, EVENING + timedelta(days=1))
    assert list(broken(found)) == []


def test_cut_off_and_back_again_the_commit_counts_once(world):
    a, _ = world.machines
    before = world.entries()
    worker = a.start(world, "commit")
    assert worker.stdout.readline() == "at the commit\n"
    a.cut()
    worker.stdin.write("go on\n" * 9)
    worker.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(5)
    a.mend()
    out, err = worker.communicate(timeout=200)
    assert worker.returncode == 0, err + out
    assert world.entries() == [*before, "of the cut"]


def test_the_run_of_a_machine_that_died_is_closed_and_repeated_by_the_other(world):
    a, b = world.machines
    left = a.does(world, "leave")["run"]
    a.cut()
    try:
        again = b.does(world, "day", "61")
    finally:
        a.mend()
    assert again["status"] != "failed"
    found = world.lake().read(lambda db: db.connection.execute(
        "select status, error from runs where run_id = $1", [left]).fetchall())  # fmt: skip
    assert found == [("failed", "interrupted")]


def test_clocks_that_differ_by_minutes_do_no_harm(world):
    a, b = world.machines
    first = a.does(world, "by_clock", minutes=7)
    second = b.does(world, "by_clock", minutes=-7)
    third = a.does(world, "by_clock", minutes=7)
    times = [datetime.fromisoformat(one) for said in (first, second, third) for one in said["times"]]
    assert times == sorted(times)
    assert datetime.fromisoformat(first["own"]) > datetime.fromisoformat(second["own"])
    _, found = verify(world.lake().read, times[-1])
    assert list(broken(found)) == []
