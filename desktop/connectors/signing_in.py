"""Getting a credential by signing in: a conversation of a few steps, led by the platform's connector.

A face starts it, shows each step, and hands back what the operator answered, until the step is :class:`SignedIn`.
What was typed and what comes out of it lie in memory only; the caller puts the secret into the keyring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask for.

    :param secret: whether it is hidden while it is typed.
    :param choices: by value, what people read, where one of a few is to be chosen.
    """

    name: str
    label: str
    hint: str = ""
    secret: bool = False
    required: bool = True
    choices: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Ask:
    """Questions to answer; go on with :meth:`SignIn.answer`."""

    text: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A page to open in the operator's browser; :meth:`SignIn.answer` without answers waits for what comes of it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The end: what to connect with."""

    base_url: str
    account: str
    secret: str = field(repr=False)


Step = Ask | Visit | SignedIn


class SignIn(Protocol):
    """One sign-in under way. Close it with :meth:`aclose`, whatever it came to."""

    async def start(self) -> Step:
        """The first step."""
        ...

    async def answer(self, answers: Mapping[str, str]) -> Step:
        """The next step.

        :raises InvalidInput: with a problem for each answer (its ``place`` is the question's name) that is missing or
            wrong; the same step can be answered again.
        :raises CredentialRefused: when the platform refuses; the same step can be answered again.
        """
        ...

    async def aclose(self) -> None:
        """Forget everything and stop waiting."""
        ...
