"""The image, compose.yaml and the work pools' templates: what they say, looked at without Docker."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flows.up.deployments import PREFECT_FILE
from tests.conftest import ROOT
from tests.standins.image import DOCKERFILE, is_sent, sent, stages

ENTRYPOINT = ROOT / "deploy" / "entrypoint.sh"


def test_the_image_is_hash_locked_byte_compiled_and_not_root():
    known = stages(DOCKERFILE.read_text())
    build, last = known["build"], known["image"]
    assert any("requirements.lock" in run and "--require-hashes" in run for run in build.runs)
    assert any("compileall" in run for run in build.runs)
    assert not any("pip" in run for run in last.runs)
    assert last.user.split(":")[0] not in {"0", "root"}
    assert last.healthcheck
    assert (last.entrypoint, last.command) == (["/opt/ballast/deploy/entrypoint.sh"], ["ballast", "up"])


def test_only_what_the_program_needs_is_sent_to_the_build():
    found = sent()
    folders = {path.split("/")[0] for path in found}
    assert folders == {
        "config", "deploy", "expectations", "flows", "quant", "tasks", "warehouse",
        "LICENSE", "README.md", "prefect.yaml", "pyproject.toml",
    } | {path.name for path in ROOT.glob("requirements*.lock")} - {"requirements-dev.lock"}  # fmt: skip
    assert [path for path in found if path.startswith("deploy/")] == ["deploy/entrypoint.sh"]
    for path in (
        ".venv/x",
        ".git/x",
        ".env",
        "config/.env",
        "flows/__pycache__/x",
        "deploy/secrets/x",
        "tests/x.py",
    ):
        assert not is_sent(path), path


def test_hadolint_has_nothing_to_say():
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("no hadolint for this machine")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def asked(variables, *command):
    """What a command sees behind the entry point."""
    path = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        ["sh", ENTRYPOINT, *command], env={**path, **variables}, capture_output=True, text=True, check=False
    )


def test_a_secret_may_come_as_a_file(tmp_path):
    (tmp_path / "log-in").write_text("them:a $word `with` \"signs'\n")
    (tmp_path / "empty").write_text("")
    given = {
        "PREFECT_API_AUTH_STRING_FILE": str(tmp_path / "log-in"),
        "BALLAST_SLACK_TOKEN_FILE": str(tmp_path / "empty"),
        "PREFECT_API_SSL_CERT_FILE": "/kept",
    }
    done = asked(given, "env")
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert seen["PREFECT_API_AUTH_STRING"] == "them:a $word `with` \"signs'"
    assert (seen["BALLAST_SLACK_TOKEN"], seen["PREFECT_API_SSL_CERT_FILE"]) == ("", "/kept")
    assert not {"PREFECT_API_AUTH_STRING_FILE", "BALLAST_SLACK_TOKEN_FILE"} & seen.keys()


def test_a_secret_that_cannot_be_read_or_is_given_twice_is_refused_in_a_sentence(tmp_path):
    done = asked({"PGPASSWORD_FILE": str(tmp_path / "none")}, "env")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"PGPASSWORD_FILE: {tmp_path / 'none'} cannot be read by user")
    (tmp_path / "word").write_text("secret")
    twice = asked({"PGPASSWORD_FILE": str(tmp_path / "word"), "PGPASSWORD": "other"}, "env")
    assert (twice.returncode, twice.stderr) == (
        2, "PGPASSWORD and PGPASSWORD_FILE are both set: leave one of the two out.\n"
    )  # fmt: skip


def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_compose_has_no_password_of_its_own_and_opens_one_port_to_this_machine():
    text, read = (ROOT / "compose.yaml").read_text(), compose()
    services = read["services"]
    for name, service in services.items():
        for variable, value in service["environment"].items():
            if re.search(r"PASSWORD|TOKEN|AUTH|SECRET|KEY", variable):
                assert variable.endswith("_FILE"), (name, variable)
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    assert {one for service in services.values() for one in service["secrets"]} == {*read["secrets"]}
    for secret in read["secrets"].values():
        assert secret["file"] not in sent()
        ignored = subprocess.run(["git", "check-ignore", "-q", secret["file"]], cwd=ROOT, check=False)
        assert ignored.returncode == 0, secret
        assert secret["file"] in text.split("services:")[0], "how it is made stands above"
    assert [port for service in services.values() for port in service.get("ports", [])] == [
        "127.0.0.1:4200:4200"
    ]


def test_compose_runs_what_the_image_has_with_health_checks_in_order():
    services = compose()["services"]
    assert {*services} == {"postgres", "server", "worker"}
    assert services["server"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["worker"]["depends_on"] == {"server": {"condition": "service_healthy"}}
    assert "healthcheck" in services["postgres"]
    assert "healthcheck" in services["server"]
    assert "command" not in services["worker"], "the image's own, and its health check"
    home = stages(DOCKERFILE.read_text())["image"].environment["BALLAST_HOME"]
    assert services["worker"]["volumes"] == [f"home:{home}"]


def pools():
    docker = pytest.importorskip("prefect_docker.worker")
    kubernetes = pytest.importorskip("prefect_kubernetes.worker")
    return {
        "docker": (docker.DockerWorker, docker.DockerWorkerJobConfiguration),
        "kubernetes": (kubernetes.KubernetesWorker, kubernetes.KubernetesWorkerJobConfiguration),
    }


@pytest.mark.parametrize("kind", ["docker", "kubernetes"])
def test_a_work_pool_s_template_is_one_of_its_worker_s(kind):
    from prefect.utilities.templating import apply_values

    worker, configuration = pools()[kind]
    base = worker.get_default_base_job_template()
    template = json.loads((ROOT / "deploy" / f"{kind}-pool.json").read_text())
    assert template.keys() == {"job_configuration", "variables"} <= base.keys()
    assert template["job_configuration"].keys() <= base["job_configuration"].keys()
    assert template["variables"] == {"type": "object", "properties": {}, "additionalProperties": False}
    made = configuration.model_validate(apply_values(template["job_configuration"], {}))
    assert made.command == "python -P -m prefect.engine"
    home = stages(DOCKERFILE.read_text())["image"].environment["BALLAST_HOME"]
    assert made.env["BALLAST_HOME"] == home
    assert home in json.dumps(
        template["job_configuration"].get("volumes") or made.model_dump()["job_manifest"]
    )
    assert "10001" in json.dumps(template), "not root"


@pytest.mark.parametrize("kind", ["docker", "kubernetes"])
def test_the_commented_part_of_prefect_yaml_leads_to_that_work_pool(kind):
    lines = PREFECT_FILE.read_text().splitlines()
    [at] = [n for n, line in enumerate(lines) if line.strip() == f"#   name: ballast-{kind}"]
    part = "\n".join(line.replace("# ", "", 1) for line in lines[at - 1 : at + 2])
    [own] = [n for n, line in enumerate(lines) if line == "  work_pool: &pool"]
    text = "\n".join([*lines[:own], part, *lines[own + 3 :]])
    document = yaml.safe_load(text)
    assert {one["work_pool"]["name"] for one in document["deployments"]} == {f"ballast-{kind}"}
    assert f"--base-job-template deploy/{kind}-pool.json" in PREFECT_FILE.read_text()
