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
        "hat Krebs|trinkt zu viel|wurde entlassen|ist in Therapie|kommt mit den Zahlen nicht klar|hat sich krankgemeldet|sitzt in Untersuchungshaft|hat Schulden|ist trans|betrügt mich|hat Angst vor der Operation|isst kaum noch|war gestern betrunken|mobbt mich|lügt|hat geweint|ist seit Wochen krankgeschrieben|hat eine Abmahnung bekommen|meint, ich übertreibe|will das Sorgerecht|nimmt Tabletten|ist HIV-positiv|ist gestorben|kifft|sagt nichts dazu|redet nicht mehr mit mir|spielt um Geld|war im Gefängnis|ist Zeugin Jehovas|wird gepfändet|"
        "hat gekündigt|ist krank|hat heute angerufen|wohnt in {city}|wohnt in der {street}|arbeitet bei {org}|wurde am {date} operiert|ist schwanger|schuldet mir {money}|verdient {money} im Jahr|hat Diabetes|"
        "ist {age} Jahre alt|wurde am {dob} geboren|hat den Vertrag unterschrieben|kommt am {date} zurück|will sich scheiden lassen|hat die Rechnung nicht bezahlt|beschwert sich über den Lärm|hat den Bericht geschrieben|"
        "liegt im Krankenhaus|hat mir nicht geantwortet|zieht nach {city}|ist der neue {job}|hat die Prüfung bestanden|nimmt Antidepressiva"
    ),
    "fr": _list(
        "a un cancer|boit trop|a été licencié|suit une thérapie|est en arrêt maladie|est en garde à vue|a des dettes|me trompe|a peur de l'opération|ne mange plus|me harcèle|ment|a pleuré|a reçu un avertissement|veut la garde des enfants|prend des cachets|est séropositif|est mort|fume du cannabis|ne me parle plus|joue de l'argent|a fait de la prison|est témoin de Jéhovah|trouve que j'exagère|est déprimée|a redoublé|a porté plainte|"
        "a démissionné|est malade|a appelé ce matin|habite à {city}|habite {street}|travaille chez {org}|a été opérée le {date}|est enceinte|me doit {money}|gagne {money} par an|est diabétique|a {age} ans|est né le {dob}|"
        "a signé le contrat|revient le {date}|veut divorcer|n'a pas payé la facture|se plaint du bruit|a écrit le rapport|est à l'hôpital|ne m'a pas répondu|déménage à {city}|est le nouveau {job}|a réussi l'examen"
    ),
    "es": _list(
        "tiene cáncer|bebe demasiado|fue despedida|va a terapia|está de baja|está detenido|tiene deudas|me engaña|tiene miedo a la operación|ya no come|me acosa|miente|lloró|recibió una amonestación|quiere la custodia|toma pastillas|es seropositivo|murió|fuma porros|ya no me habla|juega dinero|estuvo en la cárcel|es testigo de Jehová|cree que exagero|está deprimida|repite curso|puso una denuncia|se hizo una prueba|está triste|"
        "ha dimitido|está enfermo|llamó ayer|vive en {city}|vive en {street}|trabaja en {org}|fue operada el {date}|está embarazada|me debe {money}|gana {money} al año|tiene diabetes|tiene {age} años|nació el {dob}|"
        "firmó el contrato|vuelve el {date}|quiere divorciarse|no ha pagado la factura|se queja del ruido|escribió el informe|está en el hospital|no me contesta|se muda a {city}|es el nuevo {job}|aprobó el examen|"
        "ingresó en {hosp}|refiere dolor torácico"
    ),
    "it": _list(
        "ha un tumore|beve troppo|è stato licenziato|va in terapia|è in malattia|è agli arresti|ha debiti|mi tradisce|ha paura dell'operazione|non mangia più|mi perseguita|mente|ha pianto|ha ricevuto un richiamo|vuole l'affidamento|prende pastiglie|è sieropositivo|è morta|fuma canne|non mi parla più|gioca d'azzardo|è stato in carcere|è testimone di Geova|pensa che esagero|è depressa|è stato bocciato|ha sporto denuncia|"
        "si è licenziato|è malata|ha chiamato ieri|abita a {city}|abita in {street}|lavora da {org}|è stata operata il {date}|è incinta|mi deve {money}|guadagna {money} all'anno|ha il diabete|ha {age} anni|è nato il {dob}|"
        "ha firmato il contratto|torna il {date}|vuole divorziare|non ha pagato la fattura|si lamenta del rumore|ha scritto la relazione|è in ospedale|non mi risponde|si trasferisce a {city}|è il nuovo {job}"
    ),
    "nl": _list(
        "heeft kanker|drinkt te veel|is ontslagen|is in therapie|zit ziek thuis|zit vast|heeft schulden|bedriegt me|is bang voor de operatie|eet niet meer|pest me|liegt|heeft gehuild|kreeg een waarschuwing|wil de voogdij|slikt pillen|is seropositief|is overleden|blowt|praat niet meer met me|gokt|heeft in de gevangenis gezeten|is Jehova's getuige|vindt dat ik overdrijf|is depressief|is blijven zitten|deed aangifte|"
        "heeft ontslag genomen|is ziek|belde gisteren|woont in {city}|woont op {street}|werkt bij {org}|is op {date} geopereerd|is zwanger|is mij {money} schuldig|verdient {money} per jaar|heeft diabetes|is {age} jaar oud|"
        "is geboren op {dob}|heeft het contract getekend|komt op {date} terug|wil scheiden|heeft de rekening niet betaald|klaagt over het lawaai|ligt in het ziekenhuis|antwoordt niet|verhuist naar {city}|is de nieuwe {job}"
    ),
    "pt": _list(
        "tem câncer|bebe demais|foi demitida|faz terapia|está de atestado|está presa|tem dívidas|me trai|tem medo da cirurgia|não come mais|me persegue|mente|chorou|levou uma advertência|quer a guarda|toma remédios|é soropositivo|morreu|fuma maconha|não fala mais comigo|joga a dinheiro|esteve na cadeia|é testemunha de Jeová|acha que exagero|está deprimida|repetiu de ano|deu queixa|"
        "pediu demissão|está doente|ligou ontem|mora em {city}|mora na {street}|trabalha na {org}|foi operada em {date}|está grávida|me deve {money}|ganha {money} por ano|tem diabetes|tem {age} anos|nasceu em {dob}|"
        "assinou o contrato|volta em {date}|quer se divorciar|não pagou a fatura|reclama do barulho|escreveu o relatório|está no hospital|não me responde|vai se mudar para {city}|é o novo {job}"
    ),
    "pl": _list(
        "ma raka|za dużo pije|została zwolniona|chodzi na terapię|jest na zwolnieniu|siedzi w areszcie|ma długi|mnie zdradza|boi się operacji|prawie nie je|mnie nęka|kłamie|płakała|dostał naganę|chce opieki nad dziećmi|bierze tabletki|jest zakażony HIV|zmarła|pali trawkę|nie odzywa się do mnie|uprawia hazard|był w więzieniu|jest świadkiem Jehowy|uważa, że przesadzam|ma depresję|nie zdała|złożyła doniesienie|"
        "złożył wypowiedzenie|jest chory|dzwoniła wczoraj|mieszka w {city}|mieszka przy {street}|pracuje w {org}|miała operację {date}|jest w ciąży|jest mi winien {money}|zarabia {money} rocznie|ma cukrzycę|ma {age} lat|"
        "urodził się {dob}|podpisała umowę|wraca {date}|chce się rozwieść|nie zapłacił faktury|skarży się na hałas|leży w szpitalu|nie odpowiada|przeprowadza się do {city}|jest nowym {job}"
    ),
}
_FRAMES = {
    "de": _list(
        "Gestern war ich mit {x} beim Arzt.|Wie sage ich {x}, dass ich gehe?|Warum ist {x} so wütend?|Ich liebe {x}.|Seit {x} weg ist, kann ich nicht schlafen.|Kündigung von {x} formulieren|Soll ich {x} anzeigen?|{x} und ich haben uns getrennt.|Hi {x}, danke fürs Fahren!|{x}, kommst du mit?|Glückwunsch an {x} zur Geburt!|wegen {x} bin ich beim Jugendamt|Liebe {x},|Lieber {x},|Was schenke ich {x}?|gegen {x} läuft ein Verfahren|Hab mit {x} geschlafen|Attest für {x}|Einschätzung zu {x}: fleißig, aber labil|"
        "Ich habe mit {x} gesprochen.|Schreib {x} eine Mail.|Kannst du {x} anrufen?|Wo wohnt {x}?|Wie alt ist {x}?|Ich bin mit {x} verheiratet.|Laut {x} ist alles fertig.|{x} und {y} waren auch da.|Hat {x} schon bezahlt?|"
        "Verfasse ein Arbeitszeugnis für {x}.|Danke an {x} und {y}.|Ansprechpartner: {x}|Teilnehmer: {x}, {y}|Name: {x}|z. Hd. {x}|i. A. {x}|gez. {x}|Kommt {x} heute?|Bitte an {x} weiterleiten.|Ich mag {x} nicht.|von {x}|für {x}|Was ist mit der {x}?|Frag mal {x}.|Ist {x} krank?|Sag {x} Bescheid.|"
        "Ich war beim {x}.|Das ist vom {x}.|Grüß die {x}!|Der {x} und die {y} streiten.|die {x} von nebenan|der {x} aus der Buchhaltung|Ich war gestern bei der {x}.|{x} sagt, es geht nicht.|"
        "d'{x} isch krank|Mit dem {x} geht es schlecht.|Die {x} hat Depressionen.|Der {x} hat Krebs."
    ),
    "fr": _list(
        "Hier j'étais avec {x} chez le médecin.|Comment dire à {x} que je pars ?|Pourquoi {x} est en colère ?|J'aime {x}.|Depuis que {x} est partie, je ne dors plus.|Licenciement de {x} à rédiger|Dois-je dénoncer {x} ?|{x} et moi, on s'est séparés.|Salut {x}, merci !|{x}, tu viens ?|Félicitations à {x} !|à cause de {x} j'ai perdu mon poste|Chère {x},|Cher {x},|Qu'offrir à {x} ?|une plainte contre {x}|Certificat pour {x}|Évaluation de {x} : sérieuse mais fragile|"
        "J'ai parlé avec {x}.|Écris un mail à {x}.|Peux-tu appeler {x} ?|Où habite {x} ?|Quel âge a {x} ?|Je suis mariée avec {x}.|Selon {x}, tout est prêt.|{x} et {y} étaient là.|Est-ce que {x} a payé ?|"
        "{x} est malade ?|Demande à {x}.|La {x} a encore bu.|avec {x} et {y}|Rédige une lettre pour {x}.|Merci à {x} et {y}.|Contact : {x}|Participants : {x}, {y}|Nom : {x}|à l'attention de {x}|signé : {x}|Transmets à {x}, s'il te plaît.|Je n'aime pas {x}.|de {x}|pour {x}|chez {x}"
    ),
    "es": _list(
        "Ayer fui con {x} al médico.|¿Cómo le digo a {x} que me voy?|¿Por qué está enfadado {x}?|Quiero a {x}.|Desde que se fue {x} no duermo.|Carta de despido para {x}|¿Denuncio a {x}?|{x} y yo nos hemos separado.|Oye {x}, ¡gracias!|{x}, ¿vienes?|¡Felicidades a {x}!|por culpa de {x} perdí el trabajo|Querida {x},|Querido {x},|¿Qué le regalo a {x}?|una denuncia contra {x}|Justificante para {x}|Valoración de {x}: trabajadora pero inestable|¿Está {x} en casa?|¿Sabe {x} lo del embarazo?|el {x} y la {y}|"
        "Hablé con {x}.|Escribe un correo a {x}.|¿Puedes llamar a {x}?|¿Dónde vive {x}?|¿Cuántos años tiene {x}?|Estoy casada con {x}.|Según {x}, todo está listo.|{x} y {y} también vinieron.|¿Ya pagó {x}?|"
        "La {x} está embarazada.|Pregúntale a {x}.|¿{x} está enfermo?|con la {x} y el {y}|Redacta una carta para {x}.|Gracias a {x} y {y}.|Contacto: {x}|Asistentes: {x}, {y}|Nombre: {x}|A la atención de {x}|Fdo.: {x}|Reenvíalo a {x}, por favor.|No soporto a {x}.|de {x}|para {x}|Médico: {x}|Responsable: {x}"
    ),
    "it": _list(
        "Ieri ero con {x} dal medico.|Come dico a {x} che me ne vado?|Perché è arrabbiata {x}?|Amo {x}.|Da quando {x} è andata via non dormo.|Licenziamento di {x} da scrivere|Devo denunciare {x}?|Io e {x} ci siamo lasciati.|Ehi {x}, grazie!|{x}, vieni?|Auguri a {x}!|per colpa di {x} ho perso il lavoro|Cara {x},|Caro {x},|Cosa regalo a {x}?|una querela contro {x}|Certificato per {x}|Valutazione di {x}: brava ma fragile|"
        "Ho parlato con {x}.|Scrivi una mail a {x}.|Puoi chiamare {x}?|Dove abita {x}?|Quanti anni ha {x}?|Sono sposata con {x}.|Secondo {x} è tutto pronto.|C'erano anche {x} e {y}.|{x} ha già pagato?|"
        "La {x} è incinta.|Chiedi a {x}.|{x} sta male?|Sono andata dalla {x}.|con la {x} e il {y}|Prepara una lettera per {x}.|Grazie a {x} e {y}.|Referente: {x}|Presenti: {x}, {y}|Nome: {x}|Alla cortese attenzione di {x}|Firmato {x}|Inoltra a {x}, per favore.|Non sopporto {x}.|di {x}|per {x}"
    ),
    "nl": _list(
        "Gisteren was ik met {x} bij de dokter.|Hoe zeg ik {x} dat ik wegga?|Waarom is {x} boos?|Ik hou van {x}.|Sinds {x} weg is, slaap ik niet.|Ontslagbrief voor {x}|Moet ik {x} aangeven?|{x} en ik zijn uit elkaar.|Hé {x}, bedankt!|{x}, kom je mee?|Gefeliciteerd aan {x}!|door {x} ben ik mijn baan kwijt|Lieve {x},|Wat geef ik {x}?|een aangifte tegen {x}|Verklaring voor {x}|Beoordeling van {x}: ijverig maar labiel|"
        "Ik sprak met {x}.|Schrijf een mail aan {x}.|Kun je {x} bellen?|Waar woont {x}?|Hoe oud is {x}?|Ik ben getrouwd met {x}.|Volgens {x} is alles klaar.|{x} en {y} waren er ook.|Heeft {x} al betaald?|"
        "Is {x} ziek?|Vraag het aan {x}.|onze {x} is zwanger|{x} zegt dat het niet kan.|Maak een brief voor {x}.|Dank aan {x} en {y}.|Contactpersoon: {x}|Aanwezig: {x}, {y}|Naam: {x}|t.a.v. {x}|Stuur door naar {x}.|Ik vertrouw {x} niet.|van {x}|voor {x}"
    ),
    "pt": _list(
        "Ontem fui com {x} ao médico.|Como digo a {x} que vou embora?|Por que {x} está com raiva?|Amo {x}.|Desde que {x} foi embora não durmo.|Carta de demissão para {x}|Devo denunciar {x}?|{x} e eu nos separamos.|Ei {x}, obrigada!|{x}, você vem?|Parabéns para {x}!|por causa de {x} perdi o emprego|Querida {x},|Querido {x},|O que dou de presente a {x}?|uma queixa contra {x}|Atestado para {x}|Avaliação de {x}: esforçada mas instável|"
        "Falei com {x}.|Escreva um e-mail para {x}.|Pode ligar para {x}?|Onde mora {x}?|Quantos anos tem {x}?|Sou casada com {x}.|Segundo {x}, está tudo pronto.|{x} e {y} também vieram.|{x} já pagou?|"
        "A {x} está grávida.|O {x} bebe demais.|Fui com a {x} ao médico.|{x} está doente?|a {x} e o {y}|Redija uma carta para {x}.|Obrigado a {x} e {y}.|Contato: {x}|Presentes: {x}, {y}|Nome: {x}|A/C {x}|Assinado: {x}|Encaminhe para {x}, por favor.|Não suporto {x}.|de {x}|para {x}"
    ),
    "pl": _list(
        "Wczoraj byłam z {x} u lekarza.|Jak powiedzieć {x}, że odchodzę?|Dlaczego {x} jest zła?|Kocham {x}.|Odkąd {x} odeszła, nie śpię.|Wypowiedzenie dla {x}|Czy mam zgłosić {x}?|{x} i ja rozstaliśmy się.|Hej {x}, dzięki!|{x}, idziesz?|Gratulacje dla {x}!|przez {x} straciłem pracę|Droga {x},|Drogi {x},|Co dać {x} na urodziny?|skarga na {x}|Zaświadczenie dla {x}|Ocena {x}: pracowita, ale chwiejna|"
        "Rozmawiałem z {x}.|Napisz maila do {x}.|Możesz zadzwonić do {x}?|Gdzie mieszka {x}?|Ile lat ma {x}?|Moim mężem jest {x}.|Według {x} wszystko gotowe.|{x} i {y} też tam byli.|Czy {x} już zapłacił?|"
        "Czy {x} jest chora?|Zapytaj {x}.|u {x} wykryto raka|{x} mówi, że nie może.|Przygotuj pismo dla {x}.|Dziękuję, {x} i {y}.|Kontakt: {x}|Obecni: {x}, {y}|Imię i nazwisko: {x}|do rąk: {x}|podpisano: {x}|Prześlij do {x}.|Nie ufam {x}.|od {x}|dla {x}"
    ),
}


_ARTICLES = {
    "de": ("der", "die", "der", "die", "dem", "den"),
    "it": ("la", "il"),
    "pt": ("a", "o"),
    "es": ("la", "el"),
    "fr": ("la", "le petit", "notre"),
    "nl": ("onze", "die"),
    "pl": ("ten", "ta", "nasza"),
}
"""What people put before the names of those whom they know, in some regions always."""


def _kept(phrases: tuple[str, ...], *, dev: bool) -> list[str]:
    return [entry for entry in phrases if (zlib.crc32(entry.encode()) % 4 == 1) is dev] or list(phrases)


def _name(rng: random.Random, digit: int) -> str:
    return rng.choice(["{f%d}", "{full%d}", "{full%d}", "{low%d}"]) % digit


def phrase(rng: random.Random, language: str, *, dev: bool) -> str:
    """Return a template of a sentence about a private person in `language`."""
    name = _name(rng, 1)
    if rng.random() < (0.14 if language in {"de", "pt"} else 0.05):
        name = f"{rng.choice(_ARTICLES[language])} {rng.choice(('{f1}', '{f1}', '{l1}', '{full1}', '{l1} {f1}'))}"
    elif rng.random() < 0.4:
        role = rng.choice(_kept(_ROLES[language], dev=dev))
        name = f"{role} {'{l1}' if role[0].isupper() or role in {'pan', 'pani', 'meneer', 'mevrouw', 'dhr.', 'mw.', 'dr.', 'dr', 'dona', 'don', 'doña'} else name}"
    if rng.random() < 0.55:
        text = f"{name} {rng.choice(_kept(_PREDICATES[language], dev=dev))}{rng.choice(['.', '.', '', '!'])}"
    else:
        text = rng.choice(_kept(_FRAMES[language], dev=dev)).replace("{x}", name).replace("{y}", _name(rng, 2))
    return text[0].upper() + text[1:] if rng.random() < 0.75 and not text.startswith("{") else text
