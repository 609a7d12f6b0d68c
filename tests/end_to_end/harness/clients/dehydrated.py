"""dehydrated, by its command line: the client here that never repeats a request.

It asks newNonce before each POST, and gives up at the first answer that is no success, badNonce
(RFC 8555 §6.5) among them.
"""

import shlex
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.harness import programs
from tests.end_to_end.harness.clients.account import Binding, Directory


@dataclass(frozen=True, slots=True)
class Dehydrated:
    """One user of dehydrated: a folder with its account, keys and certificates.

    Args:
        webroot: folder that is served to http-01.
    """

    folder: Path
    directory: Directory
    webroot: Path
    binding: Binding | None = field(default=None)

    def register(self) -> programs.Finished:
        """Make an account."""
        return self._run("--register")

    def issue(self, *names: str) -> programs.Finished:
        """Get a certificate for names proved by http-01, due or not; with an account if needed."""
        return self._run("--cron", "--force", "--domain", " ".join(names))

    def revoke(self, name: str) -> programs.Finished:
        """Revoke a certificate with the account's key; dehydrated renames its file."""
        return self._run("--revoke", str(self.folder / "certs" / name / "cert.pem"))

    def full_chain(self, name: str) -> Path:
        """Return the file of a certificate and its chain, by the certificate's first name."""
        return self.folder / "certs" / name / "fullchain.pem"

    def _run(self, *arguments: str) -> programs.Finished:
        self.folder.mkdir(parents=True, exist_ok=True)
        answers = self.webroot / ".well-known" / "acme-challenge"
        answers.mkdir(parents=True, exist_ok=True)
        command = (
            programs.on_path("dehydrated"),
            *("--config", str(self._configured(answers))),
            "--accept-terms",
            *arguments,
        )
        return programs.run(command, programs.bare_environment(self.folder), self.folder)

    def _configured(self, answers: Path) -> Path:
        """Write its settings, which are shell, and return their file."""
        settings = {
            "CA": self.directory.url,
            "BASEDIR": str(self.folder),
            "WELLKNOWN": str(answers),
            "CHALLENGETYPE": "http-01",
            "KEYSIZE": "2048",
            # It is split at spaces, whatever quotes it.
            "CURL_OPTS": f"--cacert {self.directory.trust}",
        }
        if self.binding is not None:
            settings["EAB_KID"] = self.binding.key_identifier
            settings["EAB_HMAC_KEY"] = self.binding.secret
        written = self.folder / "config"
        written.touch(mode=0o600)
        lines = (f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
        written.write_text("".join(lines))
        return written
