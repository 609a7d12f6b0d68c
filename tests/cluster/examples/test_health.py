"""The health check for Argo CD, run by the interpreter that Argo CD runs it with."""

import os
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from certwright.reconcile.verdicts import READY, STALLED, Reason
from certwright.resources.kinds import KINDS
from certwright.resources.model import API_VERSION
from tests.cluster.examples.lua import SOURCE, Health, Lua
from tests.cluster.harness.building import built
from tests.cluster.harness.programs import cache_folder
from tests.unit.examples.documents import FOLDER, Document

_SETTINGS = yaml.safe_load((FOLDER / "argo-cd" / "argocd-cm.yaml").read_text("utf-8"))["data"]
_KEY = "resource.customizations.health.{group}_{kind}"
_SCRIPT: str = _SETTINGS[_KEY.format(group="certwright.dev", kind="EABCredential")]
_HELD = set(re.findall(r"^\s+(\w+) = true,$", _SCRIPT, re.MULTILINE))


@pytest.fixture(scope="module")
def lua(tell: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Lua:
    program = built(SOURCE, cache_folder(os.environ), tell) / "glua"
    return Lua(program, tmp_path_factory.mktemp("lua"))


def _object(status: Document | None, generation: int | None = 3, **spec: Any) -> Document:
    metadata: Document = {"name": "default", "namespace": "team-a"}
    if generation is not None:
        metadata["generation"] = generation
    document = {"apiVersion": API_VERSION, "kind": "EABCredential", "metadata": metadata}
    return document | {"spec": spec} | ({} if status is None else {"status": status})


def _condition(kind: str, status: str, reason: str) -> Document:
    return {"type": kind, "status": status, "reason": reason, "message": f"told of {reason}"}


def _status(*conditions: Document, observed: int | None = 3) -> Document:
    generation = {} if observed is None else {"observedGeneration": observed}
    return generation | {"conditions": list(conditions)}


_READY = _condition(READY, "True", Reason.SERVED)
_WAITING = _condition(READY, "False", Reason.REFERENCE_NOT_FOUND)
_BROKEN = _condition(READY, "False", Reason.KEY_MISSING)
_STALLED = _condition(STALLED, "True", Reason.KEY_MISSING)
_REFUSED = _condition(STALLED, "True", Reason.EDIT_REFUSED)
_SUSPENDED = _condition(READY, "False", Reason.SUSPENDED)

_OBJECTS = [
    pytest.param(_object(None), "Progressing", id="no status"),
    pytest.param(_object({}), "Progressing", id="an empty status"),
    pytest.param(_object({"observedGeneration": 3}), "Progressing", id="no conditions"),
    pytest.param(_object(_status()), "Progressing", id="conditions without Ready"),
    pytest.param(_object(_status(_READY)), "Healthy", id="Ready"),
    pytest.param(
        _object(_status(_READY), generation=None), "Healthy", id="Ready where generations aren't"
    ),
    pytest.param(_object(_status(_WAITING)), "Progressing", id="waits for another object"),
    pytest.param(
        _object(_status(_condition(READY, "Unknown", Reason.VALID))), "Progressing", id="unknown"
    ),
    pytest.param(_object(_status(_BROKEN, _STALLED)), "Degraded", id="Stalled"),
    pytest.param(_object(_status(_STALLED, _BROKEN)), "Degraded", id="Stalled comes first"),
    pytest.param(_object(_status(_READY, _REFUSED)), "Degraded", id="Ready by an earlier edit"),
    pytest.param(
        _object(_status(_READY, _condition(STALLED, "False", Reason.VALID))),
        "Healthy",
        id="no longer stalled",
    ),
    pytest.param(_object(_status(_READY, observed=2)), "Progressing", id="Ready, but edited"),
    pytest.param(
        _object(_status(_BROKEN, _STALLED, observed=2)), "Progressing", id="Stalled, but edited"
    ),
    pytest.param(_object(_status(_READY, observed=None)), "Progressing", id="not looked at"),
    pytest.param(_object(_status(_SUSPENDED), suspend=True), "Suspended", id="suspended"),
    pytest.param(
        _object(_status(_SUSPENDED, observed=2), suspend=False),
        "Progressing",
        id="resumed just now",
    ),
]


@pytest.mark.parametrize(("document", "health"), _OBJECTS)
def test_an_objects_health_is_what_its_conditions_say(
    lua: Lua, document: Document, health: str
) -> None:
    assert lua.health(_SCRIPT, document).status == health


@pytest.mark.parametrize("reason", sorted(_HELD))
def test_what_waits_for_a_person_is_suspended(lua: Lua, reason: str) -> None:
    told = lua.health(_SCRIPT, _object(_status(_condition(READY, "False", reason))))
    assert told == Health("Suspended", f"{reason}: told of {reason}")


@pytest.mark.parametrize("reason", sorted(set(Reason) - _HELD))
def test_every_other_reason_is_waited_for(lua: Lua, reason: Reason) -> None:
    told = lua.health(_SCRIPT, _object(_status(_condition(READY, "False", reason))))
    assert told == Health("Progressing", f"{reason}: told of {reason}")


@pytest.mark.parametrize("document", [_object(_status(_BROKEN, _STALLED))])
def test_a_degraded_object_says_why(lua: Lua, document: Document) -> None:
    told = lua.health(_SCRIPT, document)
    assert told.message == "KeyMissing: told of KeyMissing"


def test_the_reasons_are_those_that_there_are() -> None:
    assert len(_HELD) == 5
    assert set(Reason) >= _HELD
    page = (FOLDER / "argo-cd" / "README.md").read_text("utf-8")
    [row] = [line for line in page.splitlines() if line.endswith("| Suspended |")]
    assert set(re.findall(r"`(\w+)`", row)) == _HELD


def test_each_kind_has_the_same_check() -> None:
    group = API_VERSION.split("/")[0]
    assert {_KEY.format(group=group, kind=kind): _SCRIPT for kind in KINDS} == _SETTINGS


def test_a_script_that_fails_is_seen(lua: Lua) -> None:
    with pytest.raises(AssertionError, match="attempt to"):
        lua.health("return obj.nothing.at.all", _object(None))


def test_libraries_that_argo_cd_does_not_open_are_not_there(lua: Lua) -> None:
    with pytest.raises(AssertionError, match="attempt to"):
        lua.health("return { status = obj.kind:upper(), message = 'x' }", _object(None))


def test_a_script_is_a_file_of_its_own(lua: Lua) -> None:
    """What a script forgets to make local is gone for the next object."""
    lua.health("ready = { status = 'x', message = 'y' } return ready", _object(None))
    with pytest.raises(AssertionError, match="attempt to"):
        lua.health("return ready.status and ready", _object(None))
