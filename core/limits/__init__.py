"""Request budgets and cached answers, decided together in one round trip to Redis."""
