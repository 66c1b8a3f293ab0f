"""Files that describe clusters: what is wrong in them, told before a machine is started."""
