"""What people are asked about the training and about circles, how they answer, and what comes of it."""
