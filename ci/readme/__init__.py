"""The parts of README.md that can be derived from the documents and from the code.

`sections/<tag>.sh` sets what the requests of a tag's section name, `operations/<operationId>.sh` what one of them needs
besides; both use what README.md sets and defines under "Endpoints".
"""
