"""What is polled: its state, when it is asked next, and the queue of fetches."""
