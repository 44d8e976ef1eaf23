"""Templates in languages other than English; slots as in `slots.py`."""

from __future__ import annotations

__all__ = ["TEMPLATES"]


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.replace("\\n", "\n") for line in block.strip().split("\n") if line)


TEMPLATES = {
    "es": _lines(r"""
Hola {f1},
Estimado Sr. {l1}:
Estimada {full1}:
Un saludo,\n{full2}
Me llamo {full1} y vivo en {street}, {city}.
Mi nombre es {low1} y tengo {age} años
Nombre: {f1}.\nApellidos: {l1}.\nNHC: {id}.\nDomicilio: {street}.\nLocalidad/ Provincia: {city}.\nCP: {zip}.
Datos del paciente.\nNombre: {f1}.\nApellidos: {l1}.\nNASS: {id}.\nFecha de nacimiento: {dob}.
Edad: {age} Fecha de Ingreso: {date}.\nMédico: {full1} NºCol: {id}.
Remitido por: Dr. {full1}. {hosp}. {street}. {zip} {city}. {country}. E-mail: {email1}
Paciente {full1}, DNI, nacida el {dob} en {city}, ingresa el {date} en {hosp}.
La paciente {full1} acude a {hosp} por dolor abdominal.
{full1} trabaja como {job} en {org}.
Mi jefe, {full1}, me ha dicho que {f2} deja la empresa.
Mi vecina {f1} vive en {street}.
Enviar el paquete a {full1}, {street}, {zip} {city}.
El contrato entre {org} y {full1}, con domicilio en {street}, {city}, vence el {date}.
El {date} hablé con {p1} sobre el pedido {id}.
¿Puedes llamar a {f1} al {phone}?
{f1} me debe {money}.
Asunto: reunión con {full1} ({org})
Escribe un poema sobre {pub}.
¿Quién fue {pub}?
Resume la vida de {pub} en cinco frases.
Las obras de {pub} y {pub}
{fict1} tiene {n} manzanas y le da 3 a {fict2}.
¿Cuál es la capital de {country}?
¿Qué puedo visitar en {city}?
¿Cómo puedo mejorar mi currículum?
Escribe una función en Python que ordene una lista.
Quiero aprender a cocinar Paella con Pollo y Azafrán.
Según el Gobierno de {country}, la economía crecerá en {year}.
"""),
    "de": _lines(r"""
Hallo {f1},
Liebe Frau {l1},
Lieber Herr {l1},
Sehr geehrte Frau Dr. {l1},
Sehr geehrter Herr {full1},
Mit freundlichen Grüßen\n{full2}
Viele Grüße, {f2}
Mein Name ist {full1}, ich wohne in der {street}, {zip} {city}.
ich heiße {low1} und bin {age} jahre alt
Ich habe gestern mit {full1} von {org} gesprochen.
Können Sie {f1} {l1} unter {phone} zurückrufen?
Bitte liefern Sie an {full1}, {street}, {zip} {city}.
Vorname: {f1}\nNachname: {l1}\nStraße: {street}\nPLZ/Ort: {zip} {city}\nGeburtsdatum: {dob}
Patient: {lf1}, geb. {dob}, wohnhaft {street}, {zip} {city}
Der {age}-jährige Patient {full1} wurde am {date} in {hosp} aufgenommen.
Frau {l1} stellte sich am {date} mit Brustschmerzen vor. Hausarzt: Dr. {l2}, {city}.
Arbeitsvertrag zwischen der {org} und {full1}, {street}, {city}
{full1} arbeitet seit {date} als {job} bei {org}.
Mein Kollege {f1} hat gekündigt, {f2} übernimmt seine Aufgaben.
Mieter: {full1}, Vermieter: {full2}, Objekt: {street}
Meine Tochter {f1} ist {age} Jahre alt und geht in {city} zur Schule.
Kundennummer {id}, {full1}
Protokoll vom {date}, anwesend: {full1}, {full2}, {full3}
Schreibe ein Gedicht über {pub}.
Wer war {pub}?
Vergleiche {pub} und {pub}.
{fict1} hat {n} Äpfel und gibt {fict2} drei davon.
Was ist die Hauptstadt von {country}?
Welche Sehenswürdigkeiten gibt es in {city}?
Der Hund lief durch den Wald. Die Sonne schien, und der Wind war kalt.
Wie funktioniert die Steuererklärung in Deutschland?
Schreibe eine Bewerbung als Projektleiter im Bereich Vertrieb.
Erkläre mir den Unterschied zwischen Umsatz und Gewinn.
"""),
    "fr": _lines(r"""
Bonjour {f1},
Bonjour Madame {l1},
Cher Monsieur {l1},
Cordialement,\n{full2}
Bien à vous,\n{f2} {l2}
Je m'appelle {full1} et j'habite {street}, {zip} {city}.
je m'appelle {low1} et j'ai {age} ans
J'ai parlé hier avec {full1} de {org}.
Pouvez-vous rappeler {p1} au {phone} ?
Livrer à {full1}, {street}, {zip} {city}
Nom : {l1}\nPrénom : {f1}\nAdresse : {street}\nVille : {city}\nDate de naissance : {dob}
Le patient {full1}, né le {dob}, a été admis à {hosp} le {date}.
Mme {l1}, {age} ans, consulte pour une toux. Médecin traitant : Dr {l2}, {city}.
Contrat de travail entre {org} et {full1}, demeurant {street}, {city}
Ma fille {f1} a {age} ans et vit à {city}.
{full1} travaille comme {job} chez {org} depuis {year}.
Dossier n° {id}, assuré : {full1}
Mon collègue {f1} est absent, {f2} le remplace.
Compte rendu du {date}, présents : {full1}, {full2}
Écris un poème sur {pub}.
Qui était {pub} ?
Résume la vie de {pub}.
{fict1} a {n} pommes et en donne trois à {fict2}.
Quelle est la capitale de {country} ?
Que visiter à {city} ?
Comment fonctionne la Sécurité Sociale en France ?
Écris une fonction qui trie une liste.
Je voudrais une recette de tarte aux pommes, s'il vous plaît.
"""),
    "it": _lines(r"""
Ciao {f1},
Gentile Dott.ssa {l1},
Egregio Signor {l1},
Cordiali saluti,\n{full2}
Mi chiamo {full1} e abito in {street}, {city}.
mi chiamo {low1} e ho {age} anni
Ieri ho parlato con {full1} di {org}.
Nome: {f1}\nCognome: {l1}\nIndirizzo: {street}\nCAP: {zip}\nCittà: {city}\nNato il: {dob}
Il paziente {full1}, nato il {dob} a {city}, è stato ricoverato presso {hosp} il {date}.
La signora {l1}, {age} anni, riferisce dolore toracico.
Spedire a {full1}, {street}, {zip} {city}
Contratto tra {org} e {full1}, residente in {street}, {city}
{full1} lavora come {job} presso {org}.
Mia figlia {f1} ha {age} anni.
Puoi chiamare {f1} al {phone}?
Pratica n. {id} intestata a {full1}
Scrivi una poesia su {pub}.
Chi era {pub}?
{fict1} ha {n} mele e ne dà tre a {fict2}.
Qual è la capitale di {country}?
Cosa vedere a {city}?
Come si prepara la Pasta alla Carbonara?
Scrivi una funzione che ordina una lista.
"""),
    "nl": _lines(r"""
Hoi {f1},
Beste mevrouw {l1},
Geachte heer {l1},
Met vriendelijke groet,\n{full2}
Groetjes, {f2}
Mijn naam is {full1} en ik woon op {street}, {zip} {city}.
ik heet {low1} en ben {age} jaar
Ik sprak gisteren met {full1} van {org}.
Naam: {full1}\nAdres: {street}\nPostcode: {zip}\nPlaats: {city}\nGeboortedatum: {dob}
Patiënt {full1}, geboren op {dob}, werd op {date} opgenomen in {hosp}.
Mevrouw {l1}, {age} jaar, heeft last van hoofdpijn. Huisarts: dr. {l2}.
Bezorgen bij {full1}, {street}, {city}
{full1} werkt als {job} bij {org} in {city}.
Mijn dochter {f1} is {age} jaar.
Kun je {f1} bellen op {phone}?
Dossiernummer {id} op naam van {full1}
Huurovereenkomst tussen {full1} en {full2} voor {street} te {city}
Schrijf een gedicht over {pub}.
Wie was {pub}?
{fict1} heeft {n} appels en geeft er drie aan {fict2}.
Wat is de hoofdstad van {country}?
Wat is er te doen in {city}?
Hoe werkt de Belastingdienst in Nederland?
Schrijf een functie die een lijst sorteert.
"""),
    "pt": _lines(r"""
Olá {f1},
Prezado Sr. {l1},
Cara Dra. {l1},
Atenciosamente,\n{full2}
Abraços, {f2}
Meu nome é {full1} e moro na {street}, {city}.
me chamo {low1} e tenho {age} anos
Falei ontem com {full1} da {org}.
Nome: {full1}\nEndereço: {street}\nCEP: {zip}\nCidade: {city}\nData de nascimento: {dob}
O paciente {full1}, nascido em {dob}, deu entrada em {hosp} em {date}.
A senhora {l1}, {age} anos, queixa-se de dor de cabeça.
Entregar para {full1}, {street}, {zip} {city}
Contrato entre {org} e {full1}, residente na {street}, {city}
{full1} trabalha como {job} na {org}.
Minha filha {f1} tem {age} anos e estuda em {city}.
Pode ligar para {f1} no {phone}?
Processo nº {id}, cliente {full1}
Escreva um poema sobre {pub}.
Quem foi {pub}?
{fict1} tem {n} maçãs e dá três para {fict2}.
Qual é a capital de {country}?
O que visitar em {city}?
Como funciona o Imposto de Renda no Brasil?
Escreva uma função que ordena uma lista.
"""),
    "pl": _lines(r"""
Cześć {f1},
Szanowna Pani {l1},
Szanowny Panie {l1},
Pozdrawiam,\n{full2}
Z poważaniem\n{full2}
Nazywam się {full1} i mieszkam przy {street}, {zip} {city}.
nazywam się {low1} i mam {age} lat
Wczoraj rozmawiałem z {full1} z firmy {org}.
Imię: {f1}\nNazwisko: {l1}\nAdres: {street}\nKod pocztowy: {zip}\nMiasto: {city}\nData urodzenia: {dob}
Pacjent {full1}, ur. {dob}, został przyjęty do szpitala {hosp} dnia {date}.
Pani {l1}, lat {age}, zgłosiła się z bólem głowy.
Proszę dostarczyć do: {full1}, {street}, {zip} {city}
Umowa między {org} a {full1}, zam. {street}, {city}
{full1} pracuje jako {job} w {org}.
Moja córka {f1} ma {age} lat.
Czy możesz zadzwonić do {f1} pod numer {phone}?
Sprawa nr {id}, klient {full1}
Napisz wiersz o {pub}.
Kim był {pub}?
{fict1} ma {n} jabłek i daje trzy {fict2}.
Co jest stolicą {country}?
Co warto zobaczyć w {city}?
Jak działa Urząd Skarbowy w Polsce?
Napisz funkcję, która sortuje listę.
"""),
}
