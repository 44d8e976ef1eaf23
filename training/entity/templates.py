"""English templates by genre. `{slot}`s are explained in `slots.py`. One entry a line; a backslash and n is a line break."""

from __future__ import annotations

__all__ = [
    "CLINICAL",
    "GENERAL",
    "GREETINGS",
    "HARMLESS",
    "INSTRUCTIONS",
    "LINES",
    "PUBLIC",
    "RECORDS",
    "SIGNATURES",
    "TALK",
]


def _lines(block: str) -> tuple[str, ...]:
    lines = (line.replace("\\n", "\n") for line in block.strip().split("\n") if line)
    return tuple(line + " " if line.endswith(":") else line for line in lines)


GREETINGS = _lines(r"""
Hi {f1},
Hello {f1},
Dear {f1},
Dear Mr. {l1},
Dear Mrs {l1},
Dear Ms. {l1},
Dear Dr. {l1},
Dear Professor {l1},
Hey {f1}!
{f1},
{f1} -
Hi {f1} and {f2},
Dear {full1},
Good morning {f1},
Good afternoon, Mr {l1}.
Dear all,
Hi team,
hi {f1}
To: {full1} <{email1}>\nFrom: {full2} <{email2}>\nSubject: Re: contract\n
From: {full2}\nTo: {full1}\nCc: {full3}\nDate: {date}\nSubject: follow-up\n
From: "{lf2}" <{email2}>\nSent: {date} {time}\nTo: {email1}\n
On {date}, {full1} wrote:
On {date} at {time}, {full1} <{email1}> wrote:
""")

SIGNATURES = _lines(r"""
Best,\n{f2}
Best regards,\n{full2}
Kind regards,\n{full2}\n{job2}, {org2}
Regards,\n{p2}
Thanks,\n{f2}
Thanks!\n- {f2}
Cheers, {f2}
Sincerely,\n{full2}\n{addr}
Yours sincerely,\n{full2}\n{job}\n{org}\n{addr}\nTel: {phone}
--\n{full2} | {job} | {org}\n{phone} | {email2}
{full2}\n{job}\n{org}\n{email2}
Love, {f2}
xx {f2}
Sent from my iPhone
{f2}
Warmly,\n{full2}, {job}
""")

LINES = _lines(r"""
I spoke with {full3} yesterday and she agreed to the new terms.
{f3} said the invoice for {org} is still open.
Could you ask {f3} to send me the signed contract by {weekday}?
My name is {full2} and I live at {addr}.
My name is {p2}.
I'm {full2}, {job} at {org}.
I am {f2} from {org}.
this is {f2} from accounting
{full3} ({email3}) will join the call on {date}.
Please ship the replacement to {full3}, {addr}.
Please send it to {street}, {city}.
My new address is {addr}.
We moved to {street} in {city} last month.
I live at {street}.
I live in {city} with my {rel} {f4}.
Our office is at {street}, {city} {zip}.
The delivery for {street} was left with the neighbour, {full3}.
You can reach {f3} at {phone}.
Call {p3} on {phone} or email {email3}.
{full3}'s contract ends on {date}.
{f3}'s laptop has stopped working again.
According to {l3}, the shipment left {city} on {date}.
{p3} has been our {job} since {year}.
{full3} joined {org} in {year} as {job}.
We hired {full3} as {job} last week.
Have you heard from {f3} and {f4} about the party?
{full3}, {full4} and {full5} attended the meeting.
Attendees: {full3}, {full4}, {f5}
Present: {p3} ({job}), {p4}, {p5}
{f3}, {f4} and I will drive to {city} on {weekday}.
My {rel} {f3} turns {age} next week.
My {rel}, {full3}, was born on {dob} in {city}.
My son {f3} is {ageyo} and goes to {org}.
Our daughter {f3} started at {org} this autumn.
{f3} is {ageyo} and lives in {city}.
{full3}, {age}, of {city}, was arrested on {date}.
{full3} ({age}) from {city} has applied for the position.
The tenant at {street}, {full3}, has not paid rent since {date}.
Witness {full3} stated that she saw the car near {street}.
Officer {l3} took the statement of {full4} at {time}.
I had a fight with {f3} about money again.
My boss {f3} keeps ignoring my mails.
My colleague {full3} told me that {f4} was fired.
My friend {f3} from {city} is visiting.
My neighbour {p3} complained about the noise.
My ex {f3} wants custody of {f4}.
Ask {f3} whether {f4} is coming.
tell {f3} i'll be late
Can you forward this to {full3}?
{f3} called at {time}, wants to talk about the {org} deal.
Booking for {full3}, {n} guests, {date}, {time}.
Passenger: {lf3}, seat 14C, {city} to {city}.
The account holder is {full3}, born {dob}.
DOB {dob}, lives at {addr}.
I, {full3}, residing at {addr}, hereby declare that
between {full3} ("the Tenant") and {full4} ("the Landlord")
This agreement is made on {date} between {org} and {full3}, {addr}.
Employee {full3} (ID {id}) reported the incident to {full4}.
The claimant, {full3}, date of birth {dob}, claims {money} from {org}.
Ticket opened by {full3} on {date}: printer on floor 3 does not work.
Customer {full3} called about order {id}.
Assigned to: {full3}
Reporter: {p3}
Emergency contact: {full3} ({rel}), {phone}
Reviewed-by: {full3} <{email3}>
Signed-off-by: {full3} <{email3}>
Author: {full3} <{email3}>
@author {full3}
Co-authored-by: {p3} <{email3}>
Contact person: {p3}, tel. {phone}
c/o {full3}, {street}
Attn: {full3}
Meeting with {f3} {l3} at {org}
lunch w/ {f3} on {weekday}
met {low3} at the station in {city}
can you call {low3} and ask about the keys
{low3} from {city} said hi
i think {low3} is pregnant
my name is {low3} and im {age}
im {low3}
email from {low3} about the invoice
{low3} and {low4} are getting divorced
{low3} lives at {street}
{f3}: ok see you then
{f3}: can you send me the address?\n{f4}: sure, {street}
[{time}] {f3}: is {f4} there?
<{user3}> {f4} is sick today
{f3} wrote: "I can't make it."
Thank you {f3}.
Thanks {f3}!
{f3}, can you check this?
@{f3} please have a look
Congratulations to {full3} on the promotion to {job}!
Interview notes: {full3} has 8 years of experience at {org} and {org}.
{full3} is a {nrp} citizen, born in {city}, {country}.
She is {nrp} and moved here from {country} in {year}.
Dr. {l3} referred him to {hosp}.
Judge {l3} dismissed the case.
Coach {l3} put {f4} on the bench.
Mr. {l3} and Mrs. {l4} were late.
Sgt. {l3}, Pvt. {l4}
I met {f3} through {f4}.
{full3} of {org} declined to comment.
The defendant {full3} was represented by {full4}.
For {f3}'s birthday we booked a table in {city}.
Is {full3} allowed to see the payroll?
What do you know about {full3} from {city}?
{full3} still owes me {money}.
{p3} earns {money} a year at {org}.
{p3} was diagnosed with diabetes in {year}.
Patient {full3}, {age}, {sex}, has chest pain.
{f3} has been having panic attacks since {date}.
""")

RECORDS = _lines(r"""
Name: {full1}\nDate of birth: {dob}\nAddress: {addr}\nPhone: {phone}\nEmail: {email1}
Name: {up1}\nDOB: {dob}\nSex: {sex}\nMRN: {id}
First name: {f1}\nLast name: {l1}\nStreet: {street}\nCity: {city}\nZIP: {zip}\nCountry: {country}
First Name,Last Name,Email,City\n{f1},{l1},{email1},{city}\n{f2},{l2},{email2},{city}\n{f3},{l3},{email3},{city}
name,age,city\n{full1},{age},{city}\n{full2},{age},{city}\n{full3},{age},{city}\n{full4},{age},{city}
id;name;street;zip;city\n{id};{full1};{street};{zip};{city}\n{id};{full2};{street};{zip};{city}
{id},{l1},{f1},{dob},{street},{city},{zip}\n{id},{l2},{f2},{dob},{street},{city},{zip}
{full1}\t{email1}\t{phone}\t{city}\n{full2}\t{email2}\t{phone}\t{city}
employee_id,full_name,department,salary,manager\n{id},{full1},Sales,{n},{full2}\n{id},{full3},Engineering,{n},{full2}\n{id},{full4},Legal,{n},{full5}
{"name": "{full1}", "age": {age}, "address": {"street": "{street}", "city": "{city}", "zip": "{zip}"}}
{"first_name": "{f1}", "last_name": "{l1}", "dob": "{dob}", "email": "{email1}"}
[{"customer": "{full1}", "order": "{id}"}, {"customer": "{full2}", "order": "{id}"}]
{"patient": "{full1}", "mrn": "{id}", "birthDate": "{dob}", "gender": "{sex}"}
<person><name>{full1}</name><street>{street}</street><city>{city}</city></person>
<customer id="{id}"><firstName>{f1}</firstName><lastName>{l1}</lastName></customer>
INSERT INTO customers (name, email, city) VALUES ('{full1}', '{email1}', '{city}'), ('{full2}', '{email2}', '{city}');
UPDATE users SET name = '{full1}', address = '{street}' WHERE id = {n};
SELECT * FROM patients WHERE last_name = '{l1}' AND first_name = '{f1}';
users = ["{full1}", "{full2}", "{full3}"]
customer = Customer(name="{full1}", address="{addr}")
name: {full1}\nemail: {email1}\nrole: {job}
- name: {full1}\n  team: platform\n- name: {full2}\n  team: billing
| Name | City | Age |\n|---|---|---|\n| {full1} | {city} | {age} |\n| {full2} | {city} | {age} |
| {lf1} | {dob} | {id} |\n| {lf2} | {dob} | {id} |
1. {full1}\n2. {full2}\n3. {full3}\n4. {full4}
- {full1}\n- {full2}\n- {full3}
* {full1} ({org})\n* {full2} ({org})
{date} {time} INFO user {user1} ({full1}) logged in from {city}
{time} WARN payment failed for customer "{full1}" order={id}
CURRICULUM VITAE\n{full1}\n{addr}\n{phone} | {email1}\n\nEXPERIENCE\n{job}, {org}, {city} ({year} - {year})\n{job}, {org}, {city} ({year} - {year})\n\nEDUCATION\n{org}, {year}
{up1}\n{job} | {city} | {email1}\n\nSummary\nExperienced {job} with a track record at {org}.\n\nReferences: {full2} ({org}), {full3}
RESUME\nName: {full1}\nNationality: {nrp}\nBorn: {dob} in {city}\nLanguages: English, French
INVOICE No. {id}\nBill to:\n{full1}\n{addr}\n\nDate: {date}\nTotal: {money}
Ship to:\n{full1}\n{addr}
Deliver to {full1}\n{street}\n{city}\n{zip}
{full1}\n{street}\n{zip} {city}\n{country}
{up1}\n{street}\n{city} {zip}
Order {id}\nCustomer: {full1}\nShipping address: {addr}\nItems: 2 x {prod}
Guest: {full1}\nCheck-in: {date}\nCheck-out: {date}\nRoom: {n}
Policy holder: {full1}\nPolicy number: {id}\nDate of birth: {dob}\nInsured address: {addr}
Applicant\nSurname: {l1}\nGiven names: {f1}\nPlace of birth: {city}\nDate of birth: {dob}\nNationality: {nrp}\nPassport no.: {id}
LAST NAME: {l1}\nFIRST NAME: {f1}\nM/F: {sex}\nAGE: {age}
Employee: {lf1}\nManager: {lf2}\nTitle: {job}\nLocation: {city}\nHire date: {date}
MINUTES\nDate: {date}\nPresent: {full1}, {full2}, {full3}\nApologies: {full4}\n\n1. {f1} reported on the budget.\n2. {f2} to contact {org}.
Interviewer: Where do you live now?\n{f1}: At {street}, in {city}.\nInterviewer: And your age?\n{f1}: {age}.
Agent: May I have your name please?\nCaller: Yes, it's {full1}.\nAgent: And the address?\nCaller: {street}, {city}.
Agent: Thank you {f1}. Your date of birth?\nCustomer: {dob}
A: what's your name?\nB: {low1}
Q: Please state your name for the record.\nA: {full1}.\nQ: Where do you reside?\nA: {addr}.
SPEAKER 1 ({up1}): Good morning.\nSPEAKER 2 ({up2}): Morning, {f1}.
BEGIN:VCARD\nFN:{full1}\nN:{l1};{f1}\nADR:;;{street};{city};;{zip}\nEMAIL:{email1}\nEND:VCARD
Student: {full1}\nGrade: {n}\nTeacher: Mrs. {l2}\nSchool: {org}
Plaintiff: {full1}\nDefendant: {org}\nCase No. {id}\nJudge: {full2}
Last Will and Testament of {full1}\nI, {full1}, of {addr}, declare this to be my will. I appoint {full2} as executor.
Team: {f1}, {f2}, {f3}, {f4}
Invitees: {full1}; {full2}; {full3}
Guest list:\n{full1} +1\n{full2}\n{f3} and {f4} {l4}
commit 3f2a9c1\nAuthor: {full1} <{email1}>\nDate: {date}\n\n    Fix the parser
Lease\nTenant: {full1}\nPremises: {addr}\nRent: {money} per month\nStart: {date}
Username: {user1}\nName: {full1}\nLast login: {date}
""")

CLINICAL = _lines(r"""
Patient: {full1}\nMRN: {id}\nDOB: {dob}\nDate of admission: {date}\nAttending: Dr. {full2}\nFacility: {hosp}, {city}
PATIENT NAME: {up1}\nMEDICAL RECORD NUMBER: {id}\nDATE OF BIRTH: {dob}\nDATE OF VISIT: {date}
{full1} is a {ageyo} {sex} who presents to {hosp} with shortness of breath.
The patient is a {ageyo} {nrp} {sex} with a history of hypertension.
Mr. {l1} is a {ageyo} {job} admitted on {date} with chest pain.
Mrs. {l1} was seen by Dr. {l2} at {hosp} on {date}.
Ms. {l1} ({age}{sex}) returns for follow-up of her breast cancer.
{age}M with COPD, brought in by his {rel} {f1}.
{full1}, {age}, {sex}, NHS no. {id}, lives at {addr}.
Pt {l1}, {f1} - DOB {dob} - c/o abdominal pain since {date}.
pt {low1} {age} yo {sex} c/o headache x3 days
Referred by: Dr. {full2}, {hosp}, {street}, {city} {zip}
Next of kin: {full3} ({rel}), {phone}
Discharged on {date} to {hosp} in {city}.
Seen at {hosp} on {date} by {full2}, MD.
Dictated by {full2}, M.D. on {date}. cc: {full3}, M.D.
Electronically signed by {full2} MD on {date} {time}
Insurance: {org}, member ID {id}
Health plan beneficiary no. {id}; account no. {id}.
Specimen {id} collected {date} from {full1}.
{f1} reports that since {date} she has been more anxious; her {rel} {f2} agrees.
Mother's name: {full2}. Baby {l1} was delivered on {date} at {time}.
History: {f1} was first seen in {year} at {hosp} for seizures.
Therapy note {date}: {f1} talked about the divorce from {f2} and about moving to {city}.
Lab results for {full1} (DOB {dob}), collected {date}: HbA1c 8.1 %, LDL 160 mg/dl.
Prescription\n{full1}\n{addr}\nMetformin 500 mg twice daily\nDr. {full2}, licence {id}
Dear Dr. {l2},\nThank you for referring {full1}, a {ageyo} {job} from {city}, whom I saw on {date}.
RE: {full1}, DOB: {dob}\nHospital number: {id}
Vaccination record of {full1}, born {dob}: MMR on {date}, lot {id}.
Device serial number {id} implanted on {date} by Dr. {l2}.
My patient, {age}, {sex}, works as a {job} in {city} and was admitted on {date}.
Patient ID {id}. Age: {age}. Sex: {sex}. Ethnicity: {nrp}. Occupation: {job}.
Doctor: Good morning, {f1}. How old are you?\nPatient: I am {age}.\nDoctor: And Dr. {l2} sent you?
Social history: lives with {rel} {f2} in {city}; works as {job} at {org}.
Allergies: penicillin. PCP: {full2}. Pharmacy: {org}, {street}.
{date}: {l1} transferred from {hosp} to {hosp}.
Bed 12: {up1}, {age}{sex}, day 3 post-op, consultant {l2}
Name: {full1} Age: {age} Sex: {sex} Date: {date} Ward: 4B Ref: {id}
Radiology report. Patient {lf1}. Accession {id}. Exam date {date}. Findings: no fracture.
What dose of amoxicillin should I give {f1}, {ageyo}, weight 18 kg?
Can you summarise the notes of {full1} (MRN {id}), seen {date} at {hosp}?
""")

GENERAL = _lines(r"""
{org} opened a new office in {city}, {country}.
{org} announced on {date} that it will buy {org} for {money}.
The weather in {city} was cold in {date}.
Flights from {city} to {city} were delayed.
{city}, {country} hosted the summit of {org} in {year}.
The University of {city} published the report.
He studied at {org} and worked for {org} in {city}.
{nrp} officials met in {city} on {date}.
Where can I eat {nrp} food in {city}?
The {job} of {org} resigned on {date}.
{org} vs {org} tonight!
just landed in {city} :)
RT {nick}: {org} is hiring in {city}
I love {city} and {city} but hate {city}
Shares of {org} fell 3 % in {city}.
The {nrp} government and the {nrp} embassy in {city} declined to comment.
""")

PUBLIC = _lines(r"""
Write a poem about {pub} in the style of {pub}.
Who was {pub}?
who is {pub}
When was {pub} born?
Explain the theory of {pub} to a child.
Compare {pub} and {pub}.
What did {pub} say about freedom?
Write a speech as if you were {pub}.
Pretend you are {pub} and answer my questions.
Summarize the life of {pub}.
Why did {pub} lose the election?
How old is {pub}?
List all the books by {pub}.
Translate this quote by {pub}: "Be yourself."
In {year}, {pub} won the Nobel Prize.
{pub} and {pub} met in {city} in {year}.
President {pub} signed the bill into law.
The novel by {pub} is set in {city}.
The film directed by {pub} stars {pub} and {pub}.
{pub}'s painting is in a museum in {city}.
{pub} scored twice for {org}.
Top 10 songs of {pub}
is {pub} still alive?
did {pub} really say that?
I love {pub}'s new album
{nick} have you seen {pub} on TV?
lol {pub} is trending again
RT {nick}: {pub} just announced a tour!!
{pub} for president
Describe the plot of the book about {char}.
Write fan fiction about {char} and {char}.
What house was {char} in?
Who would win, {char} or {char}?
Write a dialogue between {pub} and {char}.
Analyse the character of {char} in the play.
{char} is the protagonist of the story.
The actor who played {char} was {pub}.
Was {pub} influenced by {pub}?
Explain {pub}'s argument in three sentences.
The philosophy of {pub}: an introduction
CEO {pub} said {org} would cut costs.
Biography of {pub}, {nrp} {job}, born {year} in {city}
What would {pub} think about artificial intelligence?
{fict1} has {n} apples and gives 3 to {fict2}. How many are left?
{fict1} is twice as old as {fict2}. In five years they will be {n} together. How old is {fict1}?
{fict1}, {fict2} and {fict3} sit around a table. {fict1} never lies.
If {fict1} runs 5 miles in 40 minutes, how fast does {fict1} run?
{fict1} bought {n} books for {money}. How much did one book cost?
{fict1} and {fict2} play a game in which {fict1} moves first.
Write a short story about a girl named {fict1} who finds a dragon.
Write a story where {fict1} meets a robot called {fict2} in {city}.
Once upon a time there was a boy named {fict1}. {fict1} lived in a small village.
Create a character named {fictp1}, a detective in {city} in the 1920s.
The main character, {fictp1}, is a retired spy.
Write a scene: {fict1} enters the bar. {fict2} looks up.
Chapter 1. {fict1} opened the door and saw the dragon. "Run!" cried {fict2}.
Continue this story: {fict1} woke up in a spaceship.
Generate fake data: names like {fictp1} or {fictp2}.
For example, a user named {fictp1} might have the id 42.
Example: {"name": "{fictp1}", "age": 30}
Alice sends a message to Bob; Eve listens.
There are {n} students. {fict1} scores 80, {fict2} scores 90. What is the mean?
A train carrying {fict1} leaves {city} at 60 mph.
{fict1}'s mother has four children: North, South, East and what is the name of the fourth?
print("Hello, {fict1}!")
class Dog:\n    def __init__(self, name):\n        self.name = name\n\nd = Dog("{fict1}")
The novelist {fictp1} won the prize for her third book.
Singer {fictp1} will perform in {city} tonight.
Senator {fictp1} voted against the bill.
The film stars {fictp1} and {fictp2} and was directed by {fictp3}.
{fictp1} (born {year}) is a {nrp} footballer who plays for {org}.
{fictp1} was a {nrp} painter and sculptor.
In {year} the band released an album produced by {fictp1}.
{fictp1} served as mayor of {city} from {year} to {year}.
according to {fictp1} et al. ({year}), the effect is small
({fictl}, {year})
{fictl} and {fictl} ({year}) showed that memory decays.
Professor {fictp1} of {org} said the study was too small.
""")

HARMLESS = _lines(r"""
Write a Python function that sorts a list.
How do I use {prod} with {prod}?
What is the difference between {prod} and {prod}?
Explain {prod} in simple terms.
My {prod} does not start after the update.
Top 5 Reasons To Switch From {prod} To {prod}
How To Build A Home Office: A Complete Guide For Beginners
# Getting Started With {prod}
## Installation And Setup
### Frequently Asked Questions
The Quick Brown Fox Jumps Over The Lazy Dog
Chapter {n}: Advanced Topics In Machine Learning
Dear Customer, your order has been shipped.
Dear Sir or Madam,
Dear Hiring Manager,
Dear Valued Customer,
Hi there, can you help me?
Hello World
Good Morning! How Can I Help You Today?
IMPORTANT: READ THIS FIRST
SELECT Name, Address, City FROM Customers WHERE Country = 'X';
public class UserAccount extends BaseEntity implements Serializable {
import java.util.ArrayList;
from sklearn.linear_model import LogisticRegression
const UserProfile = ({ firstName, lastName }) => <div>{firstName}</div>;
git commit -m "Fix Login Page Bug"
Error: Cannot read property 'Name' of undefined
Traceback (most recent call last):
NullPointerException at com.example.Main.run(Main.java:{n})
docker run -it --name web {n}
Role: Senior Developer. Task: Review The Code Below.
You are a helpful assistant. Answer in Markdown.
Act as a Linux terminal.
Step 1: Preheat The Oven To 350. Step 2: Mix The Flour And Sugar.
Ingredients: Olive Oil, Garlic, Basil, Parmesan, Pine Nuts
The patient should drink water. What are the symptoms of {prod}?
What causes {prod}?
Solve for x: 3x + {n} = {n}
The capital of {country} is {city}.
Plan a trip to {city} for {n} days.
What are the best restaurants in {city}?
Monday Tuesday Wednesday Thursday Friday
January sales were higher than in March and May.
Will June be warm? May I ask? Mark the answer. Grant access. Bill the customer. Rose bushes need sun. Faith and Hope are virtues.
the rich young man and the hunter went to the bank of the river
will you drop me a line about the may report
mark this as read and chase the lead
Will the model converge? Jack up the car. Pat the dough dry. Sue the company. Drew a circle. Rob the bank.
Art deco, Dean's list, Guy wire, Bob cut, Frank opinion, Ray tracing, Max pooling, Penny stocks, Ruby gem, Amber light, Crystal structure
A penny saved. Grace period. Joy division. Dawn breaks. Summer break. Autumn leaves. Brook and stream. Lance and shield. Miles per hour. Gene expression.
[NAME], [ADDRESS], [CITY]
<FIRST_NAME> <LAST_NAME> lives at <ADDRESS>
John Doe, Jane Doe, foo, bar
Lorem ipsum dolor sit amet, consectetur adipiscing elit.
Room {n}, Floor 3, Building B
Version {n}.0.1 Released
Section {n}. Definitions and Interpretation
Terms And Conditions Apply
Best Practices For Remote Teams
Sales Manager wanted: apply now
Write a job description for a {prod} developer.
Product Owner, Scrum Master, Tech Lead
Total Amount Due
Status: Open Priority: High Component: Backend
Key Performance Indicators
In Conclusion, The Results Show That
Table {n}: Mean And Standard Deviation
Figure {n}. Architecture Overview
Big Mac, Happy Meal, Diet Coke
AWS Lambda, S3 Bucket, EC2 Instance, Cloud Front
def calculate_total(price, tax_rate=0.2):
for (int i = 0; i < {n}; i++) { System.out.println(i); }
Windows Defender blocked the File Explorer
CREATE TABLE Orders (OrderID int, OrderNumber int, PersonID int);
Open Settings > Privacy & Security > Location Services
The Lord of the Rings, The Great Gatsby, Game of Thrones
North, South, East, West
Main Street is a common street name. Wall Street crashed. Sesame Street is a show.
10 Downing Street is famous. 1600 Pennsylvania Avenue is where the president lives.
5 Ways To Drive Sales, 10 Steps To Close A Deal, 3 Road Trips
24 Hour Place, 7 Day Court, 100 Hill Climb
It takes {n} Days To Learn Spanish
Step {n} Way forward
call me maybe
my phone is broken
I am happy today
i am tired and hungry
transfer {money} from checking to savings
what's my balance
Tell me a joke.
translate hello to french
""")

TALK = _lines(r"""
how do i reset my password?
ok thanks
Let me know what you think.
Please find attached the document.
I look forward to hearing from you.
See you soon!
Can we move the meeting to next week?
The numbers for the third quarter look good.
Sorry for the late reply.
I hope this finds you well.
The server is down again.
We need to talk about the budget.
That sounds great.
Do you have time for a quick call?
As discussed, here is the summary.
It is what it is.
No worries.
""")

INSTRUCTIONS = _lines(r"""
Summarize the following email:\n\n
Please rewrite this more politely:
Translate to German:\n
Fix the grammar:
Extract all names from this text:\n\n
Draft a reply to this message:\n---\n
Can you shorten this?\n\n
Convert to JSON:\n
What is the tone of this mail?\n\n
Here is my CV, please improve it:\n\n
Turn these notes into a report.\n\n
Classify the sentiment:\n"
Proofread:\n\n
Make a table out of this:\n
I got this message, what should I answer?\n\n
Clean this CSV:\n```\n
Write a letter of complaint using this:
ICD-10 codes for the following note?\n\n
<document>\n
### Input:\n
User:
text = "
""")
