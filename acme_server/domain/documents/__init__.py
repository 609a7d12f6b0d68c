"""The documents that every store keeps (the state protocol's seven, and the issuer's chain).

A document is read whole and written whole. It keeps members it doesn't know, so that a newer and an
older replica can work side by side, and it names the operation that last wrote it, so that a writer
whose answer got lost can tell its own success from another's.
"""
