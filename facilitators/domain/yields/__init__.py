"""What came of the training: from people trained to people reached."""
