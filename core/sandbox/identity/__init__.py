"""An identity server with made-up people that speaks the OAuth dialects of Google, GitHub and Reddit."""
