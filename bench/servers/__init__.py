"""The servers that are measured. Each is one ASGI application; `bench.harness` runs it under uvicorn on one core."""
