"""Pools of fictitious names. Data only; nobody is meant, and every address ends in .example or example.com."""


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FORENAMES = _split(
    """
    Ada Aisha Alan Alice Amelia Amir Ana Andrew Anil Anna Arjun Beatrice Ben Bianca Callum Carla Carlos Charlotte
    Chen Chloe Clara Conor Daisy Daniel David Deepa Diana Dylan Edith Elena Eleanor Eli Ella Emeka Emily Emma Erik
    Esther Ethan Eva Fatima Felix Fiona Finn Florence Freya Gareth George Grace Hamza Hannah Harriet Harry Hassan
    Heather Helen Henry Hugo Ian Imani Imogen Ines Ingrid Irene Isaac Isla Ivan Jack Jade James Jasmine Joanna
    Joel Jonas Joseph Julia Kamal Karen Kate Kemi Kiran Lara Laura Leah Leo Liam Lily Lin Lucas Lucia Lucy Luke
    Maeve Malik Marcus Maria Mark Martha Matthew Maya Megan Mei Mia Mohammed Molly Nadia Naomi Nathan Niamh Nina
    Noah Nora Oliver Olivia Omar Oscar Owen Paula Peter Phoebe Priya Rachel Rafael Rahul Rebecca Rhys Robert Rosa
    Rory Ruby Ruth Ryan Sam Samira Sana Sara Sean Simon Sofia Sophie Stefan Tara Theo Thomas Tom Uma Victor Violet
    Wei William Yara Yasmin Yusuf Zara Zoe
    """
)

SURNAMES = _split(
    """
    Abbot Ackroyd Adeyemi Ahmed Ainsworth Akhtar Alder Ali Anand Appleby Archer Ashdown Atwood Bains Barlow Barrow
    Baxter Beck Bell Bennett Bianchi Birch Blackwood Bose Bowen Bradley Brennan Briggs Burns Byrne Campbell Carr
    Chandra Chapman Cheng Clarke Clayton Cole Connolly Cooper Costa Coulter Cox Crane Curran Dale Das Davies
    Dawson Dean Delgado Desai Dixon Donnelly Doyle Drake Duffy Duncan Eaton Edwards Ellis Evans Fairfax Farrell
    Fernandes Field Fisher Fleming Flynn Forde Foster Fox Francis Fraser Garcia Gibbs Gill Gordon Graham Grant
    Greene Griffiths Gupta Hale Hall Hansen Hardy Harper Hart Hayes Henley Hewitt Hill Holloway Hopper Horton
    Howell Hughes Hussain Irving Jain James Jansen Jenkins Johansson Jones Joshi Kapoor Kaur Keane Kelly Kent Khan
    Kimani Knight Kowalski Kumar Lamb Lane Larsen Lawson Lee Lewis Li Linden Lopez Lowe Lynch Macdonald Malik
    Marsh Martin Mason Mbeki Mehta Meyer Miles Mills Mistry Moore Moran Morgan Murphy Murray Nair Nash Newton
    Nolan Novak Nowak O'Brien O'Connor O'Neill Okafor Oldfield Osborne Owens Palmer Park Parry Patel Pearce Perera
    Pereira Perry Phillips Pike Porter Powell Price Quinn Rahman Ramsay Reid Reyes Rhodes Rivers Roberts Rossi
    Rowe Roy Russell Ryan Saunders Schmidt Scott Shah Sharma Shaw Silva Singh Slater Smythe Stone Sutton Swan
    Tanner Taylor Thorne Tran Turner Underhill Usman Varga Vaughan Wade Walker Walsh Wang Ward Waters Webb Wells
    West White Wilde Williams Wong Wood Wright Wu Yates Yilmaz Young Zhang
    """
)

TITLES = {"Ms": 0.32, "Mr": 0.3, "Dr": 0.2, "Mrs": 0.12, "Miss": 0.05, "Prof": 0.01}

PLACE_WORDS = _split(
    """
    Acorn Amber Arden Ashford Avon Beacon Beech Bridge Brook Cedar Chalk Cherry Clover Copper Coral Crown Dale
    Dene Elm Fern Forest Garden Glen Granite Harbour Haven Hazel Heath Highfield Holly Ivy Juniper Kestrel
    Lakeside Larch Laurel Lime Linden Maple Meadow Mill Moor Oak Orchard Park Pebble Pine Quarry Raven Ridge River
    Robin Rowan Sage Silver Southgate Spring Stable Sycamore Thistle Valley Vine Willow
    """
)
