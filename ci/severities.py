"""How grave each kind of change is: oasdiff's own judgement, and where this contract is stricter.

`python -m ci.severities` writes ci/severity-levels.txt anew, which oasdiff reads (it takes no comments, so the reasons
stand here). Every rule of the pinned version that gates or warns is named there: another version cannot soften one
unnoticed, and refuses the file when it has renamed one.
"""

import json

from ci.oasdiff import oasdiff
from ci.support import ROOT, run

FILE = ROOT / "ci" / "severity-levels.txt"

# rule → why it breaks a client of this API, although oasdiff only warns or informs
STRICTER = {
    "request-parameter-removed": "an unknown query parameter is answered with 400",
    "request-property-removed": "input schemas admit no unknown member, so an old request body becomes 400",
    "response-optional-property-removed": "clients of v2 choose members by `fields=`; optional there means on request",
    "optional-response-header-removed": "headers carry the paging links, the limits and the Sunset date",
    "api-security-added": "a call that needed no credential gets 401",
    "api-global-security-added": "calls that needed no credential get 401",
    "api-operation-id-removed": "the operationId is the name of the method in generated clients",
    "api-tag-removed": "the tag is the name of the class or module in generated clients",
    "api-schema-removed": "a named schema is a class in generated clients",
    "api-path-removed-with-deprecation": "it had no x-sunset: nobody was told when it would go",
    "api-removed-with-deprecation": "it had no x-sunset: nobody was told when it would go",
    "request-parameter-removed-with-deprecation": "it had no x-sunset: nobody was told when it would go",
}
SHORT = {"error": "err", "warning": "warn"}


def levels() -> str:
    """The text of ci/severity-levels.txt for the pinned oasdiff: one `rule level` a line, sorted."""
    told = run(oasdiff(), "checks", "changelog", "--format", "json", capture=True).stdout
    known = {rule["id"]: rule["level"] for rule in json.loads(told)}
    if unknown := STRICTER.keys() - known.keys():
        raise KeyError(f"not rules of this oasdiff: {', '.join(sorted(unknown))}")
    gating = {rule: SHORT[level] for rule, level in known.items() if level in SHORT} | dict.fromkeys(STRICTER, "err")
    return "".join(f"{rule} {level}\n" for rule, level in sorted(gating.items()))


def main() -> None:
    """Write the file anew."""
    FILE.write_text(levels(), encoding="utf-8")


if __name__ == "__main__":
    main()
