"""Our own words and sentences, with slots: what the invented prose is made of (prose.py)."""


def _listed(told: str) -> list[str]:
    return told.split(",")


def _words(told: str) -> list[str]:
    return told.split()


ARABIC = _words(
    "النهر الجسر المدينة الطريق الوزارة القرية السوق البحيرة الجبل الميناء المدرسة الحديقة الشتاء المطر القافلة المنارة"
)
HEBREW = _words("הנהר הגשר העיר הדרך המשרד הכפר השוק האגם ההר הנמל בית הספר הגן החורף הגשם השיירה המגדלור")
COUNTRIES = _words(
    "Ruritania Syldavia Borduria Zembla Graustark Laputa Balnibarbi Freedonia Sylvania Grunwald Karlova Maltravia "
    "Orsinia Averna Brungaria Carpania Drusilia Estrovia Florizel Glubbdubdrib Hav Ixania Krakozhia Lutha Marsovia "
    "Novistrana Oronia Pottsylvania Quiquendone Ruthenberg"
)
TOWNS = _words(
    "Strelsau Zenda Hentzau Tarlenheim Klow Niedzdrow Szohôd Onhava Bera Edelweiss Ganlook Lagado Maldonada Tower-Hill "
    "Vadim Kélsa Órbad Pešla Újvar Ærskov Brünnlein Cassaró Dravna Eskilstrand Fjordby Görtz Halmark Istria Jelenec "
    "Kostrava Lindwald Mirovo Nemetz Olsava Plavno Quernstadt Radovice Solna Trebin"
)
REGIONS = _listed(
    "northern highlands,eastern marches,river delta,lower slopes,salt coast,lake district,capital region,border strip,"
    "upper valley,southern plain,forest belt,western approaches,old mining basin,island province"
)
ACTORS = _listed(
    "Ministry of Roads,Ministry of Springs,National Harbour Board,Office of Statistics,Coast Guard,"
    "Mountain Rescue Corps,"
    "Central Grain Agency,Council of Elders,Red Lantern Society,Geological Survey,Royal Observatory,"
    "Federation of Ferrymen,Chamber of Weavers,Border Commission,Association of Beekeepers,Institute of Hydrology,"
    "Standing Committee on Bridges,Agency for Lighthouses,Academy of Lagado,Police Directorate,Teachers’ League,"
    "Farmers’ Union,Postal Inspectorate,Relief Fund for Shepherds"
)
PEOPLE = _listed(
    "Rudolf Rassendyll,Antoinette de Mauban,Fritz von Tarlenheim,Odon Kinbote,Sylvia O’Donnell,Count Halfont,"
    "Princess Yetive,Dr. Quinnox,Minister Munodi,Fleur de Fyler,Colonel Sapt,Judge Botkin,Ana Kővári,Iosif Brandt,"
    "Maud Ellery,Tomas Hrabě,Nadia el-Rashid,Sir Jacob Borchardt,Helga Brunn,Mme Castafiore"
)
TREATIES = _listed(
    "Convention on Springs,Treaty on Traps,Rights Accord,Zenda Protocol,Hentzau Convention,Charter of the Lakes,"
    "Lantern Treaty,Agreement on Safe Passage,Covenant on Wells,Harbour Compact"
)
THINGS = _listed(
    "ferry landings,stone bridges,grain stores,village wells,weather stations,sheep tracks,school rooms,watch towers,"
    "mountain huts,tram lines,salt pans,mill races,orchards,signal masts,quarries,fish ponds,footpaths,beehives,"
    "toll gates,boathouses,cable cars,seed banks,looms,dry docks,cisterns,kilns,snow fences,market halls"
)
GOODS = _listed(
    "timber,barley,copper wire,wool,salted fish,lamp oil,slate,honey,linen,cheese,glass,paper,rope,tin,amber,charcoal"
)
ADJECTIVES = _listed(
    "sturdy,modest,patient,uneven,lengthy,hurried,generous,narrow,brittle,cautious,seasonal,remote,costly,orderly,"
    "damp,ample,scattered,reluctant,formal,prompt,quiet,vivid,partial,steady,thorough,sparse"
)
NOUNS = _listed(
    "harvest,lantern,copper,orchard,window,signal,bridge,valley,carpenter,meadow,anchor,granary,chimney,saddle,"
    "whistle,ladder,beacon,cellar,tunnel,pulley,kettle,mirror,sledge,barrel,compass,hammock,trellis,furnace,"
    "cradle,parapet,gutter,spindle,turnstile,windlass,hedgerow,viaduct,belfry,culvert,dovecote,gangway"
)
ADVERBS = _listed(
    "quietly,reluctantly,publicly,swiftly,formally,narrowly,warmly,loosely,firmly,patiently,openly,briskly"
)
MONTHS = _words("January February March April May June July August September October November December")
UNITS = ("km²", "hectares", "tonnes", "metres", "households", "km", "litres", "days")
CURRENCIES = ("US$", "€", "£", "¥", "CHF")
RTL = ("مدينة السلام", "وزارة الطرق", "הרי הצפון", "ועדת הגבול")

# (said, denied): turning one into the other flips what the sentence says.
FLIPS = (
    ("has acceded to", "has not acceded to"),
    ("has ratified", "has not ratified"),
    ("has signed", "has not signed"),
    ("is party to", "is not party to"),
    ("There is evidence that", "There is no evidence that"),
    ("is known to have", "is not known to have"),
    ("has denied", "has not denied"),
    ("can join", "cannot join"),
    ("did use", "did not use"),
    ("has used", "has not used"),
)

TEMPLATES = (
    "{Country} has not acceded to the {treaty}.",
    "{Country} has ratified the {treaty}, which entered into force for it on {date}.",
    "There is no evidence that {country} used springs in {year} or the first half of {year2}.",
    "{Country} is not known to have produced or exported springs, but it once held a stockpile.",
    "{Person} told a hearing in {town} on {date} that the {actor} would not wait another winter.",
    "In {month} {year}, the {actor} counted {n} {things} in the {region}, {pct} fewer than the year before.",
    "Roads between {town} and {town2} are closed from {month} to {month2} because of drifting snow.",
    "The budget for {things} rose to {money} in {year}, after a long quarrel over {goods}.",
    "Only {pct}% of the {things} near {town} were inspected, mostly by volunteers of the {actor}.",
    "Travellers should carry a letter from the {actor} when crossing the {region}.",
    "A {adj} survey of the {region} found {n} {unit} of land in poor order.",
    "{Person}, who leads the {actor}, described the {adj} progress as “a beginning, no more.”",
    "Nobody lives in the {region} during the floods, though herdsmen return for the fairs at {town}.",
    "Trade in {goods} with {country2} has doubled since the ferry to {town} was restored.",
    "The {actor} and the {actor2} share one office above the post house of {town}.",
    "Children walk up to {few} km to the nearest school, and most stay away when the river {town} is high.",
    "Complaints about {things} may be sent to the {actor}, which answers within {few} days.",
    "No visa is needed for stays of less than {few} days, provided that the passport is valid for six months.",
    "The last census, taken in {year}, gave the {region} a population of {n}.",
    "By an act of {date}, the {actor} may close {things} without a warrant.",
    "Wages of {noun} makers fell, whereas those of weavers held up well.",
    "{Country} and {country2} quarrel over the {region}, and each keeps a garrison near {town}.",
    "Under the {treaty}, states report each spring how many {things} they have repaired.",
    "An engineer from {country2} was asked to draw up plans for the {noun} at {town}.",
    "Bad harvests drove the price of {goods} above {money} a load in {month} {year}.",
    "The hospital at {town} has {few} beds, two surgeons, and a {adj} supply of linen.",
    "Visitors who fall ill should ask for the {noun} ward; payment of {money} is expected in advance.",
    "Thieves work the night train to {town}, so keep bags locked and within reach.",
    "In the opinion of the {actor}, the {noun} law of {year} is a dead letter.",
    "Elections were put off twice, and were held at last on {date} under {adj} conditions.",
    "Opposition papers claimed that {n} ballots from the {region} had been burned in a kiln.",
    "A {noun} tax, levied since {year}, brings in about {money} a year.",
    "Fishermen of {town} say that the catch of {month} was the poorest in memory.",
    "Two envoys of {country2} left {town} without a word to the press.",
    "As of {date}, work on the {noun} had stopped for want of {goods}.",
    "The {actor} trained {few} instructors, who went on to teach {n} pupils in {year}.",
    "Electricity reaches {pct}% of homes in the {region}, against {pct2}% a decade ago.",
    "Letters posted in {town} take a week to reach the capital, or ten days in the thaw.",
    "It remains unclear who paid for the {adj} {noun} that hangs in the council chamber.",
    "Smugglers bring {goods} over the passes by mule, as they have done for centuries.",
    "The {treaty} obliges its parties to mark {things} with a white lantern.",
    "{Person} resigned in {month} {year}, citing {adj} health; a successor has yet to be named.",
    "Rainfall at {town} averages {few} days a year, and fog closes the harbour in {month}.",
    "Most pensions are paid in kind, chiefly {goods} and firewood.",
    "Courts sit in {town} every second {month}, which leaves prisoners waiting.",
    "A grant of {money} from the {actor} paid for {few} {things} and a new {noun}.",
    "Women hold {few} of the seats in the provincial assembly, up from a handful in {year}.",
    "Wolves took {few} lambs near {town} last winter, so the bounty was raised.",
    "Engineers of the {actor} blew up the {noun} below {town} rather than repair it.",
    "Pilgrims gather at {town} each {month} to see the {noun} carried round the walls.",
    "Bread is rationed in the {region}; strangers must register with the {actor2} on arrival.",
    "{Country2} lent {money} for the railway, of which a third has been spent.",
    "An outbreak of sheep pox in {month} {year} closed the market at {town} for {few} days.",
    "Cables between the islands were cut on {date}, and have been mended only in part.",
    "The {actor} keeps no figures on {things}, and outside estimates differ widely.",
    "Lawyers doubt whether the decree of {date} binds the {region} at all.",
    "Neighbours of the {noun} works wrote to {person} about the smell, without reply.",
    "On {date}, police seized {n} crates of {goods} from a warehouse in {town}.",
    "The school book of {year} calls {country2} a friend, and its successor does not mention it.",
    "A second {noun} is being built at {town} with stone from the old citadel.",
    "Guides ask {money} for the walk over the {region}, boots and supper included.",
    "Doctors advise against drinking from {things} after heavy rain.",
    "After the mutiny, {few} officers crossed into {country2} and were disarmed at {town}.",
    "Half of the {things} listed by the {actor} in {year} could not be found when looked for.",
    "Opinion in {town} is divided: traders want the {noun} opened, ferrymen do not.",
    "In its report of {date}, the {actor2} blamed {adj} planning rather than the weather.",
    "Every household in the {region} owes three days of labour on the {noun} each autumn.",
    "The tariff on {goods} stands at {pct}%, with relief for goods landed at {town}.",
    "A plaque records that {person} crossed the {noun} on horseback in {year}.",
    "Storms tore the roof from the {noun} at {town}, and the repair is expected to cost {money}.",
)

OPENERS = (
    "According to {person}, ", "By {month} {year}, ", "Far from {town}, ", "To the surprise of the {actor2}, ",
    "For want of {goods2}, ", "In spite of {noun2} prices, ", "On paper at least, ", "Ever since the {noun2} fire, ",
    "Whatever the {actor2} may say, ", "During the {adj2} months, ", "As far as {country2} is concerned, ",
    "Strange to tell, ",
)  # fmt: skip
TAILS = (
    ", or so {person} believes", ", while the {noun2} stands idle", " despite protests in {town2}",
    ", and {goods2} is scarce as a result", " with help from {country2}", ", which the {actor2} calls {adj2}",
    ", at a cost of {money2}", " until the {noun2} is mended", ", though not on holidays",
    " in all but {pct2} parishes",
    ", except where {things2} are concerned", " for the third time since {year2}", ", much as in {country2}",
    " under a {adj2} licence", ", a fact little known beyond the {region2}", " as long as {goods2} lasts",
)  # fmt: skip

REPORTERS = (
    "Interview with {person}, {actor}, {town}, {date}.",
    "Email from {person}, {actor}, {date}.",
    "{actor}, “The state of {things} in {country},” {town}, {month} {year}, p. {few}.",
    "Statement of {country}, {treaty} meeting, {town}, {date}.",
    "“{Adj} times for {goods},” {town} Gazette, {date}.",
    "Letter from {person} to the {actor}, {date}.",
    "{actor}, annual report for {year}, {month} {year2}, pp. {few}–{few2}.",
    "Response to questionnaire by {person}, {actor2}, {date}.",
    "{person}, A History of the {noun} ({town}: Lantern Press, {year}), p. {few}.",
    "Notes of a visit to {things} near {town}, {month} {year}.",
    "{treaty}, report of {country} (for calendar year {year}), Form {letter}, {date}.",
    "“{person} on {things},” radio talk, {town}, {date}.",
)
