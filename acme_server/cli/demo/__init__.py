"""`certwright demo`: a server, certbot and a certificate, one step after the other.

`steps` is the table of what happens; `show` plays it to a terminal; the rest is what steps need.
"""
