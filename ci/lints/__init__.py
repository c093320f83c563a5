"""The house rules that no ready-made linter knows."""
