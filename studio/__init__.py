"""TinyML Studio: collect, train and prove tiny models on real boards. Start at docs/ARCHITECTURE.md."""

__version__ = "0.1.0"
