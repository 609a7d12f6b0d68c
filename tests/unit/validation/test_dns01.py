import pytest

from acme_server.domain.challenges import ChallengeType
from acme_server.domain.problems import ErrorType
from acme_server.ports import ValidationRequest
from acme_server.validation.dns01 import DNS01, expected_value
from acme_server.validation.failures import AttemptFailed
from acme_server.validation.resolution import Lookup, LookupFailed
from certwright.policy.identifiers import Identifier, IdentifierType
from tests.unit.validation.fakes import TableResolver

REQUEST = ValidationRequest(
    ChallengeType.DNS_01,
    Identifier(IdentifierType.DNS, "example.com"),
    "token",
    "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI",
)
EXPECTED = expected_value(REQUEST.key_authorization)


async def prove(answer: tuple[bytes, ...] | LookupFailed) -> TableResolver:
    resolver = TableResolver(records={"_acme-challenge.example.com": answer})
    await DNS01(resolver).prove(REQUEST)
    return resolver


def test_the_value_is_the_digest_in_base64url_without_padding() -> None:
    # Computed with: printf %s KEY-AUTHORIZATION | openssl dgst -sha256 -binary | basenc --base64url
    assert EXPECTED == b"lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM"


@pytest.mark.parametrize("others", [(), (b"other",), (b"", b"v=spf1 -all", b"\xff\x00")])
async def test_one_of_the_values_is_enough(others: tuple[bytes, ...]) -> None:
    resolver = await prove((*others, EXPECTED))
    assert resolver.asked == ["_acme-challenge.example.com"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((b"internal secret",), "one of 15 bytes"),
        ((b"internal secret", b"x"), "one of 15 bytes (and 1 more)"),
        ((b"A" * 43, b"x", b"y"), 'one beginning "AAAAAAAAAAAA" (and 2 more)'),
        ((EXPECTED + b"=",), "one of 44 bytes"),
        ((EXPECTED.upper(),), f'one beginning "{EXPECTED.upper()[:12].decode()}"'),
        ((b" " + EXPECTED,), "one of 44 bytes"),
    ],
)
async def test_other_values_are_counted_and_not_echoed(
    values: tuple[bytes, ...], sentence: str
) -> None:
    with pytest.raises(AttemptFailed) as caught:
        await prove(values)
    assert caught.value.type is ErrorType.UNAUTHORIZED
    assert caught.value.detail == (
        f"Incorrect TXT record found at _acme-challenge.example.com: {sentence}"
    )


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (Lookup.NO_RECORD, ErrorType.UNAUTHORIZED),
        (Lookup.NO_SUCH_NAME, ErrorType.UNAUTHORIZED),
        (Lookup.SERVER_FAILURE, ErrorType.DNS),
        (Lookup.TIME_OUT, ErrorType.DNS),
        (Lookup.IMPOSSIBLE_NAME, ErrorType.DNS),
    ],
)
async def test_what_is_absent_is_unauthorized_and_what_fails_is_dns(
    reason: Lookup, kind: ErrorType
) -> None:
    with pytest.raises(AttemptFailed, match="the sentence") as caught:
        await prove(LookupFailed(reason, "the sentence"))
    assert caught.value.type is kind
