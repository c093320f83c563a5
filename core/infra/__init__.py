"""The outside world, one factory each: database, Redis, jobs, egress, embedded engines."""
