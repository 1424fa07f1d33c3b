"""What every notifier must do. They are found by name: a new file is covered without new test code."""

import copy
import json
import shutil
from datetime import UTC, date, datetime
from inspect import signature

import pytest
from pydantic import BaseModel, SecretStr

from config import portfolio_file as portfolios
from config.examples import SHIPPED
from config.settings import Settings
from quant.errors import InputError
from tasks.notifiers import Channel, Notifier, Place, Said, channels_of, load, names
from tasks.report.messages.message import of_report
from tests.config.files import portfolio_file
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.notifiers.reports import eventful, report
from warehouse.notices import Notice

KEY = "0f" * 32


def only(settings, portfolio) -> Channel:
    [channel] = channels_of(settings, portfolio)
    return channel


@pytest.fixture
def channel(request, tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as slack:
        yield Channel(request.param, "#portfolio-core", tmp_path, slack.url, SecretStr(TOKEN))


def notice_for(channel: Channel, key: str) -> Notice:
    payload = load(channel.notifier).render(of_report(eventful(), "digest"), channel=channel.name, key=key)
    return Notice(key, "run-1", channel.address, "core", date(2015, 8, 24), "digest", payload)


@pytest.mark.parametrize("name", names())
def test_it_has_the_parts_of_a_notifier(name):
    notifier = load(name)
    assert notifier.DELIVERED in {"sent", "preview"}
    assert issubclass(notifier.Options, BaseModel)
    assert notifier.Options.model_config["extra"] == "forbid"
    assert isinstance(notifier.EDITS, bool)
    assert notifier.PACE >= 0
    asked = (*(["find"] if notifier.HISTORY else []), *(["upload"] if notifier.THREADS else []))
    for part in ("channels", "render", "placed", "send", *asked):
        wanted = [
            parameter for parameter in signature(getattr(Notifier, part)).parameters if parameter != "self"
        ]
        assert list(signature(getattr(notifier, part)).parameters) == wanted


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("kind", ["digest", "alert"])
def test_rendering_is_pure_and_carries_the_key(name, kind):
    subject = eventful()
    before = copy.deepcopy(subject)
    first = load(name).render(of_report(subject, kind), channel="#c", key=KEY, mention="<!here>")
    assert subject == before
    assert first == load(name).render(of_report(subject, kind), channel="#c", key=KEY, mention="<!here>")
    assert KEY in json.dumps(first)
    assert first != load(name).render(of_report(report(), kind), channel="#c", key=KEY)


@pytest.mark.parametrize("name", names())
def test_a_place_is_shown_and_can_be_changed(name):
    """What answers or replaces another message says so; placed again it is as if placed so at first."""
    notifier = load(name)
    payload = notifier.render(of_report(eventful(), "digest"), channel="#c", key=KEY)
    said = Said("e" * 64, "C0000CORE01", "1.5", "1.2")
    alone, answer, change = Place("core 2015"), Place(answers=said), Place("core 2015", replaces=said)
    before = copy.deepcopy(payload)
    found = [notifier.placed(payload, one) for one in (alone, answer, change)]
    assert payload == before
    assert found[0] != found[1] != found[2] != found[0]
    for first in found:
        assert [notifier.placed(first, one) for one in (alone, answer)] == found[:2]
        assert KEY in json.dumps(first)


@pytest.mark.parametrize("channel", [name for name in names() if load(name).HISTORY], indirect=True)
def test_what_was_sent_is_found_and_nothing_else(channel):
    notifier, notice, began = load(channel.notifier), notice_for(channel, KEY), datetime.now(UTC)
    assert notifier.find(channel, notice, began, None) is None
    receipt = notifier.send(channel, notice, began)
    found = notifier.find(channel, notice, began, None)
    assert found == receipt
    assert found.message_ts
    assert notifier.find(channel, notice_for(channel, "aa" * 32), began, None) is None


def test_an_unknown_notifier_is_the_callers_mistake():
    with pytest.raises(InputError, match=r"unknown notifier 'carrier_pigeon'\. Known: email, preview, slack"):
        load("carrier_pigeon")


def test_without_a_token_or_a_channel_it_is_a_preview(tmp_path):
    own = portfolios.read(portfolio_file(tmp_path, tail='[slack]\nchannel = "#portfolio-core"\n'))
    bare = Settings(home=tmp_path, slack_token=None)
    assert only(bare, own).address == "preview:#portfolio-core"
    ready = Settings(home=tmp_path, slack_token=SecretStr(TOKEN))
    assert only(ready, own).address == "slack:#portfolio-core"
    assert only(ready, own.model_copy(update={"slack": None})).notifier == "preview"


@pytest.mark.parametrize("file", sorted(SHIPPED.parent.rglob("*.toml")), ids=lambda file: file.stem)
def test_an_example_is_previewed_only_and_a_copy_of_it_is_its_owner_s(tmp_path, file):
    ready = Settings(home=tmp_path, slack_token=SecretStr(TOKEN))
    example = portfolios.read(file)
    assert only(ready, example).address == f"preview:{example.slack.channel}"
    for part in (file, file.with_name(example.holdings)):
        shutil.copy(part, tmp_path)
    assert only(ready, portfolios.read(tmp_path / file.name)).notifier == "slack"
