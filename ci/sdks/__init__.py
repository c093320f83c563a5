"""SDKs of both documents: generated, compiled and walked through the same scenario as plain HTTP."""
