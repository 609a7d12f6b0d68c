"""What all tests share: no deadlines, and no trust but the one that a test names."""

import os

from hypothesis import settings

# A deadline would assert on wall-clock time.
settings.register_profile("certwright", settings.get_profile("default"), deadline=None)
settings.load_profile("certwright")

# Each wins over the trust that a test hands to a client.
for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"):
    os.environ.pop(variable, None)
