"""A smaller grammar for the other languages: subjects with predicates, and frames around a name."""

from __future__ import annotations

import random
import zlib

__all__ = ["phrase"]


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("|\n", "|").replace("\n", " ").split("|") if part.strip())


_ROLES = {
    "de": _list(
        "mein Chef|meine Chefin|meine Kollegin|mein Kollege|unser Nachbar|unsere Nachbarin|mein Mann|meine Frau|mein Sohn|meine Tochter|mein Bruder|meine Schwester|die Patientin|der Patient|der Kunde|"
        "die Kundin|der Mieter|die Lehrerin|mein Ex-Freund|meine Oma|der Bewerber|Herr|Frau|Dr.|Prof."
    ),
    "fr": _list(
        "mon chef|ma collègue|mon collègue|notre voisin|ma voisine|mon mari|ma femme|mon fils|ma fille|mon frère|ma sœur|la patiente|le patient|le client|la cliente|le locataire|mon ex|ma grand-mère|"
        "le candidat|M.|Mme|Monsieur|Madame|Dr"
    ),
    "es": _list(
        "mi jefe|mi jefa|mi compañera|mi compañero|nuestro vecino|mi vecina|mi marido|mi mujer|mi hijo|mi hija|mi hermano|mi hermana|la paciente|el paciente|el cliente|la clienta|el inquilino|mi ex|mi abuela|"
        "el candidato|Sr.|Sra.|don|doña|Dr.|Dra."
    ),
    "it": _list(
        "il mio capo|la mia collega|il mio collega|il vicino|la vicina|mio marito|mia moglie|mio figlio|mia figlia|mio fratello|mia sorella|la paziente|il paziente|il cliente|l'inquilino|il mio ex|mia nonna|"
        "il candidato|Sig.|Signora|Dott.|Dott.ssa"
    ),
    "nl": _list(
        "mijn baas|mijn collega|onze buurman|mijn buurvrouw|mijn man|mijn vrouw|mijn zoon|mijn dochter|mijn broer|mijn zus|de patiënt|de klant|de huurder|mijn ex|mijn oma|de sollicitant|meneer|mevrouw|dhr.|mw.|dr."
    ),
    "pt": _list(
        "meu chefe|minha colega|meu colega|nosso vizinho|minha vizinha|meu marido|minha mulher|meu filho|minha filha|meu irmão|minha irmã|a paciente|o paciente|o cliente|o inquilino|meu ex|minha avó|o candidato|"
        "Sr.|Sra.|Dr.|Dra.|dona"
    ),
    "pl": _list(
        "mój szef|moja koleżanka|mój kolega|nasz sąsiad|moja sąsiadka|mój mąż|moja żona|mój syn|moja córka|mój brat|moja siostra|pacjentka|pacjent|klient|klientka|najemca|mój były|moja babcia|kandydat|pan|pani|dr"
    ),
}
_PREDICATES = {
    "de": _list(
        "hat gekündigt|ist krank|hat heute angerufen|wohnt in {city}|wohnt in der {street}|arbeitet bei {org}|wurde am {date} operiert|ist schwanger|schuldet mir {money}|verdient {money} im Jahr|hat Diabetes|"
        "ist {age} Jahre alt|wurde am {dob} geboren|hat den Vertrag unterschrieben|kommt am {date} zurück|will sich scheiden lassen|hat die Rechnung nicht bezahlt|beschwert sich über den Lärm|hat den Bericht geschrieben|"
        "liegt im Krankenhaus|hat mir nicht geantwortet|zieht nach {city}|ist der neue {job}|hat die Prüfung bestanden|nimmt Antidepressiva"
    ),
    "fr": _list(
        "a démissionné|est malade|a appelé ce matin|habite à {city}|habite {street}|travaille chez {org}|a été opérée le {date}|est enceinte|me doit {money}|gagne {money} par an|est diabétique|a {age} ans|est né le {dob}|"
        "a signé le contrat|revient le {date}|veut divorcer|n'a pas payé la facture|se plaint du bruit|a écrit le rapport|est à l'hôpital|ne m'a pas répondu|déménage à {city}|est le nouveau {job}|a réussi l'examen"
    ),
    "es": _list(
        "ha dimitido|está enfermo|llamó ayer|vive en {city}|vive en {street}|trabaja en {org}|fue operada el {date}|está embarazada|me debe {money}|gana {money} al año|tiene diabetes|tiene {age} años|nació el {dob}|"
        "firmó el contrato|vuelve el {date}|quiere divorciarse|no ha pagado la factura|se queja del ruido|escribió el informe|está en el hospital|no me contesta|se muda a {city}|es el nuevo {job}|aprobó el examen|"
        "ingresó en {hosp}|refiere dolor torácico"
    ),
    "it": _list(
        "si è licenziato|è malata|ha chiamato ieri|abita a {city}|abita in {street}|lavora da {org}|è stata operata il {date}|è incinta|mi deve {money}|guadagna {money} all'anno|ha il diabete|ha {age} anni|è nato il {dob}|"
        "ha firmato il contratto|torna il {date}|vuole divorziare|non ha pagato la fattura|si lamenta del rumore|ha scritto la relazione|è in ospedale|non mi risponde|si trasferisce a {city}|è il nuovo {job}"
    ),
    "nl": _list(
        "heeft ontslag genomen|is ziek|belde gisteren|woont in {city}|woont op {street}|werkt bij {org}|is op {date} geopereerd|is zwanger|is mij {money} schuldig|verdient {money} per jaar|heeft diabetes|is {age} jaar oud|"
        "is geboren op {dob}|heeft het contract getekend|komt op {date} terug|wil scheiden|heeft de rekening niet betaald|klaagt over het lawaai|ligt in het ziekenhuis|antwoordt niet|verhuist naar {city}|is de nieuwe {job}"
    ),
    "pt": _list(
        "pediu demissão|está doente|ligou ontem|mora em {city}|mora na {street}|trabalha na {org}|foi operada em {date}|está grávida|me deve {money}|ganha {money} por ano|tem diabetes|tem {age} anos|nasceu em {dob}|"
        "assinou o contrato|volta em {date}|quer se divorciar|não pagou a fatura|reclama do barulho|escreveu o relatório|está no hospital|não me responde|vai se mudar para {city}|é o novo {job}"
    ),
    "pl": _list(
        "złożył wypowiedzenie|jest chory|dzwoniła wczoraj|mieszka w {city}|mieszka przy {street}|pracuje w {org}|miała operację {date}|jest w ciąży|jest mi winien {money}|zarabia {money} rocznie|ma cukrzycę|ma {age} lat|"
        "urodził się {dob}|podpisała umowę|wraca {date}|chce się rozwieść|nie zapłacił faktury|skarży się na hałas|leży w szpitalu|nie odpowiada|przeprowadza się do {city}|jest nowym {job}"
    ),
}
_FRAMES = {
    "de": _list(
        "Ich habe mit {x} gesprochen.|Schreib {x} eine Mail.|Kannst du {x} anrufen?|Wo wohnt {x}?|Wie alt ist {x}?|Ich bin mit {x} verheiratet.|Laut {x} ist alles fertig.|{x} und {y} waren auch da.|Hat {x} schon bezahlt?|"
        "Verfasse ein Arbeitszeugnis für {x}.|Danke an {x} und {y}.|Ansprechpartner: {x}|Teilnehmer: {x}, {y}|Name: {x}|z. Hd. {x}|i. A. {x}|gez. {x}|Kommt {x} heute?|Bitte an {x} weiterleiten.|Ich mag {x} nicht.|von {x}|für {x}"
    ),
    "fr": _list(
        "J'ai parlé avec {x}.|Écris un mail à {x}.|Peux-tu appeler {x} ?|Où habite {x} ?|Quel âge a {x} ?|Je suis mariée avec {x}.|Selon {x}, tout est prêt.|{x} et {y} étaient là.|Est-ce que {x} a payé ?|"
        "Rédige une lettre pour {x}.|Merci à {x} et {y}.|Contact : {x}|Participants : {x}, {y}|Nom : {x}|à l'attention de {x}|signé : {x}|Transmets à {x}, s'il te plaît.|Je n'aime pas {x}.|de {x}|pour {x}|chez {x}"
    ),
    "es": _list(
        "Hablé con {x}.|Escribe un correo a {x}.|¿Puedes llamar a {x}?|¿Dónde vive {x}?|¿Cuántos años tiene {x}?|Estoy casada con {x}.|Según {x}, todo está listo.|{x} y {y} también vinieron.|¿Ya pagó {x}?|"
        "Redacta una carta para {x}.|Gracias a {x} y {y}.|Contacto: {x}|Asistentes: {x}, {y}|Nombre: {x}|A la atención de {x}|Fdo.: {x}|Reenvíalo a {x}, por favor.|No soporto a {x}.|de {x}|para {x}|Médico: {x}|Responsable: {x}"
    ),
    "it": _list(
        "Ho parlato con {x}.|Scrivi una mail a {x}.|Puoi chiamare {x}?|Dove abita {x}?|Quanti anni ha {x}?|Sono sposata con {x}.|Secondo {x} è tutto pronto.|C'erano anche {x} e {y}.|{x} ha già pagato?|"
        "Prepara una lettera per {x}.|Grazie a {x} e {y}.|Referente: {x}|Presenti: {x}, {y}|Nome: {x}|Alla cortese attenzione di {x}|Firmato {x}|Inoltra a {x}, per favore.|Non sopporto {x}.|di {x}|per {x}"
    ),
    "nl": _list(
        "Ik sprak met {x}.|Schrijf een mail aan {x}.|Kun je {x} bellen?|Waar woont {x}?|Hoe oud is {x}?|Ik ben getrouwd met {x}.|Volgens {x} is alles klaar.|{x} en {y} waren er ook.|Heeft {x} al betaald?|"
        "Maak een brief voor {x}.|Dank aan {x} en {y}.|Contactpersoon: {x}|Aanwezig: {x}, {y}|Naam: {x}|t.a.v. {x}|Stuur door naar {x}.|Ik vertrouw {x} niet.|van {x}|voor {x}"
    ),
    "pt": _list(
        "Falei com {x}.|Escreva um e-mail para {x}.|Pode ligar para {x}?|Onde mora {x}?|Quantos anos tem {x}?|Sou casada com {x}.|Segundo {x}, está tudo pronto.|{x} e {y} também vieram.|{x} já pagou?|"
        "Redija uma carta para {x}.|Obrigado a {x} e {y}.|Contato: {x}|Presentes: {x}, {y}|Nome: {x}|A/C {x}|Assinado: {x}|Encaminhe para {x}, por favor.|Não suporto {x}.|de {x}|para {x}"
    ),
    "pl": _list(
        "Rozmawiałem z {x}.|Napisz maila do {x}.|Możesz zadzwonić do {x}?|Gdzie mieszka {x}?|Ile lat ma {x}?|Moim mężem jest {x}.|Według {x} wszystko gotowe.|{x} i {y} też tam byli.|Czy {x} już zapłacił?|"
        "Przygotuj pismo dla {x}.|Dziękuję, {x} i {y}.|Kontakt: {x}|Obecni: {x}, {y}|Imię i nazwisko: {x}|do rąk: {x}|podpisano: {x}|Prześlij do {x}.|Nie ufam {x}.|od {x}|dla {x}"
    ),
}


def _kept(phrases: tuple[str, ...], *, dev: bool) -> list[str]:
    return [entry for entry in phrases if (zlib.crc32(entry.encode()) % 4 == 1) is dev] or list(phrases)


def _name(rng: random.Random, digit: int) -> str:
    return rng.choice(["{f%d}", "{full%d}", "{full%d}", "{low%d}"]) % digit


def phrase(rng: random.Random, language: str, *, dev: bool) -> str:
    """Return a template of a sentence about a private person in `language`."""
    name = _name(rng, 1)
    if rng.random() < 0.4:
        role = rng.choice(_kept(_ROLES[language], dev=dev))
        name = f"{role} {'{l1}' if role[0].isupper() or role in {'pan', 'pani', 'meneer', 'mevrouw', 'dhr.', 'mw.', 'dr.', 'dr', 'dona', 'don', 'doña'} else name}"
    if rng.random() < 0.55:
        text = f"{name} {rng.choice(_kept(_PREDICATES[language], dev=dev))}{rng.choice(['.', '.', '', '!'])}"
    else:
        text = rng.choice(_kept(_FRAMES[language], dev=dev)).replace("{x}", name).replace("{y}", _name(rng, 2))
    return text[0].upper() + text[1:] if rng.random() < 0.75 and not text.startswith("{") else text
