"""The two programs of a demo, run beside it: `certwright serve` and certbot."""

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from acme_server.cli.demo.log import Following, told
from acme_server.cli.demo.scene import (
    CERTBOT,
    CERTIFICATE,
    DATA,
    DOCUMENTS,
    LOOPBACK,
    NAME,
    ROOTS,
    SECRET,
    SERVING_TRUST,
    SETTINGS,
    Scene,
    StepFailed,
    environment,
)

Tell = Callable[[str], None]
"""Shows a line to whoever watches."""

ENOUGH: Final = 120.0
"""Seconds after which a program that should long be done is given up."""

SERVE: Final = ("certwright", "serve", DOCUMENTS, "--data", DATA, "--settings", SETTINGS)
"""The command that serves a scene's folder, typed in it."""

_PAUSE: Final = 0.05
_LAST_LINES: Final = 20


class Server:
    """`certwright serve` as a process of its own.

    Args:
        scene: Where.
    """

    def __init__(self, scene: Scene) -> None:
        self._log = scene.folder / "server.log"
        self._out = scene.folder / "server.out"
        self._following = Following(self._log)
        command = (sys.executable, "-P", "-m", "acme_server.cli", *SERVE[1:])
        with self._log.open("wb") as log, self._out.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - this package's own command
                command,
                cwd=scene.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
            )

    def wait_until_ready(self, tell: Tell, enough: float = ENOUGH) -> str:
        """Return the line that tells that it is ready; show what it does until then.

        Raises:
            StepFailed: It ended, or said nothing for too long.
        """

        def answer() -> str | None:
            line = self._out.read_text(encoding="utf-8")
            return line if line.endswith("\n") else None

        return _awaited(answer, self._process, lambda: self.tell_news(tell), enough)

    def tell_news(self, tell: Tell) -> None:
        """Show what it has logged since."""
        for record in self._following.records():
            tell(told(record))

    def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        self._process.terminate()
        try:
            return self._process.wait(ENOUGH)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _awaited(
    answer: Callable[[], str | None],
    process: subprocess.Popen[bytes],
    meanwhile: Callable[[], None],
    enough: float,
) -> str:
    deadline = time.monotonic() + enough
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        meanwhile()
        found = answer()
        if found is not None:
            return found
        if ended:
            raise StepFailed(f"the program ended with exit status {process.returncode}")
        time.sleep(_PAUSE)
    raise StepFailed(f"nothing came of it within {enough:g} seconds")


def find_certbot() -> str | None:
    """Return certbot's path: beside this Python, else on the PATH; None if it isn't installed."""
    beside = Path(sys.executable).with_name("certbot")
    return str(beside) if beside.exists() else shutil.which("certbot")


def certbot_arguments(scene: Scene, directory: str) -> tuple[tuple[str, ...], ...]:
    """Return what certbot is told, by lines to be shown; the binding is not in them."""
    folders = ("config", "work", "logs")
    return (
        ("certonly", "--standalone", "-d", NAME, "--server", directory),
        ("--http-01-address", LOOPBACK, "--http-01-port", str(scene.solver_port)),
        ("--register-unsafely-without-email", "--agree-tos", "--non-interactive"),
        tuple(part for each in folders for part in (f"--{each}-dir", f"{CERTBOT}/{each}")),
    )


def shown_certbot(scene: Scene, directory: str) -> tuple[str, ...]:
    """Return the command as a person would type it, the secret read from its file."""
    first, *more = (shlex.join(line) for line in certbot_arguments(scene, directory))
    binding = f'--eab-kid "$(cat {SECRET}/kid)" --eab-hmac-key "$(cat {SECRET}/secret)"'
    lines = (f"REQUESTS_CA_BUNDLE={SERVING_TRUST} certbot {first}", *more)
    return (*(f"{line} \\" for line in lines), binding)


def run_certbot(program: str, scene: Scene, directory: str, meanwhile: Callable[[], None]) -> None:
    """Have certbot get a certificate.

    Raises:
        StepFailed: It didn't; with what it said last.
    """
    kid, secret = ((scene.secret / each).read_text(encoding="ascii") for each in ("kid", "secret"))
    arguments = [each for line in certbot_arguments(scene, directory) for each in line]
    command = (program, *arguments, f"--eab-kid={kid}", f"--eab-hmac-key={secret}")
    said = scene.folder / "certbot.out"
    # In its home it would look for options of the user's own.
    variables = environment(REQUESTS_CA_BUNDLE=SERVING_TRUST, HOME=str(scene.folder))
    with said.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the client that the demo is about
            command,
            cwd=scene.folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _awaited(lambda: "" if process.poll() == 0 else None, process, meanwhile, ENOUGH)
    except StepFailed as failed:
        raise StepFailed(f"certbot: {failed}\n{_last_lines(said)}") from None
    finally:
        process.kill()
        process.wait()
    meanwhile()


def run_openssl(scene: Scene) -> str | None:
    """Have OpenSSL verify the chain; return what it said, None if it isn't installed.

    Raises:
        StepFailed: It doesn't verify; with what it said.
    """
    program = shutil.which("openssl")
    if program is None:
        return None
    chain = ("-untrusted", f"{CERTIFICATE}/chain.pem", f"{CERTIFICATE}/cert.pem")
    ended = subprocess.run(  # noqa: S603 - the machine's OpenSSL
        (program, "verify", "-x509_strict", "-CAfile", ROOTS, *chain),
        cwd=scene.folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )
    if ended.returncode != 0:
        raise StepFailed(f"openssl does not verify it: {ended.stdout}{ended.stderr}".strip())
    return ended.stdout.strip().rpartition(" ")[2]


def _last_lines(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-_LAST_LINES:])
