"""A small grammar of English sentences and fields around names: far more contexts than templates can list.

`sentence` gives templates for `slots.py`. A third of the phrases (by hash) is kept for development texts.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence

__all__ = ["field", "form", "junk", "public", "sentence"]


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("|\n", "|").replace("\n", " ").split("|") if part.strip())


_ROLE = _list("""boss|manager|colleague|coworker|friend|best friend|ex|ex-wife|ex-husband|neighbour|neighbor|landlord|tenant|roommate|flatmate|cousin|nephew|niece|uncle|aunt|mom|mum|dad|
mother|father|brother|sister|son|daughter|grandson|grandmother|husband|wife|girlfriend|boyfriend|partner|fiancé|client|customer|patient|student|teacher|professor|supervisor|advisor|
assistant|intern|doctor|dentist|therapist|lawyer|accountant|agent|recruiter|contractor|babysitter|stepson|stepfather|mother-in-law|twin|teammate|coach|mentor|employee|team lead|
housemate|godson|baby|toddler|pupil|trainee|secretary|nurse|driver|supplier""")
_PAST = _list("""called|left|quit|resigned|phoned|emailed me|texted me|is late|was fired|got married|got divorced|lost {his} job|broke {his} leg|passed away|died last year|is pregnant|
moved to {city}|lives in {city}|works at {org}|used to work for {org}|studied at {org}|lives at {street}|is in hospital|was admitted to {hosp}|had surgery|has diabetes|was diagnosed with
cancer|is allergic to nuts|takes antidepressants|drinks too much|owes me {money}|earns {money}|borrowed {money} from me|stole from the till|cheated on me|hit me|yelled at me|ignored my
email|signed the lease|signed the contract|approved the budget|rejected the proposal|filed a complaint|reported the incident|was rude to me|was very helpful|fixed the printer|wrote
the report|forgot the keys|missed the deadline|missed the meeting|sent the wrong file|shared the spreadsheet|has access to the drive|needs a visa|needs a wheelchair|wants a refund|wants a
raise|wants to leave|asked for a raise|asked about the invoice|asked me out|agreed|disagreed|said no|said yes|told everyone|apologised|is on sick leave|is on maternity leave|is on vacation
until {date}|comes back on {date}|arrives on {date}|started on {date}|was born on {dob}|turned {age} on {date}|is {ageyo}|is {age}|retired in {year}|graduated in {year}|was arrested|was
convicted of fraud|went to prison|voted for them|joined the union|is gay|is Catholic|converted to Islam|does not eat pork|failed the exam|passed the exam|got an A|was suspended|bullies
other kids|skipped class|has ADHD|can't sleep|is depressed|tried to kill {himself}|relapsed|stopped taking {his} pills|complains of back pain|refuses treatment|is recovering|needs stitches
|fell down the stairs|crashed the car|sold the house|bought a flat in {city}|inherited the farm|changed {his} number|blocked me|unfriended me|posted my photos|hacked my account|knows the
password|set up the server|deployed the hotfix|reviewed the code|merged the branch|opened a ticket|closed the deal|won the bid|presented the slides|booked the flight|cancelled the order
|returned the shoes|never paid|paid in cash|transferred {money}|has two kids|has a new boyfriend|snores|loves chess|plays the violin|sings in a choir|came second|won the raffle""")
_ASK = _list("""Is {x} coming tonight?|Is {x} there?|Is {x} still employed?|Is {x} eligible for the discount?|Is {x} ok?|Was {x} at the meeting?|Did {x} reply?|Did {x} get the package?|Did
you tell {x}?|Did you see {x} yesterday?|Has {x} paid?|Has {x} signed yet?|Have you met {x}?|Can {x} join us?|Could {x} cover my shift?|Can you call {x} for me?|Can you email {x} about the
invoice?|Can you add {x} to the list?|Can you write a reference for {x}?|Can you remind {x} about it?|Could you ask {x} to call back?|Would {x} mind?|Does {x} know?|Does {x} have
insurance?|Do you know {x}?|Do we trust {x}?|Who is {x}?|Where does {x} live?|Where is {x}?|When is {x} back?|When did {x} join?|What did {x} say?|What should I get {x} for the
birthday?|What does {x} want?|Why is {x} angry?|Why did {x} leave?|How is {x} doing?|How old is {x} now?|How do I tell {x} that I'm leaving?|How much does {x} earn?|Should I invite {x}?|Should
I report {x} to HR?|Will {x} be there?|What's {x}'s number?|What is {x}'s address?|Whose idea was it, {x}'s?""")
_DO = _list("""Call {x}.|Tell {x} to wait.|Write an email to {x}.|Write a birthday card for {x}.|Write a thank-you note to {x}.|Draft a warning letter to {x}.|Draft a message to {x} and
{x2}.|Send {x} the file.|Send this to {x}.|Remind {x} about the rent.|Ask {x} for the key.|Invite {x} and {x2}.|Schedule a meeting with {x}.|Set up a call with {x} on {date}.|Add {x} as a
user.|Remove {x} from the group.|Book a table for {x}.|Book a flight for {x} from {city} to {city}.|Prepare a contract for {x}.|Make a performance review for {x}.|Please forward to
{x}.|Please contact {x} at {phone}.|Please call {x} on {phone}.|Please reply to {x}, not to me.|Text {x} that I'm late.|Look up {x} in the CRM.|Compare the CVs of {x} and {x2}.|Write a
eulogy for {x}.|Write a wedding speech for {x} and {x2}.|Write a recommendation letter for {x}.|Give {x} access.|Reset the password of {x}.|Delete all data about {x}.|Explain the
diagnosis to {x}.|Congratulate {x}.|Thank {x} for me.|Say hi to {x}!""")
_WITH = _list("""I had lunch with {x}.|I got this from {x}.|I work with {x} and {x2}.|I report to {x}.|I spoke to {x} about it.|I met {x} through {x2}.|I heard from {x} that {x2} left.|I don't
trust {x}.|I love {x}.|I hate {x}.|I miss {x}.|I'm worried about {x}.|I'm angry at {x}.|I'm dating {x}.|I'm married to {x}.|I sued {x}.|I sold my car to {x}.|I lent {x} {money}.|I owe {x}
an apology.|I think {x} is right.|I think {x} likes {x2}.|I believe {x} knows {x2}.|We invited {x}, {x2} and {x3}.|We went to {city} with {x}.|We voted for {x}.|We need {x} on this.|We lost
{x} last year.|We named her {x}.|We are looking for {x}.|They fired {x}.|They promoted {x} to {job}.|They elected {x}.|He married {x}.|She left {x} for {x2}.|She is friends with {x}.|He
told {x} about us.|It was {x} who called.|This is {x}.|This is {x} speaking.|It's {x} from {org}.|That was {x}'s idea.|This belongs to {x}.|Hello, {x} here.|Greetings from {x} and {x2}.|
Based on what {x} said, we wait.|According to {x}, it is done.|Thanks to {x} we made it.|Because of {x} we lost.|Without {x} it won't work.|As {x} mentioned, the price is {money}.|
Between {x} and {x2} there is tension.|After {x} left, {x2} took over.|Since {x} came, all is fine.|Unless {x} agrees, we stop.|If {x} calls, say I'm out.|When {x} was {age}, {x2}
died.|While {x} slept, {x2} cooked.|Like {x}, I was there.|Neither {x} nor {x2} came.|Both {x} and {x2} agreed.|Not only {x} but also {x2} complained.|From {x} to {x2}.|cc {x}, {x2}|fyi {x}|
@ {x}|+ {x}|/ {x}|re: {x}|w/ {x}|via {x}|by {x}|for {x}|from {x}|to {x}|{x} & {x2}|{x} / {x2}|{x} vs. {x2}|{x} ({x2}'s {rel})|{x}, {x2} and {x3}|{x}; {x2}; {x3}|{x}|{x}?|{x}!|{x}.|
the {l} family|the {l}s|{l}'s lawyer|{l} et al. v. {l2}|{l} v {l2}|{l} versus {org}|Ms {l} objects.|Sir {full}|Dr {l}'s clinic|Nurse {l}|Officer {l}|Judge {l}|Prof {full}|Rev. {full}|Hon.
{full}|Captain {l}|Detective {l} took notes.|Councillor {full}|Director {full}|President of the board: {full}|Chairwoman {full}|Trainer {full}|Author {full}""")
_LABEL = _list("""Name|Full name|Customer|Customer name|Client|Client name|Contact|Contact person|Contact name|Patient|Patient name|Pt|Employee|Employee name|Staff|Manager|Line manager|
Supervisor|Reported by|Reporter|Assignee|Assigned to|Owner|Account owner|Account holder|Cardholder|Card holder name|Name on card|Beneficiary|Payee|Payer|Sender|Recipient|From|To|Cc|Attn|
Attention|Bill to|Ship to|Sold to|Deliver to|Prepared by|Prepared for|Approved by|Reviewed by|Signed|Signature|Signed by|Witness|Witnessed by|Notary|Plaintiff|Defendant|Claimant|
Respondent|Applicant|Candidate|Interviewer|Interviewee|Referee|Reference|Student|Student name|Pupil|Teacher|Parent|Guardian|Parent/Guardian|Mother|Father|Spouse|Child|Next of kin|
Emergency contact|Insured|Policyholder|Driver|Passenger|Passenger name|Guest|Guest name|Tenant|Landlord|Buyer|Seller|Buyer's name|Doctor|Physician|Referring physician|Attending|Surgeon|
Nurse|Therapist|PCP|GP|Provider|Author|Submitted by|Created by|Modified by|Requested by|Requester|Agent|Caller|Speaker|Moderator|Host|Organizer|Attendee|Participant|Participants|
Attendees|Team|Members|Invitees|Present|Absent|User|Username|Display name|first_name|last_name|full_name|customer_name|patientName|employeeName|contact_name|surname|given_name|nickname|
maiden name|alias|a.k.a.|Mr|Mrs|Dear|Hi|Hello|Hey|Best|Cheers|Love|Regards""")
_SEP = (": ", ": ", ": ", ":\t", " - ", " = ", ":", "\n", " | ", ", ", ";", ' "', "='", " ")
_TITLE_WORDS = _list("""Ambiguous|Tenacious|Euphoric|Wistful|Obsolete|Ravenous|Shadow|Outline|Italic|Underline|Margin|Encoding|Spacing|Angle|Border|Header|Footer|Sidebar|Modal|Button|Label|Value|
Units|Years|Total|Amount|Average|Median|Income|Expense|Budget|Revenue|Profit|Loss|Growth|Market|Segment|Region|Category|Product|Service|Feature|Benefit|Risk|Impact|Priority|Status|Pending|Active|
Closed|Open|Draft|Final|Approved|Rejected|High|Medium|Low|Critical|Warning|Info|Debug|Error|Fatal|Input|Output|Sample|Example|Note|Hint|Solution|Question|Answer|Option|Choice|True|False|None|
Null|Yes|No|Maybe|Apple|Banana|Cherry|Orange|Mango|Grape|Lemon|Peach|Tomato|Potato|Carrot|Onion|Garlic|Pepper|Chicken|Beef|Pork|Salmon|Tuna|Shrimp|Rice|Pasta|Bread|Cheese|Butter|Milk|Sugar|Salt|
Honey|Vanilla|Chocolate|Coffee|Tea|Wine|Beer|Water|Juice|Red|Green|Blue|Yellow|Purple|Black|White|Silver|Gold|Bronze|Platinum|Diamond|Ruby|Pearl|Crystal|Iron|Steel|Wood|Stone|Glass|Paper|Plastic|
Cotton|Wool|Leather|Lion|Tiger|Bear|Wolf|Eagle|Hawk|Shark|Whale|Horse|Cow|Sheep|Goat|Duck|Swan|Rabbit|Turtle|Snake|Spider|Sun|Moon|Star|Earth|Mars|Venus|Jupiter|Saturn|Mercury|Ocean|River|
Mountain|Forest|Desert|Island|Valley|Beach|Garden|Castle|Tower|Bridge|Temple|Church|School|Office|Factory|Store|Kitchen|Bedroom|Bathroom|Window|Door|Table|Chair|Lamp|Clock|Mirror|Phone|
Laptop|Tablet|Monitor|Keyboard|Mouse|Printer|Router|Server|Database|Network|Cloud|Storage|Memory|Processor|Battery|Sensor|Camera|Drone|Robot|Engine|Wheel|Brake|Hammer|Drill|Saw|Screw|Nail|
Strength|Dexterity|Wisdom|Charisma|Knight|Wizard|Archer|Healer|Warrior|Dragon|Goblin|Orc|Elf|Dwarf|Sword|Shield|Potion|Scroll|Quest|Level|Score|Health|Mana|Power|Speed|Attack|Defense|Magic|
Introduction|Background|Methods|Results|Discussion|Conclusion|References|Appendix|Abstract|Summary|Overview|Scope|Goals|Timeline|Milestone|Deliverable|Stakeholder|Requirement|Hypothesis|Theory|
Model|Framework|Strategy|Tactics|Vision|Mission|Culture|Values|Leadership|Innovation|Quality|Safety|Security|Privacy|Compliance|Governance|Audit|Policy|Process|Procedure|Standard|Guideline|
Monday|Tuesday|Friday|January|March|August|Spring|Summer|Autumn|Winter|North|South|East|West|Left|Right|Center|Top|Bottom|Front|Back|Start|End|Begin|Stop|Pause|Play|Next|Previous|First|Last|
Grammar|Vocabulary|Essay|Poem|Novel|Chapter|Verse|Rhyme|Metaphor|Irony|Tone|Mood|Theme|Plot|Setting|Character|Narrator|Tragedy|Comedy|Drama|Satire|Hunter|Mason|Baker|Carter|Cook|Page|Bishop|
Grant|Rich|Young|King|Prince|Duke|Rose|Violet|Daisy|Lily|Ivy|Jasmine|Ginger|Olive|Sage|Basil|Rosemary|Hope|Faith|Grace|Joy|Mercy|Melody|Harmony|Destiny|Angel|Chase|Mark|Bill|Will|Jack|Rob|Drew|Art
|Dean|Ray|Max|Gene|Miles|Lance|Dawn|Summer|April|May|June|Amber|Ace|Buck|Chip|Dale|Dash|Frank|Guy|Pat|Sue|Penny|Robin|Skip|Victor""")
_CODE = _list("""def {w}_{w}(self, {w}): return {w}|class {W}{W}({W}): pass|const {w}{W} = new {W}({w});|import {w}.{w}.{W};|<div class="{w}-{w} {w}" id="{w}{W}">|.{w}-{w} { {w}: {n}px; }|
SELECT {W}, {W}ID FROM {W}s WHERE {W} = {n};|public static {W} get{W}({W} {w}) { return {w}; }|{W}: {W}, {W}, {W}|Key: {w}{W}, Label: {W} {W}, Units: {W}|['{W}', '{W}', '{W}', '{W}']|
["{W}","{W}","{W}"]|{W},{W},{W},{W}\n{n},{n},{n},{n}|{W};{W};{W}|{W}\t{W}\t{W}|- {W} {W}\n- {W}\n- {W} {W}|1. {W} {W}\n2. {W}\n3. {W}|**{W} {W}**: {W}|## {W} {W} {W}|The {W} of {W}|{W} and {W}|{W} & {W}|
{W} vs {W}|{W} {W} {W}|{W} ({W})|{W}: {n}|{W}={n}|f({w}) = {n}|x_{n} + y_{n} = z|1 ≤ N ≤ {n}|T test cases, N, M, K ≤ {n}|{w}_{n}.csv|$ {w} --{w} {n}|Style: Default,Arial,{n},&H00FFFFFF,&H000000FF|
// SPDX-License-Identifier: MIT|* @title {W}{W}|@{w} def {w}():|@Override|@media screen and (max-width: {n}px)|#include <{w}.h>|int main() { {W} {w}; }|{w}.{w}({W}.{W})|npm install @{w}/{w}|
{n} {w} {w}|{n} {W} {W}|{n} km {w} {w}|Train A runs at {n} m/s and train B at {n} km/h|The {w} {w} the {w}.|{W} {w} {w} {w}.|{w} {w} {w} {w}|version {n}.{n}|Table {n}: {W} {W}|{n}% of {W}|
{W} Inc. is a {w} company|Hidden {W}|{W} Road Map|Code Drive {n}|{W} Street Journal|{n} Way Anova|Step {n}: {W} the {w}|Case {n}: {W}|Day {n}: {W} {W}|Part {n} - {W}|{W} #{n}|&H0000{n}|0x{n}FF|{w}?{w}={n}&{w}={w}""")


def _kept(phrases: Sequence[str], *, dev: bool) -> list[str]:
    return [phrase for phrase in phrases if (zlib.crc32(phrase.encode()) % 3 == 1) is dev]


def _name(rng: random.Random, digit: int) -> str:
    chance = rng.random()
    if chance < 0.4:
        return f"{{f{digit}}}"
    if chance < 0.72:
        return f"{{full{digit}}}"
    if chance < 0.8:
        return f"{{p{digit}}}"
    if chance < 0.88:
        return f"{{low{digit}}}"
    return rng.choice(["Mr. ", "Mrs. ", "Ms. ", "Dr. ", "Mr ", "Ms ", "Miss ", "Mrs ", "Prof. "]) + f"{{l{digit}}}"


def _who(rng: random.Random, digit: int, *, dev: bool) -> str:
    name = _name(rng, digit)
    chance = rng.random()
    role = rng.choice(_kept(_ROLE, dev=dev))
    if chance < 0.6:
        return name
    if chance < 0.78:
        return f"{rng.choice(['my', 'our', 'his', 'her', 'their', 'the', 'your'])} {role} {name}"
    if chance < 0.86:
        return f"{rng.choice(['my', 'our', 'the'])} {role}, {name},"
    if chance < 0.93:
        return f"{name} {rng.choice(['from {city}', 'from {org}', 'at {org}', 'in accounting', 'from HR', 'from next door', '({age})', '({job})', ', {age},', '(the {job})'])}"
    return f"{name} and {_name(rng, digit + 5)}"


def sentence(rng: random.Random, *, dev: bool = False) -> str:
    """Return a template of a sentence about one or more private people."""
    kind = rng.random()
    if kind < 0.45:
        predicate = (
            rng.choice(_kept(_PAST, dev=dev))
            .replace("{his}", rng.choice(["his", "her", "their"]))
            .replace("{himself}", rng.choice(["himself", "herself"]))
        )
        text = f"{_who(rng, 1, dev=dev)} {predicate}{rng.choice(['.', '.', '.', ' again.', ' yesterday.', ' on {date}.', '!', '', ' last week.', ' and I need advice.'])}"
    else:
        block = rng.choice([_ASK, _DO, _WITH, _WITH])
        text = rng.choice(_kept(block, dev=dev))
        for place, mark in enumerate(("{x}", "{x2}", "{x3}"), start=1):
            text = text.replace(mark, _who(rng, place, dev=dev) if place == 1 else _name(rng, place))
    text = (
        rng.choice(
            [
                "",
                "",
                "",
                "",
                "",
                "So ",
                "Well, ",
                "Yesterday ",
                "btw ",
                "Also, ",
                "fyi ",
                "ok so ",
                "I heard that ",
                "It seems ",
                "- ",
                "> ",
                "* ",
            ]
        )
        + text
    )
    return text[0].upper() + text[1:] if rng.random() < 0.75 and not text.startswith("{") else text


def field(rng: random.Random, *, dev: bool = False) -> str:
    """Return a template of a labelled field that holds a name."""
    label = rng.choice(_kept(_LABEL, dev=dev))
    chance = rng.random()
    label = label.lower() if chance < 0.15 else label.upper() if chance < 0.25 else label
    form = rng.choice(["{full1}", "{full1}", "{p1}", "{lf1}", "{up1}", "{f1}", "{full1}, {full2}", "{l1}"])
    separator = rng.choice(_SEP)
    close = {' "': '"', "='": "'"}.get(separator, "")
    return f"{label}{separator}{form}{close}"


def junk(rng: random.Random) -> str:
    """Return a line of code, a list or a heading without anything private."""
    text = rng.choice(_CODE).replace("\\n", "\n")
    while "{w}" in text or "{W}" in text:
        word = rng.choice(_TITLE_WORDS)
        text = (
            text.replace("{w}", word.lower(), 1)
            if rng.random() < 0.5 or "{W}" not in text
            else text.replace("{W}", word, 1)
        )
    return text


_FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    # template of the value, labels
    "street": (
        "{street%d}",
        _list(
            "Address|Street|Street address|Home address|Addr|Address line 1|Mailing address|Residence|Billing address|Delivery address|Adresse|Dirección|street_address|addressLine1|Premises"
        ),
    ),
    "addr": (
        "{addr}",
        _list(
            "Address|Home address|Current address|Residential address|Lives at|Shipping address|Full address|Domicilio|Anschrift"
        ),
    ),
    "city": (
        "{city}",
        _list(
            "City|Town|Place of birth|Birthplace|Location|Hometown|city_name|County|State|Region|Ort|Ville|Localidad"
        ),
    ),
    "country": ("{country}", _list("Country|Country of birth|Citizenship country|Land|País")),
    "zip": ("{zip}", _list("ZIP|Zip code|Postcode|Postal code|PLZ|CP|postal_code")),
    "dob": (
        "{dob}",
        _list(
            "DOB|D.O.B.|Date of birth|Birth date|Birthday|Born|birthDate|date_of_birth|Geburtsdatum|Fecha de nacimiento|Date de naissance|b."
        ),
    ),
    "date": (
        "{date}",
        _list(
            "Date|Date of admission|Admission date|Admitted|Discharged|Date of discharge|Date of service|DOS|Visit date|Seen on|Date of death|Collected|Exam date|Procedure date|Hire date|Start date|Last seen|Signed on"
        ),
    ),
    "age": ("{age}", _list("Age|AGE|Age (years)|Patient age|Edad|Alter|age")),
    "ageyo": ("{ageyo}", _list("Age|Patient|Subject")),
    "sex": ("{sex}", _list("Sex|Gender|M/F|gender|sex")),
    "id": (
        "{id}",
        _list(
            "MRN|MR#|Medical record number|Patient ID|Pt ID|Chart no.|Hospital no.|Encounter|Accession|Member ID|Member no.|Policy number|Policy no.|Health plan ID|Insurance ID|Subscriber ID|Group no.|Account number|"
            "Acct|Employee ID|Staff no.|Student ID|Case number|Case no.|File no.|Reference|Ref|Customer number|Client ID|Licence no.|License|Certificate no.|Permit|Badge|Booking ref|Claim no.|NHC|NASS|NHS number|Record #|Order no.|Serial no.|Device ID|Ticket|Docket"
        ),
    ),
    "job": ("{job}", _list("Occupation|Profession|Position|Title|Job title|Role|Job|Beruf|Profession")),
    "org": (
        "{org}",
        _list("Employer|Company|Organisation|School|University|Insurance|Bank|Works at|employer_name|Department"),
    ),
    "hosp": ("{hosp}", _list("Hospital|Facility|Clinic|Practice|Referring facility|Ward/Hospital|Site|Institution")),
    "nrp": ("{nrp}", _list("Nationality|Ethnicity|Race|Religion|Citizenship|Party")),
    "phone": ("{phone}", _list("Phone|Tel|Telephone|Mobile|Cell|Fax|Home phone|phone_number")),
    "email": ("{email%d}", _list("Email|E-mail|Mail|email_address|Contact email")),
    "other": (
        "{n}",
        _list("Score|Amount|Quantity|Weight|Height|Room|Floor|Visits|Balance|Rating|BP|Temp|Priority|Total"),
    ),
    "word": ("{prod}", _list("Product|Notes|Diagnosis|Topic|Language|Item|Plan|Software")),
    "state": ("Active", _list("Status|State|Account|Flag")),
}
_NAMES = ("{full%d}", "{full%d}", "{full%d}", "{lf%d}", "{p%d}", "{up%d}", "{low%d}")


def _key(label: str, style: int) -> str:
    if style == 1:
        return label.lower().replace(" ", "_").replace("/", "_")
    if style == 2:
        first, *rest = label.replace("/", " ").split()
        return first.lower() + "".join(word.capitalize() for word in rest)
    return label


def form(rng: random.Random, *, dev: bool = False) -> str:
    """Return a template of a record about one person or a few: form, JSON, XML, CSV, table, key=value."""
    kinds = rng.sample(list(_FIELDS), rng.randint(1, 6))
    columns = [(rng.choice(_kept(_FIELDS[kind][1], dev=dev) or _FIELDS[kind][1]), _FIELDS[kind][0]) for kind in kinds]
    split = rng.random() < 0.25
    shape = rng.choice(_NAMES)
    names = (
        [("First name", "{f%d}"), ("Last name", "{l%d}")] if split else [(rng.choice(_kept(_LABEL, dev=dev)), shape)]
    )
    if split and rng.random() < 0.5:
        names = [
            (rng.choice(["Surname", "Last", "lname", "Apellidos", "Nachname"]), "{l%d}"),
            (rng.choice(["Given name", "First", "fname", "Nombre", "Vorname"]), "{f%d}"),
        ]
    place = rng.choice([0, 0, 0, rng.randint(0, len(columns))])
    columns[place:place] = names
    people = rng.randint(1, 5)
    layout = rng.random()
    style = rng.randint(0, 2)
    if layout < 0.25:  # rows with or without a header
        mark = rng.choice([",", ",", ", ", ";", "\t", "|", " | "])
        rows = [
            mark.join(value % who if "%d" in value else value for _, value in columns) for who in range(1, people + 1)
        ]
        head = [mark.join(_key(label, style) for label, _ in columns)] if rng.random() < 0.7 else []
        return "\n".join(head + rows)
    pairs = [(label, value % 1 if "%d" in value else value) for label, value in columns]
    if layout < 0.4:
        body = ", ".join(f'"{_key(label, style)}": "{value}"' for label, value in pairs)
        return rng.choice(["{%s}", "[{%s}]", '{"data": {%s}}']) % body
    if layout < 0.47:
        return "".join(
            f"<{_key(label, 2)}>{value}</{_key(label, 2)}>" + rng.choice(["", "\n"]) for label, value in pairs
        )
    separator = rng.choice([": ", ": ", ": ", ":", " = ", "=", " - ", ":\t", " "])
    joint = rng.choice(["\n", "\n", "\n", ", ", "; ", " | ", "  ", "\n\n", ". ", " "])
    return joint.join(
        f"{_key(label, style if style == 1 and rng.random() < 0.5 else 0)}{separator}{value}" for label, value in pairs
    )


_WORKS = _list(
    "story|short story|poem|song|rap|limerick|haiku|scene|dialogue|monologue|script|screenplay|novel|chapter|fairy tale|bedtime story|joke|sketch|comic|fan fiction|myth|legend|backstory|riddle|play|musical|sonnet"
)
_HERO = _list(
    "a girl named {x}|a boy named {x}|a detective called {x}|{x}, a young wizard,|a knight, Sir {x}|a robot named {x}|a cat named {x}|a pirate, Captain {x}|{x} and {x2}|{x}|two friends, {x} and {x2}|an elf called {x}|"
    "a vampire named {x}|a hacker known as {x}|an astronaut, {x}|a farmer called {x}|Princess {x}|King {x}|Queen {x} of Avalon|a dragon named {x}|the villain {x}|a teacher named {x}|my main character {x}|my D&D character {x}|an NPC called {x}"
)
_DEED = _list(
    "who saves the world|who can talk to animals|lost in a forest|on Mars|in the year 3000|in the style of {pub}|with a twist at the end|in 100 words|set in {city}|during World War II|who falls in love|and a magic sword|"
    "fighting a dragon|who travels through time|trapped in a game|for a 5-year-old||||and the lost treasure|in a haunted house|who discovers a secret|in iambic pentameter"
)
_PUZZLE = _list(
    "{x} has {n} apples.|{x} buys {n} pencils for {money}.|{x} is {n} years older than {x2}.|{x} runs twice as fast as {x2}.|{x} and {x2} share {n} cookies.|{x} flips a coin {n} times.|{x} draws a card.|{x} rolls two dice.|"
    "{x} drives {n} miles in {n} minutes.|{x} always lies and {x2} always tells the truth.|{x} sits to the left of {x2}.|{x} is taller than {x2}, who is taller than {x3}.|{x} invests {money} at 5 % interest.|{x} paints a fence in {n} hours, {x2} in {n}.|"
    "{x} picks a number between 1 and {n}.|{x} plays a game against {x2}.|{x} has {n} brothers and each has {n} sisters.|{x} reads {n} pages a day.|{x} bakes {n} cakes.|{x} sends {x2} an encrypted message.|How many marbles does {x} have left?|"
    "What is the probability that {x} wins?|How old is {x}?|Who is lying, {x}, {x2} or {x3}?|{x} wants to colour a graph.|{x} gives {x2} half of the coins.|{x} starts walking north.|{x}'s rectangle has an area of {n}.|Determine the winner if {x} moves first."
)
_FAME = _list(
    "{y} (born {year}) is a {nrp} {j}.|{y} (1856-1912) was a {nrp} {j}.|The {j} {y} won an award in {year}.|{nrp} {j} {y} released a new album.|the {j} {y}|{y}, the {nrp} {j}, died in {year}.|{y} was elected to parliament in {year}.|"
    "{y} plays for {org}.|{y} scored in the final.|{y} directed the film.|{y} starred in the series.|The book was written by {y}.|a biography of {y}|the paintings of {y}|In her novel, {y} describes {city}.|{y} composed three symphonies.|{y} and {y} founded {org} in {year}.|"
    "{y}, CEO of {org}, said profits rose.|Minister {y} resigned.|Governor {y} signed the law.|President {y} met Chancellor {y}.|King {f} III ruled until {year}.|St. {f}|{z}'s theorem|{z}'s law|{z} distribution|{z}'s algorithm|{z} disease|{z} syndrome|"
    "the {z} method|{z} transform|{z} and {z} ({year})|{z} et al. ({year})|({z}, {year}; {z}, {year})|[{z}, {year}]|{z}, {f}. {year}. A theory of memory. Journal of Psychology.|as {z} argues|according to {z} ({year})|{z}'s critique of {z}|a {z} painting|"
    "{y} in the role of {x}|cast: {y}, {y}, {y}|lyrics by {y}|photo: {y}|{y} beat {y} 6-4, 6-3.|{y} vs {y}|goals by {z} and {z}|the {z} administration|the {z} doctrine|fans of {y}|{y}'s latest movie|an interview with {y} on TV|quotes by {y}|a speech by {y}|"
    "the actor {y}|the singer {y}|the poet {y}|the philosopher {z}|the mathematician {y}|the scientist {y}|the footballer {y}|the rapper {y}|the youtuber {y}|the painter {z}|the composer {z}|tell me about {pub}|who is {pub}|what did {pub} invent|when did {pub} die|"
    "is {pub} still alive|how tall is {pub}|net worth of {pub}|books by {y}|explain the ideas of {pub}|{y}'s influence on {y}|Compare {pub} with {pub}|write like {y}|in the style of {y}|The {nrp} band {y} and the Wolves|team {f}|{f}'s Pizza|{z} & Sons|{z} Inc.|{z} University|hurricane {f}|{z} Street|{z} County"
)
_DATA = _list("""print("Hello {x}")|Example input: {x}, {n}|e.g. "{y}" or "{y}"|a user like {y}|for instance {x}|assert greet("{x}") == "Hello, {x}!"|
Generate {n} fake names such as {y}.|invent a customer named {y}|mock data: {y}|test user {x}|placeholder name {y}|const user = { name: "{x}" };|s = "{x}" is the input""")
_JOBS = _list(
    "singer|actor|actress|poet|novelist|painter|composer|politician|footballer|tennis player|physicist|chemist|mathematician|philosopher|economist|historian|director|rapper|comedian|chef|explorer|general|bishop|sculptor|architect|journalist|"
    "biologist|guitarist|basketball player|swimmer|cyclist|author|playwright|astronaut|inventor|activist|senator|prime minister|monarch|saint"
)


def public(rng: random.Random, *, dev: bool = False) -> str:
    """Return a template about a made-up, example or public person: nobody whose name is private."""
    kind = rng.random()
    if kind < 0.25:
        verb = rng.choice(
            [
                "Write",
                "write",
                "Create",
                "Compose",
                "Give me",
                "Tell me",
                "Continue",
                "Can you write",
                "Please write",
                "Draft",
                "Generate",
                "I'm writing",
            ]
        )
        text = (
            f"{verb} a {rng.choice(_kept(_WORKS, dev=dev))} about {rng.choice(_kept(_HERO, dev=dev))} {rng.choice(_kept(_DEED, dev=dev))}".rstrip()
            + rng.choice([".", "", "!"])
        )
    elif kind < 0.5:
        text = " ".join(rng.choice(_kept(_PUZZLE, dev=dev)) for _ in range(rng.randint(1, 4)))
    elif kind < 0.62:
        text = rng.choice(_kept(_DATA, dev=dev))
    else:
        text = rng.choice(_kept(_FAME, dev=dev))
    while "{y}" in text:
        text = text.replace("{y}", "{fictp}" if rng.random() < 0.55 else "{pub}", 1)
    while "{z}" in text:
        text = text.replace("{z}", "{fictl}" if rng.random() < 0.7 else "{pub}", 1)
    text = text.replace("{f}", "{fict}").replace("{j}", rng.choice(_JOBS))
    for place, mark in enumerate(("{x}", "{x2}", "{x3}"), start=1):
        text = text.replace(mark, "{char}" if rng.random() < 0.15 else f"{{fict{place}}}")
    return text
