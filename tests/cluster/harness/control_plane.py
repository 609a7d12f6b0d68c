"""etcd, kube-apiserver and kube-controller-manager on loopback, on data of their own.

There are no nodes: objects are stored, watched, checked and collected, but no pod runs.
"""

import secrets
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cluster.harness import kubeconfig
from tests.cluster.harness.kubeconfig import Access
from tests.cluster.harness.processes import Process
from tests.cluster.harness.programs import Programs
from tests.end_to_end.harness import ports

_HOST = "127.0.0.1"

_CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "validatingadmissionpolicy-status-controller",
)
"""What the tests need of the controller manager; the others look after pods and nodes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one control plane lives: its files, its ports, its administrator's token."""

    folder: Path
    etcd: int
    etcd_peers: int
    api: int
    token: str

    @classmethod
    def prepared(cls, folder: Path) -> "Place":
        """Return a place with what the API server reads at its start written into `folder`."""
        place = cls(folder, ports.free(), ports.free(), ports.free(), secrets.token_hex(16))
        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        for path, content in (
            (place.service_account_key, key),
            (place.tokens, f'{place.token},admin,admin,"system:masters"\n'.encode()),
        ):
            path.touch(mode=0o600)
            path.write_bytes(content)
        kubeconfig.write(place.kubeconfig, place.access)
        return place

    @property
    def service_account_key(self) -> Path:
        """The key that signs the tokens of ServiceAccounts."""
        return self.folder / "service-account.key"

    @property
    def tokens(self) -> Path:
        """The static tokens that the API server accepts."""
        return self.folder / "tokens.csv"

    @property
    def authority(self) -> Path:
        """The certificate that the API server makes for itself at its first start."""
        return self.folder / "certificates" / "apiserver.crt"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    @property
    def access(self) -> Access:
        """How the administrator comes to the API."""
        return Access(f"https://{_HOST}:{self.api}", self.authority, token=self.token)

    @property
    def etcd_url(self) -> str:
        """Where etcd answers the API server."""
        return f"http://{_HOST}:{self.etcd}"

    def etcd_command(self, program: Path) -> tuple[str, ...]:
        """Return the command of etcd."""
        peers = f"http://{_HOST}:{self.etcd_peers}"
        return (
            str(program),
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={self.etcd_url}",
            f"--advertise-client-urls={self.etcd_url}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--log-level=warn",
            # No test here cuts the power.
            "--unsafe-no-fsync",
        )

    def api_server_command(self, program: Path) -> tuple[str, ...]:
        """Return the command of kube-apiserver."""
        return (
            str(program),
            f"--etcd-servers={self.etcd_url}",
            f"--bind-address={_HOST}",
            f"--advertise-address={_HOST}",
            f"--secure-port={self.api}",
            f"--cert-dir={self.authority.parent}",
            f"--token-auth-file={self.tokens}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.service_account_key}",
            f"--service-account-signing-key-file={self.service_account_key}",
            # A documentation range (RFC 5737), where nothing answers.
            "--service-cluster-ip-range=203.0.113.0/24",
            # An endpoint on loopback is refused, and nobody needs one here.
            "--endpoint-reconciler-type=none",
        )

    def controller_manager_command(self, program: Path) -> tuple[str, ...]:
        """Return the command of kube-controller-manager."""
        return (
            str(program),
            f"--kubeconfig={self.kubeconfig}",
            f"--controllers={','.join(_CONTROLLERS)}",
            "--leader-elect=false",
            "--secure-port=0",
            "--use-service-account-credentials",
            f"--service-account-private-key-file={self.service_account_key}",
            f"--root-ca-file={self.authority}",
            # Namespaces of finished tests must not keep those of running ones waiting.
            "--kube-api-qps=200",
            "--kube-api-burst=400",
        )

    def answers(self, path: str) -> bool:
        """Tell whether the API server answers a GET of the administrator with success."""
        if not self.authority.exists():
            return False
        return _answers(f"{self.access.server}{path}", self.access)


@dataclass(slots=True)
class ControlPlane:
    """The three processes of one control plane; each may be stopped and started by itself."""

    place: Place
    etcd: Process
    api_server: Process
    controller_manager: Process

    @classmethod
    def prepared(
        cls, folder: Path, programs: Programs, api_server_flags: tuple[str, ...] = ()
    ) -> "ControlPlane":
        """Return a control plane that is not started yet; `folder` is empty and its own."""
        place = Place.prepared(folder)
        return cls(
            place,
            Process(place.etcd_command(programs.etcd), folder / "etcd.log"),
            Process(
                (*place.api_server_command(programs.api_server), *api_server_flags),
                folder / "kube-apiserver.log",
            ),
            Process(
                place.controller_manager_command(programs.controller_manager),
                folder / "kube-controller-manager.log",
            ),
        )

    def start(self) -> None:
        """Start everything, and return when a namespace has what it should have.

        Raises:
            NotReady: a process ended instead, or took too long.
        """
        self.start_etcd()
        self.start_api_server()
        self.start_controller_manager()

    def start_etcd(self) -> None:
        """Start etcd, and return when it answers."""
        self.etcd.start(lambda: _answers(f"{self.place.etcd_url}/health", None))

    def start_api_server(self) -> None:
        """Start the API server, and return when it is ready."""
        self.api_server.start(lambda: self.place.answers("/readyz"))

    def start_controller_manager(self) -> None:
        """Start the controllers, and return when one of them has shown its work."""
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self.controller_manager.start(lambda: self.place.answers(account))

    def stop(self) -> None:
        """Stop what runs, and leave the data."""
        self.controller_manager.stop()
        self.api_server.stop()
        self.etcd.stop()


def _answers(url: str, access: Access | None) -> bool:
    request = urllib.request.Request(url)
    context: ssl.SSLContext | None = None
    if access is not None:
        request.add_header("Authorization", f"Bearer {access.token}")
        context = access.trust()
    # Proxies of this machine's environment have no business on loopback.
    handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError, ssl.SSLError):
        return False
