"""Log-ins: access tokens that anybody can verify, refresh tokens that work once, and sessions that end everywhere."""
