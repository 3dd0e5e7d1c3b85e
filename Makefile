# Every command of the project; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check audit bench faults backup restore lock screenshots format

PORT ?= 8000
ARGS ?=
PYTHON_HERE := .venv/bin/python

# The demo is a world of its own: no .env, no server, and no mail but what /dev/mailbox/ shows.
DEMO_ENVIRONMENT = ENV_FILE=/dev/null DEMO=1 DEBUG=1 HTTPS=0 PROXY_COUNT=0 REDIS_URL= EMAIL_URL=dummymail:// \
	LOG_LEVEL=WARNING DJANGO_RUNSERVER_HIDE_WARNING=true \
	ALLOWED_HOSTS='localhost,127.0.0.1,[::1]' SITE_URL='http://localhost:$(PORT)' \
	DATABASE_URL='sqlite:///$(CURDIR)/var/demo.sqlite3' MEDIA_ROOT='$(CURDIR)/var/demo-media'

help: ## List the commands
	@printf 'Commands of Cascade:\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\nStart with: make demo\n'

setup: ## Make .venv and fetch the NHS assets; does nothing when they are current
	@sh scripts/setup.sh

demo: setup ## Run the portal with sample people at http://localhost:8000 (PORT=8123 for another port)
	@$(DEMO_ENVIRONMENT) $(PYTHON_HERE) manage.py demo --port '$(PORT)'

demo-reset: ## Delete the demo's data, to start over (stop the demo first)
	@rm -rf var/demo.sqlite3 var/demo.sqlite3-wal var/demo.sqlite3-shm var/demo-media
	@echo 'The demo is empty again. Start it with: make demo'

test: setup ## Run every test that can run here (ARGS="tests/cohorts -x" for some; REQUIRE_ALL=1 allows none left out)
	@$(PYTHON_HERE) -m scripts.test $(ARGS)

check: setup ## Lint, check types, import rules, templates and settings
	@$(PYTHON_HERE) -m scripts.check

audit: setup ## Look for known faults of the pinned packages, where the list of them can be reached
	@$(PYTHON_HERE) -m scripts.audit

backup: setup ## Back the database and the uploaded files up (FOLDER=/where/backups/are/kept)
	@$(PYTHON_HERE) manage.py backup '$(or $(FOLDER),var/backups)'

restore: setup ## Put a backup back (FOLDER=/one/backup; ARGS=--force replaces what is there)
	@$(PYTHON_HERE) manage.py restore '$(FOLDER)' $(ARGS)

bench: setup ## Measure; see benchmarks/
	@$(PYTHON_HERE) -m benchmarks $(ARGS)

faults: setup ## Break what the portal stands on while it works, and count what arrived (docs/reliability.md)
	@$(PYTHON_HERE) -m scripts.faults $(ARGS)

lock: ## Compile requirements*.txt and package-lock.json anew from what pyproject.toml and package.json ask for
	@sh scripts/lock.sh

screenshots: setup ## Make the pictures of docs/screenshots/ from a fresh demo (needs Chromium)
	@$(PYTHON_HERE) -m scripts.screenshots

format: setup ## Put the code into the house's format
	@$(PYTHON_HERE) -m ruff check --fix-only --quiet .
	@$(PYTHON_HERE) -m ruff format --quiet .
