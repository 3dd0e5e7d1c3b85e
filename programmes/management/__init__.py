"""The commands of the programmes app."""
