"""The parts of the demo where something goes wrong; that it works is an end-to-end test."""

import io
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from acme_server.cli.demo import certificate, command, programs, show
from acme_server.cli.demo.log import Following, resource_of, told
from acme_server.cli.demo.programs import Server, find_certbot, run_certbot, run_openssl
from acme_server.cli.demo.scene import CERTIFICATE, ROOTS, SECRET, Scene, StepFailed, environment
from acme_server.cli.demo.show import Step
from acme_server.cli.demo.stage import Stage
from acme_server.cli.demo.steps import STEPS, start_server, stop_server, write_documents
from certwright.pki.names import SubjectAlternativeNames
from certwright.resources.folder import load_folder
from tests.service.cli.running import run
from tests.unit.pki import material

PACKAGED = Path(command.__file__).parent / "documents"
QUICKSTART = Path(__file__).parents[3] / "examples" / "quickstart"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene.on_free_ports(tmp_path)


@pytest.fixture
def stage(scene: Scene) -> Stage:
    return Stage(scene, "/nowhere/certbot")


def program(path: Path, text: str) -> str:
    """Write a program that stands for another one."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


def nothing(line: str = "") -> None:
    """Show nobody anything."""


def test_the_packages_documents_are_the_quickstart() -> None:
    packaged = {path.name: path.read_bytes() for path in PACKAGED.iterdir()}
    assert packaged == {path.name: path.read_bytes() for path in QUICKSTART.glob("*.yaml")}


def test_the_first_step_lists_what_it_wrote(stage: Stage) -> None:
    lines: list[str] = []
    assert write_documents(stage, lines.append).startswith("5 files")
    assert not load_folder(stage.scene.documents).errors
    assert any(
        "CertificateAuthority pki/root, CertificateAuthority pki/issuing" in x for x in lines
    )
    assert any("Namespace pki, Namespace team-a" in line for line in lines)


def test_the_two_ports_are_two(scene: Scene) -> None:
    assert scene.server_port != scene.solver_port


def test_the_programs_run_without_what_would_mislead_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "https_proxy", "CERTWRIGHT_LISTEN", "KEPT"):
        monkeypatch.setenv(name, "/elsewhere")
    found = environment(REQUESTS_CA_BUNDLE="/trust")
    assert found["KEPT"] == "/elsewhere"
    assert found["REQUESTS_CA_BUNDLE"] == "/trust"
    assert not {"SSL_CERT_FILE", "https_proxy", "CERTWRIGHT_LISTEN"} & found.keys()


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/acme/pki/web/new-order", "new-order"),
        ("/acme/pki/web/order/1/finalize", "finalize"),
        ("/acme/pki/web/order/1", "order"),
        ("/acme/pki/web/challenge/a/1/http-01", "challenge"),
        ("/", ""),
    ],
)
def test_a_path_says_what_it_asks_for(path: str, resource: str) -> None:
    assert resource_of(path) == resource


def test_a_request_is_told_with_its_meaning() -> None:
    record = {"path": "/acme/pki/web/new-order", "status": 201, "milliseconds": 2.25}
    assert told(record).startswith("new-order     201   2.2 ms  an order for the name")
    assert told(record | {"status": 403}).endswith("refused")
    assert told(record | {"path": "/health"}).endswith("ms")


def test_a_log_is_followed_line_by_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    following = Following(path)
    assert list(following.records()) == []
    with path.open("w", buffering=1) as log:
        log.write('{"message": "one"}\n{"mess')
        log.flush()
        assert list(following.records()) == [{"message": "one"}]
        log.write('age": "two"}\nno JSON\n')
        assert [told(each) for each in following.records()] == ["two", "no JSON"]
        log.write('{"logger": "acme_server.audit", "message": "orderCreated"}\n')
        log.flush()
        assert list(following.records()) == []


def test_a_server_that_does_not_start_fails_the_step_and_shows_why(stage: Stage) -> None:
    write_documents(stage, nothing)
    (stage.scene.documents / "broken.yaml").write_text("kind: [")
    lines: list[str] = []
    with pytest.raises(StepFailed, match="ended with exit status 1"):
        start_server(stage, lines.append)
    assert any("broken.yaml" in line for line in lines)
    with pytest.raises(StepFailed, match="exit status 1"):
        stop_server(stage, nothing)


def test_a_server_that_says_nothing_is_given_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path / "python", "exec sleep 60"))
    server = Server(scene)
    with pytest.raises(StepFailed, match=r"nothing came of it within 0\.2 seconds"):
        server.wait_until_ready(nothing, 0.2)
    assert server.stop() == -15


def test_a_server_that_does_not_end_is_killed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stubborn = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    monkeypatch.setattr(sys, "executable", program(tmp_path / "python", stubborn))
    monkeypatch.setattr(programs, "ENOUGH", 0.2)
    server = Server(scene)
    assert server.wait_until_ready(nothing, 60) == "ready\n"
    assert server.stop() == -9


def test_certbot_is_looked_for_beside_this_python_then_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in ("beside", "elsewhere"):
        (tmp_path / folder).mkdir()
    on_path = program(tmp_path / "elsewhere" / "certbot", "")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "beside" / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_certbot() is None
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    assert find_certbot() == on_path
    beside = program(tmp_path / "beside" / "certbot", "")
    assert find_certbot() == beside


def test_without_certbot_nothing_is_begun_and_the_way_to_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    ended = run("demo")
    assert ended.exit_code == 1
    assert "pip install 'certwright[demo]'" in ended.stderr
    assert not ended.stdout


def credential(scene: Scene) -> None:
    folder = scene.folder / SECRET
    folder.mkdir(parents=True)
    (folder / "kid").write_text("team-a.default")
    (folder / "secret").write_text("never-shown")


def test_certbots_last_words_are_shown_where_it_fails(scene: Scene, tmp_path: Path) -> None:
    credential(scene)
    failing = program(tmp_path / "failing", "seq 1 100; echo 'the name is refused' >&2; exit 1")
    with pytest.raises(StepFailed) as failed:
        run_certbot(failing, scene, "https://acme.test", nothing)
    assert str(failed.value).startswith("certbot: the program ended with exit status 1\n")
    assert str(failed.value).endswith("100\nthe name is refused")
    assert "\n50\n" not in str(failed.value)


def test_certbot_is_given_up_and_ended_when_it_takes_too_long(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential(scene)
    monkeypatch.setattr(programs, "ENOUGH", 0.2)
    with pytest.raises(StepFailed, match="nothing came of it"):
        run_certbot(program(tmp_path / "slow", "exec sleep 60"), scene, "https://a.test", nothing)


def test_the_command_that_is_shown_holds_no_secret(scene: Scene) -> None:
    credential(scene)
    shown = "\n".join(programs.shown_certbot(scene, "https://acme.test"))
    assert "never-shown" not in shown
    assert f'--eab-hmac-key "$(cat {SECRET}/secret)"' in shown


def test_openssl_is_not_missed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert run_openssl(scene) is None


def issued(scene: Scene, name: str, roots: str) -> None:
    """Write what certbot and the server would have written."""
    root = material.root()
    leaf = material.leaf_named(root, SubjectAlternativeNames((name,)))
    for path in (scene.folder / CERTIFICATE, (scene.folder / ROOTS).parent):
        path.mkdir(parents=True)
    (scene.folder / ROOTS).write_text(roots)
    for file in ("cert.pem", "chain.pem", "fullchain.pem"):
        (scene.folder / CERTIFICATE / file).write_text(material.pem(leaf))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_a_chain_that_openssl_refuses_fails_with_its_words(scene: Scene) -> None:
    issued(scene, "www.team-a.example.test", "")
    with pytest.raises(StepFailed, match="openssl does not verify it"):
        run_openssl(scene)


Roots = Callable[[], str]


@pytest.mark.parametrize(
    ("name", "roots", "days", "expected"),
    [
        pytest.param(
            "www.team-a.example.test",
            lambda: material.pem(material.root(owner="another").certificate),
            0,
            "which no trusted root has signed",
            id="another root",
        ),
        pytest.param(
            "www.other.example.test",
            lambda: material.pem(material.root().certificate),
            0,
            "the certificate is not for www.team-a.example.test",
            id="another name",
        ),
        pytest.param(
            "www.team-a.example.test",
            lambda: material.pem(material.root().certificate),
            100_000,
            "expired",
            id="another time",
        ),
    ],
)
def test_a_certificate_that_does_not_verify_fails_the_demo(
    scene: Scene, name: str, roots: Roots, days: int, expected: str
) -> None:
    issued(scene, name, roots())
    with pytest.raises(StepFailed, match=expected):
        certificate.verify(scene, material.NOW + timedelta(days=days))


def test_a_failed_step_ends_the_demo_with_1_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    failing = program(tmp_path / "certbot", "echo 'certbot says no'; exit 1")
    monkeypatch.setattr(command, "find_certbot", lambda: failing)
    ended = run("demo")
    assert ended.exit_code == 1
    assert "✗ certbot: the program ended with exit status 1" in ended.stdout
    assert "certbot says no" in ended.stdout
    assert "certwright demo --keep" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["certbot"]


def test_a_failed_demo_that_is_kept_says_where_the_logs_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(command, "find_certbot", lambda: "/nowhere/certbot")
    monkeypatch.setattr(command, "STEPS", (Step("Stop nothing", stop_server),))
    ended = run("demo", "--keep")
    assert ended.exit_code == 1
    [folder] = tmp_path.iterdir()
    assert f"server.log and certbot/logs in {folder}" in ended.stderr


def test_a_mark_becomes_a_word_where_it_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", out)
    show.play([Step("Do it", lambda _stage, _tell: "as asked")], stage)
    out.seek(0)
    assert "done: as asked (" in out.read()


def test_the_steps_are_six_and_each_is_told_by_its_title() -> None:
    assert len({step.title for step in STEPS}) == 6
