"""A web page that counts how often it was opened; Redis keeps the count."""

import time

import redis
from flask import Flask

app = Flask(__name__)
counter = redis.Redis(host="redis", port=6379)


def count_visit(attempts: int = 6) -> int:
    """Add one to the count; Redis may need a moment after the start."""
    for attempt in range(attempts):
        try:
            return counter.incr("hits")
        except redis.exceptions.ConnectionError:
            if attempt == attempts - 1:
                raise
            time.sleep(0.5)
    raise AssertionError("attempts must be positive")


@app.route("/")
def hello() -> str:
    return f"Hello World! I have been seen {count_visit()} times.\n"
