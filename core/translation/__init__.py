"""From a request of v1 to the one of v2 that takes its place. Knows the documents, and nothing behind them."""
