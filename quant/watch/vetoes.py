"""Why a fall may be none. A veto never silences: a vetoed fall is told as unconfirmed, with its reasons."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quant.intraday.saved import Flags, Floats, Whole
from quant.intraday.tape import WINDOW, Minute
from quant.watch.known import Known


@dataclass(frozen=True)
class Case:
    """What is judged of a fall after a minute; arrays of shape (symbols,).

    It began when the keys turned: when the fall fired, became worse, or fell anew. `peak` and `trough`:
    highest price before, and lowest since; `level_before`: median of the five prices before; `age`: minutes
    since, 0 in the first one.
    """

    minute: Minute
    known: Known
    peak: Floats
    trough: Floats
    level_before: Floats
    age: Whole

    @property
    def middle(self) -> Floats:
        """The price halfway down: what lies above has not followed the fall."""
        return (self.peak + self.trough) / 2


def _never(case: Case) -> Flags:
    return np.zeros(len(case.age), bool)


def _always(case: Case) -> Flags:
    """Until the keys turn again (`falls.Falls`)."""
    return np.ones(len(case.age), bool)


@dataclass(frozen=True)
class Veto:
    """`words`: the reason as people read it. `stays`: whether it lasts where it applied a minute before."""

    words: str
    applies: Callable[[Case], Flags]
    stays: Callable[[Case], Flags] = _never


def _late(case: Case) -> Flags:
    """What explains a fall or its neighbours deny is known by now; what comes later is another move."""
    return np.asarray(case.age > WINDOW)


def of_an_action(case: Case) -> Flags:
    """A minute's move is that of a split or dividend of this session, within a quarter of its size."""
    action = case.known.factor - 1
    moves = (case.minute.close / case.minute.before - 1, case.minute.open / case.minute.before - 1)
    near = [np.abs(move - action) <= np.abs(action) / 4 for move in moves]
    return np.asarray((near[0] | near[1]) & explained(case))


def explained(case: Case) -> Flags:
    """The whole fall is no deeper than one and a half times a split or dividend of this session."""
    action = case.known.factor - 1
    return np.asarray((action < 0) & (case.trough >= case.peak * (1 + 1.5 * action)))


def after_silence(case: Case) -> Flags:
    """The bar that fired it came after more missing minutes than a fall is measured over."""
    return np.asarray((case.minute.gap > WINDOW) & (case.age == 0))


def of_one_bar(case: Case) -> Flags:
    """Only one bar shows it: neither the bar before nor a later one lies so deep.

    A bar counts by its close. The bar before agrees from a quarter of the way down on, a later one, and the
    bar itself, from halfway.
    """
    quarter = case.peak - (case.peak - case.trough) / 4
    here = case.minute.present & (case.minute.close <= case.middle)
    with_its_past = here & (case.minute.before <= quarter)
    return np.asarray(~(with_its_past | (here & (case.age > 0))))


def from_one_bar(case: Case) -> Flags:
    """Only one bar was as high as the peak: the price is not a quarter of the fall below where it was."""
    quarter = (case.peak - case.trough) / 4
    return np.asarray(case.minute.present & (case.minute.close > case.level_before - quarter))


def by_a_second_source(case: Case) -> Flags:
    """Another source has a price that lies in the upper half of the fall."""
    return np.asarray(case.known.second > case.middle)


def still_explained(case: Case) -> Flags:
    """It was explained five minutes later: how the price then drifts on makes it no crash."""
    return explained(case) | _late(case)


VETOES = {
    "action": Veto("a split or dividend of this session explains it", of_an_action, still_explained),
    "silence": Veto("no bars came for the minutes before it", after_silence, _always),
    "one_bar": Veto("a single bar shows it, which its neighbours do not confirm", of_one_bar, _late),
    "one_peak": Veto("a single bar was so high, and the price is back where it was", from_one_bar, _late),
    "second_source": Veto("a second source does not show it", by_a_second_source),
    "halt": Veto("trading in it is halted", lambda case: case.known.halted),
    "auction": Veto("its price comes from an auction", lambda case: case.known.auction),
}


LASTING = np.int64(sum(1 << place for place, veto in enumerate(VETOES.values()) if veto.stays is not _never))
"""The bits of reasons that last."""
ACTION = np.int64(1 << list(VETOES).index("action"))
_HALT = np.int64(1 << list(VETOES).index("halt"))


def applying(case: Case, before: Whole) -> Whole:
    """Which vetoes apply, one bit each in the order of `VETOES`; `before`: those of the minute before.

    Without a bar nothing new is known: those of the minute before apply, and a halt.
    """
    bits = np.zeros(len(before), np.int64)
    for place, veto in enumerate(VETOES.values()):
        bit = np.int64(1 << place)
        bits |= np.where(veto.applies(case), bit, np.where(veto.stays(case), before & bit, 0))
    silent = ~case.minute.present & (case.age > 0)
    return np.where(silent, before | (case.known.halted * _HALT), bits)


def words(bits: int) -> tuple[str, ...]:
    """The reasons that stand in `bits`."""
    return tuple(veto.words for place, veto in enumerate(VETOES.values()) if bits >> place & 1)
