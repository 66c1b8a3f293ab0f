"""The networks a sweep can choose from."""
