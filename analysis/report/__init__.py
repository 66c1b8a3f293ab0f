"""A run as a report to be read: one HTML file that stands alone, or Markdown."""
