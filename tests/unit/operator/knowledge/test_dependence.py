from certwright.reconcile.world import Kind, ObjectId
from certwright_operator.knowledge import dependence
from certwright_operator.knowledge.objects import Objects
from tests.unit.operator.knowledge.bodies import (
    authority,
    credential,
    object_id,
    profile,
    record,
)


def known() -> Objects:
    objects = Objects()
    for each in (
        authority("root"),
        authority("issuing", "root"),
        authority("other", "elsewhere"),
        record(Kind.TEMPLATE, "web"),
        profile("web", "issuing"),
        profile("mail", "other", template="mail"),
        credential("team-a/default", "web"),
        credential("team-b/default", "mail"),
    ):
        objects.put(each)
    return objects


def names(found: set[ObjectId]) -> set[str]:
    return {str(each) for each in found}


def test_an_authority_concerns_all_below_it_down_to_the_profiles() -> None:
    found = dependence.after_look(known(), object_id(Kind.AUTHORITY, "root"))
    assert names(found) == {
        "CertificateAuthority pki/root",
        "CertificateAuthority pki/issuing",
        "CertificateProfile pki/web",
    }


def test_an_edited_root_concerns_whoever_may_have_trusted_it_before() -> None:
    found = dependence.after_change(known(), object_id(Kind.AUTHORITY, "root"))
    assert {"CertificateAuthority pki/other", "CertificateProfile pki/mail"} <= names(found)
    assert not any("EABCredential" in name for name in names(found))


def test_a_template_concerns_its_profiles() -> None:
    found = dependence.after_change(known(), object_id(Kind.TEMPLATE, "web"))
    assert names(found) == {"CertificateTemplate pki/web", "CertificateProfile pki/web"}


def test_a_profile_concerns_its_credentials_only_when_its_document_is_another() -> None:
    web = object_id(Kind.PROFILE, "web")
    assert "EABCredential team-a/default" in names(dependence.after_change(known(), web))
    assert names(dependence.after_look(known(), web)) == {"CertificateProfile pki/web"}


def test_what_is_not_there_yet_concerns_whoever_waits_for_it() -> None:
    found = dependence.after_change(known(), object_id(Kind.TEMPLATE, "mail"))
    assert "CertificateProfile pki/mail" in names(found)


def test_credentials_that_name_one_secret_concern_each_other() -> None:
    objects = known()
    objects.put(credential("team-a/second", "web", secretName="default"))
    found = dependence.after_change(objects, object_id(Kind.CREDENTIAL, "team-a/second"))
    assert "EABCredential team-a/default" in names(found)


def test_labels_of_a_namespace_concern_its_objects_and_what_stands_on_them() -> None:
    found = dependence.after_namespace_change(known(), "team-a")
    assert names(found) == {"EABCredential team-a/default"}
    assert "CertificateProfile pki/web" in names(dependence.after_namespace_change(known(), "pki"))


def test_authorities_in_a_circle_end() -> None:
    objects = Objects()
    for each in (authority("a", "b"), authority("b", "a"), profile("web", "a")):
        objects.put(each)
    a = object_id(Kind.AUTHORITY, "a")
    assert len(dependence.after_look(objects, a)) == 3
    assert set(dependence.above(objects, a)) == {object_id(Kind.AUTHORITY, "b")}
