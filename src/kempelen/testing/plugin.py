"""The pytest fixture `kempelen`: a running server for the test suites of its users."""
