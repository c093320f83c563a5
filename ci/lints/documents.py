"""Check both OpenAPI documents against the rules of the contract, and say for each breach why the rule exists.

A schema may leave members out of `required` when it says `x-sparse: true`; there is no other exception.
"""

from collections.abc import Iterable

from ci.lints.contract import examples, files, names, operations, parameters, replacements, schemas, versions
from ci.lints.contract.document import Document, DocumentRule, load_all

RULES: tuple[DocumentRule, ...] = (
    *versions.RULES,
    *replacements.RULES,
    *operations.RULES,
    *parameters.RULES,
    *schemas.RULES,
    *names.RULES,
    *examples.RULES,
    *files.RULES,
)


def check(documents: Iterable[Document]) -> list[str]:
    """The findings in these documents, as texts for people."""
    return [
        f"{document.version}: {place} {what} [{rule.name}]\n    why: {rule.reason}\n    fix: {rule.fix}"
        for document in documents
        for rule in RULES
        for place, what in rule.find(document)
    ]


def main() -> None:
    """`python -m ci.lints.documents`."""
    findings = check(load_all())
    for finding in findings:
        print(finding)
    print(f"documents: {len(RULES)} rules, {len(findings)} findings")
    raise SystemExit(1 if findings else 0)


if __name__ == "__main__":
    main()
