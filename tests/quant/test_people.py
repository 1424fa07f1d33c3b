"""Names that a reader takes for one, with Unicode's confusables (UTS 39) as the independent source."""

import pytest

from quant.errors import InputError
from quant.people import Actor, same_name, same_person
from warehouse.record.entered import Acted


@pytest.mark.parametrize(
    "other",
    [
        " ada  BYRON ",
        "Ada.Byron",
        "Ada\u200bByron",  # a space of no width
        "\u0410d\u0430 Byr\u043en",  # Cyrillic A, a, o
        "Ad\u03b1 By\u0433\u03bf\u03b7",  # Greek alpha, omicron, eta; Cyrillic ghe
        "\uff21\uff44\uff41 Byron",  # full width
        "\U0001d400da Byron",  # mathematical bold
        "A\u0301da Byr\u00f6n",
        "Ada Byr0n",
        "Ada\u3164Byron",  # a letter that is not seen
        "Ad\u0251 Byron",  # phonetic alpha
    ],
)
def test_one_name_written_in_many_ways(other):
    assert same_name("Ada Byron", other)
    assert same_name(other, "Ada Byron")


def test_names_of_one_script_alone():
    assert same_name("COCO", "\u0421\u041e\u0421\u041e")  # all Cyrillic
    assert same_name("HELENA", "\u0397\u0395LENA")  # Greek capitals eta and epsilon
    assert same_name("\u0391\u039d\u039d\u0391", "\u03b1\u03bd\u03bd\u03b1")  # one Greek name in both cases
    assert same_name("Ian", "lan")
    assert same_name("...", "Ada")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "Bob"),
        ("Ada Byron", "Ada Lovelace"),
        ("\u041e\u043b\u0435\u0433", "\u041e\u043b\u044c\u0433\u0430"),  # Oleg and Olga, in Cyrillic
        ("Anna", "Hanna"),
        ("\u738b\u82b3", "\u674e\u5a1c"),  # two Chinese names
        ("A. Smith", "B. Smith"),
    ],
)
def test_two_people(one, other):
    assert not same_name(one, other)


def test_a_user_is_one_person_whatever_the_name_and_names_that_look_alike_may_be():
    ada, renamed = Actor("slack", "U1", "Ada"), Actor("slack", "U1", "Countess")
    assert same_person(ada, renamed)
    assert same_person(ada, Actor.typed(" ada "))  # nothing proves a typed name
    assert not same_person(ada, Actor("slack", "U2", "Bob"))
    assert not same_person(ada, Actor("os", "U1", "Bob"))  # an id of another system


def test_an_actor_is_entered_with_its_kind_and_an_older_entry_has_a_name_alone():
    for one in (Actor("slack", "U1", "Ada"), Actor("os", "ops", "ops"), Actor.typed("Ada")):
        assert Acted.model_validate(Acted(**one.entry()).payload()).who == one
    assert Acted.model_validate({"by": "Ada"}).who == Actor.typed("Ada")


@pytest.mark.parametrize("name", ["", "  "])
def test_nobody_decides_without_a_name(name):
    with pytest.raises(InputError, match="is empty"):
        Actor.typed(name)
