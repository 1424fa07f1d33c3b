"""The record that proves itself: tampering shows, and a year is one archive."""

import json
import zipfile
from hashlib import sha256

import pytest

from quant.errors import InputError, WarehouseError
from tasks.record import audit
from tasks.record import ledger as chain
from tests.tasks.importing import decide, entries, take
from warehouse.record import ledger, seals


@pytest.mark.parametrize(
    ("statement", "offence"),
    [
        (
            "update ledger set payload = replace(payload, 'Ada', 'Eve') where seq = 2",
            "entry 2 .* is not what",
        ),
        pytest.param(
            *('update ledger set "at" = "at" - interval 1 day where seq = 3', "entry 3 .* is not what was"),
            marks=pytest.mark.long,
        ),
        ("delete from ledger where seq = 2", "entry 2, removed before entry 3"),
        ("delete from ledger where seq = 3", "the end of the chain: it stops at entry 2, and 3 were made"),
        pytest.param(
            *(
                "delete from ledger where seq = 1",
                "entry 1, removed|the end of the run .*, which was removed",
            ),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *("insert into ledger from ledger where seq = 3", "entry 3 .* stands twice"),
            marks=pytest.mark.long,
        ),
        ("update trades set quantity = 1 where symbol = 'CCC'", "entry 1 .*rows of trades have changed"),
        pytest.param(
            *("delete from checks", "entry 1 .*rows of checks have changed"), marks=pytest.mark.long
        ),
        pytest.param(
            *(
                "update drift set actual = actual + 1e-15 where key = 'BBB'",
                "entry 1 .*rows of drift have changed",
            ),
            marks=pytest.mark.long,
        ),
        ("update runs set status = 'no_action'", "entry 1 .*its status has changed"),
        pytest.param(
            *("update runs set portfolio_file = 'x.toml'", "entry 1 .*its portfolio_file has changed"),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *(
                "update runs set started_at = started_at - interval 1 year",
                "entry 1 .*its started_at has changed",
            ),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *("update runs set panel_sessions = 1", "entry 1 .*its panel_sessions has changed"),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *("update runs set measures = []", "entry 1 .*its measures have changed"), marks=pytest.mark.long
        ),
        pytest.param(
            *("update runs set config = '{}'", "entry 1 .*its config_digest has changed"),
            marks=pytest.mark.long,
        ),
        ("delete from runs", "entry 1 .*whose run was removed"),
    ],
)
def test_tampering_shows(day, statement, offence, tmp_path):
    decide(day, "approved", "AAA")
    decide(day, "approved", "BBB")
    context = day[0].context()
    assert chain.verify(context)[2].broken == 0
    day[0].sql(statement)
    assert chain.verify(context)[2].first is not None
    with pytest.raises(WarehouseError, match=offence):
        audit.export(context, 2024, tmp_path / "year.zip")
    assert not (tmp_path / "year.zip").exists()


def test_what_an_older_entry_does_not_name_is_not_compared(day, monkeypatch):
    desk, run_id = day
    with monkeypatch.context() as older, desk.visit() as db:
        older.setattr(seals, "PLAIN", tuple(name for name in seals.PLAIN if name != "portfolio_file"))
        ledger.append(db, seals.Reopened.KIND, run_id, {}, desk.now)
        seals.seal(db, run_id, desk.now)
    desk.sql("update runs set portfolio_file = 'elsewhere.toml'")
    assert chain.verify(desk.context())[2].broken == 0


def test_the_hash_is_what_the_docs_say(day):
    decide(day, "approved", "AAA")
    previous = "0" * 64
    for one in entries(day):
        fields = {
            "seq": one.seq, "at": one.at.isoformat(), "kind": one.kind, "subject": one.subject,
            "payload": one.payload, "previous": previous,
        }  # fmt: skip
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert one.hash == sha256(canonical.encode()).hexdigest()
        previous = one.hash


def test_a_year_is_one_archive_that_proves_itself(day, tmp_path):
    decide(day, "approved", "AAA")
    take(day, "RUN,AAA,SELL,10,99.8,,,")
    done = audit.export(day[0].context(), 2024, tmp_path / "one.zip")
    audit.export(day[0].context(), 2024, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(done.out) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert manifest["files"] == {
        name: sha256(content).hexdigest() for name, content in files.items() if name != "manifest.json"
    }
    lines = [json.loads(line) for line in files["ledger.jsonl"].splitlines()]
    assert [line["kind"] for line in lines] == ["run", "recommendation", "fill"]
    assert lines[-1]["hash"] == manifest["head"]
    used = json.loads(files[f"runs/{day[1]}/used.json"])
    assert sha256(used["config"].encode()).hexdigest() == lines[0]["payload"]["config_digest"]
    report = json.loads(files[f"runs/{day[1]}/report.json"])
    assert report["trades"][0]["state"] == "executed"
    assert files["fills.csv"].count(b"AAA") == 1
    with pytest.raises(InputError, match="exists: an archive is never overwritten"):
        audit.export(day[0].context(), 2024, tmp_path / "one.zip")
    with pytest.raises(InputError, match="no run and no entry of the ledger is of the year 2001"):
        audit.export(day[0].context(), 2001, tmp_path / "none.zip")
