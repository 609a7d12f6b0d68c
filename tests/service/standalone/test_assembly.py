"""A whole server in this process: what it opens, tells and leaves behind."""

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from acme_server.assembly.beside import told_or_failed
from acme_server.audit.file import AuditFileUnusable
from acme_server.sources.folder import FolderBroken
from acme_server.standalone import data
from acme_server.standalone.assembly import Ready, serve
from acme_server.standalone.lock import DataFolderError
from acme_server.standalone.settings import Settings
from acme_server.web.server import CannotListen
from acme_server.web.tls import InvalidServingCertificate

QUICKSTART = Path(__file__).parents[3] / "examples" / "quickstart"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    return Path(shutil.copytree(QUICKSTART, tmp_path / "documents"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def settings(**given: Any) -> Settings:
    return Settings.model_validate({"listen": "127.0.0.1:0", **given})


@asynccontextmanager
async def running(documents: Path, folder: Path, chosen: Settings) -> AsyncIterator[Ready]:
    """Run a server for the block; raise what keeps it from starting."""
    stop, told = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(documents, folder, chosen, told.set_result, stop))
    await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if task.done():
            await task
        yield told.result()
    finally:
        stop.set()
        with suppress(Exception):
            await task


async def fetched(url: str, trust: Path | None) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=trust)
    async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as response:
        assert response.status == 200
        found = await response.json()
        assert isinstance(found, dict)
        return found


async def test_a_server_answers_under_the_urls_it_tells_and_the_trust_it_names(
    documents: Path, folder: Path
) -> None:
    async with running(documents, folder, settings()) as ready:
        assert list(ready.directories) == ["pki/web"]
        assert ready.trust == folder / data.SERVING_TRUST
        directory = await fetched(ready.directories["pki/web"], ready.trust)
    base = ready.directories["pki/web"].removesuffix("directory")
    assert directory["newOrder"] == f"{base}new-order"


async def test_the_public_url_is_what_clients_are_told(documents: Path, folder: Path) -> None:
    chosen = settings(publicURL="https://acme.example.test")
    async with running(documents, folder, chosen) as ready:
        assert ready.directories["pki/web"].startswith("https://acme.example.test/acme/")


async def test_keys_and_secrets_stay_over_restarts(documents: Path, folder: Path) -> None:
    async with running(documents, folder, settings()):
        before = kept(folder)
    async with running(documents, folder, settings()):
        assert kept(folder) == before
    assert {"signers/pki/root/tls.key", "secrets/team-a/team-a-eab/secret"} <= before.keys()


def kept(folder: Path) -> dict[str, bytes]:
    found = [*folder.glob("signers/**/*"), *folder.glob("secrets/**/*"), *folder.glob("serving/*")]
    return {str(file.relative_to(folder)): file.read_bytes() for file in found if file.is_file()}


async def test_everything_in_the_data_folder_is_its_owner_s_alone(
    documents: Path, folder: Path
) -> None:
    async with running(documents, folder, settings()):
        modes = {file: file.stat().st_mode & 0o777 for file in folder.rglob("*")}
    assert {mode for file, mode in modes.items() if file.is_file()} <= {0o600}
    assert {mode for file, mode in modes.items() if file.is_dir()} <= {0o700}


async def test_broken_documents_prevent_a_start_with_all_errors_and_change_nothing(
    documents: Path, folder: Path
) -> None:
    (documents / "broken.yaml").write_text(
        "apiVersion: certwright.dev/v1alpha1\nkind: EABCredential\nmetadata: {name: a}\n"
        "spec: {profileRef: {name: web}, suspended: true, expirationTime: soon}\n"
    )
    with pytest.raises(FolderBroken) as caught:
        async with running(documents, folder, settings()):
            pass
    assert len(caught.value.errors) == 2
    assert not folder.exists()


async def test_a_busy_port_prevents_a_start_and_changes_nothing(
    documents: Path, folder: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1 port {port}"):
            async with running(documents, folder, settings(listen=f"127.0.0.1:{port}")):
                pass
    assert not folder.exists()


async def test_a_second_server_on_the_same_data_is_refused(documents: Path, folder: Path) -> None:
    async with running(documents, folder, settings()):
        with pytest.raises(DataFolderError, match="in use by another server"):
            async with running(documents, folder, settings()):
                pass


async def test_a_given_certificate_is_served(documents: Path, folder: Path, tmp_path: Path) -> None:
    async with running(documents, folder, settings()):
        pass
    pair = tmp_path / "pair.pem"
    shutil.copy(folder / "serving" / "tls.pem", pair)
    given = settings(tls={"certificate": str(pair), "key": str(pair)})
    async with running(documents, folder, given) as ready:
        assert ready.trust is None
        await fetched(ready.directories["pki/web"], folder / data.SERVING_TRUST)


async def test_an_unusable_certificate_prevents_a_start_and_changes_nothing(
    documents: Path, folder: Path, tmp_path: Path
) -> None:
    pair = tmp_path / "pair.pem"
    pair.write_text("nonsense")
    given = settings(tls={"certificate": str(pair), "key": str(pair)})
    with pytest.raises(InvalidServingCertificate, match=r"pair\.pem"):
        async with running(documents, folder, given):
            pass
    assert not folder.exists()


async def test_an_audit_log_that_cannot_be_written_prevents_a_start(
    documents: Path, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(AuditFileUnusable, match="Is a directory"):
        async with running(documents, folder, settings(audit={"file": str(tmp_path)})):
            pass
    assert [file.name for file in folder.iterdir()] == ["lock"]


async def test_an_audit_log_may_stand_in_the_data_folder(documents: Path, folder: Path) -> None:
    file = folder / "audit.log"
    async with running(documents, folder, settings(audit={"file": str(file)})):
        assert file.stat().st_mode & 0o777 == 0o600


async def test_nonces_outlive_a_restart(documents: Path, folder: Path) -> None:
    async with running(documents, folder, settings()) as ready:
        await fetched(ready.directories["pki/web"], ready.trust)
    assert (folder / data.NONCES).exists()
    async with running(documents, folder, settings()):
        assert not (folder / data.NONCES).exists()


async def test_documents_and_data_are_kept_apart(documents: Path) -> None:
    with pytest.raises(DataFolderError):
        async with running(documents, documents / "data", settings()):
            pass
    assert not (documents / "data").exists()


async def broken() -> None:
    raise RuntimeError("the watch broke")


async def test_a_server_that_can_no_longer_watch_its_documents_ends() -> None:
    beside = [asyncio.create_task(asyncio.sleep(3600)), asyncio.create_task(broken())]
    with pytest.raises(RuntimeError, match="the watch broke"):
        await told_or_failed(asyncio.Event(), beside)
    beside[0].cancel()


async def test_a_server_ends_when_it_is_told_to() -> None:
    stop, beside = asyncio.Event(), [asyncio.create_task(asyncio.sleep(3600))]
    stop.set()
    await told_or_failed(stop, beside)
    assert not beside[0].done()
    beside[0].cancel()


async def test_urls_that_no_other_machine_can_use_are_warned_of(
    documents: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(documents, folder, settings(listen="0.0.0.0:0")):
        pass
    assert "set publicURL" in caplog.text
