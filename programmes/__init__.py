"""What is offered, by whom, to whom; and the mails and emailed links that every app uses."""
