"""What the operator hands the server: profiles, credentials and signers, typed and versioned.

Each kind has two forms: the bundle, JSON under the key `bundle.json`, and what is in force: loaded,
checked and compiled once, so that a request finds everything ready.
"""
