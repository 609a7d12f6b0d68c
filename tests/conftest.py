"""What all tests share: no deadlines, and no trust but the one that a test names."""

import os

from hypothesis import settings

# A deadline would assert on wall-clock time.
inherited = settings.get_profile(settings.get_current_profile_name())
settings.register_profile("certwright", inherited, deadline=None)
settings.load_profile("certwright")

# Each wins over the trust that a test hands to a client.
for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"):
    os.environ.pop(variable, None)
