"""A folder's documents are loaded with all that is wrong with them, at once."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.resources.folder import LoadedFolder, load_folder
from certwright.resources.metadata import ObjectKey
from certwright.resources.reading import Read, read_file

PROFILE = """\
apiVersion: certwright.dev/v1alpha1
kind: CertificateProfile
metadata: {name: web, namespace: pki}
spec:
  issuer: {selfSigned: {}}
  templateRef: {name: web}
"""
_NEAR = "is no known field; did you mean"
CREDENTIAL = """\
apiVersion: certwright.dev/v1alpha1
kind: EABCredential
metadata: {name: default}
spec: {profileRef: {name: web, namespace: pki}}
"""


def _load(folder: Path, **files: str) -> LoadedFolder:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return load_folder(folder)


def _errors(folder: Path, **files: str) -> list[str]:
    return [str(error) for error in _load(folder, **files).errors]


def test_objects_are_found_by_namespace_and_name(tmp_path: Path) -> None:
    loaded = _load(tmp_path, a=f"{PROFILE}---\n{CREDENTIAL}")
    assert (loaded.errors, loaded.warnings) == ((), ())
    assert list(loaded.resources.profiles) == [ObjectKey("pki", "web")]
    assert list(loaded.resources.credentials) == [ObjectKey("default", "default")]
    assert (loaded.resources.authorities, loaded.resources.templates) == ({}, {})
    place = loaded.places["EABCredential", ObjectKey("default", "default")]
    assert (place.file, place.document, place.line) == ("a.yaml", 2, 8)


def test_documents_that_hold_no_status_of_ours_are_not_asked_for_it(tmp_path: Path) -> None:
    loaded = _load(tmp_path, a=PROFILE + "status: {conditions: 7}\n")
    assert loaded.errors == ()


def test_files_are_read_recursively_without_hidden_and_foreign_ones(tmp_path: Path) -> None:
    (tmp_path / "sub" / ".hidden").mkdir(parents=True)
    (tmp_path / "sub" / "a.yml").write_text(PROFILE)
    for unread in (".b.yaml", "c.txt", "sub/.hidden/d.yaml"):
        (tmp_path / unread).write_text("[")
    (tmp_path / "e.json").write_text('{"apiVersion": "v1", "kind": "ConfigMap"}')
    loaded = load_folder(tmp_path)
    assert loaded.errors == ()
    assert list(loaded.resources.profiles) == [ObjectKey("pki", "web")]
    assert [warning.place.file for warning in loaded.warnings] == ["e.json"]


def test_the_linked_files_of_a_mounted_config_map_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "a.yaml").write_text(PROFILE)
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    loaded = load_folder(tmp_path)
    assert (len(loaded.resources.profiles), loaded.errors) == (1, ())


def test_lists_are_unpacked(tmp_path: Path) -> None:
    items = "".join(
        "- " + text.replace("\n", "\n  ").rstrip() + "\n" for text in (PROFILE, CREDENTIAL)
    )
    loaded = _load(tmp_path, a=f"apiVersion: v1\nkind: List\nitems:\n{items}")
    assert loaded.errors == ()
    assert len(loaded.resources.profiles) + len(loaded.resources.credentials) == 2


def test_an_error_within_a_list_says_which_item(tmp_path: Path) -> None:
    item = PROFILE.replace("issuer", "isuer").replace("\n", "\n  ").rstrip()
    errors = _errors(tmp_path, a=f"apiVersion: v1\nkind: List\nitems:\n- {item}\n")
    profile = "CertificateProfile pki/web"
    assert errors == [
        f"a.yaml:7 (document 1): {profile}: items[0].spec.issuer: is required",
        f"a.yaml:8 (document 1): {profile}: items[0].spec.isuer: {_NEAR} issuer?",
    ]


_KINDS = "CertificateAuthority, CertificateTemplate, CertificateProfile or EABCredential"
_QUOTES = "must be text in quotes (unquoted yes, no, on, off, y, n, true and false are booleans)"
_SUBDOMAIN = (
    "must be lower-case letters, digits, '-' and '.', a letter or digit at each end"
    " (a DNS-1123 subdomain)"
)
_UNION = "exactly one of authorityRef and selfSigned must be given, such as `selfSigned: {}`"


@pytest.mark.parametrize(
    ("before", "after", "line", "path", "message"),
    [
        ("selfSigned: {}", "selfSigned: ~", 5, "spec.issuer", _UNION),
        ("{name: web}", "{name: on}", 6, "spec.templateRef.name", f"{_QUOTES}; found true"),
        ("{name: web}", "{name: 12}", 6, "spec.templateRef.name", "in quotes; found 12"),
        ("{name: web}", "{name: Web}", 6, "spec.templateRef.name", f'{_SUBDOMAIN}; found "Web"'),
        ("{name: web}", "[]", 6, "spec.templateRef", "must be an object; found a list"),
        ("{name: web}", "{}", 6, "spec.templateRef.name", "is required"),
        (
            "{name: web}",
            "{nome: web, name: web}",
            6,
            "spec.templateRef.nome",
            f"{_NEAR} name?",
        ),
        (
            "{name: web}",
            "{name: web, xyz: 1}",
            6,
            "spec.templateRef.xyz",
            "is no known field; allowed: name or namespace",
        ),
        (
            "selfSigned: {}",
            "selfSigned: {a: 1}",
            5,
            "spec.issuer.selfSigned.a",
            "is no known field; none is allowed here",
        ),
        (
            "spec:",
            "spec:\n  acme: {challenges: [http-02]}",
            5,
            "spec.acme.challenges[0]",
            'must be http-01, dns-01 or tls-alpn-01; found "http-02"',
        ),
        (
            "spec:",
            "spec:\n  acme: {challenges: []}",
            5,
            "spec.acme.challenges",
            "must have at least 1 item; found a list",
        ),
        (
            "spec:",
            "spec:\n  acme:\n    challenges:\n    - dns-01\n    - dns-01",
            8,
            "spec.acme.challenges[1]",
            'stands in spec.acme.challenges[0] already; found "dns-01"',
        ),
        (
            "spec:",
            "spec:\n  acme: {challenges: {}}",
            5,
            "spec.acme.challenges",
            "must be a list; found an object",
        ),
        (
            "spec:",
            "spec:\n  grants: [{name: a}, {name: a}]",
            5,
            "spec.grants[1].name",
            'stands in spec.grants[0].name already; found "a"',
        ),
        ("spec:", "spec:\n  grants: [1]", 5, "spec.grants[0]", "must be an object; found 1"),
        ("spec:", "spec:\n  grants: [{}]", 5, "spec.grants[0].name", "is required"),
        (
            "spec:",
            "spec:\n  grants: [{name: a, maxAccounts: 0}]",
            5,
            "spec.grants[0].maxAccounts",
            "must be greater than or equal to 1; found 0",
        ),
        (
            "spec:",
            "spec:\n  defaults: {duration: 90d}",
            5,
            "spec.defaults.duration",
            'Go durations have no days: write 2160h; found "90d"',
        ),
        (
            "spec:",
            "spec:\n  defaults: {duration: 30s}",
            5,
            "spec.defaults.duration",
            'must be from 1m to 876000h; found "30s"',
        ),
        (
            "v1alpha1",
            "v2",
            1,
            "apiVersion",
            'must be certwright.dev/v1alpha1; found "certwright.dev/v2"',
        ),
        (
            "kind: CertificateProfile",
            "kind: Certificate",
            2,
            "kind",
            f'must be {_KINDS}; found "Certificate"',
        ),
    ],
)
def test_an_error_says_where_what_was_found_and_what_is_allowed(
    tmp_path: Path, before: str, after: str, line: int, path: str, message: str
) -> None:
    assert before in PROFILE
    (error,) = _errors(tmp_path, a=PROFILE.replace(before, after))
    assert error.startswith(f"a.yaml:{line} (document 1): Certificate")
    assert error.endswith(message)
    assert f" pki/web: {path}: " in error


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("apiVersion: certwright.dev/v1alpha1\n", "", ":1 (document 1): apiVersion: is required"),
        ("kind: CertificateProfile", "kind: 7", ":2 (document 1): kind: is required, as text"),
        ("{name: web, namespace: pki}", "7", "metadata: must be an object; found 7"),
        ("name: web, ", "", "CertificateProfile pki: metadata.name: is required"),
        ("namespace: pki", "namespace: 'a b'", "metadata.namespace: must be lower-case letters"),
    ],
)
def test_what_identifies_an_object_is_asked_for(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    assert before in PROFILE
    (error,) = _errors(tmp_path, a=PROFILE.replace(before, after))
    assert message in error


def test_what_is_no_object_is_an_error(tmp_path: Path) -> None:
    assert _errors(tmp_path, a="just text") == [
        'a.yaml:1 (document 1): must be an object with apiVersion and kind; found "just text"'
    ]


def test_json_is_read_like_yaml(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"apiVersion": "certwright.dev/v1alpha1", "kind": "Root"}')
    (error,) = load_folder(tmp_path).errors
    assert (
        str(error) == f'a.json:1 (document 1): Root default: kind: must be {_KINDS}; found "Root"'
    )


def test_all_errors_of_all_files_come_at_once(tmp_path: Path) -> None:
    errors = _errors(
        tmp_path,
        a=PROFILE.replace("issuer", "isuer").replace("web}", "Web}"),
        b="a: [",
        c=CREDENTIAL + "---\na: 1\na: 2\n",
        d=CREDENTIAL,
    )
    assert [error.split(" ")[0] for error in errors] == [
        "a.yaml:4",
        "a.yaml:5",
        "a.yaml:6",
        "b.yaml:2",
        "c.yaml:7",
        "d.yaml:1",
    ]


def test_an_object_that_stands_twice_names_both_places(tmp_path: Path) -> None:
    (error,) = _errors(tmp_path, a=CREDENTIAL, b=f"{PROFILE}---\n{CREDENTIAL}")
    assert error.startswith("b.yaml:8 (document 2): EABCredential default/default: ")
    assert error.endswith("stands in a.yaml:1 (document 1) already")


def test_kinds_of_other_groups_are_left_aside_with_a_warning(tmp_path: Path) -> None:
    loaded = _load(tmp_path, a="apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n")
    assert loaded.errors == ()
    (warning,) = loaded.warnings
    assert str(warning).startswith("a.yaml:1 (document 1): Deployment default/x: ignored: ")
    assert str(warning).endswith('"Deployment" of "apps/v1" is no kind of certwright.dev')


def test_namespaces_bring_their_labels_and_exist_without_a_document(tmp_path: Path) -> None:
    metadata = "{name: team-a, labels: {team: 'true'}}"
    text = f"apiVersion: v1\nkind: Namespace\nmetadata: {metadata}\nspec: {{}}\n"
    loaded = _load(tmp_path, a=text)
    assert loaded.errors == ()
    label = "kubernetes.io/metadata.name"
    assert loaded.resources.namespace("team-a").labels == {"team": "true", label: "team-a"}
    assert loaded.resources.namespace("team-b").labels == {label: "team-b"}
    assert loaded.places["Namespace", ObjectKey("", "team-a")].line == 1


def test_labels_are_text(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-a, labels: {team: true}}\n"
    (error,) = _errors(tmp_path, a=text)
    place = "a.yaml:3 (document 1): Namespace team-a"
    assert error == f"{place}: metadata.labels.team: {_QUOTES}; found true"


def test_a_key_of_labels_that_is_none_is_shown_as_it_is(tmp_path: Path) -> None:
    namespaces = "{from: Selector, selector: {matchLabels: {'a b': x}}}"
    text = f"{PROFILE}  grants: [{{name: a, namespaces: {namespaces}}}]"
    (error,) = _errors(tmp_path, a=text)
    assert 'spec.grants[0].namespaces.selector.matchLabels["a b"]: must match' in error


def test_a_private_key_is_never_shown(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEI\\n-----END PRIVATE KEY-----"
    for certificate in (key, f"-----BEGIN CERTIFICATE-----\\nMIIB\\n{key}"):
        (error,) = _errors(
            tmp_path,
            a="apiVersion: certwright.dev/v1alpha1\nkind: CertificateAuthority\n"
            "metadata: {name: a}\nspec:\n  commonName: Acme\n"
            f'  intermediate: {{certificate: "{certificate}"}}\n',
        )
        assert "found a private key" in error
        assert "MC4CAQ" not in error


@pytest.mark.parametrize("place", ["missing", "file.yaml"])
def test_a_folder_that_can_t_be_read_is_an_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "file.yaml").write_text("")
    (error,) = load_folder(tmp_path / place).errors
    assert str(error).startswith(f"{tmp_path / place}: can't be read: N")


def test_a_file_that_can_t_be_read_is_an_error_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("nowhere")
    loaded = _load(tmp_path, b=PROFILE)
    assert [str(error) for error in loaded.errors] == [
        "a.yaml: can't be read: No such file or directory"
    ]
    assert len(loaded.resources.profiles) == 1


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    (error,) = load_folder(tmp_path).errors
    assert str(error) == "a.yaml: can't be read: it is no regular file"


def test_errors_stand_on_one_line(tmp_path: Path) -> None:
    (error,) = _errors(tmp_path, a=PROFILE.replace("{name: web}", '{name: "a\\nb\\u0007"}'))
    assert "\n" not in error
    assert error.endswith('found "a\\nb\\u0007"')


_WORDS = st.sampled_from(
    [
        "apiVersion",
        "certwright.dev/v1alpha1",
        "kind",
        "CertificateProfile",
        "CertificateAuthority",
        "Namespace",
        "List",
        "items",
        "v1",
        "metadata",
        "name",
        "spec",
        "issuer",
        "grants",
        "root",
        "a",
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | _WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_WORDS | st.text(), inner, max_size=5)
    ),
    max_leaves=20,
)
_SPECS = st.fixed_dictionaries(
    {
        "apiVersion": st.just("certwright.dev/v1alpha1"),
        "kind": st.sampled_from(["CertificateProfile", "CertificateAuthority", "EABCredential"]),
        "metadata": st.just({"name": "a"}) | _VALUES,
        "spec": _VALUES,
    }
)


@given(_SPECS | _VALUES)
def test_any_document_is_an_object_or_findings_on_one_line(value: object) -> None:
    for found in read_file(json.dumps(value).encode(), "a.yaml"):
        assert isinstance(found, Read) or "\n" not in str(found)
