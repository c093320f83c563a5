"""How v2 writes what the services give."""
