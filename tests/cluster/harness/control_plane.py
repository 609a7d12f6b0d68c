"""etcd, kube-apiserver and kube-controller-manager, on data of their own.

Alone, on loopback, they have no nodes: objects are stored, watched, checked and collected, but no
pod runs. `Surroundings` tell what differs for one that has.
"""

import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cluster.harness import kubeconfig
from tests.cluster.harness.kubeconfig import Access
from tests.cluster.harness.processes import Process
from tests.cluster.harness.programs import Programs
from tests.end_to_end.harness import ports

SERVICES = "203.0.113.0/24"
"""The addresses of Services: a documentation range (RFC 5737), where nothing answers."""

_HOST = "127.0.0.1"

_ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a control plane is for.

    Args:
        host: how its own processes and its users call the API server's host.
        enter: is put before each command, to run it where the control plane belongs.
        api_server: flags of kube-apiserver that only these surroundings have.
        controllers: what runs of the controller manager.
        users: who else comes by a static token: groups by user.
    """

    host: str
    enter: tuple[str, ...]
    api_server: tuple[str, ...]
    controllers: tuple[str, ...]
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


ALONE = Surroundings(
    host=_HOST,
    enter=(),
    api_server=(
        f"--bind-address={_HOST}",
        f"--advertise-address={_HOST}",
        "--authorization-mode=RBAC",
        # An endpoint on loopback is refused, and nobody needs one here.
        "--endpoint-reconciler-type=none",
    ),
    # The others look after pods and nodes.
    controllers=(
        "clusterrole-aggregation-controller",
        "garbage-collector-controller",
        "namespace-controller",
        "root-ca-certificate-publisher-controller",
        "serviceaccount-controller",
        "validatingadmissionpolicy-status-controller",
    ),
)
"""A control plane on loopback, without nodes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one control plane lives: its files, its ports, its users' tokens."""

    folder: Path
    etcd: int
    etcd_peers: int
    api: int
    surroundings: Surroundings
    tokens: Mapping[str, str] = field(repr=False)

    @classmethod
    def prepared(cls, folder: Path, surroundings: Surroundings = ALONE) -> "Place":
        """Return a place with what the API server reads at its start written into `folder`."""
        groups = {_ADMINISTRATOR: ("system:masters",), **surroundings.users}
        tokens = {user: secrets.token_hex(16) for user in groups}
        place = cls(folder, ports.free(), ports.free(), ports.free(), surroundings, tokens)
        rows = (f'{tokens[user]},{user},{user},"{",".join(groups[user])}"\n' for user in groups)
        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        for path, content in (
            (place.service_account_key, key),
            (place.token_file, "".join(rows).encode()),
        ):
            path.touch(mode=0o600)
            path.write_bytes(content)
        for user in groups:
            kubeconfig.write(place.kubeconfig_of(user), place.access_of(user))
        return place

    @property
    def service_account_key(self) -> Path:
        """The key that signs the tokens of ServiceAccounts."""
        return self.folder / "service-account.key"

    @property
    def token_file(self) -> Path:
        """The static tokens that the API server accepts."""
        return self.folder / "tokens.csv"

    @property
    def authority(self) -> Path:
        """The certificate that the API server makes for itself at its first start."""
        return self.folder / "certificates" / "apiserver.crt"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.kubeconfig_of(_ADMINISTRATOR)

    @property
    def access(self) -> Access:
        """How the administrator comes to the API."""
        return self.access_of(_ADMINISTRATOR)

    def kubeconfig_of(self, user: str) -> Path:
        """Return the kubeconfig of the administrator or of one of the surroundings' users."""
        return self.folder / f"{user.replace(':', '-')}.kubeconfig"

    def access_of(self, user: str) -> Access:
        """Return how the administrator or one of the surroundings' users comes to the API."""
        server = f"https://{self.surroundings.host}:{self.api}"
        return Access(server, self.authority, token=self.tokens[user])

    @property
    def etcd_url(self) -> str:
        """Where etcd answers the API server."""
        return f"http://{_HOST}:{self.etcd}"

    def etcd_command(self, program: Path) -> tuple[str, ...]:
        """Return the command of etcd."""
        peers = f"http://{_HOST}:{self.etcd_peers}"
        return (
            *self.surroundings.enter,
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
            *self.surroundings.enter,
            str(program),
            f"--etcd-servers={self.etcd_url}",
            f"--secure-port={self.api}",
            f"--cert-dir={self.authority.parent}",
            f"--token-auth-file={self.token_file}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.service_account_key}",
            f"--service-account-signing-key-file={self.service_account_key}",
            f"--service-cluster-ip-range={SERVICES}",
            *self.surroundings.api_server,
        )

    def controller_manager_command(self, program: Path) -> tuple[str, ...]:
        """Return the command of kube-controller-manager."""
        return (
            *self.surroundings.enter,
            str(program),
            f"--kubeconfig={self.kubeconfig}",
            f"--controllers={','.join(self.surroundings.controllers)}",
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
        cls,
        folder: Path,
        programs: Programs,
        api_server_flags: tuple[str, ...] = (),
        surroundings: Surroundings = ALONE,
    ) -> "ControlPlane":
        """Return a control plane that is not started yet; `folder` is empty and its own."""
        place = Place.prepared(folder, surroundings)
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
