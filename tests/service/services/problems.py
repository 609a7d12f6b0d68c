"""What a refusal must say."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import pytest

from acme_server.domain.problems import ACMEError, ErrorType, Problem


@dataclass
class Refusal:
    """The error of a refused request, once the block has ended."""

    error: ACMEError | None = None

    @property
    def problem(self) -> Problem:
        assert self.error is not None
        return self.error.problem


@contextmanager
def refused(kind: ErrorType, status: int, *said: str) -> Iterator[Refusal]:
    """Expect a problem of a type and HTTP status whose detail holds all of `said`."""
    refusal = Refusal()
    with pytest.raises(ACMEError) as caught:
        yield refusal
    refusal.error = caught.value
    problem = caught.value.problem
    assert (problem.type, problem.status) == (kind, HTTPStatus(status)), problem.detail
    for text in said:
        assert text in problem.detail
