"""A real WordPress with its own database, on the loopback, in a folder of its own, for as long as the tests run.

Debian's packages are taken as they are. No service of the system's is used: MariaDB listens on a socket in the
folder, PHP's built-in server on a free port.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.local_http import NO_CERTIFICATES

if TYPE_CHECKING:
    import pwd

PROGRAMS = ("php", "mariadbd", "mariadb-install-db", "mariadb-admin", "mariadb")
WORDPRESS = Path("/usr/share/wordpress")
BRIDGE = Path(__file__).resolve().parents[2] / "resources" / "wordpress" / "crosswalk-bridge"
_HERE = Path(__file__).parent
_SYSTEM_PROGRAMS = ("/usr/sbin", "/sbin")
_PR_SET_PDEATHSIG = 1
_START_SECONDS = 30.0
_DATABASE_OPTIONS = (
    "--skip-networking", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=32M", "--performance-schema=off",
)  # fmt: skip
_TABLES = ("wp_users", "wp_usermeta", "wp_options", "wp_crosswalk_changes")
_CONFIGURATION = """<?php
define( 'DB_NAME', 'wp' ); define( 'DB_USER', 'wp' ); define( 'DB_PASSWORD', 'wp' );
define( 'DB_HOST', 'localhost:{socket}' ); define( 'DB_CHARSET', 'utf8mb4' ); define( 'DB_COLLATE', '' );
foreach ( array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT',
	'LOGGED_IN_SALT', 'NONCE_SALT' ) as $name ) {{ define( $name, hash( 'sha256', $name ) ); }}
define( 'WP_HOME', '{url}' ); define( 'WP_SITEURL', '{url}' );
// Without this, application passwords are refused where there is no https.
define( 'WP_ENVIRONMENT_TYPE', 'local' );
define( 'WP_HTTP_BLOCK_EXTERNAL', true ); define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {{ define( 'ABSPATH', __DIR__ . '/' ); }}
require_once ABSPATH . 'wp-settings.php';
"""


def missing() -> list[str]:
    """What is not installed here, by name."""
    absent = [name for name in PROGRAMS if program(name) is None]
    if not (WORDPRESS / "wp-load.php").is_file():
        absent.append("wordpress")
    if not absent:
        modules = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split()
        absent = [f"php-{name}" for name in ("mysqli", "curl", "mbstring", "dom") if name not in modules]
    return absent


def program(name: str) -> str | None:
    """Where a program is, if it is."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_SYSTEM_PROGRAMS)))


class WordPress:
    """The running site. ``credentials``: ``user:application password`` by role."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        with ExitStack() as building:
            building.callback(self.stop)
            self._build()
            building.pop_all()

    def _build(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="crosswalk-wordpress-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        # The database's own user has to get into it.
        self.folder.chmod(0o755)
        self._socket = self.folder / "run" / "db.sock"
        self._site = self.folder / "site"
        port = _free_port()
        self.base_url = f"http://127.0.0.1:{port}"
        self._start_database()
        self._copy_site()
        self.credentials: dict[str, str] = json.loads(self._php(_HERE / "install.php"))
        server = ["php", "-S", f"127.0.0.1:{port}", "-t", str(self._site)]
        self._start(server, "php.log")
        _wait(lambda: _answers(self.base_url))
        self._snapshot()

    def _start_database(self) -> None:
        owner = _owner()
        for name in ("db", "run"):
            (self.folder / name).mkdir()
            if owner:
                os.chown(self.folder / name, owner.pw_uid, owner.pw_gid)
        install = [
            program("mariadb-install-db"), "--no-defaults", f"--datadir={self.folder / 'db'}",
            "--auth-root-authentication-method=normal", "--skip-test-db", *(["--user=mysql"] if owner else []),
        ]  # fmt: skip
        self._run([str(part) for part in install])
        command = [
            str(program("mariadbd")), "--no-defaults", f"--datadir={self.folder / 'db'}", f"--socket={self._socket}",
            f"--pid-file={self.folder / 'run' / 'db.pid'}", *_DATABASE_OPTIONS,
        ]  # fmt: skip
        self._start(command, "db.log", owner)
        ping = ["mariadb-admin", "--no-defaults", "-uroot", "-S", str(self._socket), "ping"]
        _wait(lambda: subprocess.run(ping, capture_output=True, check=False).returncode == 0)
        self.sql(
            "CREATE DATABASE wp CHARACTER SET utf8mb4; CREATE USER wp@localhost IDENTIFIED BY 'wp';"
            "GRANT ALL ON wp.* TO wp@localhost;",
            database="",
        )

    def _copy_site(self) -> None:
        self._run(["cp", "-rL", str(WORDPRESS), str(self._site)])
        content = self._site / "wp-content"
        configuration = self._site / "wp-config.php"
        configuration.unlink(missing_ok=True)
        configuration.write_text(_CONFIGURATION.format(socket=self._socket, url=self.base_url))
        (content / "mu-plugins").mkdir(exist_ok=True)
        shutil.copy(_HERE / "accessally_stand_in.php", content / "mu-plugins")
        shutil.copytree(BRIDGE, content / "plugins" / BRIDGE.name)

    def _start(self, command: list[str], log: str, owner: pwd.struct_passwd | None = None) -> None:
        with (self.folder / log).open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
                # Run after the change of user, which would undo it.
                preexec_fn=_die_with_parent,
            )
        self._stack.callback(_end, process)

    def stop(self) -> None:
        """End both servers and remove the folder."""
        self._stack.close()

    # --- the site's state

    def _snapshot(self) -> None:
        """Remember how the site is now, after the plugin's first request made its table."""
        for field in FIELDS:
            answer = httpx.post(
                f"{self.base_url}/wp-json/crosswalk/v1/fields",
                json=field,
                auth=self.auth("administrator"),
                verify=NO_CERTIFICATES,
            )
            assert answer.status_code == 201, answer.text
        self.sql(
            "CREATE DATABASE kept;" + "".join(f"CREATE TABLE kept.{name} AS SELECT * FROM {name};" for name in _TABLES)
        )

    def reset(self) -> None:
        """Make the site as it was when it was new: who was registered since, and what was set, is gone."""
        self.sql("".join(f"DELETE FROM {name}; INSERT INTO {name} SELECT * FROM kept.{name};" for name in _TABLES))

    def switch(self, **switches: object) -> None:
        """Set what the stand-in of AccessAlly looks at: accessally, mode, strict_login, broken."""
        text = json.dumps(switches).replace("'", "''")
        self.sql(
            f"REPLACE INTO wp_options (option_name, option_value, autoload) VALUES ('tests_switches', '{text}', 'yes');"
        )

    def uninstall_bridge(self) -> dict[str, Any]:
        """What the plugin leaves behind when it is deleted; at the next request it installs itself anew."""
        return json.loads(self._php(_HERE / "uninstall.php"))

    def run_function(self, name: str, *arguments: object) -> None:
        """Call a PHP function inside the site, as another plugin would."""
        self._php(_HERE / "call.php", json.dumps([name, *arguments]))

    def auth(self, role: str) -> tuple[str, str]:
        """The credentials of the account with a role."""
        name, _, password = self.credentials[role].partition(":")
        return name, password

    def sql(self, statements: str, database: str = "wp") -> None:
        """Run SQL statements."""
        self._run(["mariadb", "--no-defaults", "-uroot", "-S", str(self._socket), "-e", statements, database])

    def _php(self, script: Path, *arguments: str) -> str:
        return self._run(["php", str(script), str(self._site), *arguments])

    def _run(self, command: list[str]) -> str:
        done = subprocess.run([part for part in command if part], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command[0], done.stdout, done.stderr)
        return done.stdout


FIELDS = (
    {"key": "crm_object_id", "type": "string", "label": "CRM record"},
    {"key": "crm_score", "type": "number", "label": "Score"},
    {"key": "crm_active", "type": "boolean", "label": "Active"},
    {"key": "crm_tags", "type": "array", "label": "CRM tags"},
    {"key": "crm_joined", "type": "date", "label": "Joined on"},
)


def _owner() -> pwd.struct_passwd | None:
    """Whom the database runs as when the tests run as root: it refuses to be root itself."""
    import pwd

    return pwd.getpwnam("mysql") if os.geteuid() == 0 else None


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/wp-json/", timeout=10, verify=NO_CERTIFICATES).status_code == 200
    except httpx.TransportError:
        return False


def _wait(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        assert time.monotonic() < deadline, "a server of the tests did not start"
        time.sleep(0.05)
