"""Circles on a public calendar: set up, booked, moved, called off, and their register."""
