"""The portal as it is served: gunicorn's processes beside PostgreSQL and Redis, asked over the loopback address."""
