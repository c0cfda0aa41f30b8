"""For the test suites of Kempelen's users: a market in a fixture, policies without a server."""
