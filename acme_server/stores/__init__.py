"""Where documents are kept: each module or folder implements the `Store` port in its own way.

`memory` keeps nothing beyond the process and is the fake of tests; `sql` is SQLite; `kubernetes`
keeps objects in a cluster. Whatever they are made of, all pass the same contract tests.
"""
