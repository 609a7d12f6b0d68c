"""The command: its options, their environment, and what it says to bad ones."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from certwright_operator import logs
from certwright_operator.cli import application
from certwright_operator.logs import LogFormat

URL = "--server-url=https://acme.example.com"
NO_CLUSTER = {"KUBECONFIG": "", "KUBERNETES_SERVICE_HOST": ""}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Missing option '--server-url'"),
        (["--server-url=http://a"], "it has to be https://HOST"),
        ([URL, "--listen=8080"], "'8080' is not HOST:PORT, such as 0.0.0.0:8080"),
        ([URL, "--listen=a:99999"], "is not HOST:PORT"),
        ([URL, "--resync=often"], "often"),
        ([URL, "--resync=1s"], "resync is 1s; it can't be below 10s"),
        ([URL, "--log-format=xml"], "'xml' is not one of"),
        ([URL, "--serving-tls=none"], "'none' is not one of 'issued', 'given'"),
        ([URL, "--serving-secret=A"], "serving secret is 'A'"),
        ([URL, "--serving-name=a.example", "--serving-name=a b"], "serving name is 'a b'"),
        ([URL, "--server-namespace=certwright-system"], "both 'certwright-system'"),
        ([URL, "--tenant-namespace=a", "--tenant-namespace=B"], "tenant namespace is 'B'"),
    ],
)
def test_a_bad_option_is_told_with_what_is_allowed(options: list[str], said: str) -> None:
    done = CliRunner().invoke(application, ["run", *options], env=NO_CLUSTER)
    assert done.exit_code == 2
    assert said in done.stderr


def test_every_option_can_be_given_by_the_environment() -> None:
    given = {
        "CERTWRIGHT_OPERATOR_SERVER_URL": "https://acme.example.com",
        "CERTWRIGHT_OPERATOR_OPERATOR_NAMESPACE": "One",
        "CERTWRIGHT_OPERATOR_SERVER_NAMESPACE": "Two",
        "CERTWRIGHT_OPERATOR_TENANT_NAMESPACES": "Three Four",
        "CERTWRIGHT_OPERATOR_RESYNC": "2s",
        "CERTWRIGHT_OPERATOR_SERVING_TLS": "issued",
        "CERTWRIGHT_OPERATOR_SERVING_SECRET": "Five",
        "CERTWRIGHT_OPERATOR_SERVING_NAMES": "a_b c_d",
    }
    done = CliRunner().invoke(application, ["run"], env=NO_CLUSTER | given)
    assert done.exit_code == 2
    for each in ("'One'", "'Two'", "'Three'", "'Four'", "'Five'", "'a_b'", "'c_d'", "resync is 2s"):
        assert each in done.stderr


def test_without_a_cluster_one_sentence_says_so() -> None:
    done = CliRunner().invoke(application, ["run", URL], env=NO_CLUSTER)
    assert done.exit_code == 1
    assert done.stderr.startswith("certwright-operator: this is no pod")
    assert len(done.stderr.splitlines()) == 1


def test_help_shows_an_example() -> None:
    done = CliRunner().invoke(application, ["run", "--help"])
    assert "certwright-operator run --server-url=https://acme.example.com" in done.stdout


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Give what is logged in the format that is asked for."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()

    logs.configure(LogFormat(request.param), stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_a_record_is_one_line_of_json(written: io.StringIO) -> None:
    try:
        raise ValueError("no\nmore")
    except ValueError:
        logging.getLogger("here").exception("it failed")
    (line,) = written.getvalue().splitlines()
    record = json.loads(line)
    assert (record["level"], record["logger"], record["message"]) == ("error", "here", "it failed")
    assert "ValueError: no\nmore" in record["exception"]


@pytest.mark.parametrize("written", ["text"], indirect=True)
def test_a_record_is_one_line_of_keys_and_values(written: io.StringIO) -> None:
    logging.getLogger("here").warning('two\nlines of "text"')
    (line,) = written.getvalue().splitlines()
    assert line.endswith(r'level=warning logger=here message="two\nlines of \"text\""')
