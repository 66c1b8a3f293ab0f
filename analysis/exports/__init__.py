"""One file per format a table is exported to, each with `write` and, where it can be read, `read`."""
