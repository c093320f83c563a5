"""The table that finds an endpoint by path and method, once a request.

Static paths win over templates, and a template over none: `/v2/feeds/opml` is not the feed `opml`. Connexion and
Starlette take whichever stands first in the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from core.contract.elements import Elements
from core.contract.parameters import percent_decoded

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Every method that a route can have; HEAD comes with GET, OPTIONS with everything."""


class Endpoint(Protocol):
    """Something that a request can be for: an operation of a document, or a page of the engine.

    `name` is its label in logs and metrics (`v2.listArticles`), `body_limit` the largest request body in bytes and
    `media_types` what that body may be; none where the endpoint takes no body. `elements` are what requests can use of
    it. Good answers of a probe are not logged, and a page outlives the Sunset of its version.
    """

    @property
    def name(self) -> str: ...

    @property
    def body_limit(self) -> int: ...

    @property
    def media_types(self) -> frozenset[str]: ...

    @property
    def elements(self) -> Elements: ...

    @property
    def is_probe(self) -> bool: ...

    @property
    def is_page(self) -> bool: ...


class Route:
    """All endpoints of one path, with the value of `Allow`."""

    __slots__ = ("allow", "endpoints", "is_page", "names", "template")

    def __init__(self, template: str, names: tuple[str, ...]) -> None:
        self.template = template
        self.names = names
        self.endpoints: dict[str, Endpoint] = {}
        self.allow = "OPTIONS"
        self.is_page = False

    def add(self, method: str, endpoint: Endpoint) -> None:
        if method in self.endpoints:
            raise ValueError(f"{method} {self.template} is routed twice")
        self.endpoints[method] = endpoint
        self.is_page = endpoint.is_page
        if method == "GET":
            self.endpoints["HEAD"] = endpoint
        self.allow = ", ".join(known for known in METHODS if known == "OPTIONS" or known in self.endpoints)


class _Node:
    """One segment of the templates: what may follow it."""

    __slots__ = ("literal", "parameter", "route")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.route: Route | None = None

    def find(self, segments: list[str], depth: int, values: list[str]) -> Route | None:
        if depth == len(segments):
            return self.route
        segment = segments[depth]
        literal = self.literal.get(segment)
        if literal is not None:
            found = literal.find(segments, depth + 1, values)
            if found is not None:
                return found
        if self.parameter is None or not segment:
            return None
        values.append(segment)
        found = self.parameter.find(segments, depth + 1, values)
        if found is None:
            values.pop()
        return found


_NO_PARAMETERS: Mapping[str, str] = {}


class RouteTable:
    """(path, method) → endpoint."""

    def __init__(self) -> None:
        self._static: dict[str, Route] = {}
        self._templates = _Node()

    def add(self, method: str, template: str, endpoint: Endpoint) -> None:
        """Route `method` of an OpenAPI path template. Raises `ValueError` when it is routed already."""
        if "{" not in template:
            self._static.setdefault(template, Route(template, ())).add(method.upper(), endpoint)
            return
        node, names = self._templates, []
        for segment in template.split("/")[1:]:
            if segment.startswith("{") and segment.endswith("}"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            elif "{" in segment:
                raise ValueError(f"{template}: a parameter must be a whole segment")
            else:
                node = node.literal.setdefault(segment, _Node())
        node.route = node.route or Route(template, tuple(names))
        if node.route.names != tuple(names):
            raise ValueError(f"{template} and {node.route.template} are the same path")
        node.route.add(method.upper(), endpoint)

    def find(self, path: str, raw_path: bytes) -> tuple[Route | None, Mapping[str, str]]:
        """The route of a path and the decoded values of its parameters.

        Segments are split before they are decoded, so that `%2F` stays inside its segment. Raises `Undecodable`.
        """
        if b"%" not in raw_path:
            static = self._static.get(path)
            if static is not None:
                return static, _NO_PARAMETERS
            segments = path.split("/")
        else:
            segments = [percent_decoded(segment) for segment in raw_path.decode("ascii", "replace").split("/")]
            if not any("/" in segment for segment in segments):
                static = self._static.get("/".join(segments))
                if static is not None:
                    return static, _NO_PARAMETERS
        values: list[str] = []
        route = self._templates.find(segments, 1, values)
        if route is None:
            return None, _NO_PARAMETERS
        return route, dict(zip(route.names, values, strict=True))
