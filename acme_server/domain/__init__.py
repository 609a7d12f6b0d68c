"""What an ACME server keeps and says: documents, their states and legal transitions, and problems.

Pure values. Nothing here does I/O, reads a clock or knows of HTTP, JOSE or a database.
"""
