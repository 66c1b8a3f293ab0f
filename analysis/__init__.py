"""Reading, ranking, explaining and exporting recorded runs, with neither Ray nor torch."""
