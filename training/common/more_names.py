"""Names that Faker's lists lack: short forms, regional names, names of people who came from elsewhere. Written here."""

# ruff: noqa: ISC004  (long lists of words)

from __future__ import annotations

__all__ = ["MORE"]

MORE: dict[str, tuple[str, str]] = {
    "de": (
        "Sepp Loisl Vroni Resi Toni Xaver Alois Zenzi Burgi Wiggerl Maxl Hias Girgl Korbinian Quirin Vitus Urs Beat Ueli Köbi Vreni Ruedi"
        " Reto Regula Jürg Res Röbi Silvan Flurin Ladina Andrin Gian Seraina Hansi Kalle Uschi Gitti Moni Susi Steffi Basti Flo Matze Ecki"
        " Kalli Heinzi Traudl Annemie Bärbel Kathi Franzi Gerti Hilde Trude Elli Lisbeth Liesl Fritzi Poldi Ferdl Schorsch Jupp Pitter"
        " Hein Fiete Hinnerk Swantje Wiebke Frauke Antje Inken Silke Maike Heike Birte Gesche Okka Enno Onno Tjark Jelto Momme Brunhilde"
        " Gerlinde Mechthild Irmgard Kriemhild Adelheid Edeltraud Walburga Kunigunde Roswitha Gundula Hiltrud Ortrud Sieglinde Waltraud"
        " Eberhard Ekkehard Gernot Giselher Hartmut Helmfried Lothar Reinhold Siegbert Wendelin Winfried Wolfhard Aljoscha Mascha Anouk"
        " Mila Emilia Mia Lina Ella Leni Lotta Frieda Ida Mathilda Greta Marlene Finn Ben Noah Leon Luis Elias Paul Jonas Emil Anton Oskar"
        " Carl Matteo Levi Milan Kian Jona Bo Kevin Mandy Chantal Jacqueline Cindy Ronny Maik Rico Enrico Sandro Denny Peggy Doreen Kerstin",
        "Hinterholzer Obermaier Niedermayr Unterberger Oberhuber Mitterer Moosbacher Hinterseer Steinbrecher Kattwinkel Zgraggen Aebischer"
        " Bürgi Zbinden Hürlimann Rüegg Gwerder Imhof Abderhalden Wyss Wüthrich Zurbriggen Inderbitzin Nägeli Schnyder Odermatt Caduff"
        " Casutt Petersen Hansen Jensen Andresen Claasen Tjaden Janssen Harms Onken Behrens Lührs Meyerdierks Kruse Lüders Schröder"
        " Nowak Kowalski Kaminski Koslowski Grabowski Lewandowski Schimanski Podolski Wischnewski Piontek Mroczek Gollwitzer Hierl Zwicknagl"
        " Haberl Sterzinger Gschwandtner Pichler Hofstätter Feichtinger Leitgeb Zauner Stadlbauer Prinz Thaler Kofler Plattner Innerhofer",
    ),
    "pl": (
        "Kasia Wojtek Ola Asia Basia Gosia Ania Zosia Krzysiek Tomek Bartek Kuba Michał Marysia Jasiek Staszek Zbyszek Grzesiek Piotrek Paweł"
        " Łukasz Mateusz Jakub Szymon Kacper Antoni Franciszek Jan Stanisław Tadeusz Zdzisław Bogusław Mirosław Jarosław Wiesław Czesław"
        " Kazimierz Ryszard Zbigniew Zenon Szczepan Bożydar Ziemowit Bożena Grażyna Halina Danuta Jadwiga Krystyna Teresa Urszula Wanda"
        " Zofia Genowefa Stanisława Władysława Agnieszka Małgorzata Katarzyna Magdalena Aleksandra Joanna Justyna Kinga Dagmara Jagoda"
        " Weronika Wiktoria Zuzanna Hania Lena Maja Oliwia Amelia Natalia Sylwia Edyta Beata Iwona Jolanta Dorota Ewa Renata Bogumiła",
        "Nowak Kowalski Kowalska Wiśniewski Wiśniewska Wójcik Kowalczyk Kamiński Kamińska Lewandowski Lewandowska Zieliński Zielińska"
        " Szymański Szymańska Woźniak Dąbrowski Dąbrowska Kozłowski Kozłowska Jankowski Jankowska Mazur Kwiatkowski Kwiatkowska Krawczyk"
        " Kaczmarek Piotrowski Piotrowska Grabowski Grabowska Zając Pawłowski Pawłowska Michalski Michalska Król Wieczorek Jabłoński"
        " Jabłońska Wróbel Nowakowski Majewski Olszewski Stępień Malinowski Jaworski Adamczyk Dudek Nowicki Pawlak Górski Witkowski"
        " Walczak Sikora Baran Rutkowski Michalak Szewczyk Ostrowski Tomaszewski Pietrzak Zalewski Wróblewski Marciniak Jasiński Zawadzki"
        " Bąk Jakubowski Sadowski Duda Włodarczyk Wilk Chmielewski Borkowski Sokołowski Szczepański Sawicki Kucharski Lis Maciejewski"
        " Kubiak Kalinowski Wysocki Mazurek Kołodziej Kaźmierczak Czarnecki Sobczak Konieczny Urban Głowacki Wasilewski Sikorski Zakrzewski"
        " Krajewski Gajewski Wójcikiewicz Mroczkowski Szulc Szczerba Brzęczyszczykiewicz Chrzanowski Trzeciak Grzyb Pietrzyk Żak Żurek",
    ),
    "it": (
        "Ginevra Nunzia Gennaro Ciro Assunta Concetta Ilaria Beatrice Aurora Giulia Sofia Martina Chiara Alessia Federica Francesca Elisa"
        " Arianna Noemi Greta Ludovica Benedetta Camilla Rachele Miriam Serena Valentina Debora Sabrina Tiziana Loredana Patrizia Rosaria"
        " Carmela Filomena Immacolata Addolorata Nicoletta Ornella Mirella Luciana Graziella Leonardo Lorenzo Tommaso Edoardo Riccardo"
        " Gabriele Mattia Davide Andrea Luca Simone Federico Nicolò Gioele Samuele Filippo Pasquale Salvatore Vincenzo Rocco Carmine"
        " Domenico Gaetano Calogero Rosario Saverio Beppe Peppe Pino Gigi Mimmo Totò Ninni Nino Lello Enzo Sandro",
        "Scognamiglio Esposito Iovine Cacciapuoti Cuomo Quagliarella Schiavone Cannavò Licciardello Spampinato"
        " Brambilla Colombo Fumagalli Casiraghi Zanotti Zambon Favaretto Schiavon Bressan Furlan Piras Sanna Melis Deiana Cossu Murgia"
        " Bertolucci Innocenti Bellini Pasquini Boscolo Tommasi",
    ),
    "es": (
        "Jordi Nuria Núria Montse Montserrat Oriol Pau Neus Arnau Laia Mireia Meritxell Marc Pol Roger Ferran Jaume Biel Aina Aintzane Iker"
        " Iñaki Eneko Ane Leire Nerea Amaia Maite Itziar Ainhoa Garazi Unai Asier Aitor Gorka Mikel Ander Julen Xabier Uxía Xoán Brais Antía"
        " Sabela Breixo Macarena Rocío Lourdes Pilar Inmaculada Encarnación Consuelo Remedios Dolores Lola Paco Pepe Chema Nacho Quique"
        " Lupe Chayo Chuy Beto Memo Toño Lucho Pancho Yesenia Yuliana Yamileth Xiomara Wilmer Jhonatan Brayan Dayana",
        "Etxeberria Goikoetxea Ibarretxe Agirre Zubizarreta Urrutia Mendizabal Otxoa Puigdemont Ferrer Casals Vilanova Rovira Soler Bofill"
        " Carballo Feijóo Castiñeira Lamas Seoane Outeiriño Quispe Mamani Huamán Condori Choque",
    ),
    "pt": (
        "Conceição Thiago Tiago João Nuno Rui Gonçalo Duarte Afonso Martim Tomás Salvador Vasco Diogo Rodrigo Bernardo Leonor Matilde Carlota"
        " Benedita Constança Mafalda Inês Catarina Joana Filipa Sofia Beatriz Mariana Luciana Juliana Fernanda Patrícia Vanessa Larissa"
        " Thaís Luana Jéssica Kauã Cauã Enzo Davi Caio Ítalo Murilo Otávio Wesley Wellington Edson Jailson Gilson Neymar Raimunda Francisca"
        " Aparecida Socorro Zé Chico Tonho Duda Bia Gabi Rafa Cacá Juca Fátima Graça Lurdes",
        "Silva Santos Oliveira Souza Sousa Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro Martins Carvalho Almeida Lopes Soares"
        " Fernandes Vieira Barbosa Rocha Dias Nascimento Andrade Moreira Nunes Marques Machado Mendes Freitas Cardoso Ramos Gonçalves"
        " Teixeira Moura Cavalcanti Monteiro Pinto Araújo Cunha Castro Barros Figueiredo Guimarães Magalhães Vasconcelos Bittencourt",
    ),
    "nl": (
        "Wout Femke Sjoerd Bram Joost Fleur Sanne Lotte Daan Sem Thijs Ruben Jurre Jelle Sven Teun Gijs Pim Floor Roos Maud Noor Evi Fenna"
        " Saar Tess Isa Lieke Marloes Marijke Anneke Ineke Tineke Hanneke Janneke Willemijn Berend Harm Geert Roel Wiebe Douwe Sietse Tjitske"
        " Hiske Baukje Nynke Froukje Jelmer Freek Koen Ward Jef Lieven Griet Veerle Goedele Ilse Tine Ward",
        "Hoekstra Dijkstra Wiersma Bouma Postma Zijlstra Terpstra Veenstra Boonstra Wouters Peeters Janssens Claes Goossens Vermeulen"
        " Verhoeven Vandenberghe Desmet Segers Pauwels",
    ),
    "fr": (
        "Océane Solène Maëlle Gwenaëlle Yann Erwan Loïc Ronan Tugdual Nolwenn Enora Maël Titouan Malo Youenn Léa Manon Inès Jade Louise Zoé"
        " Lilou Romane Capucine Clémence Margaux Apolline Faustine Kévin Jordan Dylan Steeve Jean-Mi Jojo Gégé Dédé Titi Nono Nanou Fatou"
        " Fatoumata Karim Rachid Mounir Nabil Samira Nadia Djamila Leïla Sofiane Mehdi Amine Yacine Rayan Ibtissem Hafida Zohra Malika",
        "Kermarrec Quéméneur Guivarch Etcheverry Harispe Colonna Casanova Paoli Benhamou Benali Belkacem Bouazza"
        " Traoré Diarra Sissoko Nguyen Ferreira",
    ),
    "tr": (
        "Merve Ayşe Fatma Emine Hatice Zeynep Elif Esra Büşra Kübra Gülsüm Gülay Gülcan Çağla Çiğdem Şeyma Şule Tuğba Tülay Özlem Özge Pınar"
        " Sevgi Sibel Songül Yasemin Dilara Dilek Ebru Hülya İpek Mehmet Ahmet Mustafa Murat Emre Burak Furkan Enes Kerem Cem Can Deniz Umut"
        " Uğur Volkan Serkan Serdar Tolga Onur Ozan Özgür Yiğit Yusuf Hakan Hasan Hüseyin İbrahim İsmail Kadir Orhan Erkan Ercan Cengiz"
        " Berivan Rojin Zilan Baran Azad Şivan Nesrin Hêvîn",
        "Yılmaz Kaya Demir Çelik Şahin Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç Kurt Özkan Şimşek Polat"
        " Korkmaz Çakır Erdoğan Acar Güneş Aktaş Yavuz Bulut Keskin Turan Güler Avcı Karaca Kaplan Işık Tekin Bozkurt Uçar Sarı Yalçın Ünal"
        " Yuecel Yildirim Oeztuerk Aydin Sahin Celik",
    ),
    "ie": (
        "Sinéad Siobhan Siobhán Aoife Niamh Ciarán Oisín Saoirse Caoimhe Gráinne Róisín Orlaith Clodagh Eimear Fionnuala Maeve Deirdre"
        " Tadhg Cormac Declan Diarmuid Eoin Fergus Padraig Ronan Ruairí Seamus Rhys Dafydd Gethin Angharad Bronwen Cerys Eilidh Iona Catriona"
        " Hamish Callum Darren Gareth Kayleigh Priya Connor Jayden",
        "",
    ),
    "african": (
        "Kwabena Kwadwo Akosua Adwoa Yaa Efua Nana Mbaye Babacar Modou Abdoulaye Pape Khady Ndeye Coumba Binta Mariama Oumar Boubacar Tadesse"
        " Tesfaye Almaz Mulugeta Haile Genet Freweini Mehret Semhar Filmon Robel Abrehet Nkechi Nneka Onyinye Ikenna Kelechi Tobi Tolulope"
        " Ayodele Olumide Damilola Oluwadamilola Halima Hauwa Aisha Zainab Sani Musa Blessing Patience Precious Grâce Dieudonné Espérance",
        "Oyelaran Oyelowo Ogundipe Osei-Tutu Amponsah Antwi Yeboah Acheampong Ndoye Mbengue Sarr Gueye Thiam Faye Tekle Gebremariam Habte"
        " Berhane Woldemichael Mukasa Nsubuga Tshisekedi Kabila Mutombo Nkurunziza Habimana Uwimana",
    ),
    "slavic": (
        "Ljudmila Lyudmyla Snežana Gordana Slavica Ljiljana Dragana Biljana Vesna Zoran Goran Dejan Saša Siniša Željko Božidar Mladen Branko"
        " Miroslav Zdeněk Jiří Ondřej Vojtěch Šárka Lenka Zdenka Hana Božena Ľubica Tímea Žofia Xhevahire Arben Besnik Driton Fatmire Shpresa"
        " Valbona Albulena Liridon Leutrim Agron Bujar Flamur Arta Vjosa Teuta Edona Enver Sead Amra Senad Almir Emina Lejla Nermin Mirsad",
        "Hoxha Krasniqi Gashi Berisha Shala Rexhepi Thaçi Morina Bytyqi Osmani Hodžić Begić Delić Hadžić Mujić Novák Svoboda Dvořák Černý"
        " Procházka Kučera Veselý Horák Němec Pokorný",
    ),
    "se": (
        "Thorbjörn Torbjörn Björn Håkan Göran Sören Jörgen Åsa Åke Märta Sigrid Astrid Gunhild Ragnhild Ingeborg Solveig Turid Bjørn Øystein"
        " Håvard Torstein Sindre Eirik Ragnar Ásta Guðrún Sigurður Þór Aino Aatu Väinö Kyllikki Päivi Jussi Pekka",
        "",
    ),
    "viet": (
        "Thuy Hien Kieu Diem Bich Ngan Thi Duyen Phuc Thinh Cuong Hieu Loc Tai Vy My-Linh",
        "Phung Ta Luong Cao Mac",
    ),
    "in": (
        "Lakshmi Saraswathi Padmini Sharmila Thilaga Kavitha Senthil Murugan Karthikeyan Gurpreet Harpreet Jaswinder Manpreet Simran Aarav"
        " Ishaan Anaya Diya Zoya Farhana Nusrat Sumaiya Rubina Tasnim Mahmudul Shafiqul",
        "Venkataraman Subramaniam Balasubramanian Krishnamurthy Sivakumar Ramanathan Chowdhury Bhuiyan Talukder Wickramasinghe Jayawardena",
    ),
}
"""Culture to first and last names, parted by white space."""
