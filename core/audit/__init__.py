"""Who changed what, when and from where: an append-only, hash-chained log of each organisation."""
