"""The community of practice: noticeboard, action learning, and the session in which an ICS plans its circles."""
