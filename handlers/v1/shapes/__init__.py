"""How v1 writes what the services give."""
