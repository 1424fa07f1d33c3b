import os
import subprocess
import sys

import pytest

from warehouse import owner

pytestmark = pytest.mark.file


def test_this_process_lives_and_each_claim_has_its_own_name():
    first, second = owner.current(), owner.current()
    assert first != second
    assert not owner.is_dead(first)


def test_a_process_that_ended_is_dead():
    code = "from warehouse import owner; print(owner.current())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert owner.is_dead(ended.stdout.strip())


def test_a_later_process_with_the_same_number_is_another_one():
    host, _, _, nonce = owner.current().split("|")
    assert owner.is_dead(f"{host}|{os.getpid()}|1|{nonce}")


def test_a_process_that_nobody_has_waited_for_is_dead():
    child = subprocess.Popen(
        [sys.executable, "-c", "from warehouse import owner; print(owner.current())"],
        stdout=subprocess.PIPE,
        text=True,
    )
    name = child.stdout.read().strip()  # ends when the child does; it is then a zombie until wait()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert owner.is_dead(name)
    assert child.wait() == 0


def test_another_hosts_process_cannot_be_told_dead():
    assert not owner.is_dead(f"another-host|{2**22 - 1}|1|aaaa")
