"""What facilitators have delivered, logged and counted once."""
