"""An HTTP server on the loopback interface that behaves as the platforms do.

It serves the demonstration, the tests and every benchmark: real sockets, the platforms' own paths, quirks
and limits, and faults on request. Nothing in the application imports it except the commands that start it.
"""
