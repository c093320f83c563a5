"""Notes on articles: anchored to words that may be edited, private or shared, searched, revised, restored."""
