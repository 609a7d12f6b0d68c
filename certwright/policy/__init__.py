"""Who may have which certificate: patterns, templates, presets, grants, and decisions as values.

Pure: resources, requests and the time come in as arguments; findings, validities and the contents
of a certificate come out.
"""
