"""What ends a command with one message."""

import click


class Unusable(click.ClickException):
    """What a command was given can't be used; exit status 2, as for a wrong option."""

    exit_code = 2
