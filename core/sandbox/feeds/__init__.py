"""The feeds of the newsroom: every format, and every way in which feeds go wrong."""
