"""Numbers, money, dates and durations as the operator's locale writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import QCoreApplication, QDate, QLocale, Qt, QTime
from PySide6.QtGui import QFont, QFontMetrics

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪", "UAH": "₴"}
_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "XAF": 0, "XOF": 0, "BHD": 3, "KWD": 3, "TND": 3}

translate = QCoreApplication.translate


def counted(count: int, one: str, many: str, context: str = "counted") -> str:
    """`one` or `many` with ``%n`` replaced by the number, in the plural form of the interface's language.

    A translation knows `many` alone, with the plural forms of its language; without one, the English of the
    source is used, which Qt itself cannot inflect.
    """
    translated = QCoreApplication.translate(context, many, "", -1)
    if translated == many:
        pattern = one if count == 1 else many
    else:
        pattern = QCoreApplication.translate(context, many, "", count).replace(str(count), "%n", 1)
    return pattern.replace("%n", number(count))


def number(value: int | Decimal, decimals: int | None = None) -> str:
    """A number with the locale's separators.

    :param decimals: digits after the separator; by default as many as `value` has.
    """
    locale = QLocale()
    if isinstance(value, int):
        grouped = _grouped(abs(value))
        return (locale.negativeSign() if value < 0 else "") + _with_decimals(grouped, "0" * (decimals or 0))
    if decimals is not None:
        value = value.quantize(Decimal(1).scaleb(-decimals))
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return str(value)
    plain = f"{abs(value):f}"
    whole, _, fraction = plain.partition(".")
    grouped = _with_decimals(_grouped(int(whole)), fraction)
    return (locale.negativeSign() if sign and any(digits) else "") + grouped


def _grouped(value: int) -> str:
    """Whole digits in groups, also of numbers that are too large for Qt."""
    head, tail = divmod(value, 10**15)
    if not head:
        return QLocale().toString(value)
    return _grouped(head) + QLocale().toString(10**15 + tail)[1:]


def _with_decimals(whole: str, fraction: str) -> str:
    locale = QLocale()
    zero = ord(locale.zeroDigit()[0])
    own = "".join(chr(zero + int(digit)) for digit in fraction)
    return f"{whole}{locale.decimalPoint()}{own}" if fraction else whole


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency (ISO 4217), where the locale puts it: ``$1,204.00``, ``1.204,00 €``."""
    locale = QLocale()
    code = currency.upper()
    own = locale.currencySymbol(QLocale.CurrencySymbolFormat.CurrencyIsoCode) == code
    symbol = locale.currencySymbol() if own else _SYMBOLS.get(code, code)
    exponent = amount.as_tuple().exponent
    decimals = max(_DIGITS.get(code, 2), -exponent if isinstance(exponent, int) else 0)
    one = locale.toString(1)
    around = locale.toCurrencyString(1.0, "¤", 0)
    if symbol == code:
        around = around.replace(f"¤{one}", f"¤\u00a0{one}")
    written = around.replace("¤", symbol).replace(one, number(abs(amount), decimals))
    return (locale.negativeSign() if amount < 0 else "") + written


def percent(share: float) -> str:
    """A share from 0 to 1 as ``92 %``, with the locale's sign."""
    return f"{number(round(share * 100))}\u00a0{QLocale().percent()}"


def day(value: date) -> str:
    """A date in the locale's middle length: ``Nov 19, 2026``."""
    locale = QLocale()
    return locale.toString(QDate(value.year, value.month, value.day), _middle(locale))


def _middle(locale: QLocale) -> str:
    """The long form without the weekday, its month shortened."""
    pattern = locale.dateFormat(QLocale.FormatType.LongFormat)
    for weekday in ("dddd, ", "dddd ", ", dddd", " dddd", "dddd"):
        pattern = pattern.replace(weekday, "")
    return pattern.replace("MMMM", "MMM").strip()


def clock(value: datetime) -> str:
    """The local time of day, hours and minutes."""
    local = value.astimezone()
    return QLocale().toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)


def moment(value: datetime) -> str:
    """Date and local time of day of a moment with offset."""
    return f"{day(value.astimezone().date())}, {clock(value)}"


def relative(value: datetime, now: datetime) -> str:
    """How long ago or ahead `value` is: ``2 min ago``, ``in 5 min``, ``yesterday 18:20``, then the date."""
    seconds = (now - value).total_seconds()
    days = (now.astimezone().date() - value.astimezone().date()).days
    if abs(seconds) < 45:
        return translate("text", "just now") if seconds >= 0 else translate("text", "in a moment")
    if abs(seconds) < 3600:
        minutes = max(round(abs(seconds) / 60), 1)
        return (translate("text", "%1 min ago") if seconds > 0 else translate("text", "in %1 min")).replace(
            "%1", number(minutes)
        )
    if days == 0 and abs(seconds) < 6 * 3600:
        hours = round(abs(seconds) / 3600)
        return (translate("text", "%1 h ago") if seconds > 0 else translate("text", "in %1 h")).replace(
            "%1", number(hours)
        )
    named = {
        0: translate("text", "today %1"),
        1: translate("text", "yesterday %1"),
        -1: translate("text", "tomorrow %1"),
    }.get(days)
    return named.replace("%1", clock(value)) if named else moment(value)


def duration(length: timedelta | float) -> str:
    """A length of time in its two largest units: ``40 s``, ``2 min 5 s``, ``3 h 10 min``, ``2 d 4 h``."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds < 10:
        return translate("text", "%1 s").replace("%1", QLocale().toString(float(seconds), "f", 1 if seconds else 0))
    left = round(seconds)
    parts: list[str] = []
    for size, name in (
        (86400, translate("text", "%1 d")),
        (3600, translate("text", "%1 h")),
        (60, translate("text", "%1 min")),
        (1, translate("text", "%1 s")),
    ):
        amount, left = divmod(left, size)
        if amount or (parts and len(parts) < 2 and left):
            parts.append(name.replace("%1", number(amount)) if amount else "")
        if len(parts) == 2:
            break
    return " ".join(filter(None, parts))


def byte_size(count: int) -> str:
    """A number of bytes in kB, MB, GB."""
    return QLocale().formattedDataSize(count, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def listed(names: list[str], limit: int = 3) -> str:
    """Names in a row, the rest counted: ``Orders, Contacts and 4 more``."""
    if len(names) <= limit:
        return QLocale().createSeparatedList(names)
    shown = ", ".join(names[:limit])
    rest = counted(len(names) - limit, "%n more", "%n more", "text")
    return translate("text", "%1 and %2").replace("%1", shown).replace("%2", rest)


def elided(text: str, font: QFont, width: int, *, middle: bool = False) -> str:
    """`text` shortened to `width` pixels, at its end or in its middle (for keys and addresses)."""
    mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
    return QFontMetrics(font).elidedText(text, mode, width)
