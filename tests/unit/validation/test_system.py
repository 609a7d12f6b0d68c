from pathlib import Path

from acme_server.validation.system import WatchedFile, parse_hosts, parse_resolv_conf
from tests.unit.validation.fakes import addresses


def test_a_hosts_file_gives_each_name_its_addresses() -> None:
    hosts = parse_hosts(
        "# comment\n"
        "127.0.0.1 localhost Localhost.Example # and more\n"
        "::1\tlocalhost\n"
        "fe80::1%lo0 localhost\n"
        "\n"
        "nonsense line\n"
    )
    assert hosts == {
        "localhost": addresses("127.0.0.1", "::1"),
        "localhost.example": addresses("127.0.0.1"),
    }


def test_a_configuration_without_nameserver_gives_no_resolver() -> None:
    assert parse_resolv_conf("search example.com\n") is None


def test_a_configuration_gives_its_nameservers() -> None:
    resolver = parse_resolv_conf("nameserver 10.0.0.53\nnameserver fd00::53\n")
    assert resolver is not None
    assert list(resolver.nameservers) == ["10.0.0.53", "fd00::53"]


def test_a_file_is_read_again_when_it_changes_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    read: list[str] = []

    def parse(text: str) -> str:
        read.append(text)
        return text

    watched = WatchedFile(path, parse)
    assert watched.current() == ""
    path.write_text("one")
    assert (watched.current(), watched.current()) == ("one", "one")
    path.write_text("three")
    assert watched.current() == "three"
    path.unlink()
    assert watched.current() == ""
    assert read == ["", "one", "three", ""]


def test_a_folder_in_place_of_the_file_is_empty(tmp_path: Path) -> None:
    assert WatchedFile(tmp_path, str).current() == ""
