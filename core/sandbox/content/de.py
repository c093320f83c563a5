"""German: vocabulary and beats."""

from typing import Final

from core.sandbox.content.types import Beat, Language

_BEATS: Final = (
    Beat(
        desk="technology",
        titles=(
            "{city} stellt {count} Rechner der Verwaltung auf freie Software um",
            "Warum {city} seine Bürosoftware austauscht",
        ),
        standfirst="Bis {season} sollen {count} Arbeitsplätze umgestellt sein. Die Bücherei hat schon angefangen.",
        lead="Am {weekday} läuft die letzte Lizenz aus, und die Stadtverwaltung von {city} will sie nicht "
        "verlängern. {count} Rechner sollen künftig mit Programmen arbeiten, deren Quelltext jeder lesen darf.",
        body=(
            "„Wir konnten eine einfache Frage nicht beantworten: Wo liegen eigentlich unsere Akten?“, sagt {person}, "
            "zuständig für Digitales.",
            "Ein Versuch im Bauamt dauerte {days} Tage. Von {small} Beschäftigten wollten alle bis auf zwei dabei "
            "bleiben.",
            "{expert} von der {university} hat {count2} Formularvorlagen gezählt. Etwa die Hälfte war seit zehn "
            "Jahren nicht geöffnet worden.",
            "Die bisherige Lieferantin, {company}, bot einen Nachlass von {percent} Prozent an. Das Schreiben kam "
            "einen Tag nach der Abstimmung.",
            "{city2} und mehrere Gemeinden in {country} haben um die Unterlagen gebeten; sie stehen unter einer "
            "freien Lizenz im Netz.",
        ),
    ),
    Beat(
        desk="technology",
        titles=(
            "Sicherheitslücke in {device} von {company} entdeckt",
            "Forscher warnen vor Lücke in {device}",
        ),
        standfirst="{company} hat ein Update veröffentlicht. Bis zu {count} Geräte könnten noch offen sein.",
        lead="Ein Fehler in {device} von {company} hat es Fremden im selben Netz erlaubt, Einstellungen auszulesen. "
        "Das berichten Fachleute der {university}, die ihn vor {days} Tagen gemeldet haben.",
        body=(
            "„Es hat einen Nachmittag gedauert und ein Kabel für vier Euro“, sagt {expert}. „Das ist der Teil, der "
            "Sorgen machen sollte.“",
            "Nach Angaben des Herstellers haben {percent2} Prozent der Geräte die Korrektur selbst eingespielt.",
            "Hinweise auf einen Missbrauch gibt es nicht. Das zuständige Amt rät, zu aktualisieren und ansonsten Ruhe "
            "zu bewahren.",
            "{person} vom Verbraucherverband fordert fünf Jahre Updates für alles, was einen Stecker und eine Antenne "
            "hat.",
            "Die Belohnung von {count2} Euro geht an ein Hospiz in {city}.",
        ),
        words={"device": ("Babyphonen", "Türschlössern", "Heizungsreglern", "Routern", "Türkameras")},
    ),
    Beat(
        desk="politics",
        titles=(
            "Landtag beschließt neues {law} mit {small} Stimmen Mehrheit",
            "Was sich mit dem neuen {law} ändert",
        ),
        standfirst="Nach einer langen Nacht steht das {law}. Die meisten Regeln gelten spätestens {season}.",
        lead="Kurz vor drei Uhr morgens hat der Landtag das {law} beschlossen, nach {count2} Änderungsanträgen und "
        "einer Rede, in der ein Rezept für Linsensuppe vorkam.",
        body=(
            "„Es ist nicht das Gesetz, das ich wollte. Es ist das Gesetz, für das es Stimmen gab“, sagte {person} "
            "nach der Sitzung.",
            "Die Wirtschaft rechnet mit Kosten von {millions} Millionen Euro im Jahr, ein Gutachten kommt auf weniger "
            "als die Hälfte.",
            "Gemeinden müssen künftig binnen {days} Tagen antworten. Wer keine Antwort bekommt, darf klagen.",
            "{expert} von der {university} hält den letzten Paragrafen für den wichtigsten: Nach {years} Jahren läuft "
            "alles aus.",
            "In {city} und {city2} gelten ähnliche Regeln schon länger; dort soll nun verglichen werden.",
        ),
        words={"law": ("Wassergesetz", "Reparaturgesetz", "Archivgesetz", "Mietgesetz", "Spielplatzgesetz")},
    ),
    Beat(
        desk="business",
        titles=(
            "{company} übernimmt {company2} für {millions} Millionen Euro",
            "Fusion in {city}: {company} und {company2} gehen zusammen",
        ),
        standfirst="Arbeitsplätze sollen nicht wegfallen. Die Gewerkschaft hat diesen Satz schon einmal gehört.",
        lead="{company} kauft {company2} für {millions} Millionen Euro. Es entsteht eine Gruppe mit {count} "
        "Beschäftigten und vorerst zwei Kantinen.",
        body=(
            "Der Preis liegt {percent} Prozent über dem Schlusskurs vom {weekday}. Der Aufsichtsrat empfiehlt das "
            "Angebot einstimmig.",
            "„Wir saßen immer in denselben Ausschreibungen“, sagt {person}. „Am Ende haben wir uns ein Taxi geteilt.“",
            "{expert} von der {university} erinnert daran, dass etwa jede zweite Fusion mehr kostet, als sie spart. "
            "„Nur weiß man nicht, welche.“",
            "Die Kartellämter in {country} und {country2} müssen zustimmen. Eine Entscheidung wird bis {season} "
            "erwartet.",
            "Der Standort {city2} bleibt erhalten, mindestens für {years} Jahre.",
        ),
    ),
    Beat(
        desk="science",
        titles=(
            "Bohrung bei {city}: Forscher stoßen auf {finding}",
            "{finding_cap} in {metres} Metern Tiefe",
        ),
        standfirst="Gesucht wurde Erdwärme. Gefunden wurde {finding}, und zwar älter als erwartet.",
        lead="Der Bohrer lief seit {days} Tagen, als sich sein Geräusch veränderte. In {metres} Metern Tiefe, wo nur "
        "Stein sein sollte, lag {finding}.",
        body=(
            "„Erst haben wir das Gerät geprüft, dann das Kabel, dann einander“, sagt {expert} von der {university}.",
            "Die Datierung ergibt ein Alter von {millions} Millionen Jahren. Die Arbeit erscheint in dieser Woche in "
            "einer Fachzeitschrift.",
            "Aufgefallen war das Geräusch {person}, im dritten Semester und zum ersten Mal auf einer Bohrstelle.",
            "Eine Gruppe aus {country} ist nicht überzeugt und wünscht sich eine zweite Probe aus einigen Kilometern "
            "Entfernung.",
            "Weitergebohrt wird bis {season}, sofern die Winde hält, die bisher {small} Mal gerissen ist.",
        ),
        words={
            "finding": (
                "eine Schicht aus fossilem Holz",
                "eine Blase mit uraltem Meerwasser",
                "eine Lage vulkanisches Glas",
            ),
            "finding_cap": ("Fossiles Holz", "Uraltes Meerwasser", "Vulkanisches Glas"),
        },
    ),
    Beat(
        desk="health",
        titles=(
            "{city} verkürzt Wartezeit auf {care} um {percent} Prozent",
            "Die Klinik ohne Wartezimmer: ein Besuch in {city}",
        ),
        standfirst="Kein Neubau, kaum mehr Personal: Die Klinik hat nur die Reihenfolge geändert.",
        lead="Vor einem Jahr wartete man in {city} {days} Wochen auf {care}, heute sind es {small}. Die Klinik hat "
        "nicht mehr Räume als zuvor.",
        body=(
            "„Wir waren sehr pünktlich darin, unvorbereitet zu sein“, sagt {person}, verantwortlich für die Station.",
            "Die Idee kam von einer Pflegerin, die früher in einer Bäckerei gearbeitet hat: Termine werden nun "
            "gebündelt wie Brötchen.",
            "{expert} von der {university} hat nachgerechnet und hält den Erfolg für echt, auch wenn der milde Winter "
            "geholfen habe.",
            "Der Krankenstand ist um {percent} Prozent gesunken. Schlechter geworden ist nur der Kaffee.",
            "Krankenhäuser in {city2} und {country} wollen das Verfahren übernehmen. Es passt auf {small} Seiten.",
        ),
        words={"care": ("eine Augenoperation", "Physiotherapie", "ein Hörgerät", "ein neues Knie")},
    ),
    Beat(
        desk="sports",
        titles=(
            "{club} schlägt {club2} {score} in der Nachspielzeit",
            "Spätes Tor: {club} gewinnt {score} gegen {club2}",
        ),
        standfirst="Vor {count} Zuschauern fällt die Entscheidung, als viele schon zur Straßenbahn gehen.",
        lead="In der {minute}. Minute nahm {person} den Ball einmal öfter an, als klug schien, und traf ins kurze "
        "Eck: {club} besiegt {club2} mit {score}.",
        body=(
            "Bis dahin waren die Gäste besser. Sie trafen {small} Mal Pfosten oder Latte und hatten {percent2} "
            "Prozent Ballbesitz.",
            "„Wir hatten Glück, und wir hatten es uns erarbeitet“, hieß es nach dem Abpfiff von der Trainerbank.",
            "Einen Elfmeter kurz vor der Pause gab es nach langem Blick auf den Bildschirm nicht.",
            "Am {weekday} geht es nach {city}. Fehlen wird dann der Kapitän, nach der fünften Gelben Karte.",
        ),
        words={
            "club": ("Eintracht Elbtal", "SV Nordhafen", "Turbine Weser", "FC Heidetal", "Union Bergstadt"),
            "score": ("1:0", "2:1", "3:2"),
            "minute": ("93", "94", "95", "97"),
        },
    ),
    Beat(
        desk="culture",
        titles=(
            "Verschollen geglaubt: {object} von {artist} in {city} aufgetaucht",
            "Auf einem Dachboden in {city} lag {object} von {artist}",
        ),
        standfirst="Jahrzehntelang hielt der Fund die Zugluft ab. Nun wird er auf {count} Euro geschätzt.",
        lead="Eigentlich sollte {person} nur nach dem undichten Dach sehen. Hinter einem Balken, in Zeitungspapier "
        "gewickelt, lag {object} von {artist}.",
        body=(
            "Fachleute der {university} haben {days} Tage geprüft und sind „so sicher, wie man in unserem Beruf sein "
            "kann“.",
            "{expert} verweist auf ein Zeichen auf der Rückseite, einen kleinen Reiher.",
            "Die Familie will den Fund dem Museum in {city2} leihen, wenn jemand das Dach repariert.",
            "Ein Katalog von 1931 führt ihn als „zerstört oder bei einer Tante“.",
        ),
        words={
            "object": ("ein Skizzenbuch", "eine Geige", "ein Manuskript", "eine Landkarte", "ein Streichquartett"),
            "artist": ("Adele Rosskopf", "Joachim Werner", "Marga Sault", "Elias Hammerberg"),
        },
    ),
    Beat(
        desk="world",
        titles=(
            "{country} und {country2} einigen sich über {shared}",
            "Nach {years} Jahren: Abkommen über {shared} unterzeichnet",
        ),
        standfirst="Das Abkommen ist kurz, trocken und nach Ansicht seiner Verfasser haltbar.",
        lead="In {city} haben {country} und {country2} am {weekday} ein Abkommen über {shared} unterzeichnet. Der "
        "Streit hatte {small} Außenminister überdauert.",
        body=(
            "„Wir haben aufgehört, über Geschichte zu reden, und angefangen, über Liter zu reden“, sagte {person} für "
            "eine der Delegationen.",
            "Eine Kommission aus {small} Fachleuten trifft sich jedes Vierteljahr. Ihre Protokolle werden nach {days} "
            "Tagen öffentlich.",
            "{expert} von der {university} nennt den Text „ein Muster an Bescheidenheit“.",
            "Verbände auf beiden Seiten hatten seit den Sperrungen im vergangenen Winter auf eine Lösung gedrängt.",
        ),
        words={"shared": ("Fischgründe", "Flusswasser", "Güterzüge", "Sturmwarnungen", "Seenotrettung")},
    ),
    Beat(
        desk="general",
        titles=(
            "Nachtzug zwischen {city} und {city2} fährt wieder",
            "Nach {years} Jahren: Schlafwagen von {city} nach {city2}",
        ),
        standfirst="Die Wagen sind gebraucht, das Frühstück nicht. Fahrkarten gibt es ab {small2} Euro.",
        lead="Um neun Minuten nach zehn pfiff es am {weekday} in {city}, wie seit {years} Jahren nicht mehr, und "
        "der Nachtzug nach {city2} fuhr ab, mit {small} Minuten Verspätung und unter Beifall.",
        body=(
            "{person} hat lange für den Zug gekämpft, reiste im unteren Bett und schlief freiwillig keine Minute.",
            "Die Aufarbeitung der Wagen kostete {millions} Millionen Euro. Die Auslastung liegt bei {percent2} "
            "Prozent.",
            "„Straßen rechnen sich auch nicht“, sagt {expert}, Verkehrsökonom an der {university}.",
            "Duschen soll es bis {season} geben. Bis dahin gibt es ein Waschbecken, eine kleine Lampe und die "
            "Aussicht.",
        ),
    ),
)

GERMAN = Language(
    code="de",
    thousands=".",
    decimal=",",
    bylines=(
        "Annika Brandt",
        "Jörg Petersen",
        "Mehmet Yıldız",
        "Katharina Weiß",
        "Lukas Grünwald",
        "Svenja Möller",
        "Tilman Kröger",
    ),
    words={
        "person": (
            "Heike Lindemann",
            "Bernd Sattler",
            "Aylin Demir",
            "Rüdiger Kühn",
            "Franziska Vogt",
            "Ole Hansen",
            "Gisela Mühlbauer",
        ),
        "expert": (
            "Prof. Ute Reimann",
            "Dr. Karim Saleh",
            "Prof. Götz Lauterbach",
            "Dr. Jana Büttner",
            "Dr. Theo Maschke",
        ),
        "city": (
            "Bremen",
            "Leipzig",
            "Kassel",
            "Freiburg",
            "Rostock",
            "Münster",
            "Graz",
            "Basel",
            "Lübeck",
            "Würzburg",
            "Linz",
            "Jena",
        ),
        "country": ("Dänemark", "Österreich", "Norwegen", "Portugal", "Finnland", "Estland", "Chile", "Kanada"),
        "university": (
            "Universität Weserbergen",
            "Technischen Hochschule Nordelbe",
            "Hochschule Silberburg",
            "Universität Altmühl",
        ),
        "company": (
            "Falkenried",
            "Nordlicht Systeme",
            "Kupferwerk",
            "Talblick",
            "Hansen & Söhne",
            "Wellenbau",
            "Grauganz",
            "Lindenhof",
        ),
        "season": ("zum Frühjahr", "zum Jahresende", "zum Sommer", "zum Herbst"),
        "weekday": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"),
    },
    beats=_BEATS,
    correction="Dieser Text wurde am {weekday} berichtigt: In einer früheren Fassung stand eine falsche Zahl zu "
    "{city}.",
    closings=(
        "Weder {company} noch {person} wollten sich darüber hinaus äußern.",
        "Die Zahlen beziehen sich auf die {days} Tage bis Mitte November.",
        "„Fragen Sie mich in einem Jahr noch einmal“, sagt {person}. „Ich hoffe, die Antwort ist dann langweiliger.“",
        "In {city2} beobachtet man die Sache aufmerksam und ohne eigene Pläne.",
        "Ein früherer Entwurf scheiterte vor {years} Jahren am Geld.",
        "Die nächste öffentliche Sitzung ist am {weekday}; {count2} Menschen haben sich angemeldet.",
    ),
)
