"""Currencies, and the minor units in which some exchanges quote."""

from typing import NamedTuple

MAJOR = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
    CDF CHF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD
    KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
    NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND
    VUV WST XAF XCD XOF XPF YER ZAR ZMW
    """.split()  # noqa: SIM905 -- many codes read better as words
)
"""ISO 4217, and CNH, the renminbi as it is traded outside of China."""

MINOR = {"GBp": "GBP", "GBX": "GBP", "ILA": "ILS", "ZAc": "ZAR"}
"""A hundredth of the currency, as vendors write it: pence under two names, agorot and cents."""


class Unit(NamedTuple):
    """What prices are counted in: a currency, and how many of it make one of the currency."""

    currency: str
    per_currency: float


def unit(code: str) -> Unit:
    """The unit that a known `code` stands for; GBp and GBX are the same one."""
    return Unit(MINOR[code], 100.0) if code in MINOR else Unit(code, 1.0)


def pair(code: str, base: str) -> str | None:
    """The vendor's symbol of the rate that turns prices in `code` into `base`; None where none is needed.

    Yahoo's `GBPUSD=X` is in dollars for one pound, whatever minor unit the price is in.
    """
    currency = unit(code).currency
    return None if currency == base else f"{currency}{base}=X"
