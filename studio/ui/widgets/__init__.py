"""The views, each made once: plain data in, signals out; they decide nothing and touch no project."""
