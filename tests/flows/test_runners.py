"""In what the portfolios of a day run; with a server and workers, see tests/e2e/test_up_runs.py."""

from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

from config.settings import Settings
from flows import runners
from quant.errors import InputError


@pytest.mark.parametrize(
    ("name", "kind"), [("threads", ThreadPoolTaskRunner), ("processes", ProcessPoolTaskRunner)]
)
def test_threads_and_processes_take_as_many_portfolios_at_a_time_as_are_set(tmp_path, name, kind):
    with runners.running(Settings(home=tmp_path, task_runner=name, workers=3)) as runner:
        assert isinstance(runner, kind)
        assert runner._max_workers == 3


def test_dasks_own_workers_are_processes_that_no_other_user_reaches(tmp_path):
    with runners.running(Settings(home=tmp_path, task_runner="dask", workers=2)) as runner:
        seen = runner.client.scheduler_info()
        workers = seen["workers"]
        assert [one["nthreads"] for one in workers.values()] == [1, 1]
        assert {address.partition(":")[0] for address in workers} == {"tls"}  # nobody without the certificate
        assert {one["host"] for one in workers.values()} == {"127.0.0.1"}
        for services in (seen["services"], *(one["services"] for one in workers.values())):
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"http://127.0.0.1:{services['dashboard']}/info/main/workers.html")


def test_dask_without_its_package_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(runners, "find_spec", {}.get)
    with (
        pytest.raises(InputError, match=r"prefect-dask is not installed: install requirements-dask\.lock"),
        runners.running(Settings(home=tmp_path, task_runner="dask")),
    ):
        pass
