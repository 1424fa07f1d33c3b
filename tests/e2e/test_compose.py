"""compose.yaml without Docker: its services' commands, variables and health checks in the image's file tree.

What is put in the place of containers: a folder for the file system, this machine for the network, the
fixture for PostgreSQL's own image. Docker itself runs nowhere here.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import pytest
import yaml

from tests.conftest import ROOT
from tests.e2e.up import PATIENCE, Up, book, free_port
from tests.standins.image import OPEN, Image

pytestmark = pytest.mark.long

LOG_IN = "ballast:a-word-for-the-pages"


@pytest.fixture(scope="module")
def image():
    folder = Path(tempfile.mkdtemp(prefix="ballast-image-"))
    folder.chmod(OPEN)
    yield Image(folder)
    shutil.rmtree(folder)


class Services:
    """The services of compose.yaml, by their names, at addresses of this machine."""

    def __init__(self, image: Image, database) -> None:
        self.image, self.started = image, {}
        self.read = yaml.safe_load((ROOT / "compose.yaml").read_text())
        self.port = free_port()
        self.places = {
            "http://server:4200": f"http://127.0.0.1:{self.port}",
            "4200": str(self.port),
            "/run/secrets": str(image.root / "secrets"),
            "/tmp/prefect": str(image.root / "tmp" / "prefect"),
            "0.0.0.0": "127.0.0.1",
        }
        self.database = {
            "HOST": database.host,
            "PORT": database.port,
            "NAME": database.name,
            "USER": database.user,
        }
        self.folder = image.root / "tmp"
        for folder in (self.folder, image.root / "secrets"):
            folder.mkdir(mode=0o700)
            os.chown(folder, image.user, image.group)
        secrets = {"postgres-password": database.password, "prefect-log-in": LOG_IN, "slack-token": ""}
        for name in self.read["secrets"]:
            (image.root / "secrets" / name).write_text(f"{secrets[name]}\n")
            (image.root / "secrets" / name).chmod(0o644)

    def start(self, name: str, more: dict[str, str]) -> None:
        service = self.read["services"][name]
        command = [self.here(one) for one in service.get("command", self.image.stage.command)]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.started[name] = self.image.start(
                command, self.environment(name) | more, stdout=log, stderr=subprocess.STDOUT
            )

    def environment(self, name: str) -> dict[str, str]:
        given = self.read["services"][name]["environment"]
        own = {f"PREFECT_SERVER_DATABASE_{one}": str(value) for one, value in self.database.items()}
        return {one: own.get(one, self.here(value)) for one, value in given.items()}

    def here(self, text: str) -> str:
        for there, place in self.places.items():
            text = text.replace(there, place)
        return text

    def wait_until_healthy(self, name: str) -> None:
        """By the service's own health check, else the image's, as a container is asked."""
        check = (
            self.read["services"][name]
            .get("healthcheck", {})
            .get("test", ["CMD", *self.image.stage.healthcheck])
        )
        deadline = time.monotonic() + PATIENCE
        while (
            done := self.image.check([self.here(one) for one in check[1:]], self.environment(name))
        ).returncode:
            assert self.started[name].poll() is None, self.log(name)
            assert time.monotonic() < deadline, f"{done.stdout}{done.stderr}{self.log(name)}"
            time.sleep(1)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def stop(self) -> None:
        for process in reversed(self.started.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)


@pytest.fixture(scope="module")
def services(image, postgres, request):
    database = postgres.database()
    made = Services(image, database)
    yield made
    made.stop()
    postgres.drop(database)


def test_the_tree_holds_all_that_the_command_and_the_health_check_need(image):
    shown = image.start(["ballast", "--version"], {}, stdout=subprocess.PIPE)
    assert shown.communicate()[0].startswith("ballast 0.")
    done = image.check(image.stage.healthcheck, {})
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"`ballast up` does not run for {image.home}")


def test_the_services_become_healthy_in_their_order_and_a_run_goes_through(services, image):
    """The worker says that it is at work only with the server's log-in, as a health check has it."""
    services.start("server", {})
    services.wait_until_healthy("server")
    assert httpx.get(f"http://127.0.0.1:{services.port}/api/flows/x", timeout=10).status_code == 401
    rules = image.home / "alerts.toml"
    rules.write_text("[watch]\nlive = false\n")
    asked = image.root / "book"
    asked.mkdir(mode=OPEN)
    parameters = book(asked)
    os.chown(rules, image.user, image.group)
    services.start("worker", {})
    services.wait_until_healthy("worker")
    up = Up(
        image.home, services.started["worker"], f"http://127.0.0.1:{services.port}/api",
        services.folder / "worker.log", LOG_IN, "compose",
    )  # fmt: skip
    row = up.finished(up.start(**parameters))
    assert row["state_name"] == "Recommended", row["state"]
    written = [path for path in image.home.rglob("*") if path.is_file()]
    assert {path.stat().st_uid for path in written} == {image.user}
    for name in ("server", "worker"):
        assert LOG_IN.split(":")[1] not in services.log(name)
    os.kill(services.started["worker"].pid, signal.SIGTERM)
    assert services.started["worker"].wait(60) == 0, services.log("worker")
    assert image.check(image.stage.healthcheck, services.environment("worker")).returncode == 1
