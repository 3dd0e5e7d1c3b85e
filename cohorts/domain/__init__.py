"""What may happen with cohorts, seats and dates."""
