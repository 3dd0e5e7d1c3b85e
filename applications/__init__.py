"""Who asks for a place, who must agree, and what becomes of the request."""
