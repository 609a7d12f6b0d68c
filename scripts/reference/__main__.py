"""Write the pages: `python -m scripts.reference FOLDER`, from the repository's root."""

import argparse
from pathlib import Path

from scripts.reference import events, metrics, resources, settings, values

ROOT = Path(__file__).parents[2]
_HEADER = "<!-- Made by `make reference`; changes belong into what it is made from. -->\n"


def pages() -> dict[str, str]:
    """Return every page by its file's name."""
    made = {
        "resources.md": resources.page(ROOT / "crds"),
        "values.md": values.page(ROOT / "helm" / "certwright" / "values.yaml"),
        "settings.md": settings.page(ROOT / "docs"),
        "metrics.md": metrics.page(),
        "events.md": events.page(ROOT),
    }
    return {name: f"{_HEADER}{text.rstrip()}\n" for name, text in made.items()}


def main(arguments: list[str] | None = None) -> None:
    """Write the pages into the folder that the arguments name."""
    parser = argparse.ArgumentParser(prog="scripts.reference", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
