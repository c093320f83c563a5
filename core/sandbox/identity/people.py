"""Who has an account at the sandbox's identity server. Nobody of them exists; the addresses are of RFC 2606."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Person:
    """One person under one `login` at all three providers. `number` makes the providers' own ids."""

    login: str
    number: int
    name: str
    email: str
    email_verified: bool = True
    subreddits: tuple[str, ...] = ()

    @property
    def google_subject(self) -> str:
        """What Google calls `sub`: up to 255 digits that never change."""
        return f"1096{self.number:017}"

    @property
    def github_id(self) -> int:
        return 50_000_000 + self.number

    @property
    def reddit_id(self) -> str:
        return f"tdg{self.number:04}"


_ALL: Final = (
    Person("ada_harbour", 1, "Ada Harbour", "ada.harbour@mail.example", subreddits=("technology", "science")),
    Person("ben_gable", 2, "Ben Gable", "ben.gable@mail.example", subreddits=("worldnews",)),
    Person("cleo_marsh", 3, "Cleo Marsh", "cleo.marsh@mail.example", subreddits=("culture", "de", "selfhosted")),
    Person("dov_unproven", 4, "Dov Unproven", "dov.unproven@mail.example", email_verified=False),
    Person("eve_quiet", 5, "Eve Quiet", "eve.quiet@mail.example"),
)
PEOPLE: Final[Mapping[str, Person]] = {person.login: person for person in _ALL}


def person_named(hint: str) -> Person | None:
    """The person that a `login_hint` means: by login or by e-mail address. A login that nobody has is somebody new.

    `new:<word>` is made up on the spot, so that a test can have as many people as it needs.
    """
    if hint.startswith("new:"):
        return _newcomer(hint.removeprefix("new:"))
    return next((person for person in _ALL if hint in (person.login, person.email)), None)


def _newcomer(word: str) -> Person | None:
    if not (word.isascii() and word.isalnum() and 0 < len(word) <= 16):
        return None
    number = 1_000 + int.from_bytes(word.lower().encode(), "big") % 1_000_000_007
    name = word.lower()
    return Person(name, number, name.capitalize(), f"{name}@mail.example", subreddits=("technology",))
