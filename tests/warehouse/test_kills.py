"""SIGKILL at random moments, and eight processes at once: nothing is lost, doubled or half-done.

`--kills N` kills N times (40 in every suite, thousands in `make soak`), `--soak-seed` chooses the moments.
"""

import pytest

from benchmarks._stress import CLOSES, DAYS, crowd, expected, soak


@pytest.mark.soak
def test_nothing_is_lost_or_half_done_after_a_kill(tmp_path, request):
    kills, seed = request.config.getoption("--kills"), request.config.getoption("--soak-seed")
    outcomes = soak(tmp_path, kills, seed)
    print(f"{kills} kills with seed {seed}: {dict(outcomes)}")
    assert outcomes.total() == kills


def test_eight_processes_store_and_read_at_once(tmp_path):
    order = crowd(tmp_path, processes=8, rounds=4)
    assert len({number // 1000 for number in order[:16]}) > 1  # they did take turns


def test_the_model_ends_a_version_only_where_the_close_changes(monkeypatch):
    told = {1: {("A", DAYS[0]): CLOSES[0]}, 2: {("A", DAYS[0]): CLOSES[0]}, 3: {("A", DAYS[0]): CLOSES[1]}}
    monkeypatch.setattr("benchmarks._stress.delivery", told.__getitem__)
    assert expected([1, 2, 3]) == {("A", DAYS[0], CLOSES[0], "1", "3"), ("A", DAYS[0], CLOSES[1], "3", None)}
