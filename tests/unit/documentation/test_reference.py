"""The reference is what its generator makes, and the generator refuses what it can't describe."""

from pathlib import Path

import pytest

from scripts.reference import events, metrics, resources, sentences, settings, values
from scripts.reference.__main__ import main, pages
from tests.unit.documentation.pages import DOCS, ROOT


@pytest.mark.parametrize("page", sorted(pages()))
def test_the_reference_is_what_is_generated_now(page: str) -> None:
    assert (DOCS / "reference" / page).read_text() == pages()[page]


def test_the_pages_are_written_into_a_folder(tmp_path: Path) -> None:
    main([str(tmp_path / "new")])
    assert {file.name for file in (tmp_path / "new").iterdir()} == set(pages())


def test_a_value_without_a_comment_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("# -- Said.\none: 1\nserver:\n  # no description\n  two: []\n")
    with pytest.raises(values.Undescribed, match=r"^server\.two: no comment"):
        list(values.values(file))


def test_a_comment_describes_its_key_with_all_that_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("server:\n  # -- Said in\n  # two lines.\n  resources:\n    cpu: 50m\n")
    assert list(values.values(file)) == [
        values.Value("server.resources", "{cpu: 50m}", "Said in two lines.")
    ]


def test_a_setting_that_no_guide_describes_is_refused(tmp_path: Path) -> None:
    for guide in ("standalone.md", "cluster.md"):
        (tmp_path / guide).write_text("# Nothing\n")
    with pytest.raises(settings.Undescribed, match=r"^listen: "):
        settings.page(tmp_path)


def test_a_field_is_shown_with_its_bounds_words_and_default() -> None:
    page = resources.page(ROOT / "crds")
    assert "| `spec.privateKey.algorithm` | string | `ECDSA` | " in page
    assert "| `spec.grants[].maxAccounts` | integer |  | " in page
    assert "| `spec.imported.secretRef.name` | string | required | " in page


def test_metrics_have_their_labels_before_anything_is_counted() -> None:
    found = {each.name: each for each in metrics.server_instruments()}
    assert found["certwright_certificates_issued_total"].labels == ("profile",)
    assert found["certwright_profile_issuing"].labels == ("profile",)
    operator = {each.name: each for each in metrics.operator_instruments()}
    assert operator["certwright_operator_objects"].labels == ("kind", "ready")


def test_a_reason_is_shown_with_what_is_said_for_it() -> None:
    assert "| `ReferenceNotFound` | no | `there is no …` |" in events.page(ROOT)


def test_sentences_that_are_written_in_pieces_are_joined() -> None:
    assert (
        "this profile requires an external account binding: take `kid` and `secret` from the "
        "Secret of an EABCredential and give them to your client"
    ) in set(sentences.every(ROOT))
