"""A deterministic newsroom that speaks the dialects of all five upstreams over real HTTP; see `docs/sandbox.md`."""
