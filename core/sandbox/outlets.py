"""The newspapers, magazines and blogs of the newsroom. None exists: their hosts end in `.example` (RFC 2606)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

GENERAL: Final = "general"
ROTATION: Final = (
    "technology", "world", "business", "technology", "politics", "science", "technology", "sports", "culture",
    "technology", "health", "world", "technology", "business", "general", "technology", "politics",
)  # fmt: skip
"""Desks of a general outlet in the order in which they file: six of seventeen stories are technology."""

GUARDIAN_SECTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "technology": ("technology", "Technology"),
    "world": ("world", "World news"),
    "business": ("business", "Business"),
    "politics": ("politics", "Politics"),
    "science": ("science", "Science"),
    "sports": ("sport", "Sport"),
    "culture": ("culture", "Culture"),
    "health": ("society", "Society"),
    "general": ("uk-news", "UK news"),
}
"""The Guardian's own section id and name of each desk."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Who publishes. `desk` is `general` where every desk files; `country` is ISO 3166-1 alpha-2 in lower case."""

    id: str
    name: str
    language: str
    country: str
    desk: str
    host: str
    description: str

    def desk_for(self, index: int) -> str:
        """The desk that files the outlet's article number `index`."""
        return ROTATION[index % len(ROTATION)] if self.desk == GENERAL else self.desk


_ALL: Final = (
    Outlet(
        "guardian",
        "The Guardian",
        "en",
        "gb",
        GENERAL,
        "www.guardian.example",
        "The Guardian, as the sandbox imagines it.",
    ),
    # read through NewsAPI
    Outlet(
        "pacific-courier",
        "Pacific Courier",
        "en",
        "us",
        GENERAL,
        "www.pacific-courier.example",
        "News from the west coast.",
    ),
    Outlet(
        "counting-house", "The Counting House", "en", "gb", "business", "counting-house.example", "Money, plainly told."
    ),
    Outlet(
        "circuit-weekly",
        "Circuit Weekly",
        "en",
        "us",
        "technology",
        "circuit-weekly.example",
        "Computers and those who mend them.",
    ),
    Outlet("open-pitch", "Open Pitch", "en", "gb", "sports", "open-pitch.example", "Sport from the cheap seats."),
    Outlet("long-view", "The Long View", "en", "us", "science", "long-view.example", "Science, with patience."),
    Outlet(
        "ward-round", "Ward Round", "en", "gb", "health", "ward-round.example", "Medicine for people who are not ill."
    ),
    Outlet("stage-door", "Stage Door", "en", "gb", "culture", "stage-door.example", "Theatre, books and attics."),
    Outlet(
        "nordsee-blatt", "Nordsee-Blatt", "de", "de", GENERAL, "www.nordsee-blatt.example", "Nachrichten von der Küste."
    ),
    Outlet("le-quai", "Le Quai", "fr", "fr", GENERAL, "www.le-quai.example", "L’actualité, côté port."),
    Outlet("el-mirador", "El Mirador", "es", "es", GENERAL, "www.el-mirador.example", "Las noticias desde arriba."),
    Outlet("il-ponte", "Il Ponte", "it", "it", GENERAL, "www.il-ponte.example", "Notizie da una sponda all’altra."),
    Outlet("o-farol", "O Farol", "pt", "br", GENERAL, "www.o-farol.example", "Notícias que iluminam."),
    # read through feeds
    Outlet(
        "harbour-ledger",
        "The Harbour Ledger",
        "en",
        "gb",
        GENERAL,
        "www.harbour-ledger.example",
        "A daily paper for a small port.",
    ),
    Outlet(
        "field-notes",
        "Field Notes",
        "en",
        "us",
        "science",
        "field-notes.example",
        "What researchers write in the margin.",
    ),
    Outlet(
        "elbe-kurier", "Elbe-Kurier", "de", "de", GENERAL, "www.elbe-kurier.example", "Tageszeitung für die Region."
    ),
    Outlet(
        "gazette-du-nord", "La Gazette du Nord", "fr", "fr", GENERAL, "gazette-du-nord.example", "Le quotidien du soir."
    ),
    Outlet("el-faro-del-sur", "El Faro del Sur", "es", "cl", GENERAL, "elfarodelsur.example", "Diario independiente."),
    Outlet("la-lanterna", "La Lanterna", "it", "it", GENERAL, "www.la-lanterna.example", "Cronache e idee."),
    Outlet(
        "o-jornal-da-serra",
        "O Jornal da Serra",
        "pt",
        "br",
        GENERAL,
        "jornaldaserra.example",
        "O jornal de quem mora no alto.",
    ),
    Outlet("minato-shimbun", "港新聞", "ja", "jp", GENERAL, "www.minato-shimbun.example", "港町の日刊紙。"),
    Outlet(
        "coastal-post",
        "The Coastal Post",
        "en",
        "ie",
        GENERAL,
        "coastal-post.example",
        "From lighthouse to lighthouse.",
    ),
    Outlet("upland-radio", "Upland Radio", "en", "gb", GENERAL, "upland-radio.example", "News on the hour."),
    Outlet(
        "old-quarter",
        "The Old Quarter",
        "en",
        "ca",
        "culture",
        "old-quarter.example",
        "A magazine that never redesigned.",
    ),
    Outlet("parish-wire", "Parish Wire", "en", "gb", GENERAL, "parish-wire.example", "Everything within ten miles."),
    Outlet("le-carnet", "Le Carnet", "fr", "be", GENERAL, "le-carnet.example", "Notes quotidiennes."),
    # what forums link to
    Outlet("kernel-notes", "Kernel Notes", "en", "us", "technology", "kernelnotes.example", "A blog."),
    Outlet("slow-web", "The Slow Web", "en", "nl", "technology", "slowweb.example", "Another blog."),
    Outlet("data-desk", "Data Desk", "en", "gb", "science", "datadesk.example", "Numbers with sources."),
    Outlet("forum", "Forum", "en", "us", "technology", "forum.example", "People who write on forums."),
)
OUTLETS: Final[Mapping[str, Outlet]] = {outlet.id: outlet for outlet in _ALL}
