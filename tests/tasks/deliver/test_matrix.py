"""Every notice arrives exactly once or its error is listed, whatever fails and whoever is killed."""

import random

import pytest

from tests.tasks.deliver import matrix


@pytest.mark.parametrize(("count", "kills"), [(30, 1), pytest.param(1000, 30, marks=pytest.mark.long)])
def test_each_arrives_once_or_has_a_permanent_error(warehouse, slack, tmp_path, count, kills):
    """Digests and what answers them; then other versions of some of the digests, which change them."""
    rng, ours = random.Random(12), matrix.channels(tmp_path, slack.url)
    digests = [matrix.prepared(ours[number % 2], number) for number in range(count * 13 // 20)]
    answers = [matrix.answering(ours[number % 2], number, digests[number]) for number in range(count // 5)]
    matrix.ask(warehouse, [*digests, *answers])
    matrix.faults(slack, rng, "chat.postMessage", count * 2)
    matrix.faults(slack, rng, "conversations.history", count // 20)
    struck = matrix.deliver_with_kills(tmp_path, slack, rng, kills)
    first = matrix.check(warehouse, slack)
    slack.mend()
    sent = {key for key, one in matrix.states(warehouse).items() if one.state == "sent"}
    known = [number for number, digest in enumerate(digests) if digest.key in sent][: count * 3 // 20]
    matrix.ask(warehouse, [matrix.prepared(ours[number % 2], number, 1) for number in known])
    matrix.faults(slack, rng, "chat.update", count)
    struck += matrix.deliver_with_kills(tmp_path, slack, rng, max(1, kills // 6) if count > 30 else 0)
    found = matrix.check(warehouse, slack)
    assert sum(found.values()) == len(digests) + len(answers) + len(known)
    assert found["refused"] >= first["refused"] > 0
    assert struck > 0
    print(f"{found['sent']} arrived, {found['refused']} refused, {struck} killed")
