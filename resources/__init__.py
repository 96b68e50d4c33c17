"""What the studio ships beside its code: board rows, templates, firmware."""
