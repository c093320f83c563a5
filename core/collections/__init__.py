"""Reading lists: what to read, in which order, with whom, and in public."""
