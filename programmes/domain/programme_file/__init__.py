"""A programme's file, from text to rows: what it may say, how faults are told, how it is stored."""
