"""Peptides and what binds them: reading measurements, encodings, clusters of near-duplicates, planted patterns."""
