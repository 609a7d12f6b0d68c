"""Which of two states of one object is the later one."""


def is_newer(version: str, than: str) -> bool:
    """Tell whether a `resourceVersion` of one object is later than another.

    They order as numbers (kubernetes.io, "Resource versions"); of an API server that has others,
    whatever differs counts as newer.
    """
    if version.isdigit() and than.isdigit():
        return int(version) > int(than)
    return version != than
