"""What is published is told to whoever passes it on."""

from certwright_operator.serving.trust import Trust


def test_nothing_is_known_before_the_first_publication() -> None:
    assert Trust().pem is None


def test_every_change_is_told_once_and_after_it_holds() -> None:
    trust = Trust()
    heard: list[bytes | None] = []
    trust.subscribe(lambda: heard.append(trust.pem))

    for pem in (b"one", b"one", b"two", None, None):
        trust.published(pem)

    assert heard == [b"one", b"two", None]
