"""What a person wants to read, and how."""
