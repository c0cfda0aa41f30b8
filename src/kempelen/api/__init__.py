"""The wire contract as data: what every operation takes and gives, and nothing about how."""
