"""Plans: how much an organisation may use, and how much of it is used."""
