"""What the watch keeps: the same arrays again, or nothing where they are others or damaged."""

from datetime import date

import numpy as np
import pytest

from tasks.watch import kept

SESSION = date(2024, 7, 1)
SAVED = {
    "tape": {"price": np.array([1.5, np.nan]), "number": np.array(7)},
    "keys": {"levels": np.zeros((5, 2))},
}


def test_what_was_kept_comes_back_to_the_last_bit(tmp_path):
    path = kept.file(tmp_path, "24/7", SESSION)
    assert path.parent == tmp_path / "watch", "a calendar's name makes no folder"
    kept.keep(path, ("AAA", "BBB"), SAVED)
    found = kept.kept(path, ("AAA", "BBB"))
    assert {part: [*arrays] for part, arrays in found.items()} == {
        "tape": ["price", "number"],
        "keys": ["levels"],
    }
    np.testing.assert_array_equal(found["tape"]["price"], SAVED["tape"]["price"])
    assert kept.kept(path, ("AAA",)) is None
    assert kept.kept(kept.file(tmp_path, "XNYS", SESSION), ("AAA", "BBB")) is None


@pytest.mark.parametrize("damage", [lambda content: content[:200], lambda _: b"", lambda _: b"no archive"])
def test_a_damaged_file_is_none(tmp_path, damage):
    path = kept.file(tmp_path, "XNYS", SESSION)
    kept.keep(path, ("AAA", "BBB"), SAVED)
    path.write_bytes(damage(path.read_bytes()))
    assert kept.kept(path, ("AAA", "BBB")) is None


def test_sessions_before_yesterday_are_removed_and_other_exchanges_are_not(tmp_path):
    days = (date(2024, 6, 28), date(2024, 6, 30), SESSION)
    own = [kept.file(tmp_path, "24/7", day) for day in days]
    other = kept.file(tmp_path, "XLON", days[0])
    for path in (*own, other):
        kept.keep(path, ("AAA", "BBB"), SAVED)
    kept.sweep(tmp_path, "24/7", SESSION)
    assert [path.exists() for path in (*own, other)] == [False, True, True, True]
