"""What may happen once people are trained."""
