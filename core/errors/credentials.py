"""Who may not, and why: the credential is bad, or it does not reach far enough."""

from core.errors.statuses import Forbidden, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """401: no account has this e-mail address and this password; which of the two is wrong is not said."""

    code = "invalid_credentials"


class AccountSuspended(Unauthenticated):
    """401: the operator of the instance has suspended the account."""

    code = "account_suspended"


class InsufficientScope(Forbidden):
    """403: the key lacks a scope that the operation needs."""

    code = "insufficient_scope"


class OrganizationSuspended(Forbidden):
    """403: the operator of the instance has suspended the organisation."""

    code = "organization_suspended"
