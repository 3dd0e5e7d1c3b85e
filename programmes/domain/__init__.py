"""What may happen with programmes, mails and emailed links."""
