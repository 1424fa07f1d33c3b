"""HOME and all of ours in it are its owner's alone, whatever the umask; nothing else is touched."""

import os
import stat

import pytest

from config import privacy
from config.settings import prepare_home


@pytest.fixture(autouse=True)
def careless():
    """The umask of a machine that lets everybody read, and the one before afterwards."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder):
    return {path.name: stat.S_IMODE(path.lstat().st_mode) for path in folder.iterdir()}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_is_its_owner_s_alone(tmp_path):
    prepare_home(tmp_path / "a" / "home")
    assert mode(tmp_path / "a" / "home") == 0o700


def test_what_a_process_writes_is_its_user_s_alone(tmp_path):
    privacy.begin()
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch(0o666)
    assert modes(tmp_path) == {"folder": 0o700, "file": 0o600}


def test_a_home_that_stood_open_is_closed_with_all_that_is_ours_in_it(tmp_path):
    home = tmp_path / "home"
    (home / "portfolios").mkdir(parents=True)
    for name in ("warehouse.duckdb", "portfolios/mine.toml", ".env"):
        (home / name).touch()
    prepare_home(home)
    assert mode(home) == 0o700
    assert modes(home) == {"portfolios": 0o700, "warehouse.duckdb": 0o600, ".env": 0o600}
    assert modes(home / "portfolios") == {"mine.toml": 0o600}


def test_what_is_not_ours_and_what_links_lead_to_stays_as_it_is(tmp_path):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / "project").mkdir(parents=True)
    elsewhere.mkdir(mode=0o755)
    (elsewhere / "warehouse.duckdb").touch()
    (home / "published").symlink_to(elsewhere)
    prepare_home(home)
    assert modes(home)["project"] == mode(elsewhere) == 0o755
    assert modes(elsewhere) == {"warehouse.duckdb": 0o644}


def test_a_folder_that_all_write_to_is_no_home_to_close(tmp_path):
    (tmp_path / "all").mkdir()
    (tmp_path / "all").chmod(0o1777)
    prepare_home(tmp_path / "all")
    assert mode(tmp_path / "all") == 0o1777
    assert privacy.is_open(tmp_path / "all")


def test_what_stood_open_in_a_closed_home_needs_no_search(tmp_path):
    home = tmp_path / "home"
    prepare_home(home)
    (home / "warehouse.duckdb").touch()
    prepare_home(home)
    assert modes(home) == {"warehouse.duckdb": 0o644}, "nobody gets there; the owner's own choice stays"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root visits the HOME of another")
def test_a_visit_by_root_locks_the_owner_out_of_nothing(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 12345, 12345)
    privacy.begin()
    prepare_home(home)
    (home / "reports").mkdir()
    assert (mode(home), mode(home / "reports")) == (0o700, 0o755)
