"""Rehearsals: for a while an ending version is over for one key already, and its owner reads what failed."""
