"""How a network makes one vector of a sequence."""
