FEED_TOKEN=$(publish)
