import json
import shutil
from dataclasses import replace

import pytest

from flows.day import run_day
from quant.errors import InputError
from tasks.context.find_run import find_run
from tasks.context.safekeeping import leave_copies
from tasks.record.replay import replay
from tasks.report.find_report import find_report
from tasks.run import lifecycle
from tasks.run.lifecycle import close_run, open_run
from tests.tasks.desk import CLOSES, TRADES, market, proposed
from warehouse.staging import staging_file

TOKEN = "0197d2a4-0000-7000-8000-00000000abcd"


def status_of(desk, run_id):
    [(status, error)] = desk.sql("select status, error from runs where run_id = ?", run_id)
    return status, error


def test_a_retry_goes_on_with_what_its_run_knew(desk):
    first = desk.day(market(), token=TOKEN)
    again = desk.day(market({**CLOSES, "AAA": 120.0}), token=TOKEN)
    assert again.run_id == first.run_id
    assert again.model_dump() == first.model_dump()
    assert desk.sql("select count(*) from batches") == [(1,)]


def test_tokens_that_only_begin_alike_are_different_runs(desk):
    request = desk.order(desk.portfolio(), desk.prices(market()))
    runs = {open_run(desk.context(), request, token) for token in (TOKEN, TOKEN[:-4] + "ef01", None, None)}
    assert len(runs) == 4
    assert all(run_id.startswith("20240628-trio-") for run_id in runs)


def test_a_failing_step_closes_the_run_with_its_sentence_and_a_retry_heals_it(desk):
    request = desk.order(desk.portfolio(), desk.prices(market()))
    (desk.folder / "prices.parquet").unlink()
    report = run_day(desk.context(), request, notifying=True, token=TOKEN)
    assert report.status == "failed"
    assert "prices.parquet does not exist" in (report.error or "")
    assert (report.known_at, report.drift, report.trades) == (None, [], [])
    assert [(row.kind, row.state) for row in report.notices] == [("digest", "preview")]
    kept = json.loads((desk.home / "reports" / f"{report.run_id}.json").read_text())
    assert kept == report.model_dump(mode="json")
    with pytest.raises(InputError, match="there is no finished run"):
        find_run(desk.context(), "latest", None)
    with pytest.raises(InputError, match="only a finished daily run"):
        replay(desk.context(), report.run_id)
    healed = desk.day(market(), token=TOKEN)
    assert (healed.run_id, healed.status, healed.error) == (report.run_id, "recommended", None)
    assert proposed(healed) == TRADES


def test_a_fault_of_our_own_fails_the_run_too(desk):
    def broken(*_):
        raise ZeroDivisionError("no such luck")

    request = desk.order(desk.portfolio(), desk.prices(market()))
    report = run_day(replace(desk.context(), progress=broken), request, notifying=False)
    assert (report.status, report.error) == ("failed", "ZeroDivisionError: no such luck")
    assert status_of(desk, report.run_id) == ("failed", report.error)


def test_dead_runs_are_closed_and_the_living_keep_their_staging(desk):
    request = desk.order(desk.portfolio(), desk.prices(market()))
    dead, living = (open_run(desk.context(), request) for _ in range(2))
    [(owner,)] = desk.sql("select owner from runs where run_id = ?", dead)
    host, *_ = owner.split("|")
    desk.sql("update runs set owner = ? where run_id = ?", f"{host}|4194305|0|x", dead)
    for run_id in (dead, living):
        file = staging_file(desk.home, run_id)
        file.parent.mkdir(exist_ok=True)
        file.touch()
    open_run(desk.context(), request)
    assert status_of(desk, dead) == ("failed", "interrupted")
    assert status_of(desk, living) == ("running", None)
    assert not staging_file(desk.home, dead).exists()
    assert staging_file(desk.home, living).exists()


def test_nothing_that_only_copies_fails_a_finished_run(desk, caplog):
    desk.home.mkdir()
    for name in ("published", "reports"):
        (desk.home / name).write_text("a file stands where the folder should")
    report = desk.day(market())
    assert report.status == "recommended"
    assert status_of(desk, report.run_id) == ("recommended", None)
    assert "the warehouse was not published: " in caplog.text
    assert "was not written to HOME/reports: " in caplog.text


def test_a_warehouse_in_use_does_not_fail_a_finished_run(desk, caplog):
    desk.home.mkdir()
    with desk.context().warehouse.locked():
        leave_copies(desk.context(lock_timeout=0.05))
    assert "was not published: " in caplog.text
    assert "is in use by" in caplog.text


def test_a_finished_run_is_published_and_found_by_the_beginning_of_its_id(desk):
    report = desk.day(market())
    assert (desk.home / "published" / "warehouse.duckdb").stat().st_size > 0
    assert find_run(desk.context(), "latest", "trio") == report.run_id
    assert find_report(desk.context(), "20240628-trio", None) == report
    with pytest.raises(InputError, match="no finished run of portfolio 'core'"):
        find_run(desk.context(), "latest", "core")


def test_a_run_may_end_without_having_found_anything(desk):
    request = desk.order(desk.portfolio(), desk.prices(market()))
    report = close_run(desk.context(), open_run(desk.context(), request), error="stopped by hand")
    assert (report.status, report.error, report.value) == ("failed", "stopped by hand", None)
    assert report.data.rows_new == 0


def test_the_run_stores_versions_and_settings_but_no_secret(desk):
    context = desk.context(slack_token="xoxb-secret")
    run_id = open_run(context, desk.order(desk.portfolio(), desk.prices(market())))
    [(settings, versions)] = desk.sql("select settings, versions from runs where run_id = ?", run_id)
    assert "secret" not in settings
    assert {"python", "duckdb", "numpy", "code"} <= json.loads(versions).keys()


def test_the_code_digest_changes_with_the_code_only(tmp_path):
    shutil.copytree(lifecycle.ROOT / "quant", tmp_path / "quant")
    before = lifecycle.code_digest(tmp_path)
    (tmp_path / "quant" / "note.txt").write_text("not code")
    (tmp_path / "quant" / "fits.pyc").write_bytes(b"compiled")
    assert lifecycle.code_digest(tmp_path) == before
    book = tmp_path / "quant" / "fits.py"
    book.write_text(book.read_text() + "# changed\n")
    assert lifecycle.code_digest(tmp_path) != before
