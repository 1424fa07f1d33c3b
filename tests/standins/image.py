"""The image of the Dockerfile without Docker: the same file tree in a folder, and its commands in it.

Packages are those of this environment, which are locked by the same file, so that what the Dockerfile's `RUN`
lines do is done by what stands for them here: a virtual environment that sees these packages, with Ballast
installed from the tree. No container isolates it; the user is the image's where this machine lets it be.
"""

import fnmatch
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

DOCKERFILE = ROOT / "Dockerfile"
OPEN = 0o755
ASIDE = {".git", ".venv"}
"""Large folders that are not looked through one by one."""


@dataclass
class Stage:
    """What a stage of a Dockerfile says."""

    copies: list[tuple[str | None, list[str], str]] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "0"
    folder: str = "/"
    healthcheck: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)


def stages(text: str) -> dict[str, Stage]:
    """The stages of a Dockerfile by their names; the last is called "image"."""
    found: dict[str, Stage] = {}
    for line in text.replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            named = rest.split(" AS ")
            found[named[1] if len(named) > 1 else "image"] = stage = Stage()
        elif word == "COPY":
            names = rest.split()
            source = names.pop(0).removeprefix("--from=") if names[0].startswith("--from=") else None
            target = names.pop()
            stage.copies.append((source, names, target if target[0] == "/" else f"{stage.folder}/{target}"))
        elif word == "RUN":
            stage.runs.append(" ".join(rest.split()))
        elif word == "ENV":
            stage.environment |= dict(one.split("=", 1) for one in rest.split())
        elif word == "USER":
            stage.user = rest
        elif word == "WORKDIR":
            stage.folder = rest
        elif word == "HEALTHCHECK":
            stage.healthcheck = yaml.safe_load(rest.partition("CMD ")[2])
        elif word in {"ENTRYPOINT", "CMD"}:
            setattr(stage, "entrypoint" if word == "ENTRYPOINT" else "command", yaml.safe_load(rest))
    return found


@cache
def sent() -> tuple[str, ...]:
    """The files that .dockerignore lets into the build, as paths below the project."""
    found = []
    for folder, below, names in os.walk(ROOT):
        below[:] = [one for one in below if one not in ASIDE]
        found += [(Path(folder) / name).relative_to(ROOT).as_posix() for name in names]
    return tuple(sorted(path for path in found if is_sent(path)))


def is_sent(path: str) -> bool:
    """The last rule of .dockerignore that matches a path, or a folder that it is in, decides."""
    wanted = True
    parts = path.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and any(_matches(one, pattern) for one in above):
            wanted = line.startswith("!")
    return wanted


def _matches(path: str, pattern: str) -> bool:
    anywhere = pattern.removeprefix("**/")
    return fnmatch.fnmatchcase(path.rpartition("/")[2] if anywhere != pattern else path, anywhere)


class Image:
    """The tree of the last stage below `root`, and how its commands are run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        known = stages(DOCKERFILE.read_text())
        self.stage = known["image"]
        context = sent()
        for _, names, target in known["build"].copies:
            self._copy(context, names, target)
        for source, names, target in self.stage.copies:
            if source is None:
                self._copy(context, names, target)
        self.python = self._install()
        self.user, self.group = (int(part) for part in self.stage.user.split(":"))
        self.prefix = self._as_its_user()
        if not self.prefix:
            self.user, self.group = os.getuid(), os.getgid()
        self.home = self.place(self.stage.environment["BALLAST_HOME"])
        self.home.mkdir(mode=0o700, parents=True)
        os.chown(self.home, self.user, self.group)

    def place(self, path: str) -> Path:
        """Where a path of the image is here."""
        return self.root / path.lstrip("/")

    def words(self, command: list[str]) -> list[str]:
        """A command by the places of here."""
        return [str(self.place(one)) if one.startswith("/opt/") else one for one in command]

    def environment(self, given: dict[str, str]) -> dict[str, str]:
        """The image's own variables, and those that a container is given besides; none of this machine."""
        own = {**self.stage.environment, "HOME": str(self.home)}
        own["PATH"] = os.pathsep.join(
            str(self.place(one)) if one.startswith("/opt/") else one for one in own["PATH"].split(":")
        )
        return {**own, "BALLAST_HOME": str(self.home), **given}

    def start(self, command: list[str], given: dict[str, str], **options: Any) -> subprocess.Popen[str]:
        """Its entry point with a command, as its user, in its folder."""
        words = self.words([*self.stage.entrypoint, *command])
        return subprocess.Popen(
            [*self.prefix, *words], cwd=self.home, env=self.environment(given), text=True, **options
        )

    def check(self, command: list[str], given: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """A health check: without the entry point, with the container's own variables."""
        return subprocess.run(
            [*self.prefix, *self.words(command)], cwd=self.home, env=self.environment(given), text=True,
            capture_output=True, check=False,
        )  # fmt: skip

    def _as_its_user(self) -> list[str]:
        """What runs a command as the image's user; empty where this machine does not let it.

        That user may read everything here, since the interpreter may stand in a folder of root's, and write
        only what is its own.
        """
        if os.getuid() != 0 or shutil.which("setpriv") is None:
            return []
        reads = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
        prefix = ["setpriv", f"--reuid={self.user}", f"--regid={self.group}", "--clear-groups", *reads]
        asked = [*prefix, self.python, "-c", "import flows, prefect"]
        return prefix if subprocess.run(asked, cwd="/", check=False).returncode == 0 else []

    def _copy(self, context: Sequence[str], names: list[str], target: str) -> None:
        for name in names:
            found = [
                path for path in context if fnmatch.fnmatchcase(path, name) or path.startswith(f"{name}/")
            ]
            assert found, f"COPY {name}: .dockerignore lets nothing of it in"
            for path in found:
                below = path.removeprefix(name).lstrip("/") if path.startswith(f"{name}/") else ""
                into = target.rstrip("./") if below or not target.endswith("/") else f"{target}{path}"
                made = self.place(f"{into}/{below}" if below else into)
                made.parent.mkdir(mode=OPEN, parents=True, exist_ok=True)
                shutil.copy(ROOT / path, made)

    def _install(self) -> Path:
        folder = self.place("/opt/venv")
        venv.create(folder, symlinks=True)
        packages = folder / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
        here = next(one for one in sys.path if one.endswith("site-packages"))
        (packages / "packages.pth").write_text(f"{here}\n")
        install = ["-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-e", "."]
        tree = self.place("/opt/ballast")
        quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        subprocess.run([folder / "bin/python", *install], cwd=tree, env=quiet, check=True)
        subprocess.run([folder / "bin/python", "-m", "compileall", "-q", "."], cwd=tree, check=True)
        return folder / "bin/python"
