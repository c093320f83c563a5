"""Reading articles: lists by time and by words, one article, and what it said before."""
