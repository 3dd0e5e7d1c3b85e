"""Cover for somebody who cannot come: asked for, found, or not found by a set hour."""
