"""Sign-ins under way: each a conversation of a face with a platform, until there is a credential to connect with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import anyio

from desktop.connectors.clock import SystemClock
from desktop.connectors.registry import platforms
from desktop.connectors.signing_in import Ask, SignedIn, SignIn, Step, Visit
from desktop.domain.errors import CrosswalkError, NotFound, NotSupported
from desktop.workspace.connection_views import AskView, ConnectionView, QuestionView, SignInView, VisitView

Finish = Callable[[SignedIn, str], Awaitable[ConnectionView]]
"""Makes a connection of what a sign-in came to, under the name that was last given."""


@dataclass(slots=True, eq=False)
class _Conversation:
    platform: str
    sign_in: SignIn
    finish: Finish
    name: str
    ended: SignedIn | None = None
    """What it came to, once it has: connecting may have to be tried again."""


class SignIns:
    """The conversations of one workspace. Secrets stay in here: a face sees questions and the connection.

    There is one with each platform at a time, since the browser may come back to the same address for all of them.
    """

    def __init__(self) -> None:
        self._under_way: dict[str, _Conversation] = {}

    async def start(self, platform: str, base_url: str, name: str, finish: Finish) -> SignInView:
        """Begin a conversation; an earlier one with the same platform ends.

        :param name: what ``finish`` is called with unless another is given later.
        :raises NotSupported: where a credential can only be pasted.
        """
        info = platforms[platform]
        if info.sign_in is None:
            raise NotSupported(f"{info.label} offers no sign-in.", f"Paste the {info.secret_label}.")
        for key in [key for key, earlier in self._under_way.items() if earlier.platform == platform]:
            await self.end(key)
        conversation = _Conversation(platform, info.sign_in(base_url.strip(), SystemClock()), finish, name)
        try:
            step = await conversation.sign_in.start()
        except BaseException:
            with anyio.CancelScope(shield=True):
                await conversation.sign_in.aclose()
            raise
        key = uuid4().hex
        self._under_way[key] = conversation
        return await self._reached(key, conversation, step)

    async def go_on(self, key: str, answers: Mapping[str, str], name: str = "") -> SignInView:
        """Answer the present step, or with its page open wait for what comes of it.

        :raises NotFound: when the sign-in has ended.
        :raises CrosswalkError: what the platform's sign-in or connecting raises; the step can be answered again.
        """
        conversation = self._under_way.get(key)
        if conversation is None:
            raise NotFound("This sign-in has ended.", "Start it again.")
        conversation.name = name.strip() or conversation.name
        if conversation.ended is not None:
            return await self._reached(key, conversation, conversation.ended)
        return await self._reached(key, conversation, await conversation.sign_in.answer(answers))

    async def end(self, key: str) -> None:
        """Forget a sign-in, however far it got."""
        conversation = self._under_way.pop(key, None)
        if conversation is not None:
            await conversation.sign_in.aclose()

    async def aclose(self) -> None:
        """Forget all of them."""
        for key in tuple(self._under_way):
            with suppress(CrosswalkError):
                await self.end(key)

    async def _reached(self, key: str, conversation: _Conversation, step: Step) -> SignInView:
        if isinstance(step, SignedIn):
            conversation.ended = step
            connection = await conversation.finish(step, conversation.name)
            await self.end(key)
            return SignInView(key, connection)
        return SignInView(key, _view(step))


def _view(step: Ask | Visit) -> AskView | VisitView:
    if isinstance(step, Visit):
        return VisitView(step.text, step.url)
    questions = tuple(
        QuestionView(item.name, item.label, item.hint, item.secret, item.required, dict(item.choices))
        for item in step.questions
    )
    return AskView(step.text, questions)
