import base64
from pathlib import Path

import pytest

from acme_server.kubernetes_api.kubeconfig import KubeconfigUnusable, access_by

FRAME = """
current-context: c
contexts: [{{name: other, context: {{}}}}, {{name: c, context: {{cluster: k, user: u}}}}]
clusters: [{{name: k, cluster: {{server: "https://127.0.0.1:1", {cluster}}}}}]
users: [{{name: u, user: {{{user}}}}}]
"""


def data(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def written(folder: Path, cluster: str, user: str) -> Path:
    file = folder / "config"
    file.write_text(FRAME.format(cluster=cluster, user=user))
    return file


def test_what_it_holds_itself_is_in_files_of_its_owner_s_own_meanwhile(tmp_path: Path) -> None:
    file = written(
        tmp_path, f"certificate-authority-data: {data('ca')}, tls-server-name: api", "token: secret"
    )
    with access_by(file) as access:
        assert access.authority is not None
        assert access.token is not None
        assert access.authority.read_text() == "ca"
        assert access.token.read_text() == "secret"
        assert access.token.parent.stat().st_mode & 0o077 == 0
        assert access.server_name == "api"
    assert not access.token.exists()


def test_files_are_looked_for_beside_it(tmp_path: Path) -> None:
    user = f"client-certificate: me.crt, client-key-data: {data('key')}"
    with access_by(written(tmp_path, "certificate-authority: ca.crt", user)) as access:
        assert access.authority == tmp_path / "ca.crt"
        assert access.client_certificate is not None
        assert access.client_certificate[0] == tmp_path / "me.crt"
        assert access.client_certificate[1].read_text() == "key"
        assert access.token is None


@pytest.mark.parametrize(
    ("cluster", "user", "said"),
    [
        ("certificate-authority-data: '!'", "token: t", "certificate-authority-data is no base64"),
        ("", "client-certificate: me.crt", "only a token or a client certificate"),
        ("", "", "logs in by nothing"),
    ],
)
def test_what_can_t_be_used_is_told(tmp_path: Path, cluster: str, user: str, said: str) -> None:
    with pytest.raises(KubeconfigUnusable, match=said), access_by(written(tmp_path, cluster, user)):
        pass
