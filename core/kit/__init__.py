"""Small pure helpers. They know nothing of the rest of the product and import none of it."""
