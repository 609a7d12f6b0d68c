"""Reading the folder of documents, with its files named as the folder was."""

from dataclasses import replace
from pathlib import Path

from certwright.resources.errors import Place
from certwright.resources.folder import LoadedFolder, load_folder


def load(folder: Path) -> LoadedFolder:
    """Read a folder; what is told of its files can be opened from where the folder was named."""
    loaded = load_folder(folder)
    return LoadedFolder(
        loaded.resources,
        tuple(replace(each, place=_below(folder, each.place)) for each in loaded.errors),
        tuple(replace(each, place=_below(folder, each.place)) for each in loaded.warnings),
        {identity: _below(folder, place) for identity, place in loaded.places.items()},
    )


def _below(folder: Path, place: Place) -> Place:
    """Return a place by its path; what is wrong with the folder itself has that already."""
    if place.file == str(folder):
        return place
    return replace(place, file=str(folder / place.file))
