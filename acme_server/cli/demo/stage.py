"""What the steps of a demo have brought about so far."""

from dataclasses import dataclass

from acme_server.cli.demo.programs import Server, Tell
from acme_server.cli.demo.scene import Scene


@dataclass(slots=True)
class Stage:
    """The scene, the programs, and what is known by now.

    Args:
        scene: Where.
        certbot: The program's path.
        server: The server as long as it runs.
        directory: The profile's directory URL, once the server has told it.
    """

    scene: Scene
    certbot: str
    server: Server | None = None
    directory: str = ""

    def close(self) -> int | None:
        """Stop the server if it runs; return its exit status."""
        server, self.server = self.server, None
        return None if server is None else server.stop()

    def tell_news(self, tell: Tell) -> None:
        """Show what the server has logged since."""
        if self.server is not None:
            self.server.tell_news(tell)
