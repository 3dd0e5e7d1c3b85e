# The NHS styles, scripts and pictures.
FROM node:22-trixie-slim AS assets
WORKDIR /assets
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

# The packages and the collected static files; what only building needs stays behind here.
FROM python:3.12-slim-trixie AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
# With what METRICS_TOKEN and SENTRY_DSN need; both are off unless they are set.
COPY requirements-monitoring.txt /tmp/requirements.txt
RUN pip install --require-hashes --requirement /tmp/requirements.txt
WORKDIR /app
COPY . .
COPY --from=assets /assets/node_modules node_modules
# The key is needed to start Django, and signs nothing here.
RUN python scripts/stage_assets.py \
    && rm -rf node_modules \
    && SECRET_KEY=only-while-building DATABASE_URL=sqlite://:memory: python manage.py collectstatic --noinput

FROM python:3.12-slim-trixie
# For manage.py backup and restore: pg_dump, pg_restore and psql of the same release as the server's.
RUN apt-get update --quiet=2 \
    && apt-get install --yes --quiet=2 --no-install-recommends postgresql-client-17=17.* \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 cascade \
    && useradd --system --uid 10001 --gid cascade --home-dir /app --no-create-home --shell /usr/sbin/nologin cascade
# One heap for all threads, which mostly take turns: with one for each, a web process holds some megabytes more.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=1
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# The code is root's and cannot be changed by the portal; var/ is where it writes.
RUN install --directory --owner cascade --group cascade var var/media var/beat var/backups
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["python", "scripts/health.py", "web"]
# No access log: the path of an emailed link is its secret.
CMD ["gunicorn", "config.wsgi", "--config", "config/gunicorn.py", "--bind", "0.0.0.0:8000", \
     "--worker-class", "gthread", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--max-requests", "2000", "--max-requests-jitter", "200"]
