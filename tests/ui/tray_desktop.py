"""A desktop's tray and notifications on a real session bus: what a panel and a notification server answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_method_call, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

WATCHER, NOTIFICATIONS = "org.kde.StatusNotifierWatcher", "org.freedesktop.Notifications"
_STATE = {"IsStatusNotifierHostRegistered": ("b", True), "ProtocolVersion": ("i", 0)}


class TrayDesktop:
    """Keeps what programs put into the tray, and what they notify of."""

    def __init__(self) -> None:
        self._connection = open_dbus_connection("SESSION")
        for name in (WATCHER, NOTIFICATIONS):
            self._connection.send_and_get_reply(message_bus.RequestName(name))
        self.items: list[str] = []
        self._notified: queue.Queue[tuple[str, str]] = queue.Queue()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave the bus."""
        self._connection.close()
        self._thread.join(5)

    def notification(self, seconds: float) -> tuple[str, str]:
        """The next notification, title and text; waits so long for it."""
        return self._notified.get(timeout=seconds)

    def activate(self) -> None:
        """Click the icon."""
        address = DBusAddress("/StatusNotifierItem", self.items[-1], "org.kde.StatusNotifierItem")
        self._call(new_method_call(address, "Activate", "ii", (0, 0)))

    def choose(self, label: str) -> None:
        """Choose an entry of the icon's menu."""
        address = DBusAddress("/MenuBar", self.items[-1], "com.canonical.dbusmenu")
        layout = self._call(new_method_call(address, "GetLayout", "iias", (0, -1, [])))[1]
        entry = next(item for _, item in layout[2] if item[1].get("label", ("s", ""))[1] == label)
        self._call(new_method_call(address, "Event", "isvu", (entry[0], "clicked", ("s", ""), 0)))

    @staticmethod
    def _call(message: Message) -> Any:
        with open_dbus_connection("SESSION") as connection:
            return connection.send_and_get_reply(message, timeout=10).body

    def _serve(self) -> None:
        while True:
            try:
                message = self._connection.receive()
            except (OSError, EOFError, ValueError):
                return
            if message.header.message_type is MessageType.method_call:
                self._answer(self._connection, message)

    def _answer(self, connection: DBusConnection, message: Message) -> None:
        fields, body = message.header.fields, message.body
        match fields.get(HeaderFields.member):
            case "Get":
                reply = new_method_return(message, "v", (_STATE[body[1]],))
            case "GetAll":
                reply = new_method_return(message, "a{sv}", (_STATE,))
            case "RegisterStatusNotifierItem":
                self.items.append(fields[HeaderFields.sender])
                reply = new_method_return(message)
            case "Notify":
                self._notified.put((body[3], body[4]))
                reply = new_method_return(message, "u", (1,))
            case "GetCapabilities":
                reply = new_method_return(message, "as", (["body", "actions"],))
            case "GetServerInformation":
                reply = new_method_return(message, "ssss", ("tests", "tests", "1", "1.2"))
            case _:
                reply = new_method_return(message)
        connection.send(reply)


@contextmanager
def tray_desktop() -> Iterator[TrayDesktop]:
    """A desktop with a tray, while entered."""
    desktop = TrayDesktop()
    try:
        yield desktop
    finally:
        desktop.close()
