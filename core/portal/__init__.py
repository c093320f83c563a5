"""The pages for people: what this instance offers, how to begin, what changes, and how it is."""
