"""Backups: the database and the uploaded files in one folder, with a manifest that says what they are."""
