"""What is held on people: where it stands, how long it is kept, how it is handed out and how it goes."""
