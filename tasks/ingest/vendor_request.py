"""Asking a source, or leaving it alone while it is down."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from tasks import sources
from tasks.context.context import Context
from tasks.ingest.vendors import Vendor
from tasks.sources import ACTIONS, ADJUSTED, TRANSIENT, Delivery, Request, Source, SymbolError
from tasks.sources._digest import digest
from tasks.sources._enquiry import Failure

IN_A_ROW = 3
"""So many last symbols that all failed for a reason that can pass look like a vendor that has stopped."""
PROBE_DAYS = timedelta(days=10)
PROBE_SINCE = date(2000, 1, 1)
"""Whatever old session is worked on, the symbol that must exist is asked for after this."""


def ask(context: Context, source: str, request: Request) -> Delivery:
    """What the source answers to the request, for which address, token and budget are filled in.

    Failures that look like the vendor's and not the symbols' are proved by asking for a symbol that must
    exist. When that fails too, the breaker opens: nobody asks this vendor until it has cooled down, and then
    for that one symbol first.
    """
    module, location, name = sources.resolve(source)
    if module.VENDOR is None:
        return module.fetch(replace(request, location=location))
    vendor = Vendor(name, context)
    return _Asked(module, module.VENDOR.probe, vendor, _addressed(vendor, request)).delivery()


def check(context: Context, source: str) -> Failure | None:
    """Ask a vendor for the symbol that it must know, whatever its breaker says; the breaker follows.

    None when it answers, and for a source that is no vendor.

    Raises:
        InputError: the vendor cannot be asked as it is set up.
    """
    module, _, name = sources.resolve(source)
    if module.VENDOR is None:
        return None
    vendor, symbol = Vendor(name, context), module.VENDOR.probe
    request = _addressed(vendor, Request((symbol,), None, context.now().date()))
    module.begins(request)
    try:
        _Asked(module, symbol, vendor, request).prove()
    except Failure as failure:
        return failure
    return None


def _addressed(vendor: Vendor, request: Request) -> Request:
    access = vendor.access
    return replace(
        request,
        location=access.address,
        token=access.token,
        leave=vendor.leave,
        patience=vendor.context.patience,
    )


def probe(module: Source, symbol: str, vendor: Vendor, request: Request) -> Failure | None:
    """Why the vendor does not give `symbol`, which it must know, asked once; None when it does."""
    end = max(request.end, PROBE_SINCE)
    once = replace(
        request, symbols=(symbol,), interval="1d", start=end - PROBE_DAYS, end=end, currencies={},
        patience=replace(request.patience, tries=1), progress=lambda *_: None,
    )  # fmt: skip
    errors = module.fetch(once).errors
    if not errors:
        return None
    error = errors[0]
    kind = error.kind if error.kind in TRANSIENT else "outage"
    why = f"{vendor.name} does not give {symbol}: {error.error}"
    return Failure(kind, why, retry_after=error.retry_after)


@dataclass(frozen=True)
class _Asked:
    """One request to a vendor."""

    module: Source
    probe: str
    vendor: Vendor
    request: Request

    def delivery(self) -> Delivery:
        try:
            if self.vendor.admit() == "trial":
                self.prove()
        except Failure as failure:
            return _nothing(self.request, failure)
        delivery = self.module.fetch(self.request)
        try:
            if self._looks_down(delivery):
                self.prove()
        except Failure as failure:
            return _blamed(delivery, failure)
        return delivery

    def prove(self) -> None:
        """Close the breaker when the vendor gives the symbol that it must know; open it and raise, if not."""
        failure = probe(self.module, self.probe, self.vendor, self.request)
        if failure is None:
            self.vendor.recover()
        elif self.vendor.refused:  # by our own budget, which says nothing about the vendor
            raise failure
        else:
            raise self.vendor.trip(failure)

    def _looks_down(self, delivery: Delivery) -> bool:
        failed = {error.symbol: error.kind for error in delivery.errors}
        known = {*self.request.symbols} - {*failed}
        if self.vendor.refused or self.probe in known:
            return False
        last = [failed.get(symbol) for symbol in self.request.symbols[-IN_A_ROW:]]
        stopped = len(last) == IN_A_ROW and all(kind in TRANSIENT for kind in last)
        return stopped or len(failed) > len(known)


def _nothing(request: Request, failure: Failure) -> Delivery:
    """The delivery of a vendor that was not asked."""
    errors = tuple(SymbolError(symbol, failure.kind, failure.error) for symbol in request.symbols)
    bars, actions, adjusted = request.bars.empty_table(), ACTIONS.empty_table(), ADJUSTED.empty_table()
    return Delivery(bars, actions, adjusted, errors, digest(bars, actions, adjusted))


def _blamed(delivery: Delivery, failure: Failure) -> Delivery:
    """A symbol that a vendor which is down called delisted or empty is neither: it is the vendor."""
    errors = tuple(
        replace(
            error,
            kind=failure.kind if error.kind in {"delisted", "empty"} else error.kind,
            error=f"{error.error}; {failure.error}",
        )
        for error in delivery.errors
    )
    return replace(delivery, errors=errors)
