"""When and where a programme happens, and who has a seat."""
