"""The newsroom's own words, one module a language: beats (what a story is about) and the vocabulary they draw on."""
