"""Recordings of handwriting and sensors: reading, mending and preparing them, and the tasks they make."""
