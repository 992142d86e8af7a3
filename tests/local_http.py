"""HTTP to servers on this computer.

There is no certificate to check, and reading those of the system takes longer than many a test.
"""

from __future__ import annotations

import ssl

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For ``verify`` of a client: trusts nobody."""
