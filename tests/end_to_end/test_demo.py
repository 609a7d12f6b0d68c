"""`certwright demo`, as a person runs it."""

import os
import shlex
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.harness import chains, programs
from tests.service.cli.running import run


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which temporary folders are made."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_it_ends_with_a_verified_certificate_and_leaves_nothing(place: Path) -> None:
    shown = run("demo")
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.count("✓") == 6
    assert "✓ verified up to the root in data/trust/profiles/pki/web.pem" in shown.stdout
    assert "names   www.team-a.example.test" in shown.stdout
    for asked in ("directory", "new-account", "new-order", "challenge", "finalize", "certificate"):
        assert f"\n   {asked} " in shown.stdout
    assert not list(place.iterdir())


def test_a_kept_demo_can_be_gone_on_with_by_what_it_says(place: Path) -> None:
    shown = run("demo", "--keep")
    assert shown.exit_code == 0, shown.output
    [folder] = place.iterdir()
    issued = folder / "certbot" / "config" / "live" / "www.team-a.example.test"
    chains.verify(
        issued / "fullchain.pem",
        folder / "data" / "trust" / "profiles" / "pki" / "web.pem",
        "www.team-a.example.test",
    )
    assert (folder / "data" / "secrets" / "team-a" / "team-a-eab" / "secret").read_text() not in (
        shown.output
    )
    lines = [line.strip() for line in shown.stdout.partition("Go on by hand")[2].splitlines()]
    assert lines[1] == f"cd {folder}"
    for command in ("certwright status", "certwright certificates", "certwright can-i"):
        [line] = [line for line in lines if line.startswith(command)]
        typed = [programs.beside_python("certwright"), *shlex.split(line)[1:]]
        programs.run(typed, os.environ, folder).succeeded()
    assert chains.serial(issued / "cert.pem") in shown.stdout


def test_a_demo_that_is_told_to_end_leaves_neither_server_nor_folder(place: Path) -> None:
    demo = subprocess.Popen(
        (programs.beside_python("certwright"), "demo"), stdout=subprocess.PIPE, text=True
    )
    assert demo.stdout is not None
    with demo:
        for line in demo.stdout:
            if "it serves the ACME directory" in line:
                demo.send_signal(signal.SIGTERM)
                break
        url = line.split()[-3]
        demo.stdout.read()
    assert demo.returncode == 1
    assert not list(place.iterdir())
    port = int(url.partition("localhost:")[2].partition("/")[0])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 10).close()
