"""What `ballast init` made, and what to do next."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

from rich.text import Text

from config.portfolio import Portfolio


def next_steps(name: str, home: Path) -> list[str]:
    """What to do next, in order."""
    at = f" --home {quote(str(home))}"
    return [
        f"Look at the targets and asset classes in {home / 'portfolios' / f'{name}.toml'}",
        f"ballast doctor{at}",
        f"ballast daily --portfolio {name}{at}",
        f"ballast up{at}",
    ]


def render(
    portfolio: Portfolio, files: Sequence[Path], notes: Sequence[str], steps: Sequence[str]
) -> Iterator[Text]:
    """The holdings with their target weights, the files, what to know, and the next steps."""
    weights = {target.symbol: target.weight for target in portfolio.target}
    yield Text(f"Portfolio {portfolio.name}: {len(portfolio.lots)} holdings, {_money(portfolio)} in cash")
    for symbol, shares in portfolio.quantities().items():
        target = f"target {weights[symbol]:7.2%}" if symbol in weights else "no target"
        yield Text(f"  {symbol:<10} {shares:>14,.6g} shares   {target}")
    for note in notes:
        yield Text(f"- {note}")
    yield Text("Made:")
    yield from (Text(f"  {file}") for file in files)
    yield Text("Next:")
    yield from (Text(f"  {number}. {step}") for number, step in enumerate(steps, 1))


def _money(portfolio: Portfolio) -> str:
    return f"{portfolio.cash:,.2f} {portfolio.currency}"
