"""Handbook custody: versions, who agreed to the copyright, who holds which version, and who is told of a new one."""
