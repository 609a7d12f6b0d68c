"""uacme, by its command line: the client here that changes account keys."""

import functools
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.harness import programs
from tests.end_to_end.harness.clients.account import Binding, Directory

HOOK = Path(__file__).parent.parent / "hooks" / "uacme_http_01.sh"

# From this version on UACME_CAPATH names the folder of roots. Before, uacme trusts what libcurl was
# built with and nothing else (ndilieto/uacme#65): in a mount namespace it finds our root there.
_TELLABLE = (1, 7, 6)
_NAMESPACE = ("--map-root-user", "--mount")
_TRUSTING = 'mount --bind "$UACME_CAPATH" /etc/ssl/certs && exec "$@"'


@dataclass(frozen=True, slots=True)
class Uacme:
    """One user of uacme: a folder with its account key and certificates.

    Args:
        webroot: folder that is served to http-01.
    """

    folder: Path
    directory: Directory
    webroot: Path
    binding: Binding | None = field(default=None)

    def new(self) -> programs.Finished:
        """Make an account."""
        return self._run("new")

    def issue(self, *names: str) -> programs.Finished:
        """Get a certificate for names proved by http-01."""
        return self._run("--force", f"--hook={HOOK}", "issue", *names)

    def new_key(self) -> programs.Finished:
        """Change the account's key."""
        return self._run("newkey")

    def update(self, email: str) -> programs.Finished:
        """Change the account's contact."""
        return self._run("update", email)

    def deactivate(self) -> programs.Finished:
        """Deactivate the account."""
        return self._run("deactivate")

    def revoke(self, name: str) -> programs.Finished:
        """Revoke a certificate with the account's key."""
        return self._run("revoke", str(self.certificate(name)))

    def certificate(self, name: str) -> Path:
        """Return the file of a certificate and its chain, by the certificate's first name."""
        return self._configuration / name / "cert.pem"

    def copied(self, folder: Path) -> "Uacme":
        """Return a user in `folder` who has what this one has now, its account key above all."""
        shutil.copytree(self.folder, folder)
        return Uacme(folder, self.directory, self.webroot)

    @property
    def _configuration(self) -> Path:
        return self.folder / "configuration"

    def _run(self, *arguments: str) -> programs.Finished:
        trusted = self.folder / "trusted"
        trusted.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.directory.trust, trusted)
        environment = programs.bare_environment(
            self.folder, UACME_CAPATH=str(trusted), WEBROOT=str(self.webroot)
        )
        command = (
            *_program(),
            *("--yes", "--verbose", "--no-ocsp", "--type=EC"),
            f"--confdir={self._configuration}",
            f"--acme-url={self.directory.url}",
            *self._bound(),
            *arguments,
        )
        return programs.run(command, environment, self.folder)

    def _bound(self) -> tuple[str, ...]:
        if self.binding is None:
            return ()
        return (f"--eab={self.binding.key_identifier}:{self.binding.secret}",)


@functools.cache
def _program() -> tuple[str, ...]:
    """Return how uacme is called so that it trusts the folder UACME_CAPATH.

    Raises:
        ProgramMissing: it is not here, or neither it nor this machine lets us say whom to trust.
    """
    uacme = programs.on_path("uacme")
    here = Path.cwd()
    environment = programs.bare_environment(here)
    said = programs.run((uacme, "--version"), environment, here).text
    numbers = re.search(r"version (\d+)\.(\d+)\.(\d+)", said)
    if numbers and tuple(map(int, numbers.groups())) >= _TELLABLE:
        return (uacme,)
    unshare = (programs.on_path("unshare"), *_NAMESPACE)
    if programs.run((*unshare, "true"), environment, here).code != 0:
        raise programs.ProgramMissing(
            f"{uacme} is older than 1.7.6 and can be told whom to trust only in a mount namespace, "
            "which this machine forbids: install uacme 1.7.6, or allow user namespaces"
        )
    return (*unshare, "sh", "-c", _TRUSTING, "sh", uacme)
