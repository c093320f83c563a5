"""From the document to the function: tag and operationId name a handler, and its signature must fit the operation.

Tag `apiKeys` and operationId `listApiKeys` of version v2 are `handlers/v2/api_keys.py:list_api_keys`. A handler that is
missing, or that would ignore a parameter of the document, stops the start with one line that says what to write.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from inspect import Parameter as Argument
from inspect import iscoroutinefunction, signature
from typing import Any

from core.contract.parameters import Parameter, snake_case
from core.contract.responses import Response

Handler = Callable[..., Awaitable[Response]]

_BY_KEYWORD = (Argument.POSITIONAL_OR_KEYWORD, Argument.KEYWORD_ONLY)


class HandlerMismatch(TypeError):
    """A document and its handlers do not agree; the message names the file and the remedy."""


def find_handler(package: str, version: str, operation: Mapping[str, Any]) -> Handler:
    """The function that answers an operation. Raises `HandlerMismatch`."""
    operation_id = operation["operationId"]
    tags = operation.get("tags", [])
    if len(tags) != 1:
        raise HandlerMismatch(f"{version} {operation_id}: an operation has exactly one tag, which names its file")
    module_name = f"{package}.{version}.{snake_case(tags[0])}"
    name = snake_case(operation_id)
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise  # the module is there, and something that it imports is not
        raise HandlerMismatch(f"{version} {operation_id}: there is no module {module_name}") from None
    handler: Handler | None = getattr(module, name, None)
    if handler is None:
        raise HandlerMismatch(f"{version} {operation_id}: write `async def {name}` in {module_name}")
    if not iscoroutinefunction(handler):
        raise HandlerMismatch(f"{version} {operation_id}: {module_name}.{name} must be an `async def`")
    return handler


def check_signature(
    handler: Handler, *, label: str, parameters: Sequence[Parameter], takes_body: bool, body_required: bool
) -> bool:
    """Whether the handler wants the `principal`. Raises `HandlerMismatch` when it does not fit its operation."""
    arguments = dict(signature(handler).parameters)
    wants_principal = arguments.pop("principal", None) is not None
    for argument in arguments.values():
        if argument.kind not in _BY_KEYWORD:
            raise HandlerMismatch(f"{label}: {argument} must be an argument that can be given by keyword")
    for parameter in parameters:
        if parameter.argument not in arguments:
            raise HandlerMismatch(f"{label}: the handler ignores `{parameter.name}`, give it `{parameter.argument}`")
        argument = arguments.pop(parameter.argument)
        is_optional = not parameter.required and parameter.default is None
        if is_optional and argument.default is Argument.empty:
            raise HandlerMismatch(f"{label}: `{parameter.name}` may be absent, write `{parameter.argument}=None`")
    if takes_body:
        if "body" not in arguments:
            raise HandlerMismatch(f"{label}: the handler ignores the request body, give it `body`")
        argument = arguments.pop("body")
        if not body_required and argument.default is Argument.empty:
            raise HandlerMismatch(f"{label}: the body may be absent, write `body=None`")
    surplus = [name for name, argument in arguments.items() if argument.default is Argument.empty]
    if surplus:
        raise HandlerMismatch(f"{label}: nothing in the document gives the handler `{'`, `'.join(surplus)}`")
    return wants_principal
