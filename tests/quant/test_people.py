"""Names that a reader takes for one, with Unicode's confusables (UTS 39) as the independent source."""

import pytest

from quant.people import same_person


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
    assert same_person("Ada Byron", other)
    assert same_person(other, "Ada Byron")


def test_names_of_one_script_alone():
    assert same_person("COCO", "\u0421\u041e\u0421\u041e")  # all Cyrillic
    assert same_person("HELENA", "\u0397\u0395LENA")  # Greek capitals eta and epsilon
    assert same_person("\u0391\u039d\u039d\u0391", "\u03b1\u03bd\u03bd\u03b1")  # one Greek name in both cases
    assert same_person("Ian", "lan")
    assert same_person("...", "Ada")


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
    assert not same_person(one, other)
