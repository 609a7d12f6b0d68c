from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.harness import documents
from tests.service.cli.running import run, run_json


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents.write(tmp_path, documents.standard())
    return tmp_path


def ask(folder: Path, namespace: str, name: str, profile: str = "pki/web") -> Any:
    return run("can-i", namespace, name, "--profile", profile, "--documents", folder)


def test_yes_names_the_rule_that_permits(folder: Path) -> None:
    answer = ask(folder, "team-a", "www.team-a.example.test")
    assert answer.exit_code == 0
    assert answer.stdout.startswith("yes: ")
    assert "decided by: grant teams of profile pki/web: dnsNames" in answer.stdout
    assert not answer.stderr


@pytest.mark.parametrize(
    ("namespace", "name", "rule"),
    [
        pytest.param("team-a", "www.team-b.example.test", "grant teams", id="another team's"),
        pytest.param("pki", "www.pki.example.test", "grants", id="no grant for the namespace"),
        pytest.param("team-a", "no name", "identifier", id="no name at all"),
        pytest.param("team-a", "10.0.0.1", "allowed.ipAddresses", id="an address outside"),
    ],
)
def test_no_names_the_rule_that_refuses(folder: Path, namespace: str, name: str, rule: str) -> None:
    answer = ask(folder, namespace, name)
    assert answer.exit_code == 1
    assert answer.stdout.startswith("no: ")
    assert rule in answer.stdout.splitlines()[-1]


def rewritten(folder: Path, file: str, old: str, new: str) -> Path:
    """Replace a text that a file of the folder holds."""
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    return folder


ISSUING = "CertificateAuthority pki/issuing"


@pytest.mark.parametrize(
    ("old", "new", "rule", "told"),
    [
        pytest.param(
            "name: issuing",
            "name: other",
            "CertificateProfile pki/web: issuer.authorityRef",
            "there is no CertificateAuthority pki/issuing",
            id="no issuer",
        ),
        pytest.param(
            "authorityRef:\n      name: root",
            "authorityRef:\n      name: gone",
            f"{ISSUING}: intermediate.authorityRef",
            "there is no CertificateAuthority pki/gone",
            id="nobody above the issuer",
        ),
        pytest.param(
            "authorityRef:\n      name: root",
            "authorityRef:\n      name: issuing",
            f"{ISSUING}: intermediate.authorityRef",
            "in a circle",
            id="a circle",
        ),
        pytest.param(
            "commonName: Example Issuing",
            "commonName: Example Issuing\n  state: Retired",
            f"{ISSUING}: state",
            "is Retired and signs no new certificates",
            id="a retired issuer",
        ),
        pytest.param(
            "commonName: Example Root",
            "commonName: Example Root\n  state: Disabled",
            "CertificateAuthority pki/root: state",
            "is Disabled and stops everything below it",
            id="a disabled root",
        ),
        pytest.param(
            "commonName: Example Root",
            "commonName: Example Root\n  nameConstraints: {permitted: {dnsDomains: [other.test]}}",
            "CertificateAuthority pki/root: nameConstraints",
            "'www.team-a.example.test' is outside of what is permitted: 'other.test'",
            id="outside the root's name constraints",
        ),
        pytest.param(
            "commonName: Example Issuing",
            "commonName: Example Issuing\n  nameConstraints: {excluded: {dnsDomains: [test]}}",
            f"{ISSUING}: nameConstraints",
            "'www.team-a.example.test' is within the excluded 'test'",
            id="excluded by the issuer's name constraints",
        ),
    ],
)
def test_no_names_what_keeps_the_authorities_from_signing(
    folder: Path, old: str, new: str, rule: str, told: str
) -> None:
    rewritten(folder, "authorities.yaml", old, new)
    answer = ask(folder, "team-a", "www.team-a.example.test")
    assert answer.exit_code == 1
    assert told in answer.stdout
    assert answer.stdout.splitlines()[-1] == f"decided by: {rule}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "commonName: Example Root",
            "commonName: Example Root\n  state: Retired",
            id="a retired root, below which everything goes on",
        ),
        pytest.param(
            "commonName: Example Root",
            "commonName: Example Root\n  nameConstraints: {excluded: {dnsDomains: [other.test]}}",
            id="within the root's name constraints",
        ),
    ],
)
def test_yes_where_nothing_keeps_the_authorities_from_signing(
    folder: Path, old: str, new: str
) -> None:
    rewritten(folder, "authorities.yaml", old, new)
    assert ask(folder, "team-a", "www.team-a.example.test").exit_code == 0


def test_an_issuer_that_does_not_permit_the_profile_is_a_no(folder: Path) -> None:
    rewritten(folder, "profile.yaml", "namespace: pki", "namespace: elsewhere")
    rewritten(folder, "profile.yaml", "name: issuing", "{name: issuing, namespace: pki}")
    rewritten(folder, "profile.yaml", "name: web-server", "{name: web-server, namespace: pki}")
    rewritten(folder, "template.yaml", "preset:", "allowedNamespaces: {from: All}\n  preset:")
    answer = ask(folder, "team-a", "www.team-a.example.test", "elsewhere/web")
    assert answer.exit_code == 1
    assert "does not allow namespace elsewhere to refer to it" in answer.stdout


@pytest.mark.parametrize("namespace", ["team-a.x", "Team-A", "a-", "", "a" * 64])
def test_what_is_no_namespace_is_an_error_and_not_a_no(folder: Path, namespace: str) -> None:
    answer = ask(folder, namespace, "www.team-a.example.test")
    assert answer.exit_code == 2
    assert f"{namespace!r} is no namespace" in answer.stderr
    assert not answer.stdout


def test_a_template_that_cannot_be_used_is_an_error_and_not_a_no(folder: Path) -> None:
    documents.write(folder, {"template.yaml": [documents.template("xn--a.example.test")]})
    answer = ask(folder, "team-a", "www.team-a.example.test")
    assert answer.exit_code == 2
    assert "template pki/web-server: 'xn--a.example.test' is no pattern" in answer.stderr
    assert not answer.stdout


def test_a_wildcard_name_may_be_asked_for(folder: Path) -> None:
    assert ask(folder, "team-a", "*.team-a.example.test").exit_code == 0


def test_programs_are_answered_in_json(folder: Path) -> None:
    question = ("can-i", "team-a", "www.team-a.example.test", "--profile", "pki/web")
    code, answer = run_json(*question, "--documents", folder)
    assert code == 0
    assert answer == {
        "namespace": "team-a",
        "name": "www.team-a.example.test",
        "profile": "pki/web",
        "allowed": True,
        "rule": "grant teams of profile pki/web: dnsNames",
        "message": answer["message"],
    }


def test_a_namespace_that_no_document_describes_is_noted(folder: Path) -> None:
    answer = ask(folder, "team-z", "www.team-z.example.test")
    assert answer.exit_code == 1
    assert "no document describes namespace team-z" in answer.stderr


def test_the_current_folder_is_asked_where_none_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert run("can-i", "team-a", "www.team-a.example.test", "--profile", "pki/web").exit_code == 0


def test_an_unknown_profile_is_an_error_that_lists_the_known(folder: Path) -> None:
    answer = ask(folder, "team-a", "www.team-a.example.test", "pki/wbe")
    assert answer.exit_code == 2
    assert "pki/wbe" in answer.stderr
    assert "there are: pki/web" in answer.stderr
    assert not answer.stdout


@pytest.mark.parametrize("profile", ["web", "pki/", "/web", "pki/web/x"])
def test_a_profile_is_named_with_its_namespace(folder: Path, profile: str) -> None:
    answer = ask(folder, "team-a", "www.team-a.example.test", profile)
    assert answer.exit_code == 2
    assert "NAMESPACE/NAME" in answer.stderr


def test_broken_documents_are_an_error_with_all_of_it(folder: Path) -> None:
    broken = documents.document("EABCredential", "team-a", "other", profielRef={}, suspend="no")
    documents.write(folder, {"broken.yaml": [broken]})
    answer = ask(folder, "team-a", "www.team-a.example.test")
    assert answer.exit_code == 2
    assert answer.stderr.count("broken.yaml") >= 2
    assert not answer.stdout


def test_a_profile_without_its_template_is_an_error(folder: Path) -> None:
    (folder / "template.yaml").unlink()
    answer = ask(folder, "team-a", "www.team-a.example.test")
    assert answer.exit_code == 2
    assert "there is no CertificateTemplate pki/web-server" in answer.stderr
