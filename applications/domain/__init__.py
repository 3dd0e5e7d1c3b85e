"""What may happen to an application."""
