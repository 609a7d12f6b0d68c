"""certbot's manual hook for dns-01: adds or deletes the record by a dynamic update (RFC 2136).

    certbot_dns_01.py add|delete

certbot says the name and the value in its environment, NAME_SERVER_PORT is the test's.
"""

import os
import sys

import dns.query
import dns.update

ZONE = "example.test."


def main(verb: str) -> None:
    """Send one update to the name server on loopback."""
    name = f"_acme-challenge.{os.environ['CERTBOT_DOMAIN']}."
    value = os.environ["CERTBOT_VALIDATION"]
    update = dns.update.UpdateMessage(ZONE)
    if verb == "add":
        update.add(name, 60, "TXT", value)
    else:
        update.delete(name, "TXT", value)
    dns.query.tcp(update, "127.0.0.1", timeout=10, port=int(os.environ["NAME_SERVER_PORT"]))


if __name__ == "__main__":
    main(sys.argv[1])
