"""French: vocabulary and beats."""

from typing import Final

from core.sandbox.content.types import Beat, Language

_BEATS: Final = (
    Beat(
        desk="technology",
        titles=(
            "À {city}, {count} ordinateurs de la mairie passent au logiciel libre",
            "Pourquoi la ville de {city} change de suite bureautique",
        ),
        standfirst="D’ici {season}, {count} postes auront changé d’outils. La bibliothèque a pris de l’avance.",
        lead="La dernière licence expire {weekday}, et la ville de {city} ne compte pas la renouveler. Désormais, "
        "{count} postes utiliseront des logiciels que chacun peut lire, copier et réparer.",
        body=(
            "« Nous ne savions pas répondre à une question simple : où sont nos documents ? », explique {person}, à "
            "la direction du numérique.",
            "Un essai mené au service de l’urbanisme a duré {days} jours. Sur {small} agents, deux seulement ont "
            "demandé à revenir en arrière.",
            "{expert}, de {university}, a recensé {count2} modèles de formulaires, dont la moitié n’avait pas été "
            "ouverte depuis dix ans.",
            "Le fournisseur, {company}, a proposé une remise de {percent} %. Le courrier est arrivé le lendemain du "
            "vote.",
            "{city2} et plusieurs communes ont demandé le dossier, publié sous licence libre.",
        ),
    ),
    Beat(
        desk="technology",
        titles=(
            "Des chercheurs découvrent une faille dans {device} de {company}",
            "Faille de sécurité : {count} foyers concernés par {device} de {company}",
        ),
        standfirst="{company} a publié une mise à jour. Tous les appareils ne l’ont pas encore reçue.",
        lead="Une erreur dans {device} de {company} permettait à un inconnu connecté au même réseau d’en lire les "
        "réglages. Elle a été signalée il y a {days} jours par une équipe de {university}.",
        body=(
            "« Il a fallu un après-midi et un câble à quatre euros », raconte {expert}. « C’est cela qui devrait "
            "inquiéter. »",
            "Selon le fabricant, {percent2} % des appareils ont déjà installé le correctif.",
            "Rien n’indique que la faille ait servi. Les autorités conseillent de mettre à jour et, pour le reste, de "
            "dormir tranquille.",
            "{person}, qui défend les consommateurs, réclame cinq ans de mises à jour pour tout objet branché.",
            "La prime de {count2} euros sera versée à une maison de soins de {city}.",
        ),
        words={"device": ("les serrures connectées", "les babyphones", "les thermostats", "les boîtiers internet")},
    ),
    Beat(
        desk="politics",
        titles=(
            "Le Parlement adopte {law} à {small} voix près",
            "Ce que change {law}",
        ),
        standfirst="Réécrit {small} fois, le texte s’appliquera pour l’essentiel dès {season}.",
        lead="Peu avant trois heures du matin, les députés ont adopté {law}, après {count2} amendements et un "
        "discours qui contenait une recette de soupe.",
        body=(
            "« Ce n’est pas le texte que je voulais, c’est celui qui avait une majorité », a reconnu {person}, à "
            "l’issue de la séance.",
            "Les entreprises redoutent un coût de {millions} millions d’euros par an. Une étude indépendante arrive à "
            "moins de la moitié.",
            "Les communes devront répondre sous {days} jours ; à défaut, les habitants pourront saisir le juge.",
            "Pour {expert}, de {university}, la dernière ligne compte le plus : tout s’éteint au bout de {years} ans.",
        ),
        words={
            "law": (
                "la loi sur les rivières",
                "la loi sur la réparation",
                "la loi sur les archives",
                "la loi sur les trains de nuit",
            )
        },
    ),
    Beat(
        desk="business",
        titles=(
            "{company} rachète {company2} pour {millions} millions d’euros",
            "Mariage à {city} : {company} et {company2} s’unissent",
        ),
        standfirst="Aucun emploi ne disparaîtra, promet la direction. Les syndicats ont déjà lu cette phrase.",
        lead="{company} va racheter {company2} pour {millions} millions d’euros. Le groupe comptera {count} salariés "
        "et, pour l’instant, deux cantines.",
        body=(
            "Le prix dépasse de {percent} % le cours de clôture de {weekday}. Le conseil recommande l’offre à "
            "l’unanimité.",
            "« On se croisait dans tous les appels d’offres », raconte {person}. « On a fini par partager un taxi. »",
            "{expert}, de {university}, rappelle qu’une fusion sur deux coûte plus qu’elle ne rapporte, « mais on ne "
            "sait jamais laquelle ».",
            "Le site de {city2} sera conservé pendant au moins {years} ans.",
        ),
    ),
    Beat(
        desk="science",
        titles=(
            "Près de {city}, un forage met au jour {finding}",
            "À {metres} mètres sous terre, {finding}",
        ),
        standfirst="On cherchait de la chaleur, on a trouvé {finding}.",
        lead="La foreuse tournait depuis {days} jours quand le bruit a changé. À {metres} mètres, là où il ne devait "
        "y avoir que de la roche, se trouvait {finding}.",
        body=(
            "« Nous avons vérifié l’appareil, puis le câble, puis nos collègues », s’amuse {expert}, de {university}.",
            "La datation donne un âge de {millions} millions d’années. L’étude paraît cette semaine dans une revue à "
            "comité de lecture.",
            "C’est {person}, en thèse depuis trois mois, qui a remarqué le bruit.",
            "Une équipe étrangère demande un second échantillon, prélevé à quelques kilomètres.",
        ),
        words={
            "finding": (
                "une couche de bois fossile",
                "une poche d’eau de mer très ancienne",
                "un lit de verre volcanique",
            )
        },
    ),
    Beat(
        desk="health",
        titles=(
            "À {city}, la clinique qui a supprimé sa salle d’attente",
            "Comment {city} a réduit de {percent} % l’attente pour {care}",
        ),
        standfirst="Ni bâtiment neuf ni renfort massif : la clinique a seulement changé l’ordre des choses.",
        lead="Il y a un an, il fallait {days} semaines pour obtenir {care} à {city}. Il en faut {small} aujourd’hui, "
        "dans les mêmes murs.",
        body=(
            "« Nous étions très ponctuels pour ne pas être prêts », sourit {person}, à la tête du service.",
            "L’idée vient d’une infirmière qui a travaillé en boulangerie : les rendez-vous se préparent par fournées.",
            "{expert}, de {university}, a refait les calculs et juge l’effet réel, malgré un hiver clément.",
            "Les arrêts maladie ont reculé de {percent} %. Seul le café est moins bon.",
        ),
        words={"care": ("une opération des yeux", "un rendez-vous de kinésithérapie", "un appareil auditif")},
    ),
    Beat(
        desk="sports",
        titles=(
            "{club} s’impose {score} contre {club2} dans les arrêts de jeu",
            "Football : {club} arrache la victoire devant {club2} ({score})",
        ),
        standfirst="Devant {count} spectateurs, le but est venu quand beaucoup cherchaient déjà leurs clés.",
        lead="À la {minute}e minute, {person} a pris une touche de balle de trop, en apparence, avant de tromper le "
        "gardien au premier poteau : {club} bat {club2} ({score}).",
        body=(
            "Les visiteurs avaient pourtant dominé, avec {percent2} % de possession et {small} tirs sur les montants.",
            "« On a eu de la chance, et on l’a méritée », a résumé le banc de {club}.",
            "Un penalty réclamé avant la pause n’a pas été accordé, après un long passage par l’écran.",
            "Prochain déplacement {weekday}, à {city}.",
        ),
        words={
            "club": (
                "l’Étoile de Valmer",
                "le Racing du Quai",
                "l’Olympique de Saint-Brieuc-le-Haut",
                "le Stade Cévenol",
            ),
            "score": ("1-0", "2-1", "3-2"),
            "minute": ("93", "94", "95", "96"),
        },
    ),
    Beat(
        desk="culture",
        titles=(
            "Un {object} signé {artist} retrouvé dans un grenier de {city}",
            "Le {object} perdu, signé {artist}, servait à caler une lucarne",
        ),
        standfirst="Il arrêtait les courants d’air. On l’estime aujourd’hui à {count} euros.",
        lead="{person} montait voir la fuite du toit. Derrière une poutre, dans du papier journal, dormait un "
        "{object} signé {artist}.",
        body=(
            "Les spécialistes de {university} l’ont examiné pendant {days} jours. Ils sont « aussi sûrs qu’on peut "
            "l’être dans ce métier ».",
            "{expert} montre, au dos, un petit héron : la marque de l’artiste pendant {years2} ans.",
            "La famille prêtera l’objet au musée de {city2}, si quelqu’un répare le toit.",
            "Un catalogue de 1931 le disait « détruit, ou chez une tante ».",
        ),
        words={
            "object": ("carnet de croquis", "violon", "manuscrit", "portrait"),
            "artist": ("Adèle Rosquelin", "Joachim Vernier", "Marguerite Sault", "Élie Hamard"),
        },
    ),
    Beat(
        desk="general",
        titles=(
            "Le train de nuit {city}–{city2} repart après {years} ans",
            "De {city} à {city2}, la nuit, pour {small2} euros",
        ),
        standfirst="Les voitures ont déjà servi, le petit-déjeuner non.",
        lead="À vingt-deux heures neuf, {weekday}, un coup de sifflet que personne n’avait entendu depuis {years} "
        "ans a retenti à {city}. Le train pour {city2} est parti avec {small} minutes de retard, sous les "
        "applaudissements.",
        body=(
            "{person}, qui s’est battu pour la ligne, a voyagé dans la couchette du bas et, par choix, n’a pas dormi.",
            "La remise en état des voitures a coûté {millions} millions d’euros ; les trains sont remplis à "
            "{percent2} %.",
            "« Les routes non plus ne sont pas rentables », observe {expert}, économiste à {university}.",
            "Des douches sont promises pour {season}. En attendant, il y a un lavabo, une petite lampe et le paysage.",
        ),
    ),
)

FRENCH = Language(
    code="fr",
    thousands="\u202f",
    decimal=",",
    bylines=(
        "Élodie Marchand",
        "Bastien Le Goff",
        "Inès Belkacem",
        "Théophile Girard",
        "Solène Ferrand",
        "Maïa Delcourt",
    ),
    words={
        "person": (
            "Gaëlle Perrin",
            "Frédéric Aubry",
            "Nadia Cherif",
            "Hervé Lemoine",
            "Clémence Roussel",
            "Yann Kervella",
        ),
        "expert": (
            "la professeure Anne Vasseur",
            "le docteur Karim Saïdi",
            "la chercheuse Lise Hébert",
            "le professeur Noël Garnier",
        ),
        "city": (
            "Nantes",
            "Grenoble",
            "Lille",
            "Rennes",
            "Dijon",
            "Namur",
            "Lausanne",
            "Bayonne",
            "Tours",
            "Angers",
            "Liège",
        ),
        "university": (
            "l’université de Valmer",
            "l’École des ponts du Nord",
            "l’institut Saint-Aubin",
            "l’université des Trois-Rivières",
        ),
        "company": ("Clairvoie", "Ateliers Brunel", "Nordest", "Lumen & Fils", "Verrière", "Groupe Tallis", "Cormoran"),
        "season": ("le printemps", "l’été", "la fin de l’année", "la rentrée"),
        "weekday": ("lundi", "mardi", "mercredi", "jeudi", "vendredi"),
    },
    beats=_BEATS,
    correction="Cet article a été corrigé {weekday} : une première version donnait un chiffre erroné pour {city}.",
    closings=(
        "Ni {company} ni {person} n’ont souhaité en dire davantage.",
        "Les chiffres portent sur les {days} jours précédant la mi-novembre.",
        "« Reposez-moi la question dans un an », dit {person}. « J’espère que la réponse sera plus ennuyeuse. »",
        "À {city2}, on observe avec attention, sans projet pour l’heure.",
        "Une première version avait été abandonnée il y a {years} ans, faute d’argent.",
        "La prochaine réunion publique aura lieu {weekday} ; {count2} personnes se sont inscrites.",
    ),
)
