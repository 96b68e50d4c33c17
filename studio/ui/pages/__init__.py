"""A page a file: a thin view over the headless objects that the commands use too. `page.py` says what a page is."""
