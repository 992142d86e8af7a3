"""The command ``crosswalk``: the window, and the same work for schedules, servers and support.

Every command exits with 0, 1 when the job or some of its records failed, or 2 when it was called wrongly. With
``--json`` one document goes to standard output; messages go to standard error.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from desktop import __version__
from desktop.domain.errors import CrosswalkError, InvalidInput, KeyringMissing
from desktop.report import print_document, print_error, say, write_table

if TYPE_CHECKING:
    from desktop.domain.change import RunResult
    from desktop.workspace.workspace import Workspace

Command = Callable[[argparse.Namespace], Awaitable[int]]
_DEMO_RECORDS = 500


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    options = _parser().parse_args(arguments)
    if options.command is None:
        return _window(options)
    if options.command == "demo" and not options.headless:
        return _demo_window(options)
    if options.command == "sandbox":
        return _sandbox(options)
    try:
        return anyio.run(options.run, options)
    except CrosswalkError as error:
        print_error(error.report(), error, as_json=options.json)
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 1


def gui_main() -> int:
    """Open the window, whatever the arguments: the entry of desktop menus."""
    return main(())


def _window(options: argparse.Namespace) -> int:
    from desktop.ui.app import run_window
    from desktop.workspace.opening import default_path

    return run_window(options.workspace or default_path())


def _demo_window(options: argparse.Namespace) -> int:
    from desktop.ui.app import run_demo

    return run_demo(options.records)


def _sandbox(options: argparse.Namespace) -> int:
    from desktop.workspace.demo import serve_sandbox

    serve_sandbox(options.port, options.records, options.seed, options.limits, options.state)
    return 0


async def _demo(options: argparse.Namespace) -> int:
    from desktop.report import print_demo
    from desktop.workspace.demo import headless_demo

    report = await headless_demo(options.records)
    if options.json:
        print_document(report)
    else:
        print_demo(report)
    return 0 if all(run["status"] == "completed" for run in (*report["syncs"], *report["again"])) else 1


async def _connect(options: argparse.Namespace) -> int:
    if not options.token_stdin:
        say("Give the credential on standard input, with --token-stdin. To sign in instead, use the window.")
        return 2
    secret = await anyio.to_thread.run_sync(sys.stdin.readline)
    async with _open(options) as workspace:
        view = await workspace.connections.connect(
            options.platform, options.name, options.base_url, options.account, secret.strip()
        )
    identity = view.identity
    if options.json:
        print_document({"connection": view.name, "platform": view.platform.name, "identity": _plain(identity)})
    else:
        say(f"{view.name} is connected: {identity.name if identity else view.base_url}.")
    return 0


async def _connections(options: argparse.Namespace) -> int:
    async with _open(options) as workspace:
        views = await workspace.connections.all()
    rows = [
        {
            "name": view.name,
            "platform": view.platform.name,
            "base_url": view.base_url,
            "account": view.account,
            "problem": view.problem.message if view.problem else None,
            "used_by": list(view.used_by),
        }
        for view in views
    ]
    return _show(options, rows, ["name", "platform", "base_url", "problem"])


async def _objects(options: argparse.Namespace) -> int:
    async with _open(options) as workspace:
        found = await workspace.data.refresh_objects(options.connection)
    rows = [
        {"key": item.key, "label": item.label, "plural": item.plural, "custom": item.custom, "id": item.id}
        for item in found
    ]
    return _show(options, rows, ["key", "plural", "custom"])


async def _fields(options: argparse.Namespace) -> int:
    async with _open(options) as workspace:
        schema = await workspace.data.refresh_schema(options.connection, options.object)
    rows = [
        {
            "key": item.key,
            "label": item.label,
            "type": item.type.value,
            "required": item.required,
            "read_only": item.read_only,
            "options": [{"key": option.key, "label": option.label} for option in item.options],
            "scale": item.scale,
            "max_length": item.max_length,
            "currency": item.currency,
            "target": item.target,
        }
        for item in schema.fields
    ]
    return _show(options, rows, ["key", "label", "type", "required"])


async def _records(options: argparse.Namespace) -> int:
    from desktop.workspace.listing import list_records

    async with _open(options) as workspace:
        rows = await list_records(
            workspace.data, options.connection, options.object, options.limit, options.where or []
        )
    columns = ["id", *list(rows[0]["values"])[:5]] if rows else ["id"]
    return _show(options, rows, columns)


async def _sync_add(options: argparse.Namespace) -> int:
    try:
        text = await anyio.Path(options.file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{options.file} can't be read as a sync file.",
            hint="Choose a file that Crosswalk exported.",
            details=str(error),
        ) from None
    async with _open(options) as workspace:
        view = await workspace.syncs.add_file(text)
    if options.json:
        print_document({"sync": view.name})
    else:
        arrow = "⇄" if view.definition.direction.two_way else "→"
        say(f"“{view.name}” was added: {view.left_label} {arrow} {view.right_label}.")
    return 0


async def _sync_export(options: argparse.Namespace) -> int:
    async with _open(options) as workspace:
        sys.stdout.write(await workspace.syncs.export(options.name))
    return 0


async def _sync_list(options: argparse.Namespace) -> int:
    async with _open(options) as workspace:
        views = await workspace.syncs.all()
    rows = [
        {
            "name": view.name,
            "left": f"{view.definition.left.connection}: {view.definition.left.object}",
            "right": f"{view.definition.right.connection}: {view.definition.right.object}",
            "direction": view.definition.direction.value,
            "state": view.health.value,
            "linked": view.linked,
            "due": view.due,
            "conflicts": view.conflicts,
            "next_run": view.next_run.isoformat() if view.next_run else None,
        }
        for view in views
    ]
    return _show(options, rows, ["name", "left", "right", "state", "linked"])


async def _sync_preview(options: argparse.Namespace) -> int:
    from desktop.report import print_run
    from desktop.workspace.listing import preview_document

    async with _open(options) as workspace:
        document = await preview_document(workspace, options.name)
    if options.json:
        print_document(document)
    else:
        print_run(document)
    return 1 if document["status"] == "failed" else 0


async def _sync_run(options: argparse.Namespace) -> int:
    from desktop.report import progress_line

    async with _open(options) as workspace:
        watch = None if options.json or not sys.stderr.isatty() else progress_line
        result = await workspace.syncs.run(options.name, confirmed=options.yes, trigger="command", watch=watch)
    return _show_run(options, result)


async def _sync_undo(options: argparse.Namespace) -> int:
    async with _open(options) as workspace:
        result = await workspace.syncs.undo(options.name, options.run_id)
    return _show_run(options, result)


async def _worker(options: argparse.Namespace) -> int:
    """Serve schedules until a signal to stop; runs that are under way finish what they started."""
    from desktop.report import run_line

    failed = False

    def ended(result: RunResult) -> None:
        nonlocal failed
        document = result.as_json()
        failed = failed or document["status"] != "completed"
        if options.json:
            print_document(document)
        say(run_line(document))

    async with _open(options) as workspace:
        if options.once:
            await workspace.automatic.run_due(ended)
            return 1 if failed else 0
        stop = anyio.Event()

        async def wait(seconds: float) -> None:
            with anyio.move_on_after(seconds):
                await stop.wait()

        async def heed_signals() -> None:
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                say("Serving schedules. Stop it with Ctrl-C.")
                await anext(aiter(signals))
            say("Stopping: what was started is being finished.")
            stop.set()
            await workspace.syncs.cancel_all()

        async with anyio.create_task_group() as group:
            group.start_soon(heed_signals)
            await workspace.automatic.serve(ended, wait=wait, going_on=lambda: not stop.is_set())
    return 0


async def _runs(options: argparse.Namespace) -> int:
    async with _open(options) as workspace:
        views = await workspace.activity.runs(options.name)
    rows = [
        {
            "run_id": view.id,
            "sync": view.sync,
            "started_at": view.started_at.isoformat(),
            "ended_at": view.ended_at.isoformat() if view.ended_at else None,
            "status": view.status.value,
            "result": dict(view.result),
        }
        for view in views
    ]
    return _show(options, rows, ["started_at", "sync", "status"])


@asynccontextmanager
async def _open(options: argparse.Namespace) -> AsyncGenerator[Workspace]:
    """The workspace that a command works on.

    :raises KeyringMissing: when there is no keyring: what a command keeps in memory is gone when it ends.
    """
    from desktop.workspace.opening import default_path
    from desktop.workspace.workspace import open_workspace

    async with open_workspace(options.workspace or default_path()) as workspace:
        if workspace.notice:
            raise KeyringMissing(
                "This system has no keyring that works, and commands keep credentials nowhere else.",
                "Start or install one (on Debian: gnome-keyring), or use the window, which keeps them for its session.",
            )
        yield workspace


def _show_run(options: argparse.Namespace, result: RunResult) -> int:
    from desktop.report import print_run

    document = result.as_json()
    if options.json:
        print_document(document)
    else:
        print_run(document)
    return 0 if document["status"] == "completed" else 1


def _show(options: argparse.Namespace, rows: list[dict[str, Any]], columns: list[str]) -> int:
    if options.json:
        print_document(rows)
    else:
        write_table(rows, columns)
    return 0


def _plain(identity: Any) -> dict[str, object] | None:
    return {"name": identity.name, "detail": identity.detail} if identity else None


def _common() -> argparse.ArgumentParser:
    """Options that stand before or behind a command; made anew for each, since a default set on one is on all."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--workspace", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="the workspace folder")
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document")
    return common


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crosswalk",
        parents=[_common()],
        description="Keep HighLevel and its neighbours in step. Without a command: the window.",
    )
    parser.add_argument("--version", action="version", version=f"Crosswalk {__version__}")
    parser.set_defaults(workspace=None, json=False, command=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def add(name: str, help_text: str, run: Command | None = None, to: Any = commands) -> argparse.ArgumentParser:
        command = to.add_parser(name, parents=[_common()], help=help_text, description=help_text)
        command.set_defaults(run=run)
        return command

    demo = add("demo", "a sandbox and a throw-away workspace with ready-made syncs", _demo)
    demo.add_argument("--headless", action="store_true", help="run the syncs and report, without a window")
    demo.add_argument("--records", type=_count, default=_DEMO_RECORDS, metavar="N")
    sandbox = add("sandbox", "a server that behaves as the platforms do")
    sandbox.add_argument("--port", type=int, default=0, metavar="P")
    sandbox.add_argument("--records", type=_count, default=_DEMO_RECORDS, metavar="N")
    sandbox.add_argument("--seed", type=int, default=1, metavar="S")
    sandbox.add_argument("--limits", choices=["real", "off"], default="real")
    sandbox.add_argument("--state", type=Path, default=None, metavar="DIR")
    connect = add("connect", "connect an account", _connect)
    connect.add_argument("platform")
    connect.add_argument("--name", required=True)
    connect.add_argument("--base-url", required=True)
    connect.add_argument("--account", default="", metavar="ID")
    connect.add_argument("--token-stdin", action="store_true", help="read the credential from standard input")
    add("connections", "list the connections", _connections)
    add("objects", "list a connection's objects", _objects).add_argument("connection")
    fields = add("fields", "list an object's fields", _fields)
    fields.add_argument("connection")
    fields.add_argument("object")
    records = add("records", "list records as they are on the platform", _records)
    records.add_argument("connection")
    records.add_argument("object")
    records.add_argument("--limit", type=_count, default=100, metavar="N")
    records.add_argument("--where", action="append", metavar="'FIELD is VALUE'")
    runs = add("runs", "list runs", _runs)
    runs.add_argument("name", nargs="?")
    worker = add("worker", "serve the syncs' schedules, without a window", _worker)
    worker.add_argument("--once", action="store_true", help="run what is due now, then end")
    _add_sync(add("sync", "add, list, preview, run and undo syncs"), add)
    return parser


def _add_sync(sync: argparse.ArgumentParser, add: Callable[..., argparse.ArgumentParser]) -> None:
    actions = sync.add_subparsers(dest="action", metavar="ACTION", required=True)
    add("add", "add a sync from a file", _sync_add, actions).add_argument("file")
    add("export", "print a sync as a file", _sync_export, actions).add_argument("name")
    add("list", "list the syncs", _sync_list, actions)
    add("preview", "tell what a run would do", _sync_preview, actions).add_argument("name")
    run = add("run", "run a sync", _sync_run, actions)
    run.add_argument("name")
    run.add_argument("--yes", action="store_true", help="go ahead where a guard would stop and ask")
    undo = add("undo", "take back what the last run wrote", _sync_undo, actions)
    undo.add_argument("name")
    undo.add_argument(
        "--run", dest="run_id", metavar="ID", help="take back this run (run_id of its result) instead of the last one"
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number
