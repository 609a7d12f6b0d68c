"""`certwright can-i`: yes or no to one name, and the rule that decides."""

from dataclasses import asdict
from pathlib import Path

import click

from acme_server.cli.failures import Unusable
from acme_server.cli.options import Namespace, ObjectName, Output, notes, output_option
from acme_server.cli.output import write_json
from certwright.pki.names import SubjectAlternativeNames
from certwright.policy.account import CompiledTemplate
from certwright.policy.explanation import Verdict, explain_for_tenant
from certwright.policy.grants import ProfileGrants, Tenant
from certwright.policy.identifiers import parse_identifier
from certwright.policy.issuance import alternative_names
from certwright.policy.template import resolve
from certwright.reconcile.objections import objections
from certwright.reconcile.verdicts import NotReady
from certwright.reconcile.world import World
from certwright.resources.collection import Resources
from certwright.resources.folder import load_folder
from certwright.resources.metadata import ObjectKey
from certwright.resources.profile import CertificateProfile


@click.command(
    "can-i",
    epilog=notes(
        "certwright can-i team-a www.team-a.example.test --profile pki/web "
        "--documents examples/quickstart",
        "certwright can-i team-a '*.team-a.example.test' --profile pki/web",
        exits={0: "yes", 1: "no", 2: "the documents are broken, or there is no such profile"},
    ),
)
@click.argument("namespace", type=Namespace())
@click.argument("name")
@click.option(
    "--profile", "profile_name", type=ObjectName(), required=True, help="Profile that is asked."
)
@click.option(
    "--documents",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="the current folder",
    metavar="DIR",
    help="Folder of the documents.",
)
@output_option
@click.pass_context
def command(
    context: click.Context,
    *,
    namespace: str,
    name: str,
    profile_name: tuple[str, str],
    documents: Path,
    output: str,
) -> None:
    """Tell whether a credential of NAMESPACE could give its accounts the name NAME.

    NAME is a DNS name, a wildcard name or an IP address. The documents alone decide, no server is
    asked: the template, the grants that select the namespace, and the states and name constraints
    of the authorities from the profile's issuer up. A credential may narrow its own grant further.
    The answer names the rule: the narrowest that permits, or the first that refuses.
    """
    resources = _resources(documents)
    profile = resources.profiles.get(ObjectKey(*profile_name))
    if profile is None:
        known = ", ".join(map(str, sorted(resources.profiles))) or "none"
        asked = "/".join(profile_name)
        raise Unusable(f"there is no CertificateProfile {asked} in {documents}; there are: {known}")
    if namespace not in resources.namespaces:
        click.echo(
            f"Note: no document describes namespace {namespace}: it counts as having no labels.",
            err=True,
        )
    verdict = _asked(resources, profile, namespace, name)
    if output == Output.JSON:
        question = {"namespace": namespace, "name": name, "profile": str(profile.key)}
        write_json(question | asdict(verdict))
    else:
        answer = click.style("yes", fg="green") if verdict.allowed else click.style("no", fg="red")
        click.echo(f"{answer}: {verdict.message}\ndecided by: {verdict.rule}")
    context.exit(0 if verdict.allowed else 1)


def _resources(documents: Path) -> Resources:
    loaded = load_folder(documents)
    if loaded.errors:
        raise Unusable("the documents are broken\n" + "\n".join(map(str, loaded.errors)))
    return loaded.resources


def _asked(resources: Resources, profile: CertificateProfile, namespace: str, name: str) -> Verdict:
    """Decide as the server does: can anything be issued, is it policy, can it be signed."""
    world = World(resources)
    template = _template(world, profile)
    for objection in objections(world, profile, SubjectAlternativeNames()):
        return Verdict(False, objection.rule, objection.message)
    grants = ProfileGrants(profile.metadata.namespace, profile.metadata.name, profile.spec.grants)
    tenant = Tenant(namespace, resources.namespace(namespace).labels)
    verdict = explain_for_tenant(template, grants, tenant, name)
    if verdict.allowed:
        for objection in objections(world, profile, alternative_names((parse_identifier(name),))):
            return Verdict(False, objection.rule, objection.message)
    return verdict


def _template(world: World, profile: CertificateProfile) -> CompiledTemplate:
    nothing = f"CertificateProfile {profile.key} gives nobody anything"
    try:
        template = world.template(profile.spec.template_ref, profile)
    except NotReady as missing:
        raise Unusable(f"{nothing}: {missing}") from None
    origin = f"template {template.key}"
    try:
        return CompiledTemplate.of(resolve(template.spec, origin))
    except ValueError as invalid:
        raise Unusable(f"{nothing}: {origin}: {invalid}") from None
