"""Numbers, money, dates and counts as the locale and the language want them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from desktop.ui import text
from desktop.ui.theme import type_font

NOW = datetime(2026, 11, 19, 16, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def locale(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """American English and UTC, unless the test asks for another locale."""
    before = QLocale()
    monkeypatch.setenv("TZ", "UTC")
    if hasattr(time, "tzset"):
        time.tzset()
    QLocale.setDefault(QLocale("en_US"))
    yield lambda name: QLocale.setDefault(QLocale(name))
    QLocale.setDefault(before)
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


def plain(words: str) -> str:
    """With ordinary spaces, as locales differ in which narrow space they use."""
    return words.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (8930, None, "8,930"),
        (-5, None, "-5"),
        (7, 2, "7.00"),
        (Decimal("1204.50"), None, "1,204.50"),
        (Decimal("-0.001"), 2, "0.00"),
        (Decimal("12345678901234567890.12"), None, "12,345,678,901,234,567,890.12"),
    ],
)
def test_numbers(value: int | Decimal, decimals: int | None, expected: str) -> None:
    assert text.number(value, decimals) == expected


@pytest.mark.parametrize(
    ("name", "amount", "currency", "expected"),
    [
        ("en_US", "1204", "USD", "$1,204.00"),
        ("en_US", "-89.9", "USD", "-$89.90"),
        ("en_US", "1930.1", "eur", "€1,930.10"),
        ("en_US", "1204", "CHF", "CHF 1,204.00"),
        ("en_US", "1204", "JPY", "¥1,204"),
        ("en_US", "0.125", "KWD", "KWD 0.125"),
        ("en_US", "0.1234", "USD", "$0.1234"),
        ("de_DE", "1204", "EUR", "1.204,00 €"),
        ("de_DE", "1204", "CHF", "1.204,00 CHF"),
        ("de_DE", "-1", "USD", "-1,00 $"),
    ],
)
def test_money(locale: Callable[[str], None], name: str, amount: str, currency: str, expected: str) -> None:
    locale(name)
    assert plain(text.money(Decimal(amount), currency)) == expected


def test_large_money_is_exact() -> None:
    assert text.money(Decimal("12345678901234567.89"), "USD") == "$12,345,678,901,234,567.89"


@pytest.mark.parametrize(
    ("name", "expected"), [("en_US", "Nov 19, 2026"), ("de_DE", "19. Nov. 2026"), ("en_GB", "19 Nov 2026")]
)
def test_days(locale: Callable[[str], None], name: str, expected: str) -> None:
    locale(name)
    assert text.day(date(2026, 11, 19)) == expected


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=-3), "in a moment"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(minutes=-41), "in 41 min"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=14), "today 2:02 AM"),
        (timedelta(hours=22), "yesterday 6:02 PM"),
        (timedelta(hours=-10), "tomorrow 2:02 AM"),
        (timedelta(days=9), "Nov 10, 2026, 4:02 PM"),
    ],
)
def test_how_long_ago(ago: timedelta, expected: str) -> None:
    assert plain(text.relative(NOW - ago, NOW)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (1.25, "1.3 s"),
        (40, "40 s"),
        (120, "2 min"),
        (125, "2 min 5 s"),
        (11400, "3 h 10 min"),
        (3605, "1 h"),
        (187200, "2 d 4 h"),
    ],
)
def test_durations(seconds: float, expected: str) -> None:
    assert text.duration(seconds) == expected


def test_shares_and_sizes() -> None:
    assert plain(text.percent(0.923)) == "92 %"
    assert text.byte_size(1_500_000) == "1.5 MB"


def test_names_in_a_row() -> None:
    assert text.listed(["Orders"]) == "Orders"
    assert text.listed(["Orders", "Contacts"]) == "Orders and Contacts"
    assert text.listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_long_text_is_shortened(qapp: QApplication) -> None:
    short = text.elided("https://shop.example.com/r/10420", type_font(), 100, middle=True)
    assert "…" in short
    assert short.endswith("0")


@pytest.mark.parametrize(("count", "expected"), [(0, "0 records"), (1, "1 record"), (1284, "1,284 records")])
def test_counts_in_english(count: int, expected: str) -> None:
    assert text.counted(count, "%n record", "%n records") == expected


class Polish(QTranslator):
    """Three plural forms, chosen as Qt's own translations do."""

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        if (context, source) != ("counted", "%n records"):
            return ""
        if n == 1:
            return "%n rekord"
        few = n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14)
        return "%n rekordy" if few else "%n rekordów"

    def isEmpty(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("count", "expected"), [(1, "1 rekord"), (3, "3 rekordy"), (5, "5 rekordów"), (12000, "12 000 rekordów")]
)
def test_counts_take_the_plural_forms_of_a_translation(
    qapp: QApplication, locale: Callable[[str], None], count: int, expected: str
) -> None:
    locale("pl_PL")
    polish = Polish()
    QCoreApplication.installTranslator(polish)
    try:
        assert plain(text.counted(count, "%n record", "%n records")) == expected
    finally:
        QCoreApplication.removeTranslator(polish)
