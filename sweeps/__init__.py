"""Sweeps on Ray Tune: from the sweep file to the record of a run, with its screen and its command line."""
