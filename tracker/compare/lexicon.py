"""Words that open English sentences and are no names, and other lists that names.py reads by. Data.

A first word has a capital whatever it is. What is in no list here and does not end like a common word is taken for a
name: it errs to names, so that no actor is missed.
"""

from tracker.compare.vocabulary import listed

OPENERS = frozenset(
    listed(
        "a about above accordingly additionally after afterwards again all almost along already also although "
        "always amid among an and another any anyone apart approximately are around as aside at away back because "
        "been before behind below beneath beside besides between beyond both but by can clearly could currently "
        "despite did do does doing down due during each earlier either else elsewhere enough even ever every "
        "everyone everything except few fewer finally first for former formerly from further furthermore had half "
        "hardly has have having he hence her here hers his how however i if in indeed inside instead into is it its "
        "itself just last late later least less lest like likewise many maybe me meanwhile mere more moreover most "
        "mostly much must my near nearby neither never nevertheless next no nobody none nonetheless nor not nothing "
        "notwithstanding now nowhere of off often on once one only onto or other others otherwise our out outside "
        "over overall own past per perhaps plus previously prior quite rather regarding same second several shall "
        "she should similarly since so some somebody someone something sometimes somewhere soon still subsequently "
        "such than that the their them then there thereafter therefore these they third this those though through "
        "throughout thus till to today together tomorrow too toward towards two under unless unlike until up upon "
        "us usually very was we well were what whatever when whenever where whereas wherever whether which while "
        "who whoever whole whom whose why will with within without would yes yesterday yet you your access "
        "agriculture aid air anger animal area armed army army's assistance attack bad basic battle blood boat bomb "
        "border bread budget care cattle cause central change child china's church civil civilian clear clearance "
        "clinic cluster cold common community complete concern conflict confusion contact contamination control "
        "corn cost country crime crop current damage danger data death debris debt deep deminer demining detailed "
        "dialogue direct doubt dust early east eastern education effort emergency empty equal equipment evidence "
        "exact explosive export extra family farm farmer fear field final fire fish flood fog food force foreign "
        "free fresh fruit fuel full fund funding future gas general global good grain grass great green ground "
        "growth guard harm harvest hay health heat heavy help herd herdsman high home hope hospital human hunger "
        "ice improved income industry information initial inner insecurity interest internal international joint "
        "joy key knowledge labor labour lack land landmine large law leadership life light little livestock local "
        "long low main major man marine market marking massive material meat media medical military milk mine minor "
        "modern money morale mud national new news night noise north northern official oil old open operator "
        "opposition order outer output parliament part peace people physical plan planning police policy poor "
        "population poverty power present press pressure price private production progress proof public quality "
        "rain rebel recent record reform regional relief remote report research residual resident resistance rest "
        "rice rich risk river road rocket rubble rural safe safety salt sand school science sea security senior "
        "separate serious service severe shelter shortage short sickness silence simple single slow small smoke "
        "snow social soil south southern special staff standard state steel stone strong summer supply support "
        "survey survivor systematic tax teacher team technical tension territory terrain thick thin time timber "
        "total tourism town trade traffic training transfer transparency transport travel treatment tree troop true "
        "trust truth underground universal unrest updated urban urgent use useful vague various vast vegetation "
        "victim village violence visible warm war waste water weak weapon weather west western wet wheat white wide "
        "wild wind winter witness woman women children men wood work world worldwide worse worst young youth zero "
        "autumn spring better best available limited agreement approval authority capacity coordination core daily "
        "annual monthly yearly disability discussion draft duty end entry expert expertise follow-up formal "
        "frequent gender government greater growing higher illegal immediate important improvement inadequate "
        "increase infrastructure input institution insufficient intense irregular lower maintenance management "
        "monitoring movement natural necessary negative neighboring neighbouring numerous original participation "
        "partial payment permanent personnel planned positive possible preparation prevention primary priority "
        "procedure professional progressive project prosthetic provision psychological recovery rehabilitation "
        "related release reliable repair response responsibility result review scarce secondary sexual similar "
        "socio-economic specific stockpile strategic substantial successful sufficient suspected sustainable "
        "temporary theft threat tougher uncertain unclear unexploded unknown voluntary vulnerable wage wealth "
        "widespread written blast bright broad calm dark dead dry fast fierce hard harsh loose mass mixed mobile "
        "narrow quick quiet raw rough sharp soft solid steep sudden sweet tall tight tiny ugly worn party parties "
        "status signatory accession ratification nation-wide nationwide countrywide section chapter summary "
        "overview introduction background impact non non-state nonstate "
    )
)
# States and others whose names end like common words.
SURE_NAMES = frozenset(
    listed(
        "afghanistan algiers algeria bahamas barbados beijing belarus brussels carthage comoros cyprus "
        "emirates france germany greece hamas honduras houthis hungary isis italy kosovo laos lebanon "
        "maldives mauritius moldova netherlands paris philippines seychelles sicily solomon spain taliban "
        "texas turkey ukraine wales washington yemen athens norway sweden athens naples tunis caracas "
        "damascus israel peru honduras thailand poland ireland iceland finland unicef unmas nato"
    )
)
# Capitals in mid-sentence that name nobody by themselves.
GENERIC = frozenset(
    listed(
        "accord agency annex article authorities authority center central centre chapter committee conference "
        "convention council defense defence department east eastern general government h.e internal "
        "international kingdom law mine mines national north northern office parties party plan program "
        "programme protocol republic resolution review section south southern state states status strategy "
        "the treaty west western north-west north-east south-east south-west i you ibid"
    )
)
HONORIFICS = frozenset(listed("dr mr mrs ms miss mister doctor prof professor sir madam h.e excellency hon rev st"))
# Peoples whose name is not that of their state with an ending.
PEOPLES = {
    "british": "britain", "danish": "denmark", "dutch": "netherlands", "english": "england", "finnish": "finland",
    "french": "france", "greek": "greece", "irish": "ireland", "lebanese": "lebanon", "norwegian": "norway",
    "polish": "poland", "scottish": "scotland", "serb": "serbia", "croat": "croatia", "slovak": "slovakia",
    "slovene": "slovenia", "spanish": "spain", "swedish": "sweden", "swiss": "switzerland", "thai": "thailand",
    "turkish": "turkey", "türkiye": "turkey", "nigerien": "niger", "cypriot": "cyprus", "filipino": "philippines",
    "afghan": "afghanistan", "uzbek": "uzbekistan", "tajik": "tajikistan", "kazakh": "kazakhstan",
    "kyrgyz": "kyrgyzstan", "turkmen": "turkmenistan", "peruvian": "peru", "welsh": "wales", "portuguese": "portugal",
    "chilean": "chile", "burmese": "myanmar", "burma": "myanmar", "lao": "laos", "u.s": "us", "usa": "us",
    "american": "us", "soviet": "ussr", "emirati": "emirates",
}  # fmt: skip
# Actors told by what they are, each class under one name.
_ROLES = {
    "rebels": "rebel rebels insurgent insurgents guerrilla guerrillas militant militants nsag nsags opposition",
    "separatists": "separatist separatists secessionist secessionists",
    "militia": "militia militias paramilitary paramilitaries mercenary mercenaries gang gangs",
    "police": "police gendarme gendarmes gendarmerie",
    "proxy": "backed proxy proxies breakaway facto",
    "peacekeepers": "peacekeeper peacekeepers",
    "state": "government regime army military troops soldiers forces navy",
}
ROLES = {word: role for role, words in _ROLES.items() for word in words.split()}
ROLE_WORDS = frozenset((*ROLES, "armed"))
