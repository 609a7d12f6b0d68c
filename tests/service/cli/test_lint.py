from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acme_server.cli.linting.findings import Severity
from acme_server.cli.linting.folder import lint
from certwright.pki import authorities, chains, keys
from certwright.pki.authorities import AuthorityContents, Issuer
from certwright.pki.keys import KeyAlgorithm, KeyType
from certwright.pki.subjects import Subject
from tests.end_to_end.harness import documents
from tests.end_to_end.harness.documents import Document
from tests.service.cli.running import run, run_json

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Files = dict[str, list[Document]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


def changed(**files: list[Document]) -> Files:
    return documents.standard() | {f"{name}.yaml": given for name, given in files.items()}


def authority(name: str, **spec: Any) -> Document:
    return documents.document("CertificateAuthority", "pki", name, commonName=name, **spec)


def issuing(**spec: Any) -> list[Document]:
    """Return authorities with another issuing one."""
    return [documents.authorities()[0], authority("issuing", **spec)]


def of_root(**spec: Any) -> list[Document]:
    return issuing(intermediate={"authorityRef": {"name": "root"}}, **spec)


def imported(name: str) -> Document:
    secret = {"secretRef": {"name": "acme-ca"}}
    return documents.document("CertificateAuthority", "pki", name, imported=secret)


def found(folder: Path, files: Files, *, partial: bool = False) -> list[tuple[str, str, str]]:
    """Return severity, rule and object's name of each finding."""
    documents.write(folder, files)
    linted = lint(folder, NOW, partial=partial)
    return [(each.severity, each.rule, each.finding.place.name) for each in linted.findings]


def test_documents_without_fault_exit_0(folder: Path) -> None:
    documents.write(folder, documents.standard() | {"profile.yaml": [documents.profile(acme=DNS)]})
    ended = run("lint", folder)
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "nothing found" in ended.stderr


DNS = {"challenges": ["http-01", "dns-01"]}


def test_warnings_exit_1(folder: Path) -> None:
    documents.write(folder, changed(profile=[documents.profile(grants=[])], credential=[]))
    ended = run("lint", folder)
    assert ended.exit_code == 1
    [line] = ended.stdout.splitlines()
    assert line.startswith("profile.yaml:1 (document 1): warning: CertificateProfile pki/web: ")
    assert "spec.grants: nobody can register" in line
    assert line.endswith("[NobodyMayBind]")
    assert "1 warning" in ended.stderr


def test_errors_exit_2_and_nothing_else_is_looked_at_before_documents_can_be_read(
    folder: Path,
) -> None:
    template = documents.template("**.example.test")
    template["spec"]["preset"] = "WebServer"
    documents.write(folder, changed(template=[template]))
    ended = run("lint", folder)
    assert ended.exit_code == 2
    [line] = ended.stdout.splitlines()
    for part in ("template.yaml:", "error: CertificateTemplate pki/web-server", "spec.preset"):
        assert part in line
    assert 'found "WebServer"' in line


def test_programs_get_every_part_of_a_finding(folder: Path) -> None:
    documents.write(folder, changed(template=[]))
    code, findings = run_json("lint", folder)
    assert code == 2
    assert findings == [
        {
            "severity": "error",
            "rule": "ReferenceNotFound",
            "file": "profile.yaml",
            "document": 1,
            "line": 1,
            "kind": "CertificateProfile",
            "namespace": "pki",
            "name": "web",
            "field": "",
            "message": "there is no CertificateTemplate pki/web-server",
            "found": "",
        }
    ]


def test_programs_get_an_empty_list_for_nothing(folder: Path) -> None:
    documents.write(folder, documents.standard())
    assert run_json("lint", folder) == (0, [])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            changed(namespaces=[documents.namespace("pki")]),
            [("error", "NotGranted", "default")],
            id="a credential that no grant is for",
        ),
        pytest.param(
            changed(credential=[documents.credential(dnsNames={"values": ["**.other.test"]})]),
            [("error", "ExceedsGrant", "default")],
            id="a credential that asks for more than its grant",
        ),
        pytest.param(
            changed(
                authorities=[
                    authority("root", root={}, maxPathLength=0),
                    documents.authorities()[1],
                ]
            ),
            [("error", "IssuerRefused", "issuing"), ("notice", "IssuerNotReady", "web")],
            id="an authority below one that allows none",
        ),
        pytest.param(
            changed(
                authorities=issuing(intermediate={"authorityRef": {"name": "issuing"}}),
                template=[],
            ),
            [
                ("error", "ReferenceCycle", "issuing"),
                ("notice", "IssuerNotReady", "web"),
                ("error", "ReferenceNotFound", "web"),
            ],
            id="what the issuer's trouble would hide",
        ),
        pytest.param(
            changed(authorities=of_root(state="Disabled")),
            [("notice", "Disabled", "issuing"), ("warning", "IssuerNotActive", "web")],
            id="a disabled authority that a profile issues from",
        ),
        pytest.param(
            changed(authorities=issuing(intermediate={})),
            [("notice", "CertificateAwaited", "issuing"), ("notice", "IssuerNotReady", "web")],
            id="an authority that is to be signed offline",
        ),
        pytest.param(
            changed(authorities=of_root(privateKey={"generate": "Never"})),
            [("notice", "KeyNotProvided", "issuing"), ("notice", "IssuerNotReady", "web")],
            id="a key that a person brings",
        ),
        pytest.param(
            changed(authorities=[imported("issuing")]),
            [("notice", "SecretNotFound", "issuing"), ("notice", "IssuerNotReady", "web")],
            id="an authority that a person brings",
        ),
        pytest.param(
            changed(authorities=[imported("root"), *of_root(duration="438000h")[1:]]),
            [
                ("notice", "SecretNotFound", "root"),
                ("notice", "IssuerNotReady", "issuing"),
                ("notice", "IssuerNotReady", "web"),
            ],
            id="an authority below one whose duration no document says",
        ),
        pytest.param(
            changed(credential=[documents.credential(suspend=True)]),
            [("notice", "Suspended", "default")],
            id="a suspended credential",
        ),
        pytest.param(
            changed(credential=[documents.credential(expirationTime="2026-01-01T00:00:00Z")]),
            [("warning", "Expired", "default")],
            id="an expired credential",
        ),
        pytest.param(
            changed(
                credential=[documents.credential(rejectAccountsBeforeTime="2026-11-23T11:00:00Z")]
            ),
            [("warning", "LeakedSecretGoesOn", "default")],
            id="a leaked secret that goes on",
        ),
        pytest.param(
            changed(authorities=of_root(duration="438000h")),
            [("warning", "DurationTooLong", "issuing")],
            id="an authority that is to outlive its issuer",
        ),
        pytest.param(
            changed(config=[{"apiVersion": "v1", "kind": "ConfigMap"}]),
            [("warning", "Ignored", "")],
            id="a document of another kind",
        ),
    ],
)
def test_every_finding_has_its_weight(
    folder: Path, files: Files, expected: list[tuple[str, str, str]]
) -> None:
    assert found(folder, files) == expected


def test_a_warning_about_a_template_is_told(folder: Path) -> None:
    template = documents.template("**.example.test")
    template["spec"]["allowed"]["uris"] = {"values": ["https://*"]}
    assert found(folder, changed(template=[template])) == [("warning", "NoEffect", "web-server")]


def test_a_profile_with_an_authority_of_its_own_is_linted(folder: Path) -> None:
    own = documents.profile(issuer={"selfSigned": {}})
    assert found(folder, changed(profile=[own])) == []


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        pytest.param("authorities", [("notice", "ReferenceNotFound", "web")], id="an authority"),
        pytest.param("profile", [("notice", "ReferenceNotFound", "default")], id="a profile"),
        pytest.param("namespaces", [("notice", "NotGranted", "default")], id="a label"),
    ],
)
def test_what_may_stand_elsewhere_is_a_notice_of_a_partial_folder(
    folder: Path, missing: str, expected: list[tuple[str, str, str]]
) -> None:
    assert found(folder, changed(**{missing: []}), partial=True) == expected
    assert run("lint", "--partial", folder).exit_code == 0
    assert run("lint", folder).exit_code == 2


def test_what_a_partial_folder_says_itself_stays_an_error(folder: Path) -> None:
    files = changed(namespaces=[documents.namespace("team-a")])
    assert found(folder, files, partial=True) == [("error", "NotGranted", "default")]


def test_a_folder_without_documents_is_warned_of(folder: Path) -> None:
    folder.mkdir()
    ended = run("lint", folder)
    assert ended.exit_code == 1
    assert "holds no document" in ended.stdout


def test_a_folder_that_is_not_there_is_an_error(folder: Path) -> None:
    ended = run("lint", folder)
    assert ended.exit_code == 2
    assert str(folder) in ended.stdout


def test_linting_writes_nothing(folder: Path) -> None:
    documents.write(folder, documents.standard())
    before = {path: path.read_bytes() for path in folder.iterdir()}
    run("lint", folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["documents"]


def answer(common_name: str, max_path_length: int | None) -> str:
    """Return what a root elsewhere signs, for a key that no data folder here has."""
    root_key, own_key = (keys.generate(KeyType(KeyAlgorithm.ECDSA, 256)) for _ in range(2))

    def contents(name: str, length: int | None) -> AuthorityContents:
        begin = NOW - timedelta(days=1)
        return AuthorityContents(Subject(name), begin, begin + timedelta(days=3650), length)

    root = authorities.self_signed_root(root_key, contents("Elsewhere", None), 1)
    issuer = Issuer(root, root_key, ())
    signed = contents(common_name, max_path_length)
    certificate = authorities.issue_authority(issuer, own_key.public_key(), signed, 2)
    return chains.to_pem_chain((certificate, root))


Answer = Callable[[], str]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            lambda: answer("issuing", 0), (Severity.NOTICE, "KeyNotChecked"), id="one that fits"
        ),
        pytest.param(
            lambda: answer("another", 0),
            (Severity.ERROR, "CertificateRefused"),
            id="another subject",
        ),
        pytest.param(
            lambda: answer("issuing", 3),
            (Severity.ERROR, "CertificateRefused"),
            id="another path length",
        ),
        pytest.param(
            lambda: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            (Severity.ERROR, "CertificateRefused"),
            id="no certificate",
        ),
    ],
)
def test_the_answer_to_a_request_is_checked_but_for_its_key(
    folder: Path, given: Answer, expected: tuple[Severity, str]
) -> None:
    files = changed(authorities=issuing(intermediate={"certificate": given()}, maxPathLength=0))
    documents.write(folder, files)
    first = lint(folder, NOW, partial=False).findings[0]
    assert (first.severity, first.rule) == expected
    assert first.finding.path == "spec.intermediate.certificate"
