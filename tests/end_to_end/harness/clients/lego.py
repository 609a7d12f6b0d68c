"""lego, by its command line."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.harness import programs
from tests.end_to_end.harness.clients.account import Binding, Directory, Solvers

_EMAIL = "lego@example.test"
_ALWAYS = ("--days=3650", "--no-random-sleep")


@dataclass(frozen=True, slots=True)
class Lego:
    """One user of lego: a folder with its account, keys and certificates."""

    folder: Path
    directory: Directory
    solvers: Solvers
    binding: Binding | None = field(default=None)

    def http_01(self, *names: str, key_type: str = "ec256") -> programs.Finished:
        """Get a certificate for names proved by http-01."""
        return self._run(names, *self._http_01(), f"--key-type={key_type}", verb="run")

    def webroot(self, folder: Path, *names: str) -> programs.Finished:
        """Get a certificate for names proved by http-01 from a folder that others serve."""
        return self._run(names, "--http", f"--http.webroot={folder}", verb="run")

    def tls_alpn_01(self, *names: str) -> programs.Finished:
        """Get a certificate for names proved by tls-alpn-01."""
        listening = f"--tls.port=127.0.0.1:{self.solvers.tls_alpn_01}"
        return self._run(names, "--tls", listening, verb="run")

    def dns_01(self, *names: str) -> programs.Finished:
        """Get a certificate for names proved by dns-01, with dynamic updates (RFC 2136)."""
        resolver = f"--dns.resolvers=127.0.0.1:{self.solvers.name_server}"
        return self._run(names, "--dns=rfc2136", resolver, "--dns.disable-cp", verb="run")

    def renew(self, *names: str) -> programs.Finished:
        """Renew a certificate that http-01 proved, due or not, with a new key."""
        return self._run(names, *self._http_01(), verb="renew", options=_ALWAYS)

    def revoke(self, *names: str) -> programs.Finished:
        """Revoke a certificate with the account's key, keeping it."""
        return self._run(names, verb="revoke", options=("--keep",))

    def full_chain(self, name: str) -> Path:
        """Return the file of a certificate and its chain, by the certificate's first name."""
        return self.folder / "certificates" / f"{name.replace('*', '_')}.crt"

    @property
    def has_account(self) -> bool:
        """Whether lego believes that it has an account."""
        return any(self.folder.glob("accounts/**/account.json"))

    def _http_01(self) -> tuple[str, ...]:
        return ("--http", f"--http.port=127.0.0.1:{self.solvers.http_01}")

    def _run(
        self, names: tuple[str, ...], *how: str, verb: str, options: tuple[str, ...] = ()
    ) -> programs.Finished:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = programs.bare_environment(
            self.folder,
            LEGO_CA_CERTIFICATES=str(self.directory.trust),
            RFC2136_NAMESERVER=f"127.0.0.1:{self.solvers.name_server}",
            RFC2136_POLLING_INTERVAL="1",
            RFC2136_SEQUENCE_INTERVAL="1",
        )
        command = (
            programs.on_path("lego"),
            f"--path={self.folder}",
            f"--server={self.directory.url}",
            f"--email={_EMAIL}",
            "--accept-tos",
            *self._bound(),
            *how,
            *(f"--domains={name}" for name in names),
            verb,
            *options,
        )
        return programs.run(command, environment, self.folder)

    def _bound(self) -> tuple[str, ...]:
        if self.binding is None:
            return ()
        kid, secret = self.binding.key_identifier, self.binding.secret
        return ("--eab", f"--kid={kid}", f"--hmac={secret}")
