"""What a page that stands in a profile's place writes over itself, in the languages of publishers. Data, no code.

Lives here: the phrases, as patterns over text in lower case with straight apostrophes. Not here: how they are laid
over a page (signals.py). A title's pattern must fit all of a title or of its part: a phrase that a chapter's heading
could be, whole, does not belong here.
"""

from typing import Final

TITLES: Final[dict[str, tuple[str, ...]]] = {
    "challenge": (
        r"before you continue", r"we value your privacy", r"(?:your )?(?:cookie|privacy) (?:consent|choices|settings)",
        r"avant de continuer", r"antes de continuar", r"bevor sie (?:fortfahren|weitermachen)", r"your privacy choices",
        r"just a moment", r"attention required", r"checking (?:your|the) browser(?: before.{0,40})?",
        r"(?:please )?(?:verify|verifying|confirm)(?: that)? you(?: are|'re) (?:a )?(?:human|not a (?:ro)?bot)",
        r"(?:please )?(?:verify|prove) (?:your humanity|(?:that )?you are human)",
        r"are you (?:a )?(?:human|robot|real)", r"human verification",
        r"(?:one more step|security (?:check|verification|challenge))(?: required)?",
        r"(?:access (?:to this (?:page|site|website) )?(?:is |has been |was )?(?:denied|blocked|restricted))",
        r"(?:you have been|you've been|request|you are) blocked",
        r"(?:the )?request (?:was )?(?:rejected|blocked|denied)",
        r"(?:please )?(?:complete|solve) (?:the|this) captcha.{0,30}", r"captcha", r"robot (?:check|challenge)",
        r"pardon our interruption", r"ddos[- ](?:protection|guard)(?: by.{0,30})?",
        r"bot (?:check|detected|verification)", r"(?:please )?enable javascript and cookies(?: to continue)?",
        r"sucuri website firewall.{0,40}", r"web application firewall.{0,40}", r"client challenge",
        r"radware (?:page|captcha page|bot manager.{0,20})", r"(?:403 )?forbidden", r"unauthorized(?: access)?",
        r"unusual traffic(?: detected)?", r"un instant",
        r"vérifi(?:ez|cation)(?: que)? (?:vous êtes|que vous êtes|de sécurité)(?: (?:un )?humain)?",
        r"accès (?:refusé|interdit|bloqué)", r"êtes-vous (?:un )?(?:humain|robot)", r"un momento",
        r"verifi(?:que|ca|car) que (?:usted )?(?:es|eres) (?:un )?(?:ser )?humano", r"verificación de seguridad",
        r"acceso (?:denegado|prohibido|bloqueado)", r"comprobando (?:su|tu) navegador", r"einen moment",
        r"nur einen moment", r"sicherheits(?:überprüfung|prüfung|kontrolle)", r"zugriff (?:verweigert|gesperrt)",
        r"bestätigen sie,? dass sie (?:ein )?mensch(?: sind)?", r"sind sie ein (?:mensch|roboter)", r"один момент",
        r"подождите(?: минуту)?", r"(?:проверка|подтвердите),? что вы (?:не робот|человек)", r"вы не робот",
        r"доступ (?:запрещ[её]н|ограничен|заблокирован)", r"проверка (?:безопасности|браузера)",
        r"لحظة(?: من فضلك)?", r"تحقق من (?:أنك|انك) (?:إنسان|انسان|بشري|لست روبوت)", r"تم رفض الوصول",
        r"الوصول (?:مرفوض|محظور)", r"acesso negado", r"accesso negato", r"um momento", r"ci siamo quasi",
    ),
    "soft404": (
        r"(?:the |this |that |your )?(?:requested )?"
        r"(?:page|file|url|document|resource|content|profile|site|article|link)(?: or (?:directory|file|page))?"
        r"(?: (?:that )?(?:you(?: have|'ve)?|we were) (?:are |were )?(?:request(?:ed)?|look(?:ing|ed) for|"
        r"tr(?:ied|ying) to (?:reach|access|view)|searched for))?"
        r"(?: (?:(?:(?:was|is|has|could|can|does) )?not|cannot|can't|couldn't|doesn't|isn't|wasn't|hasn't)"
        r"(?: (?:be|been|currently))* (?:found|exists?|available|located)"
        r"|(?: (?:was|is|has|has been|may have been))? (?:unavailable|removed|moved|missing|gone|deleted|"
        r"no longer (?:exists?|available|here)))",
        r"(?:we )?(?:can't|cannot|couldn't|could not|can not|didn't) (?:seem to )?find (?:that|this|the|your) (?:page|"
        r"file|profile)(?: you.{0,40})?",
        r"(?:page|file|profile|content) no longer (?:exists|available)", r"not found",
        r"nothing (?:was |is )?(?:found|(?:to see )?here|at this address)",
        r"(?:that|this|the) page (?:has )?(?:vanished|disappeared|gone missing)", r"http (?:status )?404",
        r"no such page", r"gone", r"missing page", r"broken link",
        r"(?:you(?:'re| are|'ve got)|looks like you(?:'re| are)) lost", r"lost\?",
        r"(?:this|the) (?:domain|website|domain name) (?:is|may be) (?:for sale|parked|expired|not available)",
        r"domain (?:for sale|parked|expired)", r"(?:this |the )?account (?:has been )?suspended",
        r"site not (?:found|published)", r"no (?:results|content|page) found",
        r"page (?:introuvable|non trouvée|inexistante|non disponible)",
        r"(?:la|cette|votre) page(?: (?:que vous (?:recherchez|cherchez|avez demandée)|demandée|recherchée))"
        r"? (?:est introuvable|n'existe (?:pas|plus)|n'a pas été trouvée|n'a pu être trouvée|est inexistante)",
        r"(?:contenu|document|fichier) introuvable", r"erreur 404", r"non trouvée?",
        r"p[áa]gina no (?:encontrada|existe|disponible)",
        r"(?:la )?p[áa]gina(?: (?:solicitada|que (?:busca|buscas|est[áa]s? buscando)))? no (?:existe|se (?:ha )"
        r"?(?:encuentra|encontr[óo]|encontrado)|est[áa] disponible|se pudo encontrar)",
        r"no (?:se )?(?:encontrado|encontramos.{0,30}|se encontr[óo].{0,30})", r"p[áa]gina n[ãa]o encontrada",
        r"pagina non trovata",
        r"(?:die )?(?:angeforderte |gewünschte |gesuchte )?seite (?:nicht (?:gefunden|verfügbar|vorhanden)|"
        r"existiert nicht(?: mehr)?|(?:wurde|konnte|kann) (?:leider )?nicht gefunden(?: werden)?)",
        r"nicht gefunden", r"fehler 404", r"pagina niet gevonden", r"страница не (?:найдена|существует|обнаружена)",
        r"(?:запрашиваемая |запрошенная )?страница не (?:найдена|существует)", r"не найдено", r"ошибка 404",
        r"такой страницы (?:нет|не существует)", r"сторінку не знайдено",
        r"(?:لم يتم العثور على )?(?:هذه )?(?:الصفحة|صفحة)(?: (?:المطلوبة|التي تبحث عنها))?(?: (?:غير موجودة|"
        r"غير متوفرة|غير متاحة))",
        r"لم يتم العثور على (?:الصفحة|صفحة|هذه الصفحة)(?: المطلوبة)?", r"الصفحة غير موجودة", r"خطأ 404",
        r"عذرا،? الصفحة غير موجودة", r"sayfa bulunamadı", r"找不到(?:页面|頁面|该页面)",
        r"(?:页面|頁面|网页)(?:不存在|未找到|找不到|沒有找到)",
        r"ページが見つかりません(?:でした)?", r"페이지를 찾을 수 없습니다",
    ),
    "error_page": (
        r"(?:an? )?(?:internal )?(?:server )?error(?: (?:has )?occurred)?",
        r"(?:an? )?(?:unexpected|internal|application|runtime|database|fatal|critical|system|unknown|http|php)"
        r" error(?: (?:has )?occurred)?",
        r"internal server error", r"server error in .{1,40} application",
        r"service (?:is )?(?:temporarily )?(?:unavailable|not available)", r"bad gateway", r"gateway time-?out",
        r"bad request", r"(?:the )?(?:request|connection|origin) timed? ?-?out",
        r"(?:temporarily|currently) (?:unavailable|offline|down|closed)", r"too many requests",
        r"rate limit(?:ed| exceeded)",
        r"(?:the |this |our )?(?:site|website|page|server|system|portal|service)(?: is|'s)? (?:currently |"
        r"temporarily )?(?:under (?:maintenance|construction)|(?:down|closed) (?:for|due to) (?:scheduled |planned )"
        r"?maintenance|offline|down|unavailable|in maintenance mode|experiencing (?:technical )?(?:difficulties|"
        r"problems).{0,20}|being updated)",
        r"(?:site |website |system |server |scheduled |planned |under |down for |we are under )(?:scheduled |planned )"
        r"?(?:maintenance|construction)",
        r"maintenance(?: mode| in progress| page| break)?",
        r"(?:sorry|oops|whoops)?,? ?(?:something|it) (?:went|has gone) wrong(?:.{0,20})",
        r"(?:we(?:'ll| will) be|be) (?:right )?back soon", r"technical (?:difficulties|problems|error)",
        r"error establishing a database connection", r"database connection failed",
        r"the request could not be satisfied", r"web server is (?:down|returning an unknown error)",
        r"origin dns error", r"(?:whoops|oops|uh[- ]oh),? ?(?:looks like something went wrong)?",
        r"unhandled exception.{0,40}", r"welcome to (?:nginx|apache.{0,20})",
        r"(?:apache2? .{0,20}|iis windows server|.{0,20}default page.{0,20})(?: it works)?", r"it works",
        r"index of /.{0,60}", r"coming soon",
        r"erreur(?: (?:interne(?: du serveur)?|du serveur|technique|inattendue))?",
        r"(?:site|page|service) (?:en (?:cours de )?maintenance|(?:temporairement |momentanément )?indisponible)",
        r"(?:site en |en )?maintenance(?: (?:en cours|du site|programmée))?",
        r"une erreur (?:est survenue|s'est produite)", r"service (?:temporairement )?indisponible",
        r"error (?:interno(?: del servidor)?|del servidor|inesperado)",
        r"(?:se ha producido|ha ocurrido|ocurri[óo]) un error(?:.{0,20})",
        r"(?:sitio|p[áa]gina|servicio)(?: web)? en mantenimiento", r"(?:en )?mantenimiento(?: programado)?",
        r"servicio no disponible", r"(?:interner |unerwarteter )?(?:server)?fehler(?: aufgetreten)?",
        r"(?:ein )?(?:interner |unerwarteter )?fehler ist aufgetreten",
        r"(?:diese )?(?:seite|website|webseite)?(?: (?:ist|wird))? ?(?:derzeit |momentan )?(?:in wartung|gewartet|"
        r"im wartungsmodus|nicht erreichbar)",
        r"wartung(?:sarbeiten|smodus)?", r"(?:dienst|service) nicht verfügbar",
        r"(?:внутренняя )?ошибка(?: сервера| базы данных)?", r"произошла ошибка",
        r"сервис (?:временно )?недоступен",
        r"(?:сайт |ведутся |идут )?(?:на |находится на )?(?:техническ(?:ие|ом|ое) )?(?:работы|обслуживани[еи]|"
        r"реконструкции)",
        r"сайт временно недоступен", r"خطأ(?: (?:في الخادم|داخلي(?: في الخادم)?|غير متوقع))?",
        r"حدث خطأ(?: (?:ما|غير متوقع))?",
        r"(?:الموقع|الصفحة|الخدمة)(?: (?:تحت الصيانة|قيد الصيانة|غير متاح(?:ة)?(?: حاليا)?))", r"تحت الصيانة|صيانة",
        r"erro(?: interno(?: do servidor)?)?", r"errore(?: interno(?: del server)?)?", r"em manutenção",
        r"in manutenzione",
    ),
    "login": (
        r"(?:please )?(?:log|sign)[- ]?(?:in|on)(?: (?:required|page|form|here|now|again|to (?:your|the|continue|my)"
        r".{0,40}))?",
        r"(?:user|member|account|customer|staff|secure|admin) (?:log|sign)[- ]?in",
        r"(?:please )?authenticat(?:e|ion)(?: required)?", r"(?:password|authorization) required",
        r"(?:you (?:must|need to) |please )(?:be logged in|log in|sign in)(?:.{0,40})", r"welcome back",
        r"members only", r"members?'? area", r"session (?:has )?(?:expired|timed out)", r"single sign[- ]on",
        r"two[- ]factor authentication", r"(?:se )?(?:connexion|connecter|identifiez-vous|connectez-vous)",
        r"authentification(?: requise)?", r"espace membre", r"iniciar sesi[óo]n", r"inicie sesi[óo]n",
        r"inicia sesi[óo]n", r"acceso (?:de )?usuarios", r"autenticaci[óo]n(?: requerida)?", r"inicio de sesi[óo]n",
        r"anmeld(?:en|ung)(?: erforderlich)?", r"(?:bitte )?(?:melden sie sich an|einloggen)",
        r"login erforderlich",
        r"(?:вход|войти|авторизация|вход в систему|авторизуйтесь)(?: (?:на сайт|в аккаунт|в личный кабинет))?",
        r"вход в личный кабинет", r"требуется авторизация", r"تسجيل الدخول(?: مطلوب)?", r"دخول الأعضاء", r"entrar",
        r"iniciar sess[ãa]o", r"accedi", r"accesso utenti",
    ),
}  # fmt: skip
# Sentences that gates and walls write, and profiles do not. Only laid over pages with little text.
SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "challenge": (
        r"checking (?:your browser before accessing|if the site connection is secure)",
        r"(?:verify|confirm)(?:ing)?(?: that)? you(?: are|'re) (?:a )?(?:human|not a (?:ro)?bot)",
        r"(?:complet|solv)(?:e|ing) (?:the|this|a) (?:security check|captcha)", r"press (?:&|and) hold to confirm",
        r"request unsuccessful\. incapsula incident", r"pardon our interruption",
        r"unusual (?:traffic|activity) from your",
        r"enable (?:javascript and cookies|cookies and javascript) to continue", r"\bray id: ?[0-9a-f]{8}",
        r"you don't have permission to access .{0,200} on this server", r"reference #\d{1,3}\.[0-9a-f]{4,}\.",
        r"the requested url was rejected\. please consult", r"your support id is:? ?\d",
        r"why (?:have i been|was i) blocked", r"sucuri website firewall",
        r"vérifi(?:ez|er|ons) que vous êtes (?:un )?humain|je ne suis pas un robot",
        r"verifi(?:que|ca|car) que (?:usted )?(?:es|eres) (?:un )?(?:ser )?humano|no soy un robot",
        r"dass sie (?:ein mensch|kein roboter) sind|ich bin kein roboter",
        r"что вы (?:не робот|человек)|я не робот", r"أنك (?:إنسان|لست روبوت)|لست (?:روبوتا|برنامج روبوت)",
        r"blocked (?:because|by) .{0,40}(?:security|firewall)",
        r"your (?:ip|ip address) (?:has been|is|was) (?:blocked|banned)",
        r"block(?:ed)? (?:by|from) (?:your |the )?(?:network|content) (?:filter|policy|administrator)",
    ),
    "login": (
        r"(?:log|sign)[- ]?in to (?:continue|view|read|see|access)",
        r"you (?:must|need to) (?:be logged in|log ?in|sign ?in)", r"(?:connectez|identifiez)-vous pour",
        r"inicie sesión para|debe iniciar sesión", r"melden sie sich an, um",
        r"войдите,? чтобы|необходимо авторизоваться", r"(?:يرجى|يجب) تسجيل الدخول", r"forgot (?:your )?password",
        r"mot de passe oublié|olvidó su contraseña|passwort vergessen|забыли пароль|نسيت كلمة",
        r"subscribe to (?:continue|keep) reading|this content is (?:for|available to) (?:members|subscribers) only",
    ),
    "soft404": (
        r"page you(?: are|'re|'ve| have)? (?:look(?:ing|ed) for|request(?:ed)?|tried).{0,60}?(?:not (?:be )?found|"
        r"no longer|n't exist|not exist|moved|removed|unavailable)",
        r"requested url .{0,200}was not found on this server", r"the resource cannot be found|http 404",
        r"page (?:demandée|que vous (?:cherchez|recherchez)).{0,40}(?:n'existe|introuvable|pas été trouvée)",
        r"página (?:solicitada|que (?:busca|está buscando)).{0,40}no (?:existe|se encuentra|está)",
        r"(?:angeforderte|gesuchte|gewünschte) seite.{0,40}nicht (?:gefunden|vorhanden|verfügbar)",
        r"(?:запрашиваемая|запрошенная|искомая) (?:вами )?страница.{0,40}(?:не найдена|не существует|удалена)",
        r"الصفحة (?:المطلوبة|التي تبحث عنها).{0,40}(?:غير موجودة|لم)",
        r"(?:this |the )domain (?:name )?(?:is |may be )(?:for sale|parked)|buy this domain|domain has expired",
    ),
    "error_page": (
        r"(?:server|service) (?:is |was )?(?:temporarily )?(?:unable to (?:service|complete)|overloaded)",
        r"(?:currently|temporarily) (?:down|closed|offline|undergoing|performing|under)(?: for)? (?:scheduled |"
        r"planned )?maintenance",
        r"an error occurred while processing your request", r"generated by cloudfront", r"upstream connect error",
        r"an? (?:unhandled exception|application error)(?: has)? occurred", r"fatal error: uncaught",
        r"site (?:est )?(?:actuellement )?en maintenance|sitio (?:web )?(?:está )?en mantenimiento|wird (?:derzeit )"
        r"?gewartet",
        r"(?:ведутся|идут) технические работы|الموقع (?:تحت|قيد) الصيانة|briefly unavailable for scheduled maintenance",
    ),
}  # fmt: skip
# What a page that is made by its scripts says to who has none.
SHELL: Final = (
    r"(?:need|have|please|must|requires?|required) (?:to )?(?:enable |turn on |activate )?javascript|"
    r"javascript (?:is )?(?:required|disabled|must be enabled|needs to be enabled|not enabled)|"
    r"enable javascript|without javascript|activer javascript|javascript est (?:requis|désactivé)|(?:habilit|"
    r"activ)(?:e|ar) javascript|javascript aktivieren|aktivieren sie (?:bitte )?javascript|включите javascript|"
    r"javascript (?:отключ[её]н|выключен)|تفعيل (?:جافا ?سكريبت|javascript)"
)
