"""Figures of speed and size, each with its bound. Run them with ``python -m tests.benchmarks [NAME ...]``."""
