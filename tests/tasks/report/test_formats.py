"""Every fact of a document is in every format, or counted as left out, with where it is."""

import html
import io
import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.console import Console

from flows.terminal import digest as terminal
from tasks.report.digest import alert, digest
from tasks.report.document import NAME, SCREEN, TEXT, Facts, Notes
from tasks.report.formats import blockkit, markdown, text
from tasks.report.formats import html as page
from tests.tasks.notifiers.reports import HOSTILE, any_report, drift, eventful, report, trade
from tests.tasks.notifiers.reports import alert as alert_row

CALM = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink thousands of rows takes minutes
)


def on_screen(document):
    console = Console(width=800, record=True, file=io.StringIO(), highlight=False)
    console.print(terminal.draw(document))
    return console.export_text()


def in_slack(document):
    _, blocks = blockkit.render(document)
    items = [item for block in blocks for item in (block.get("text"), *block.get("elements", [])) if item]
    linked = (re.sub(r"<(http[^|>]*)\|([^>]*)>", r"\2 <\1>", item["text"]) for item in items)
    return html.unescape("\n".join(linked))


def in_markdown(document):
    return html.unescape(re.sub(r"\\([\\`*_\[\]|~#])", r"\1", markdown.render(document)))


def in_html(document):
    return html.unescape(re.sub(r"<[^>]+>", " ", page.render(document)))


FORMATS = {
    "text": text.render,
    "html": in_html,
    "terminal": on_screen,
    "markdown": in_markdown,
    "slack": in_slack,
}


def solid(words):
    """Words as they are compared: what a format may do to spaces and backticks is not a loss."""
    return "".join(words.split()).replace("`", "'")


def units(part):
    """What a part says, row by row."""
    if isinstance(part, Facts):
        return [(fact.name, fact.value) for fact in part.rows]
    if isinstance(part, Notes):
        return [(note.text,) for note in part.rows]
    return [(*row.cells, *row.notes) for row in part.rows]


def told(words, shown):
    """Whether words are shown whole, or their beginning with the sign that they go on."""
    wanted = solid(words)
    if wanted in shown:
        return True
    begins = (found.start() for found in re.finditer(re.escape(wanted[:12]), shown))
    return any("…" in shown[at:] and wanted.startswith(shown[at : shown.index("…", at)]) for at in begins)


def missing(part, shown):
    return sum(not all(told(words, shown) for words in unit) for unit in units(part))


def lost(document, said):
    """The parts that a format neither shows nor counts."""
    shown = solid(said)
    named = "".join(re.findall(r"(?:In the thread|Not in this message): .*", said))
    counted = [int(number.replace(",", "")) for number in re.findall(r"… and ([\d,]+) more: ", said)]
    found = []
    for part in (*document.parts, document.where):
        gone = missing(part, shown)
        instead = getattr(part, "instead", None)
        if not gone or part.caption in named:
            continue
        brief = instead and all(name in named for name in part.columns[part.brief :])
        if instead and (brief or missing(instead, shown) == 0):
            continue
        if not any(gone <= number <= sum(map(len, units(part))) for number in counted):
            found.append((part.name, gone))
    return found


@CALM
@given(any_report(most=40), st.sampled_from([digest, alert]))
def test_nothing_is_lost_on_the_way(subject, kind):
    document = kind(subject)
    for name, render in FORMATS.items():
        said = render(document)
        assert (name, lost(document, said)) == (name, [])
        assert told(document.show, solid(said))


@CALM
@given(any_report(most=40))
def test_every_text_of_a_document_is_one_printable_line_of_bounded_length(subject):
    document = digest(subject)
    for part in (*document.parts, document.where):
        for words in (part.caption, part.rest, *(one for unit in units(part) for one in unit)):
            assert words.isprintable()
            assert len(words) <= TEXT
        if not isinstance(part, Facts | Notes):
            assert all(len(cell) <= NAME for row in part.rows for cell in row.cells)
            assert {len(row.cells) for row in part.rows} == {len(part.columns)}
    assert str(document.verdict).isprintable()


def test_the_search_for_what_is_lost_finds_a_lost_fact():
    document = digest(eventful())
    whole = text.render(document)
    assert lost(document, whole) == []
    for gone, part in (("110.2", "data"), ("25,000 →", "position"), ("SELL 120 GLD", "trades")):
        assert part in dict(lost(document, whole.replace(gone, "")))
    long = digest(report(drift=[drift(f"D{n:03d}") for n in range(150)]))
    assert "drift" in dict(lost(long, text.render(long).replace("and 50 more", "and 49 more")))


@pytest.mark.parametrize("name", FORMATS)
def test_a_long_part_says_how_much_more_there_is_and_where(name):
    rows = [drift(f"S{n}", breached=n == 1999) for n in range(2000)]
    many = digest(report(drift=rows, known_at=None))  # without data, which would name them again
    said = FORMATS[name](many)
    assert re.search(r"… and [\d,]+ more: `?ballast show 20150824-core-1 --json", said)
    assert "S1999" in said  # what is breached comes first
    assert "S1998" not in said
    shown = len({*re.findall(r"\bS\d+\b", said)})
    assert shown == 1 if name == "slack" else 10 < shown <= SCREEN  # a message has what is breached


ODD = "*a* | `b`\n# c <script>x</script> <!channel> [l](http://e) \x1b[31m \u202e [red]x[/red] _d_ ~e~ \\"


def hostile():
    rows = [trade(ODD, reason=ODD, held_because=ODD, status="held")]
    said = {"portfolio": ODD, "error": ODD * 3, "status": "failed", "trades": rows}
    return report(**said, drift=[drift(ODD)], alerts=[alert_row(ODD)])


@pytest.mark.parametrize("kind", [digest, alert])
def test_no_format_obeys_what_a_name_says(kind):
    document = kind(hostile())
    page = markdown.render(document)
    assert "<script>" not in page
    assert "<!channel>" not in page
    ours = r"^\|.*\|$|\*\*|`ballast[^`]*`"
    assert not re.search(r"(?<!\\)[*_~\[|`]", re.sub(ours, "", page, flags=re.MULTILINE))
    for row in re.findall(r"^\|.*\|$", page, flags=re.MULTILINE):
        assert len(re.findall(r"(?<!\\)\|", row)) in {6, 7}
    _, blocks = blockkit.render(document)
    marked = str([block for block in blocks if block["type"] != "header"])
    assert "<" not in marked
    for said in (page, text.render(document), on_screen(document), str(blocks)):
        assert "\x1b" not in said
        assert "\u202e" not in said
    assert "[red]x[/red]" in on_screen(document)


@pytest.mark.parametrize("odd", HOSTILE)
def test_a_message_for_an_odd_run_still_says_where_it_is(odd):
    document = digest(report(run_id=f"run{odd}"))
    for render in FORMATS.values():
        assert "ballast show run" in render(document)


def test_a_terminal_shows_where_in_its_band_a_drift_stands():
    rows = [drift("A", drift=0.0), drift("B", drift=0.05), drift("C", drift=-0.2), drift("D", band=0.0)]
    lines = [line for line in on_screen(digest(report(drift=rows))).splitlines() if "±" in line]
    assert [line.split()[-1] for line in lines[1:]] == ["▏●····│·····▕", "▏·····│····●▕", "▏·····●·····▕"]
    assert "▕" not in lines[0]  # a drift without a band stands first: nothing says how far it may go
