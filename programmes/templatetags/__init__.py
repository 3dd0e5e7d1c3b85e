"""What the staff's templates ask for by a tag."""
