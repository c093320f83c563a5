"""Portuguese: vocabulary and beats."""

from typing import Final

from core.sandbox.content.types import Beat, Language

_BEATS: Final = (
    Beat(
        desk="technology",
        titles=(
            "{city} troca programas de {count} computadores por software livre",
            "Por que a prefeitura de {city} abandona seus programas de escritório",
        ),
        standfirst="Até {season}, {count} postos terão novas ferramentas. A biblioteca já começou.",
        lead="A última licença vence na {weekday}, e a prefeitura de {city} não pretende renová-la. A partir de "
        "agora, {count} postos usarão programas que qualquer pessoa pode ler, copiar e consertar.",
        body=(
            "“Não sabíamos responder a uma pergunta simples: onde estão os nossos documentos?”, explica {person}, da "
            "área digital.",
            "O teste na secretaria de obras durou {days} dias. De {small} servidores, só dois pediram para voltar "
            "atrás.",
            "{expert}, da {university}, contou {count2} formulários; metade não era aberta havia dez anos.",
            "A fornecedora, {company}, ofereceu desconto de {percent}%. A carta chegou um dia depois da votação.",
            "{city2} e outros municípios pediram as anotações, publicadas com licença livre.",
        ),
    ),
    Beat(
        desk="politics",
        titles=("Câmara aprova {law} por {small} votos", "O que muda com a {law}"),
        standfirst="Reescrita {small} vezes, a lei entra em vigor até {season}.",
        lead="Pouco antes das três da madrugada, o plenário aprovou a {law}, depois de {count2} emendas e de um "
        "discurso que incluía uma receita de sopa.",
        body=(
            "“Não é a lei que eu queria, é a que tinha votos”, admitiu {person} na saída.",
            "As empresas temem um custo de {millions} milhões por ano; um estudo independente chega a menos da metade.",
            "Os municípios terão {days} dias para responder. Depois disso, cabe recurso à Justiça.",
            "Para {expert}, da {university}, o que importa é a última linha: tudo caduca em {years} anos.",
        ),
        words={"law": ("lei dos rios", "lei do conserto", "lei dos arquivos", "lei dos trens noturnos")},
    ),
    Beat(
        desk="business",
        titles=("{company} compra {company2} por {millions} milhões", "{company} e {company2} se unem em {city}"),
        standfirst="Nenhum emprego será perdido, diz a direção. Os sindicatos já leram essa frase.",
        lead="{company} vai comprar {company2} por {millions} milhões. O grupo terá {count} empregados e, por "
        "enquanto, dois refeitórios.",
        body=(
            "O preço supera em {percent}% o fechamento da última {weekday}. O conselho recomenda a oferta por "
            "unanimidade.",
            "“A gente se encontrava em todas as licitações”, conta {person}. “No fim, dividimos um táxi.”",
            "{expert}, da {university}, lembra que metade das fusões custa mais do que economiza, “mas ninguém sabe "
            "qual metade”.",
            "A sede de {city2} será mantida por pelo menos {years} anos.",
        ),
    ),
    Beat(
        desk="science",
        titles=("Perfuração perto de {city} encontra {finding}", "A {metres} metros de profundidade, {finding}"),
        standfirst="Procuravam calor e acharam {finding}.",
        lead="A máquina perfurava havia {days} dias quando o barulho mudou. A {metres} metros, onde só deveria haver "
        "rocha, havia {finding}.",
        body=(
            "“Primeiro conferimos o aparelho, depois o cabo, depois os colegas”, brinca {expert}, da {university}.",
            "A datação indica {millions} milhões de anos. O estudo sai nesta semana.",
            "Quem notou o barulho foi {person}, no terceiro mês de doutorado.",
            "Um grupo estrangeiro pede uma segunda amostra, a alguns quilômetros de distância.",
        ),
        words={
            "finding": (
                "uma camada de madeira fóssil",
                "uma bolsa de água do mar muito antiga",
                "um leito de vidro vulcânico",
            )
        },
    ),
    Beat(
        desk="sports",
        titles=("{club} vence {club2} por {score} nos acréscimos", "Gol no fim: {club} {score} {club2}"),
        standfirst="Diante de {count} torcedores, o gol saiu quando muitos já procuravam as chaves.",
        lead="Aos {minute} minutos, {person} deu um toque a mais do que parecia sensato e venceu o goleiro no "
        "primeiro pau: {club} {score} {club2}.",
        body=(
            "Até então os visitantes eram melhores, com {percent2}% de posse de bola e {small} bolas na trave.",
            "“Tivemos sorte, e trabalhamos para isso”, resumiu a comissão técnica.",
            "Um pênalti pedido antes do intervalo não foi marcado, depois de longa consulta ao monitor.",
            "O próximo jogo será em {city}.",
        ),
        words={
            "club": ("Esportivo do Farol", "Náutico da Barra", "União Serrana", "Atlético das Dunas"),
            "score": ("1 a 0", "2 a 1", "3 a 2"),
            "minute": ("93", "94", "95", "96"),
        },
    ),
    Beat(
        desk="health",
        titles=("{city} reduz em {percent}% a espera por {care}", "A clínica sem sala de espera de {city}"),
        standfirst="Sem prédio novo e com quase a mesma equipe, a clínica mudou apenas a ordem das coisas.",
        lead="Há um ano, esperava-se {days} semanas por {care} em {city}. Hoje são {small}, nas mesmas salas.",
        body=(
            "“Éramos muito pontuais em não estar prontos”, sorri {person}, da chefia do setor.",
            "A ideia veio de uma enfermeira que trabalhou em padaria: as consultas agora saem em fornadas.",
            "{expert}, da {university}, refez as contas e considera o efeito real.",
            "As faltas por doença caíram {percent}%. Só o café piorou.",
        ),
        words={"care": ("uma cirurgia nos olhos", "fisioterapia", "um aparelho auditivo")},
    ),
    Beat(
        desk="general",
        titles=("Trem noturno volta a ligar {city} e {city2}", "De {city} a {city2}, à noite, depois de {years} anos"),
        standfirst="Os vagões são usados; o café da manhã, não.",
        lead="Às dez e nove da noite soou em {city} um apito que ninguém ouvia havia {years} anos. O trem para "
        "{city2} partiu com {small} minutos de atraso e sob aplausos.",
        body=(
            "{person} viajou no leito de baixo e, por gosto, não dormiu.",
            "A reforma dos vagões custou {millions} milhões; a ocupação é de {percent2}%.",
            "“As estradas também não dão lucro”, diz {expert}, da {university}.",
            "Os chuveiros ficam para {season}. Por enquanto há uma pia, uma lâmpada pequena e a paisagem.",
        ),
    ),
)

PORTUGUESE = Language(
    code="pt",
    thousands=".",
    decimal=",",
    bylines=("Beatriz Camargo", "João Antônio Prado", "Luísa Falcão", "Caetano Moura", "Inês Quadros"),
    words={
        "person": (
            "Marina Lobato",
            "Ricardo Seabra",
            "Conceição Araújo",
            "Tiago Montenegro",
            "Helena Brandão",
            "Otávio Reis",
        ),
        "expert": (
            "a professora Elisa Rocha",
            "o doutor Hugo Salgado",
            "a pesquisadora Alba Nunes",
            "o professor Luís Godói",
        ),
        "city": (
            "Recife",
            "Porto Alegre",
            "Coimbra",
            "Belém",
            "Santos",
            "Aveiro",
            "Olinda",
            "Curitiba",
            "Braga",
            "Paraty",
        ),
        "university": (
            "Universidade do Farol",
            "Escola Politécnica da Barra",
            "Universidade de São Brás",
            "Universidade das Dunas",
        ),
        "company": ("Alvorada", "Oficinas Braga", "Ventos do Sul", "Luz & Filhos", "Marés", "Grupo Carvalho", "Biguá"),
        "season": ("o outono", "o inverno", "o fim do ano", "a primavera"),
        "weekday": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira"),
    },
    beats=_BEATS,
    correction="Este texto foi corrigido na {weekday}: uma versão anterior trazia um número errado sobre {city}.",
    closings=(
        "Nem {company} nem {person} quiseram acrescentar nada.",
        "Os números se referem aos {days} dias até meados de novembro.",
        "“Pergunte de novo daqui a um ano”, diz {person}. “Espero que a resposta seja mais chata.”",
        "Em {city2}, observa-se com atenção e, por ora, sem planos próprios.",
        "Um primeiro projeto foi abandonado há {years} anos por falta de dinheiro.",
        "A próxima reunião pública será na {weekday}; {count2} pessoas se inscreveram.",
    ),
)
