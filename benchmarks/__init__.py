"""The figures the dashboard promises, taken from the real server, a real Chromium and a real engine: ``make bench``."""
