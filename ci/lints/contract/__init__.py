"""The rules that both OpenAPI documents keep, by what they look at."""
