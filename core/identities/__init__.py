"""Who people are elsewhere: logging in by Google and GitHub, linking those and Reddit, and reading one's subreddits."""
