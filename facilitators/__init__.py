"""What the trained do with it afterwards: the room for commitments, deliveries, circles and cover."""
