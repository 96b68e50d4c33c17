"""Types that all others use: samples, clocks, signals, jobs, errors, files. Imports nothing of the studio."""
