"""Sweeps as jobs of a Ray cluster: what is sent there from the laptop, and how it is reached, followed and ended."""
