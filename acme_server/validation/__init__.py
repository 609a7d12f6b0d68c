"""Whether a challenge is met: http-01, dns-01, tls-alpn-01, and the guarded dialer they share.

`networks`, `settings`, `redirects` and `schedule` decide and do no I/O; `resolution` and `dialer`
are the only ways to a name and to an address; `http01`, `dns01` and `tls_alpn01` say what each RFC
asks; `validator` ties them to `ports.Validator`.
"""
