"""Tasks of a table with a column of token strings: letters of a protein, words, codes of events."""
