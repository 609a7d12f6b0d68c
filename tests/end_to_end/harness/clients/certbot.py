"""certbot, by its command line."""

import shutil
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.end_to_end.harness import programs
from tests.end_to_end.harness.clients.account import Binding, Directory, Solvers

HOOK = Path(__file__).parent.parent / "hooks" / "certbot_dns_01.py"


@dataclass(frozen=True, slots=True)
class Certbot:
    """One user of certbot: a folder with its accounts, keys and certificates."""

    folder: Path
    directory: Directory
    solvers: Solvers
    binding: Binding | None = field(default=None)

    def register(self) -> programs.Finished:
        """Make an account."""
        return self._run("register", *self._terms())

    def http_01(self, *names: str, key_type: str = "ecdsa") -> programs.Finished:
        """Get the certificate `leaf` for names, or addresses, proved by http-01."""
        return self._run(
            "certonly",
            "--standalone",
            "--cert-name=leaf",
            f"--key-type={key_type}",
            *self._terms(),
            *self._listening(),
            *(self._identifier(name) for name in names),
        )

    def webroot(self, folder: Path, *names: str) -> programs.Finished:
        """Get the certificate `leaf` for names proved by http-01 from a folder others serve."""
        how = ("--webroot", f"--webroot-path={folder}", "--cert-name=leaf")
        names = tuple(self._identifier(name) for name in names)
        return self._run("certonly", *how, *self._terms(), *names)

    def dns_01(self, *names: str) -> programs.Finished:
        """Get the certificate `leaf` for names proved by dns-01."""
        hook = f"{sys.executable} {HOOK}"
        return self._run(
            "certonly",
            "--manual",
            "--preferred-challenges=dns",
            f"--manual-auth-hook={hook} add",
            f"--manual-cleanup-hook={hook} delete",
            "--cert-name=leaf",
            *self._terms(),
            *(self._identifier(name) for name in names),
        )

    def renew(self) -> programs.Finished:
        """Renew every certificate, due or not."""
        return self._run(
            "renew", "--force-renewal", "--no-random-sleep-on-renew", *self._listening()
        )

    def revoke(self, reason: str = "unspecified") -> programs.Finished:
        """Revoke `leaf` with the account's key, keeping it."""
        return self._revoke(self.certificate, f"--reason={reason}")

    def revoke_with_certificate_key(self) -> programs.Finished:
        """Revoke `leaf` with its own key, keeping it; it needs no account."""
        return self._revoke(self.certificate, f"--key-path={self._live / 'privkey.pem'}")

    def unregister(self) -> programs.Finished:
        """Deactivate the account."""
        return self._run("unregister")

    def update_account(self, email: str) -> programs.Finished:
        """Change the account's contact."""
        return self._run("update_account", f"--email={email}", "--no-eff-email")

    def copied(self, folder: Path) -> "Certbot":
        """Return a user in `folder` with this one's account and certificates as they are now."""
        shutil.copytree(self.folder, folder, symlinks=True)
        for renewal in folder.glob("config/renewal/*.conf"):
            text = renewal.read_text().replace(str(self.folder), str(folder))
            renewal.write_text(text)
        return replace(self, folder=folder)

    @property
    def certificate(self) -> Path:
        """The file of `leaf` alone."""
        return self._live / "cert.pem"

    @property
    def full_chain(self) -> Path:
        """The file of `leaf` and its chain, as the server sent it."""
        return self._live / "fullchain.pem"

    @property
    def has_account(self) -> bool:
        """Whether certbot believes that it has an account."""
        return any(self.folder.glob("config/accounts/**/regr.json"))

    @property
    def _live(self) -> Path:
        return self.folder / "config" / "live" / "leaf"

    @staticmethod
    def _identifier(name: str) -> str:
        return f"--ip-address={name}" if name.replace(".", "").isdigit() else f"--domain={name}"

    def _terms(self) -> tuple[str, ...]:
        terms = ("--agree-tos", "--register-unsafely-without-email")
        if self.binding is None:
            return terms
        kid, secret = self.binding.key_identifier, self.binding.secret
        return (*terms, f"--eab-kid={kid}", f"--eab-hmac-key={secret}")

    def _listening(self) -> tuple[str, ...]:
        return (f"--http-01-port={self.solvers.http_01}", "--http-01-address=127.0.0.1")

    def _revoke(self, certificate: Path, *how: str) -> programs.Finished:
        return self._run("revoke", f"--cert-path={certificate}", "--no-delete-after-revoke", *how)

    def _run(self, *arguments: str) -> programs.Finished:
        self.folder.mkdir(parents=True, exist_ok=True)
        folders = ("config", "work", "logs")
        environment = programs.bare_environment(
            self.folder,
            REQUESTS_CA_BUNDLE=str(self.directory.trust),
            NAME_SERVER_PORT=str(self.solvers.name_server),
        )
        command = (
            programs.beside_python("certbot"),
            *arguments,
            "--non-interactive",
            f"--server={self.directory.url}",
            *(f"--{each}-dir={self.folder / each}" for each in folders),
        )
        return programs.run(command, environment, self.folder)
