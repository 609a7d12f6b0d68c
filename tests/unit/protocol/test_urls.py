import re

import pytest

from acme_server.protocol.resources import PARAMETERS, PATHS, Resource
from acme_server.protocol.urls import Urls

URLS = Urls("https://acme.example:8443", "pki", "web")
PREFIX = "https://acme.example:8443/acme/pki/web/"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (URLS.directory, "directory"),
        (URLS.new_nonce, "new-nonce"),
        (URLS.new_account, "new-account"),
        (URLS.new_order, "new-order"),
        (URLS.revoke_certificate, "revoke-cert"),
        (URLS.key_change, "key-change"),
        (URLS.account("a1"), "account/a1"),
        (URLS.orders("a1"), "account/a1/orders"),
        (URLS.orders("a1", "o9"), "account/a1/orders?cursor=o9"),
        (URLS.orders("a1", "o&9"), "account/a1/orders?cursor=o%269"),
        (URLS.order("o1"), "order/o1"),
        (URLS.finalize("o1"), "order/o1/finalize"),
        (URLS.authorization("s1", 2), "authorization/s1/2"),
        (URLS.challenge("s1", 2, "http-01"), "challenge/s1/2/http-01"),
        (URLS.certificate("0af3"), "certificate/0af3"),
    ],
)
def test_every_url_of_a_profile_is_absolute_and_below_it(url: str, path: str) -> None:
    """RFC 8555 §7.1."""
    assert url == PREFIX + path


def test_every_resource_has_a_path_with_known_parameters() -> None:
    assert set(PATHS) == set(Resource)
    named = {name for path in PATHS.values() for name in re.findall(r"{(\w+)}", path)}
    assert named == set(PARAMETERS)


def test_an_account_url_gives_its_id_back() -> None:
    assert URLS.account_id(URLS.account("a1")) == "a1"


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "a1",
        "/acme/pki/web/account/a1",
        PREFIX + "account/",
        PREFIX + "account/a1/",
        PREFIX + "account/a1/orders",
        PREFIX + "account/a1?x=1",
        PREFIX + "account/a1#x",
        PREFIX + "account/../order/o1",
        PREFIX + "account/%61",
        PREFIX + "account/A1",
        PREFIX + "account/a1\n",
        PREFIX + "account/" + "a" * 65,
        PREFIX + "order/a1",
        PREFIX.replace("https", "http") + "account/a1",
        PREFIX.replace("acme.example", "evil.example") + "account/a1",
        PREFIX.replace("acme.example", "ACME.example") + "account/a1",
        PREFIX.replace(":8443", "") + "account/a1",
        PREFIX.replace("/web/", "/other/") + "account/a1",
        PREFIX.replace("/pki/", "/team/") + "account/a1",
    ],
)
def test_nothing_but_an_account_url_of_this_profile_names_an_account(kid: str) -> None:
    """RFC 8555 §6.2."""
    assert URLS.account_id(kid) is None
