from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from acme_server.assembly.settings import SettingsError
from acme_server.cli import main
from acme_server.cluster.settings import ClusterSettings, load_settings

ENOUGH = """
publicURL: https://acme.example.test
tls: {certificate: tls.crt, key: tls.key}
peers: {advertise: 10.0.0.7}
"""


def load(tmp_path: Path, text: str = ENOUGH, **environment: str) -> ClusterSettings:
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    return load_settings(file, {f"CERTWRIGHT_{name}": found for name, found in environment.items()})


def test_what_a_cluster_needs_is_set_and_the_rest_has_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert str(settings.listen) == "0.0.0.0:443"
    assert str(settings.operations.listen) == "0.0.0.0:8081"
    assert settings.tls.certificate == tmp_path / "tls.crt"
    assert settings.bundles.stale_after == timedelta(seconds=60)
    assert settings.shutdown.drain == timedelta(seconds=12)
    assert settings.peers.advertised == "10.0.0.7"
    assert settings.peers.identity


def test_a_pod_says_its_own_address_and_name_by_its_environment(tmp_path: Path) -> None:
    settings = load(
        tmp_path, ENOUGH, PEERS__ADVERTISE="fd00::7", PEERS__IDENTITY="certwright-acme-5d4-x2"
    )
    assert settings.peers.advertised == "fd00::7"
    assert settings.peers.identity == "certwright-acme-5d4-x2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(ENOUGH.replace("publicURL", "#"), "publicURL: is required", id="public URL"),
        pytest.param(ENOUGH.replace("tls:", "#"), "tls: is required", id="certificate"),
        pytest.param(
            ENOUGH.replace("advertise: 10.0.0.7", ""),
            "peers.advertise: is required, the pod's own IP address",
            id="address",
        ),
        pytest.param(
            ENOUGH.replace("peers:", "#"), "peers.advertise: is required, the pod's", id="peers"
        ),
        pytest.param(ENOUGH.replace("10.0.0.7", "pod"), "the pod's own IP address", id="a name"),
        pytest.param(
            ENOUGH + "bundles: {staleAfter: 1s}", "bundles.staleAfter: must be from 3s", id="stale"
        ),
        pytest.param(
            ENOUGH + "shutdown: {drain: 1h}", "shutdown.drain: must be from 0s to 5m", id="drain"
        ),
        pytest.param(ENOUGH + "store: {maxCertificates: 0}", "greater than or equal", id="cap"),
        pytest.param(ENOUGH + "store: {kind: etcd}", "store.kind: must be 'kubernetes'", id="kind"),
        pytest.param(
            ENOUGH + "store: {kind: sqlite}", "store.file: is required with kind sqlite", id="file"
        ),
        pytest.param(
            ENOUGH + "store: {file: a.db}",
            r"store.file: is no setting of kind kubernetes; found \S*/a.db",
            id="no file",
        ),
        pytest.param(
            ENOUGH + "store: {kind: sqlite, file: a.db, maxCertificates: 5}",
            "settings.yaml:5: store.maxCertificates: is no setting of kind sqlite; found 5",
            id="no cap",
        ),
        pytest.param(ENOUGH + "shutdwn: {}", "did you mean shutdown?", id="misspelt"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as told:
        load(tmp_path, text)
    assert "\n" not in str(told.value)


def test_a_server_with_a_file_of_its_own_has_no_peers(tmp_path: Path) -> None:
    alone = ENOUGH.replace("peers:", "#") + "store: {kind: sqlite, file: data/certwright.db}"
    assert load(tmp_path, alone).store.file == tmp_path / "data" / "certwright.db"
    by_environment = load(tmp_path, ENOUGH, STORE__KIND="sqlite", STORE__FILE="/data/certwright.db")
    assert by_environment.store.file == Path("/data/certwright.db")


def test_the_cap_of_an_api_server_has_a_default(tmp_path: Path) -> None:
    assert load(tmp_path).store.cap == 50_000
    assert load(tmp_path, ENOUGH + "store: {maxCertificates: 7}").store.cap == 7


def served(*arguments: str) -> tuple[int, str]:
    # Logs are configured by the command; what it says is on standard error.
    result = CliRunner().invoke(main, ["serve-cluster", *arguments])
    return result.exit_code, result.stderr.splitlines()[-1]


def test_bad_settings_end_the_command_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(ENOUGH.replace("https:", "http:"))
    status, said = served("--settings", str(file))
    assert status == 1
    assert "publicURL: must be https://HOST" in said


@pytest.mark.parametrize(
    ("kubeconfig", "said"),
    [
        pytest.param(None, "can't be read", id="missing"),
        pytest.param("{}", "names no current context", id="empty"),
        pytest.param("{", "names no current context", id="no YAML"),
        pytest.param(
            "current-context: c\n"
            "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
            "clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1'}}]\n"
            "users: [{name: u, user: {exec: {command: aws}}}]\n",
            "logs in by exec; only a token or a client certificate",
            id="a plugin",
        ),
    ],
)
def test_a_kubeconfig_that_can_t_be_used_ends_the_command_with_a_sentence(
    tmp_path: Path, kubeconfig: str | None, said: str
) -> None:
    settings, file = tmp_path / "settings.yaml", tmp_path / "kubeconfig"
    settings.write_text(ENOUGH)
    if kubeconfig is not None:
        file.write_text(kubeconfig)
    status, told = served("--settings", str(settings), "--kubeconfig", str(file))
    assert status == 1
    assert said in told


def test_outside_a_pod_the_command_asks_for_a_kubeconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    settings = tmp_path / "settings.yaml"
    settings.write_text(ENOUGH)
    status, said = served("--settings", str(settings))
    assert status == 1
    assert "this is no pod" in said
