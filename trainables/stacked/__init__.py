"""The replicates of a trial, of one shape each, trained as one network: every weight has a leading axis for them."""
