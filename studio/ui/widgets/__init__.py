"""Views made once and used on every page: plots, tables, controls. They take arrays and roles, and know no project."""
