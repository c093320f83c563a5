"""Italian: vocabulary and beats."""

from typing import Final

from core.sandbox.content.types import Beat, Language

_BEATS: Final = (
    Beat(
        desk="technology",
        titles=(
            "{city} passa {count} computer comunali al software libero",
            "Perché il Comune di {city} cambia i programmi d’ufficio",
        ),
        standfirst="Entro {season} cambieranno {count} postazioni. La biblioteca ha già cominciato.",
        lead="L’ultima licenza scade {weekday} e il Comune di {city} non intende rinnovarla. D’ora in poi {count} "
        "postazioni useranno programmi che chiunque può leggere, copiare e riparare.",
        body=(
            "«Non sapevamo rispondere a una domanda semplice: dove sono i nostri documenti?», spiega {person}, "
            "dell’ufficio digitale.",
            "La prova all’ufficio urbanistica è durata {days} giorni. Su {small} dipendenti, solo due hanno chiesto "
            "di tornare indietro.",
            "{expert}, {university}, ha contato {count2} moduli: metà non veniva aperta da dieci anni.",
            "Il fornitore, {company}, ha offerto uno sconto del {percent}%. La lettera è arrivata il giorno dopo il "
            "voto.",
            "{city2} e altri comuni hanno chiesto gli appunti, pubblicati con licenza libera.",
        ),
    ),
    Beat(
        desk="politics",
        titles=("Approvata la {law} con {small} voti di scarto", "Che cosa cambia con la {law}"),
        standfirst="Riscritta {small} volte, la legge entra in vigore entro {season}.",
        lead="Poco prima delle tre di notte l’aula ha approvato la {law}, dopo {count2} emendamenti e un discorso che "
        "conteneva una ricetta.",
        body=(
            "«Non è la legge che volevo, è quella che aveva i voti», ha ammesso {person} all’uscita.",
            "Le imprese temono costi per {millions} milioni di euro l’anno; uno studio indipendente arriva a meno "
            "della metà.",
            "I comuni avranno {days} giorni per rispondere, poi si potrà ricorrere al giudice.",
            "Per {expert}, {university}, conta l’ultima riga: tutto decade dopo {years} anni.",
        ),
        words={
            "law": ("legge sui fiumi", "legge sulla riparazione", "legge sugli archivi", "legge sui treni notturni")
        },
    ),
    Beat(
        desk="business",
        titles=(
            "{company} compra {company2} per {millions} milioni di euro",
            "Nozze a {city}: {company} e {company2} insieme",
        ),
        standfirst="Nessun posto di lavoro andrà perso, dice l’azienda. I sindacati hanno già letto questa frase.",
        lead="{company} comprerà {company2} per {millions} milioni di euro. Il gruppo avrà {count} dipendenti e, per "
        "ora, due mense.",
        body=(
            "Il prezzo supera del {percent}% la chiusura di {weekday}. Il consiglio raccomanda l’offerta "
            "all’unanimità.",
            "«Ci trovavamo in tutte le gare», racconta {person}. «Alla fine abbiamo diviso un taxi».",
            "{expert}, {university}, ricorda che metà delle fusioni costa più di quanto faccia risparmiare, «ma "
            "nessuno sa quale metà».",
            "La sede di {city2} resterà aperta per almeno {years} anni.",
        ),
    ),
    Beat(
        desk="science",
        titles=("Vicino a {city} una trivella trova {finding}", "A {metres} metri di profondità, {finding}"),
        standfirst="Cercavano calore, hanno trovato {finding}.",
        lead="La trivella girava da {days} giorni quando il rumore è cambiato. A {metres} metri, dove doveva esserci "
        "soltanto roccia, c’era {finding}.",
        body=(
            "«Prima abbiamo controllato lo strumento, poi il cavo, poi i colleghi», scherza {expert}, {university}.",
            "La datazione indica {millions} milioni di anni. Lo studio esce questa settimana.",
            "A notare il rumore è stata una persona sola: {person}, al terzo mese di dottorato.",
            "Un gruppo straniero chiede un secondo campione, a qualche chilometro di distanza.",
        ),
        words={
            "finding": (
                "uno strato di legno fossile",
                "una sacca di acqua marina antichissima",
                "un letto di vetro vulcanico",
            )
        },
    ),
    Beat(
        desk="sports",
        titles=("{club} batte {club2} {score} nel recupero", "Gol all’ultimo respiro: {club}-{club2} {score}"),
        standfirst="Davanti a {count} spettatori il gol arriva quando molti cercano già le chiavi.",
        lead="Al {minute}º minuto {person} tocca il pallone una volta più del prudente e batte il portiere sul primo "
        "palo: {club} supera {club2} per {score}.",
        body=(
            "Fino ad allora meglio gli ospiti, con il {percent2}% di possesso e {small} legni.",
            "«Siamo stati fortunati, e ce lo siamo guadagnato», dicono dalla panchina.",
            "Un rigore chiesto prima dell’intervallo non è stato concesso, dopo un lungo sguardo allo schermo.",
            "Prossima trasferta {weekday}, a {city}.",
        ),
        words={
            "club": ("Virtus Molo", "Pro Collalto", "Atletica Lagune", "Sporting Valdarna"),
            "score": ("1-0", "2-1", "3-2"),
            "minute": ("93", "94", "95", "96"),
        },
    ),
    Beat(
        desk="culture",
        titles=(
            "Ritrovato in una soffitta di {city} un {object} di {artist}",
            "Il {object} perduto di {artist} era a {city}",
        ),
        standfirst="Serviva contro gli spifferi. Oggi vale, si dice, {count} euro.",
        lead="{person} era in soffitta per una perdita d’acqua. Dietro una trave, avvolto in carta di giornale, c’era "
        "un {object} di {artist}.",
        body=(
            "Gli specialisti lo hanno studiato {days} giorni e sono «sicuri quanto si può esserlo in questo mestiere».",
            "{expert}, {university}, indica sul retro un piccolo airone, il segno di {artist} per {years2} anni.",
            "La famiglia lo presterà al museo di {city2}, se qualcuno ripara il tetto.",
            "Un catalogo del 1931 lo dava per «distrutto, o da una zia».",
        ),
        words={
            "object": ("taccuino di schizzi", "violino", "manoscritto", "ritratto"),
            "artist": ("Adele Rosselli", "Gioacchino Verni", "Margherita Salto", "Elia Amari"),
        },
    ),
    Beat(
        desk="general",
        titles=("Torna il treno di notte tra {city} e {city2}", "Da {city} a {city2}, di notte, per {small2} euro"),
        standfirst="Le carrozze sono usate, la colazione no.",
        lead="Alle dieci e nove di {weekday} sera a {city} si è sentito un fischio che mancava da {years} anni. Il "
        "treno per {city2} è partito con {small} minuti di ritardo, tra gli applausi.",
        body=(
            "{person} ha viaggiato nella cuccetta in basso e, per scelta, non ha dormito.",
            "Rimettere a nuovo le carrozze è costato {millions} milioni di euro; posti occupati: {percent2}%.",
            "«Nemmeno le strade rendono», osserva {expert}, {university}.",
            "Le docce sono promesse per {season}. Per ora ci sono un lavandino, una lampadina e il panorama.",
        ),
    ),
)

ITALIAN = Language(
    code="it",
    thousands=".",
    decimal=",",
    bylines=("Ginevra Montalto", "Pietro Lanfranchi", "Silvia Zanetti", "Corrado Bellini", "Noemi Farina"),
    words={
        "person": (
            "Marta Ghisleri",
            "Davide Ronconi",
            "Lucia Santoro",
            "Nicolò Bassi",
            "Teresa Guidi",
            "Paolo Ferraris",
        ),
        "expert": (
            "la professoressa Elena Roveri",
            "il dottor Ugo Salmi",
            "la ricercatrice Alba Neri",
            "il professor Luigi Godi",
        ),
        "city": ("Trieste", "Bologna", "Lecce", "Ferrara", "Genova", "Lugano", "Cuneo", "Pesaro", "Trento", "Matera"),
        "university": (
            "università di Valdarna",
            "politecnico delle Lagune",
            "università di San Marzio",
            "istituto Collalto",
        ),
        "company": (
            "Albachiara",
            "Officine Brunetti",
            "Ventosa",
            "Lume & Figli",
            "Maree",
            "Gruppo Rovere",
            "Cormorano",
        ),
        "season": ("la primavera", "l’estate", "la fine dell’anno", "l’autunno"),
        "weekday": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì"),
    },
    beats=_BEATS,
    correction="Articolo corretto {weekday}: una versione precedente riportava una cifra sbagliata su {city}.",
    closings=(
        "Né {company} né {person} hanno voluto aggiungere altro.",
        "I dati riguardano i {days} giorni fino a metà novembre.",
        "«Me lo richieda tra un anno», dice {person}. «Spero che la risposta sia più noiosa».",
        "A {city2} osservano con attenzione e, per ora, senza progetti propri.",
        "Una prima versione era stata abbandonata {years} anni fa per mancanza di soldi.",
        "La prossima riunione pubblica è {weekday}; si sono iscritte {count2} persone.",
    ),
)
