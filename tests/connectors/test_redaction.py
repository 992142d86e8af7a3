"""Secrets do not show themselves: not in their own form, not in texts, not in logs."""

from __future__ import annotations

import logging
import pickle

import pytest

from desktop.connectors.redaction import HIDDEN, RedactingFilter, Secret, scrub

TOKEN = "b3f1c9a705b7e4c559d1e0f2b6a7c8d9e"


def test_a_secret_shows_only_that_it_is_one() -> None:
    secret = Secret(TOKEN)
    for text in (repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret]), f"{secret}"):
        assert TOKEN not in text
    assert secret.reveal() == TOKEN
    assert secret == Secret(TOKEN)
    assert secret
    assert not Secret("")
    assert {secret: 1}[Secret(TOKEN)] == 1


def test_a_secret_is_not_written_down() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(TOKEN))


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def.ghi",
        "{'authorization': 'Bearer abc.def.ghi'}",
        '{"Api-Token": "abc.def.ghi"}',
        "api-token=abc.def.ghi&x=1",
        "Basic abc.def.ghi",
        '{"refresh_token": "abc.def.ghi"}',
        "client_secret=abc.def.ghi&access_token=abc.def.ghi",
        "the token pit-abc.def.ghi".replace("abc.def.ghi", "0123456789-abcdef"),
    ],
)
def test_what_looks_like_a_credential_is_hidden(text: str) -> None:
    clean = scrub(text)
    assert "abc.def.ghi" not in clean
    assert "0123456789" not in clean
    assert HIDDEN in clean


def test_ordinary_texts_stay() -> None:
    text = "the bearer of good news pitched at 10421 in Austin"
    assert "pitched at 10421 in Austin" in scrub(text, (Secret("xyz"),))


@pytest.fixture
def logged() -> list[str]:
    return []


@pytest.fixture
def logger(logged: list[str]) -> logging.Logger:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append(self.format(record))

    handler = Keep()
    redacting = RedactingFilter()
    redacting.add(Secret(TOKEN))
    handler.addFilter(redacting)
    logger = logging.Logger("a test's own")  # noqa: LOG001 - it must not be anybody else's
    logger.addHandler(handler)
    return logger


def test_logs_are_cleaned_with_their_arguments_and_tracebacks(logger: logging.Logger, logged: list[str]) -> None:
    logger.warning("sent %s to %d", TOKEN, 7)
    logger.warning("%(token)s", {"token": TOKEN})
    logger.warning("no arguments, 100 % safe")
    try:
        raise ValueError(f"bad header {TOKEN}")
    except ValueError:
        logger.exception("it failed")
    logger.warning("with a stack", stack_info=True)
    assert not [line for line in logged if TOKEN in line]
    assert logged[0] == f"sent {HIDDEN} to 7"
    assert logged[2] == "no arguments, 100 % safe"
    assert "ValueError: bad header" in logged[3]
