"""A source is found by its name, and a wrong name gets one clear sentence."""

import pytest

from quant.errors import InputError
from tasks.sources import names, resolve


def test_every_source_file_is_found_by_its_name():
    assert names() == ["bundled", "files", "tiingo", "yfinance"]
    for name in ("bundled", "yfinance"):
        found = resolve(name)
        assert (found.location, found.name) == ("", name)
        assert found.source.__name__ == f"tasks.sources.{name}"


def test_one_file_has_one_name(tmp_path, monkeypatch):
    file = tmp_path / "bars.csv"
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.csv").symlink_to(file)
    file.touch()
    monkeypatch.chdir(tmp_path / "sub")
    for text in ("files:../bars.csv", f"files:{file}", "files:../link.csv"):
        assert resolve(text)[1:] == (str(file.resolve()), f"files:{file.resolve()}")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("yfinanse", ["'yfinanse'", "did you mean 'yfinance'?", "files:PATH"]),
        ("file:bars.csv", ["did you mean 'files'?"]),
        ("bloomberg", ["'bloomberg'", "allowed are bundled, files, tiingo, yfinance"]),
        ("", ["allowed are"]),
        ("_yahoo", ["unknown"]),
        ("files", ["write it as files:PATH"]),
        ("files:", ["write it as files:PATH"]),
        ("bundled:x", ["write it as bundled"]),
    ],
)
def test_a_wrong_name_is_refused_with_the_right_one(text, parts):
    with pytest.raises(InputError) as refusal:
        resolve(text)
    for part in parts:
        assert part in str(refusal.value)
