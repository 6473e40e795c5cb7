# Every target prepares what it needs and skips what has not changed since the last time.
# HOST, PORT and COMPOSE_UI_DATA are read from the environment: PORT=8001 make run
PYTHON = python3

.PHONY: run test quick check bench format messages

run:
	@$(PYTHON) scripts/bootstrap.py run

test:
	@$(PYTHON) scripts/bootstrap.py test $(ARGS)

quick:
	@$(PYTHON) scripts/bootstrap.py quick $(ARGS)

check:
	@$(PYTHON) scripts/bootstrap.py check

bench:
	@$(PYTHON) scripts/bootstrap.py bench $(ARGS)

format:
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

SCAN = .venv/bin/python manage.py makemessages -l zh_Hans --no-obsolete --no-wrap -i .venv -i docker

messages:
	@$(SCAN) -i static
	@$(SCAN) -d djangojs
