"""Spanish: vocabulary and beats."""

from typing import Final

from core.sandbox.content.types import Beat, Language

_BEATS: Final = (
    Beat(
        desk="technology",
        titles=(
            "{city} pasa {count} ordenadores municipales a software libre",
            "Por qué el Ayuntamiento de {city} cambia de programas de oficina",
        ),
        standfirst="Antes de {season}, {count} puestos habrán cambiado de herramientas. La biblioteca ya ha empezado.",
        lead="La última licencia caduca el {weekday} y el Ayuntamiento de {city} no piensa renovarla. Desde ahora, "
        "{count} puestos usarán programas que cualquiera puede leer, copiar y reparar.",
        body=(
            "«No sabíamos responder a una pregunta sencilla: ¿dónde están nuestros documentos?», explica {person}, "
            "del área digital.",
            "La prueba en Urbanismo duró {days} días. De {small} empleados, solo dos pidieron volver atrás.",
            "{expert}, de la {university}, contó {count2} plantillas; la mitad llevaba diez años sin abrirse.",
            "La empresa proveedora, {company}, ofreció un descuento del {percent} %. La carta llegó un día después de "
            "la votación.",
            "{city2} y otros municipios han pedido los apuntes, publicados con licencia libre.",
        ),
    ),
    Beat(
        desk="technology",
        titles=(
            "Detectan un fallo de seguridad en {device} de {company}",
            "Un fallo en {device} deja expuestos {count} hogares",
        ),
        standfirst="{company} ha publicado una actualización. No todos los aparatos la tienen.",
        lead="Un error en {device} de {company} permitía a un desconocido leer sus ajustes desde la misma red. Lo "
        "comunicó hace {days} días un equipo de la {university}.",
        body=(
            "«Bastaron una tarde y un cable de cuatro euros», cuenta {expert}. «Eso es lo que debería preocupar».",
            "Según el fabricante, el {percent2} % de los aparatos ya se ha corregido solo.",
            "No hay indicios de abuso. Las autoridades aconsejan actualizar y, por lo demás, dormir tranquilos.",
            "{person}, de una asociación de consumidores, pide cinco años de actualizaciones para todo lo que se "
            "enchufa.",
            "La recompensa, de {count2} euros, irá a un hospital de {city}.",
        ),
        words={"device": ("las cerraduras inteligentes", "los vigilabebés", "los termostatos", "los enrutadores")},
    ),
    Beat(
        desk="politics",
        titles=(
            "El Congreso aprueba la {law} por {small} votos",
            "Qué cambia con la {law}",
        ),
        standfirst="Reescrita {small} veces, la norma entrará en vigor con {season}.",
        lead="Poco antes de las tres de la madrugada, el pleno aprobó la {law}, tras {count2} enmiendas y un discurso "
        "que incluía una receta de lentejas.",
        body=(
            "«No es la ley que yo quería, es la que tenía votos», admitió {person} al salir.",
            "Las empresas temen un coste de {millions} millones de euros al año; un estudio independiente lo deja en "
            "menos de la mitad.",
            "Los ayuntamientos tendrán {days} días para contestar. Si callan, se podrá acudir al juez.",
            "Para {expert}, de la {university}, lo importante es la última línea: todo caduca a los {years} años.",
        ),
        words={"law": ("ley de ríos", "ley de reparación", "ley de archivos", "ley de trenes nocturnos")},
    ),
    Beat(
        desk="business",
        titles=(
            "{company} compra {company2} por {millions} millones de euros",
            "{company} y {company2} se unen en {city}",
        ),
        standfirst="No se perderá ningún empleo, dice la dirección. Los sindicatos ya han leído esa frase.",
        lead="{company} comprará {company2} por {millions} millones de euros. El grupo tendrá {count} empleados y, de "
        "momento, dos comedores.",
        body=(
            "El precio supera en un {percent} % el cierre del {weekday}. El consejo recomienda la oferta por "
            "unanimidad.",
            "«Coincidíamos en todos los concursos», cuenta {person}. «Al final compartimos un taxi».",
            "{expert}, de la {university}, recuerda que la mitad de las fusiones cuesta más de lo que ahorra, «pero "
            "nadie sabe qué mitad».",
            "La sede de {city2} se mantendrá al menos {years} años.",
        ),
    ),
    Beat(
        desk="science",
        titles=(
            "Un sondeo cerca de {city} encuentra {finding}",
            "A {metres} metros de profundidad, {finding}",
        ),
        standfirst="Buscaban calor y encontraron {finding}.",
        lead="La máquina llevaba {days} días perforando cuando cambió el ruido. A {metres} metros, donde solo debía "
        "haber roca, había {finding}.",
        body=(
            "«Primero revisamos el aparato, luego el cable y luego a los compañeros», bromea {expert}, de la "
            "{university}.",
            "La datación da una edad de {millions} millones de años. El estudio se publica esta semana.",
            "Fue {person}, con tres meses de doctorado, quien notó el cambio.",
            "Un grupo extranjero pide una segunda muestra, a unos kilómetros de distancia.",
        ),
        words={
            "finding": (
                "una capa de madera fósil",
                "una bolsa de agua marina muy antigua",
                "un lecho de vidrio volcánico",
            )
        },
    ),
    Beat(
        desk="sports",
        titles=(
            "El {club} gana {score} al {club2} en el tiempo añadido",
            "Gol al final: {club} {score} {club2}",
        ),
        standfirst="Ante {count} espectadores, el gol llegó cuando muchos buscaban ya las llaves.",
        lead="En el minuto {minute}, {person} tocó el balón una vez más de lo prudente y batió al portero por el "
        "primer palo: el {club} gana {score} al {club2}.",
        body=(
            "Hasta entonces mandaba el visitante, con un {percent2} % de posesión y {small} balones al palo.",
            "«Tuvimos suerte, y la habíamos trabajado», resumió el banquillo del {club}.",
            "Un penalti reclamado antes del descanso no se concedió, después de una larga consulta a la pantalla.",
            "El {weekday}, partido en {city}.",
        ),
        words={
            "club": ("Atlético Miramar", "Deportivo del Puerto", "Real Sierra", "Racing Valdeluz"),
            "score": ("1-0", "2-1", "3-2"),
            "minute": ("93", "94", "95", "96"),
        },
    ),
    Beat(
        desk="culture",
        titles=(
            "Aparece en un desván de {city} un {object} de {artist}",
            "El {object} perdido de {artist} tapaba una ventana en {city}",
        ),
        standfirst="Servía para frenar el viento. Hoy se calcula que vale {count} euros.",
        lead="{person} subió a mirar la gotera. Detrás de una viga, envuelto en papel de periódico, había un {object} "
        "de {artist}.",
        body=(
            "Los especialistas de la {university} lo estudiaron {days} días y están «tan seguros como se puede estar "
            "en este oficio».",
            "{expert} señala, en el dorso, una pequeña garza, la marca de {artist} durante {years2} años.",
            "La familia lo cederá al museo de {city2} si alguien arregla el tejado.",
            "Un catálogo de 1931 lo daba por «destruido, o en casa de una tía».",
        ),
        words={
            "object": ("cuaderno de dibujos", "violín", "manuscrito", "retrato"),
            "artist": ("Adela Rosales", "Joaquín Verner", "Margarita Soto", "Elías Hamar"),
        },
    ),
    Beat(
        desk="general",
        titles=(
            "Vuelve el tren nocturno entre {city} y {city2}",
            "De {city} a {city2}, de noche y por {small2} euros",
        ),
        standfirst="Los coches son de segunda mano; el desayuno, no.",
        lead="A las diez y nueve de la noche del {weekday} sonó en {city} un silbato que nadie oía desde hacía "
        "{years} años. El tren a {city2} salió con {small} minutos de retraso y entre aplausos.",
        body=(
            "{person}, que luchó por la línea, viajó en la litera de abajo y no durmió, por gusto.",
            "Renovar los coches costó {millions} millones de euros; la ocupación es del {percent2} %.",
            "«Las carreteras tampoco son rentables», dice {expert}, de la {university}.",
            "Habrá duchas con {season}. Por ahora hay un lavabo, una lámpara pequeña y el paisaje.",
        ),
    ),
)

SPANISH = Language(
    code="es",
    thousands=".",
    decimal=",",
    bylines=("Lucía Arenas", "Íñigo Zabala", "Marta Peñalver", "Andrés Quiñones", "Rocío Ibáñez", "Julián Ferreiro"),
    words={
        "person": (
            "Carmen Olmedo",
            "Raúl Santaella",
            "Pilar Domínguez",
            "Tomás Echeverría",
            "Nuria Cabañas",
            "Óscar Villalba",
        ),
        "expert": (
            "la profesora Elena Robles",
            "el doctor Hugo Sarmiento",
            "la investigadora Alba Núñez",
            "el catedrático Luis Godoy",
        ),
        "city": (
            "Valencia",
            "Gijón",
            "Zaragoza",
            "Rosario",
            "Salamanca",
            "Valparaíso",
            "Bilbao",
            "Cádiz",
            "Mérida",
            "Oaxaca",
        ),
        "university": (
            "Universidad de Miramar",
            "Escuela Politécnica del Sur",
            "Universidad de San Telmo",
            "Universidad del Páramo",
        ),
        "company": ("Alborada", "Talleres Quijano", "Ventura Sur", "Luz y Cía.", "Mareas", "Grupo Roble", "Cormorán"),
        "season": ("la primavera", "el verano", "el año nuevo", "el otoño"),
        "weekday": ("lunes", "martes", "miércoles", "jueves", "viernes"),
    },
    beats=_BEATS,
    correction="Este artículo se corrigió el {weekday}: una versión anterior daba una cifra equivocada sobre {city}.",
    closings=(
        "Ni {company} ni {person} quisieron añadir nada más.",
        "Las cifras corresponden a los {days} días anteriores a mediados de noviembre.",
        "«Pregúnteme dentro de un año», dice {person}. «Espero que la respuesta sea más aburrida».",
        "En {city2} miran con atención y, por ahora, sin planes propios.",
        "Un primer proyecto se abandonó hace {years} años por falta de dinero.",
        "La próxima reunión pública será el {weekday}; se han apuntado {count2} personas.",
    ),
)
