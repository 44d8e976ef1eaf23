"""Public figures, characters and product names, written for this project: what must not count as a private person."""

from __future__ import annotations

__all__ = ["CHARACTERS", "FIGURES", "PRODUCTS"]

FIGURES = tuple(
    name.strip()
    for name in """
Albert Einstein|Isaac Newton|Charles Darwin|Marie Curie|Nikola Tesla|Galileo Galilei|Stephen Hawking|Richard Feynman|Niels Bohr|Werner Heisenberg|Max Planck|
Erwin Schrödinger|Ada Lovelace|Alan Turing|Grace Hopper|John von Neumann|Claude Shannon|Donald Knuth|Linus Torvalds|Dennis Ritchie|Ken Thompson|Guido van Rossum|
Bjarne Stroustrup|Tim Berners-Lee|Edsger Dijkstra|Leonhard Euler|Carl Friedrich Gauss|Pierre de Fermat|Blaise Pascal|René Descartes|Gottfried Leibniz|Bernhard Riemann|
Srinivasa Ramanujan|Emmy Noether|Kurt Gödel|Paul Erdős|Henri Poincaré|Euclid|Archimedes|Pythagoras|Aristotle|Plato|Socrates|Epicurus|Seneca|Marcus Aurelius|
Immanuel Kant|Friedrich Nietzsche|Karl Marx|Jean-Jacques Rousseau|Voltaire|John Locke|David Hume|Thomas Hobbes|Baruch Spinoza|Martin Heidegger|Ludwig Wittgenstein|
Bertrand Russell|Jean-Paul Sartre|Simone de Beauvoir|Albert Camus|Michel Foucault|Hannah Arendt|Noam Chomsky|Confucius|Lao Tzu|Sun Tzu|Buddha|Jesus|Muhammad|Moses|
Sigmund Freud|Carl Jung|Jean Piaget|Ivan Pavlov|B.F. Skinner|Abraham Maslow|Daniel Kahneman|Adam Smith|John Maynard Keynes|Milton Friedman|Friedrich Hayek|
William Shakespeare|Jane Austen|Charles Dickens|Mark Twain|Ernest Hemingway|F. Scott Fitzgerald|George Orwell|Aldous Huxley|Virginia Woolf|James Joyce|Oscar Wilde|
Leo Tolstoy|Fyodor Dostoevsky|Anton Chekhov|Franz Kafka|Thomas Mann|Johann Wolfgang von Goethe|Friedrich Schiller|Dante Alighieri|Homer|Virgil|Ovid|Victor Hugo|
Gustave Flaubert|Marcel Proust|Miguel de Cervantes|Gabriel García Márquez|Jorge Luis Borges|Pablo Neruda|Octavio Paz|Isabel Allende|Paulo Coelho|Haruki Murakami|
J.K. Rowling|J.R.R. Tolkien|Stephen King|Agatha Christie|Arthur Conan Doyle|Edgar Allan Poe|Emily Dickinson|Walt Whitman|Robert Frost|Sylvia Plath|Toni Morrison|
Maya Angelou|Margaret Atwood|Kazuo Ishiguro|Salman Rushdie|Chinua Achebe|Chimamanda Ngozi Adichie|Rabindranath Tagore|Rumi|Dan Brown|George R.R. Martin|Neil Gaiman|
Terry Pratchett|Isaac Asimov|Philip K. Dick|Ursula K. Le Guin|Ray Bradbury|H.G. Wells|Jules Verne|Mary Shelley|Bram Stoker|C.S. Lewis|Roald Dahl|Dr. Seuss|
Leonardo da Vinci|Michelangelo|Raphael|Rembrandt|Vincent van Gogh|Claude Monet|Pablo Picasso|Salvador Dalí|Frida Kahlo|Andy Warhol|Banksy|Caravaggio|Johannes Vermeer|
Gustav Klimt|Edvard Munch|Henri Matisse|Paul Cézanne|Ludwig van Beethoven|Wolfgang Amadeus Mozart|Johann Sebastian Bach|Frédéric Chopin|Franz Schubert|Antonio Vivaldi|
Richard Wagner|Giuseppe Verdi|Pyotr Ilyich Tchaikovsky|Igor Stravinsky|Claude Debussy|Miles Davis|John Coltrane|Louis Armstrong|Elvis Presley|Michael Jackson|Madonna|
Prince|David Bowie|Freddie Mercury|John Lennon|Paul McCartney|George Harrison|Ringo Starr|Bob Dylan|Bob Marley|Jimi Hendrix|Kurt Cobain|Taylor Swift|Beyoncé|Rihanna|
Adele|Ed Sheeran|Justin Bieber|Ariana Grande|Lady Gaga|Katy Perry|Drake|Eminem|Kanye West|Jay-Z|Billie Eilish|Harry Styles|Selena Gomez|Shakira|Bad Bunny|Dua Lipa|
Kendrick Lamar|Britney Spears|Justin Timberlake|Bruno Mars|Miley Cyrus|Olivia Rodrigo|Elton John|Whitney Houston|Celine Dion|Frank Sinatra|Johnny Cash|Dolly Parton|
George Washington|Thomas Jefferson|Abraham Lincoln|Theodore Roosevelt|Franklin D. Roosevelt|Harry Truman|Dwight Eisenhower|John F. Kennedy|Lyndon Johnson|Richard Nixon|
Gerald Ford|Jimmy Carter|Ronald Reagan|Bill Clinton|George W. Bush|Barack Obama|Donald Trump|Joe Biden|Kamala Harris|Hillary Clinton|Michelle Obama|Bernie Sanders|
Nancy Pelosi|Mitch McConnell|Alexandria Ocasio-Cortez|Mike Pence|Mitt Romney|John McCain|Sarah Palin|Alexander Hamilton|Benjamin Franklin|Winston Churchill|
Margaret Thatcher|Tony Blair|Boris Johnson|Theresa May|Rishi Sunak|Keir Starmer|David Cameron|Gordon Brown|Queen Elizabeth|King Charles|Prince William|Prince Harry|
Meghan Markle|Princess Diana|Angela Merkel|Olaf Scholz|Friedrich Merz|Helmut Kohl|Willy Brandt|Otto von Bismarck|Emmanuel Macron|Nicolas Sarkozy|François Hollande|
Charles de Gaulle|Napoleon Bonaparte|Napoleon|Julius Caesar|Augustus|Nero|Cleopatra|Alexander the Great|Genghis Khan|Joan of Arc|Louis XIV|Marie Antoinette|
Henry VIII|Elizabeth I|Queen Victoria|Catherine the Great|Peter the Great|Adolf Hitler|Joseph Stalin|Vladimir Lenin|Leon Trotsky|Mikhail Gorbachev|Boris Yeltsin|
Vladimir Putin|Volodymyr Zelensky|Benito Mussolini|Francisco Franco|Silvio Berlusconi|Giorgia Meloni|Pedro Sánchez|Mao Zedong|Xi Jinping|Deng Xiaoping|Kim Jong-un|
Mahatma Gandhi|Jawaharlal Nehru|Indira Gandhi|Narendra Modi|Nelson Mandela|Desmond Tutu|Martin Luther King|Martin Luther King Jr.|Malcolm X|Rosa Parks|Harriet Tubman|
Frederick Douglass|Che Guevara|Fidel Castro|Hugo Chávez|Evo Morales|Lula da Silva|Jair Bolsonaro|Simón Bolívar|Justin Trudeau|Pierre Trudeau|Jacinda Ardern|
Shinzo Abe|Recep Tayyip Erdoğan|Benjamin Netanyahu|Yasser Arafat|Pope Francis|Pope John Paul II|Dalai Lama|Mother Teresa|Greta Thunberg|Malala Yousafzai|
Ursula von der Leyen|Kofi Annan|Elon Musk|Jeff Bezos|Bill Gates|Steve Jobs|Mark Zuckerberg|Tim Cook|Satya Nadella|Sundar Pichai|Larry Page|Sergey Brin|Sam Altman|
Jensen Huang|Warren Buffett|Jack Ma|Richard Branson|Steve Wozniak|Larry Ellison|Henry Ford|Thomas Edison|Andrew Carnegie|John D. Rockefeller|Walt Disney|Oprah Winfrey|
Kim Kardashian|Kylie Jenner|Ellen DeGeneres|Jimmy Fallon|Stephen Colbert|Jon Stewart|Trevor Noah|Joe Rogan|MrBeast|PewDiePie|Tom Hanks|Brad Pitt|Angelina Jolie|
Leonardo DiCaprio|Johnny Depp|Will Smith|Tom Cruise|Robert De Niro|Al Pacino|Morgan Freeman|Denzel Washington|Meryl Streep|Julia Roberts|Scarlett Johansson|
Jennifer Lawrence|Emma Watson|Emma Stone|Ryan Gosling|Ryan Reynolds|Chris Hemsworth|Robert Downey Jr.|Keanu Reeves|Nicolas Cage|Arnold Schwarzenegger|Sylvester Stallone|
Bruce Lee|Jackie Chan|Marilyn Monroe|Audrey Hepburn|Charlie Chaplin|Humphrey Bogart|Clint Eastwood|Harrison Ford|Natalie Portman|Timothée Chalamet|Zendaya|
Margot Robbie|Steven Spielberg|Martin Scorsese|Quentin Tarantino|Christopher Nolan|Alfred Hitchcock|Stanley Kubrick|James Cameron|Ridley Scott|Woody Allen|
Francis Ford Coppola|Hayao Miyazaki|Akira Kurosawa|Federico Fellini|Wes Anderson|Greta Gerwig|David Lynch|Michael Jordan|LeBron James|Kobe Bryant|Shaquille O'Neal|
Stephen Curry|Magic Johnson|Larry Bird|Tom Brady|Patrick Mahomes|Peyton Manning|Babe Ruth|Shohei Ohtani|Derek Jeter|Lionel Messi|Cristiano Ronaldo|Pelé|Diego Maradona|
Neymar|Kylian Mbappé|Zinedine Zidane|David Beckham|Wayne Rooney|Erling Haaland|Mohamed Salah|Johan Cruyff|Franz Beckenbauer|Robert Lewandowski|Roger Federer|
Rafael Nadal|Novak Djokovic|Serena Williams|Venus Williams|Steffi Graf|Usain Bolt|Michael Phelps|Simone Biles|Muhammad Ali|Mike Tyson|Floyd Mayweather|Conor McGregor|
Tiger Woods|Lewis Hamilton|Michael Schumacher|Max Verstappen|Ayrton Senna|Lance Armstrong|Neil Armstrong|Buzz Aldrin|Yuri Gagarin|Amelia Earhart|Christopher Columbus|
Marco Polo|Ferdinand Magellan|Vasco da Gama|James Cook|Hernán Cortés|Louis Pasteur|Alexander Fleming|Florence Nightingale|Gregor Mendel|James Watson|Francis Crick|
Rosalind Franklin|Jane Goodall|David Attenborough|Carl Sagan|Neil deGrasse Tyson|Johannes Kepler|Nicolaus Copernicus|Edwin Hubble|Enrico Fermi|Robert Oppenheimer|
J. Robert Oppenheimer|Michael Faraday|James Clerk Maxwell|Ernest Rutherford|Dmitri Mendeleev|Alfred Nobel|Anne Frank|Helen Keller|Sherlock Holmes|Geoffrey Hinton|
Yann LeCun|Yoshua Bengio|Andrew Ng|Andrej Karpathy|Ilya Sutskever|Demis Hassabis|Fei-Fei Li|Vitalik Buterin|Satoshi Nakamoto|Edward Snowden|Julian Assange|
Gordon Ramsay|Jamie Oliver|Julia Child|Anthony Bourdain|Jordan Peterson|Richard Dawkins|Yuval Noah Harari|Malcolm Gladwell|Steven Pinker|Slavoj Žižek|
Liz Truss|Theodor Fontane|Bertolt Brecht|Heinrich Heine|Hermann Hesse|Günter Grass|Martin Luther|Coco Chanel|Christian Dior|Karl Lagerfeld|Le Corbusier|
Frank Lloyd Wright|Zaha Hadid|Antoni Gaudí|Federico García Lorca|Antonio Machado|Émile Zola|Honoré de Balzac|Molière|Charles Baudelaire|Arthur Rimbaud|Umberto Eco|
Luigi Pirandello|Italo Calvino|Giuseppe Garibaldi|Lech Wałęsa|Wisława Szymborska|Adam Mickiewicz|Olga Tokarczuk|Donald Tusk|Mark Rutte|Geert Wilders|Anne Hathaway|
Robin Williams|Jim Carrey|Adam Sandler|Jerry Seinfeld|Dave Chappelle|Kevin Hart|Amy Schumer|Conan O'Brien|Jeff Dean|Eric Schmidt|Peter Thiel|Marc Andreessen|Reid Hoffman
""".replace("\n", "").split("|")
    if name.strip()
)

CHARACTERS = tuple(
    """Harry Potter|Hermione Granger|Ron Weasley|Albus Dumbledore|Severus Snape|Lord Voldemort|Draco Malfoy|Frodo Baggins|Gandalf|Aragorn|Legolas|Bilbo Baggins|Sauron|Gollum|
Luke Skywalker|Darth Vader|Han Solo|Princess Leia|Yoda|Obi-Wan Kenobi|Anakin Skywalker|Batman|Bruce Wayne|Superman|Clark Kent|Spider-Man|Peter Parker|Iron Man|Tony Stark|
Captain America|Steve Rogers|Thor|Loki|Hulk|Black Widow|Wolverine|Wonder Woman|Joker|Thanos|Deadpool|James Bond|Indiana Jones|Jack Sparrow|Katniss Everdeen|Bella Swan|
Sherlock Holmes|Dr. Watson|Hercule Poirot|Miss Marple|Elizabeth Bennet|Mr. Darcy|Jane Eyre|Heathcliff|Oliver Twist|Ebenezer Scrooge|Huckleberry Finn|Tom Sawyer|Jay Gatsby|
Nick Carraway|Holden Caulfield|Atticus Finch|Scout Finch|Hamlet|Macbeth|Lady Macbeth|Romeo|Juliet|Othello|Iago|King Lear|Ophelia|Odysseus|Achilles|Hector|Zeus|Hera|Athena|
Apollo|Poseidon|Hades|Odin|Hercules|King Arthur|Lancelot|Merlin|Robin Hood|Peter Pan|Captain Hook|Alice|Cinderella|Snow White|Rapunzel|Sleeping Beauty|Aladdin|Simba|Elsa|
Anna|Mickey Mouse|Donald Duck|Goofy|Winnie the Pooh|Homer Simpson|Bart Simpson|Marge Simpson|Peter Griffin|Eric Cartman|Rick Sanchez|Morty|Walter White|Jesse Pinkman|
Saul Goodman|Tony Soprano|Jon Snow|Daenerys Targaryen|Tyrion Lannister|Cersei Lannister|Arya Stark|Ned Stark|Michael Scott|Dwight Schrute|Jim Halpert|Pam Beesly|
Leslie Knope|Ross Geller|Rachel Green|Chandler Bing|Monica Geller|Joey Tribbiani|Sheldon Cooper|Leonard Hofstadter|Ted Mosby|Barney Stinson|Doctor Who|Captain Kirk|Spock|
Captain Picard|Naruto|Sasuke|Goku|Vegeta|Luffy|Light Yagami|Pikachu|Ash Ketchum|Mario|Luigi|Princess Zelda|Link|Lara Croft|Geralt|Kratos|Master Chief|Don Quixote|
Sancho Panza|Faust|Captain Ahab|Frankenstein|Dracula|Dorian Gray|Raskolnikov|Anna Karenina|Humbert Humbert|Gregor Samsa|Meursault|Big Brother|Winston Smith|Shrek|Nemo|
Woody|Buzz Lightyear|Forrest Gump|Rocky Balboa|John Wick|Neo|Morpheus|Trinity|Vito Corleone|Hannibal Lecter|Ellen Ripley|Sarah Connor|Marty McFly|Ferris Bueller""".replace(
        "\n", ""
    ).split("|")
)

PRODUCTS = tuple(
    """iPhone 15 Pro|Galaxy S24|PlayStation 5|Xbox Series X|Nintendo Switch|MacBook Air|Surface Laptop|Google Sheets|Microsoft Excel|PowerPoint|Power BI|Visual Studio Code|Stack Overflow|
Docker Compose|Kubernetes|Jenkins|Apache Kafka|Spark SQL|Redis|MongoDB|PostgreSQL|MySQL|SQLite|TensorFlow|PyTorch|Hugging Face|React Native|Vue.js|Angular|Django|Flask|Ruby on Rails|
Spring Boot|Node.js|Next.js|Tailwind CSS|Bootstrap|jQuery|Unity|Unreal Engine|Blender|Photoshop|Adobe Illustrator|Figma|Notion|Slack|Zoom|Jira|Confluence|Trello|Salesforce|SAP|
Shopify|WordPress|Raspberry Pi|Arduino Uno|Windows 11|Ubuntu 22.04|Debian|Android Studio|Xcode|Swift|Kotlin|Rust|Julia|Ada|Haskell|Scala|Pascal|Fortran|Perl|Lua|Go|Java|Python|
Model 3|Ford Focus|Toyota Corolla|Honda Civic|Mercedes-Benz C-Class|Land Rover Defender|Jaguar XF|Tesla Model Y|Harley Davidson|Levi's 501|Ray-Ban|Dr. Martens|Jack Daniel's|
Johnnie Walker|Ben & Jerry's|Mary Kay|Estée Lauder|Calvin Klein|Tommy Hilfiger|Ralph Lauren|Louis Vuitton|Uncle Ben's|Captain Morgan|Wendy's|Papa John's|Trader Joe's|Dave & Buster's|
Nobel Prize|Pulitzer Prize|Turing Award|Fields Medal|Monte Carlo simulation|Gaussian distribution|Bayes theorem|Poisson process|Markov chain|Fourier transform|Laplace transform|
Fibonacci sequence|Dijkstra's algorithm|Bellman-Ford|Floyd-Warshall|Kruskal's algorithm|Huffman coding|Taylor series|Euler's formula|Newton's method|Runge-Kutta|Hilbert space|
Lagrange multiplier|Hamiltonian path|Schrödinger equation|Maxwell's equations|Heisenberg uncertainty principle|Boltzmann constant|Planck constant|Kelvin scale|Celsius|Fahrenheit|
Parkinson's disease|Alzheimer's disease|Crohn's disease|Hodgkin lymphoma|Down syndrome|Cushing's syndrome|Raynaud's phenomenon|Glasgow Coma Scale|Apgar score|Bell's palsy|
Caesar salad|Caesar cipher|Eggs Benedict|Beef Wellington|Bloody Mary|Earl Grey|Granny Smith apples|Victoria sponge|Black Forest cake|Peking duck|Wiener schnitzel|Bolognese|
Moore's law|Murphy's law|Occam's razor|Pareto principle|Conway's Game of Life|Schrödinger's cat|Pavlov's dogs|Maslow's hierarchy|Porter's Five Forces|Bloom's taxonomy|Gantt chart|
Venn diagram|Sankey diagram|Student's t-test|Cohen's kappa|Spearman correlation|Pearson coefficient|Shapley values|Nash equilibrium|Adam optimizer|Claude|Alexa|Siri|ChatGPT|Cortana|
Jupyter Notebook|Marvin|Gemini Pro|Llama 3|Mistral|Sonnet|Haiku|Hamming distance|Levenshtein distance|Boyer-Moore|Knuth-Morris-Pratt|Rabin-Karp|Red Cross|Black Friday|Christmas|
Easter|Halloween|Thanksgiving|Memorial Day|Ramadan|Diwali|World War II|Great Depression|Industrial Revolution|French Revolution|Renaissance|Roman Empire|Ottoman Empire|Cold War""".replace(
        "\n", ""
    ).split("|")
)
