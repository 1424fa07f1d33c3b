"""What a decision and its report do for each target does not grow with the number of targets."""

import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from tests.conftest import ROOT
from tests.tasks.desk import Desk, market

FEW, MANY = 8, 32
CODE = tuple(f"{ROOT / folder}/" for folder in ("config", "flows", "quant", "tasks", "warehouse"))


def portfolio(desk: Desk, symbols: list[str]) -> Path:
    """Equal targets, and holdings from none to many: most of the targets trade."""
    holdings = {symbol: 100.0 * place for place, symbol in enumerate(symbols)}
    file = desk.portfolio(holdings, dict.fromkeys(symbols, 1 / len(symbols)), name=f"of_{len(symbols)}")
    file.write_text(file.read_text().replace('benchmark = "AAA"', 'benchmark = "S00"'))
    return file


def calls(desk: Desk, file: Path) -> Counter[str]:
    """How often each function of ours is called in a decision."""
    found: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(CODE):
            found[f"{Path(code.co_filename).relative_to(ROOT)}:{code.co_firstlineno} {code.co_name}"] += 1

    sys.setprofile(count)
    try:
        desk.decision(file)
    finally:
        sys.setprofile(None)
    return found


def test_no_function_is_called_more_often_for_a_target_where_there_are_more_targets(tmp_path: Path) -> None:
    desk, symbols = Desk(tmp_path), [f"S{number:02d}" for number in range(MANY)]
    all_of_them = portfolio(desk, symbols)
    assert len(desk.day(market(dict.fromkeys(symbols, 100.0)), all_of_them).trades) > MANY / 2
    few, many = calls(desk, portfolio(desk, symbols[:FEW])), calls(desk, all_of_them)
    times = MANY // FEW + 1
    assert {name: (few[name], one) for name, one in many.items() if one > times * few[name] + 100} == {}
