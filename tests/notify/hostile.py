"""Page text that wants to be more than text: a corpus of attacks on every dialect, and messages full of it.

    ATTACKS["discord everyone"]       # by name; a few words each, for tables of a kind
    LONG                              # by name; a megabyte without a blank, a hundred thousand words
    hostile_text()                    # hypothesis: attacks, pieces of attacks and any characters, mixed
    hostile_telling(text)             # a message with the text wherever page text can stand

What a dialect has to show of a text is `redline.safe(text)`: controls, overrides and lone surrogates are `�` there.
Addresses in these texts are `attacker.example` (and `evil.example`), so that a test can say that no link leads there.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle, islice

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.notify.builders import CELL, CHANGE, SENTENCE
from tests.notify.tellings import EDITS, telling
from tracker.document.edit import CellPlace, Comparison, Edit, Salience
from tracker.events.deliveries import Form
from tracker.events.types import Change
from tracker.notify.telling import Telling

ATTACKS: Mapping[str, str] = {
    # who is called
    "everyone": "@everyone @here look",
    "discord mentions": "<@1> <@!1> <@&1> <#1> </kick:1> <:smile:1> <a:dance:1> <t:0:R> <id:home>",
    "slack mentions": "<!channel> <!here> <!everyone> <@U1> <#C1> <#C1|general> <!subteam^S1> <!date^0^{date}|x>",
    "matrix room": "@room @mallory:attacker.example https://matrix.to/#/@mallory:attacker.example",
    "mattermost mentions": "@channel @all @mallory ~town-square :smile: #hashtag",
    "telegram mentions": "@mallory tg://user?id=1 tg://resolve?domain=mallory /start@bot $USD #tag",
    "teams mention": "<at>Everyone</at> <at id='0'>Mallory</at>",
    # what is linked
    "slack link": "<https://attacker.example|Ruritania> <mailto:mallory@attacker.example|write>",
    "markdown link": "[Ruritania](https://attacker.example) [x](javascript:alert(1)) [y]( <https://evil.example> 't')",
    "markdown reference": "[x][1]\n\n[1]: https://attacker.example 'title'",
    "markdown image": "![img](https://attacker.example/p.png) ![](https://evil.example){width=1}",
    "autolink": "<https://attacker.example> <mallory@attacker.example>",
    "raw address": "see https://attacker.example/x?a=1&b=2, (http://evil.example). and ftp://evil.example",
    "bare domain": "attacker.example www.attacker.example evil.example/path mallory@attacker.example 203.0.113.7",
    "schemes": "javascript:alert(1) data:text/html;base64,PHg+ vbscript:x file:///etc tel:+1 mailto:m@evil.example",
    # what is formatted
    "fence": "```\nout\n```diff\n- x\n```",
    "fence alone": "```",
    "tildes": "~~~\nout\n~~~",
    "ticks": "` `` ``` ```` ` ``x`` `y` \\`z\\`",
    "emphasis": "*bold* **bold** _it_ __under__ ~strike~ ~~strike~~ ||spoiler|| ***all*** ==mark== ^sup^",
    "half emphasis": "*open **open _open ~~open `open ||open [open](open <open",
    "headings": "# one\n## two\nSetext\n===\nother\n---\n-# small",
    "lists": "- a\n* b\n+ c\n1. d\n2) e\n- [ ] todo\n> quote\n>>> all quoted",
    "indented code": "    code by four blanks\n\tcode by a tab",
    "table": "| a | b |\n|---|---|\n| c | d |",
    "rule": "***\n---\n___",
    "footnote": "x[^1]\n\n[^1]: note\n\n*[HTML]: abbreviation",
    "escapes": "\\*not\\* \\\\ \\` \\< \\[ \\_ \\| \\",
    "math": "$x$ $$x$$ \\(x\\) \\[x\\] \\begin{x}",
    # markup
    "html": "<b>x</b><a href='https://attacker.example'>x</a><img src=x onerror=alert(1)><br/>",
    "script": "<script>alert(1)</script><style>*{display:none}</style><svg/onload=alert(1)>",
    "closing": "</del></ins></p></div></body></html></script></textarea></title></pre></code>",
    "attribute": "\" onmouseover=\"alert(1)\" ' onfocus='alert(1)' x=`y`",
    "entities": "&lt;b&gt; &amp;amp; &#60;script&#62; &#x3c; &nbsp; &notin; &copy &unknown; &",
    "comments": "<!-- x --> <!--> --> <![CDATA[x]]> ]]> <?xml version='1.0'?> <!DOCTYPE x [<!ENTITY y 'z'>]> &y;",
    "our redline": "[-old-]{+new+} [-] -] {+ +} <del>old</del><ins>new</ins>",
    "diff lines": "- gone\n+ come\n@@ -1 +1 @@\n--- a\n+++ b\n! x",
    # what is filled in
    "templates": "{{token}} {{DATE(2026-01-01)}} {{TIME()}} ${x} $(x) #{x} {x} {0} %s %(x)s %n {% x %} <%= x %>",
    "json": '"}], "text": "x", {"type": "mrkdwn" \\" \\u0040everyone',
    # headers
    "crlf": "Ruritania\r\nBcc: mallory@attacker.example\r\n\r\n<b>body</b>",
    "line feeds": "Ruritania\nBcc: mallory@attacker.example\n\n\n\nbody",
    "encoded words": "=?utf-8?B?QGV2ZXJ5b25l?= =?utf-8?q?=0ABcc=3A_m=40evil.example?= =20 =\n",
    "smtp": "x\r\n.\r\nMAIL FROM:<mallory@attacker.example>\n.\nFrom mallory",
    # characters
    "overrides": "\u202egnp.exe\u202c \u2066isolate\u2069 \u2067right\u2069 \u202aleft\u202c \u061c\u200e\u200f marks",
    "open isolate": "\u2067never closed \u202e nor this",
    "zero width": "@\u200beveryone <\u200d@1> [x]\u2060(y) \ufeff \u00ad\u034f\u180e\u3164",
    "combining": "Z\u0310\u0351\u0352a\u0300\u0301\u0302\u0303l\u0340g\u0489o\u0336\u0337\u0338 e\u0301 \u0301lone",
    "emoji": "👩‍👩‍👧‍👦👨🏿‍🚀🏳️‍🌈🇺🇳🇫🇷👍🏽❤️‍🔥1️⃣#️⃣🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "astral": "𝕬𝖙 𝓽𝓱𝒆 𐍈 🀄 \U0010ffff \ufffe\uffff",
    "surrogates": "lone \ud83d high, low \ude00, turned \ude00\ud83d, last \ud800",
    "controls": "nul \x00 bell \x07 back \x08 tab \t feed \f\v escape \x1b[31mred\x1b[0m del \x7f next \x85 csi \x9b",
    "separators": "line\u2028paragraph\u2029file\x1cgroup\x1drecord\x1e",
    "blanks": "  two  blanks \u00a0no-break\u00a0 \u3000wide\u3000 \u2003em\u2003 ends ",
    "nothing": "",
    "a blank": " ",
    "no blanks": "เปลี่ยนแปลง条約の批准状況が変更されたسياسةحظرالألغام",
    "lookalikes": "＠everyone ＜@1＞ ‹script› ⟨x⟩ `\u2019 аttacker.example",
}

LONG: Mapping[str, str] = {
    "a megabyte without a blank": "x" * 1_000_000,
    "a megabyte of ticks": "`" * 1_000_000,
    "a megabyte of entities": "&<>\"'" * 200_000,
    "a hundred thousand words": " ".join(f"word{n}" for n in range(100_000)),
    "a hundred thousand attacks": " ".join(islice(cycle(ATTACKS.values()), 20_000)),
    "a long family": "👩‍👩‍👧‍👦" * 20_000,
    "one letter with many marks": "a" + "\u0301" * 50_000,
    "ten thousand lines": "\n".join(f"- line {n}" for n in range(10_000)),
    "ten thousand line feeds": "\n" * 10_000,
}

_PIECES = (
    *("@", "everyone", "here", "room", "channel", "<@1>", "<!", "<#", "|", ">", "<", "&", "&lt;", "&amp;", '"', "'"),
    *("`", "```", "~~~", "~~", "*", "**", "_", "__", "||", "#", "# ", "\n# ", "\n- ", "\n> ", "\n", "\n\n", "\r\n"),
    *("[", "](", ")", "![", "[x](https://attacker.example)", "https://attacker.example", "attacker.example", "://"),
    *("<b>", "</b>", "<script>", "</del>", "<!--", "-->", "]]>", "<![CDATA[", "{{", "}}", "${", "}", "%s", "\\", "\\`"),
    *("[-", "-]", "{+", "+}", "- ", "+ ", "\n- ", "\n+ ", "=?utf-8?q?", "?=", "\n.\n", "\t", " ", "  ", "\u00a0"),
    *(
        "\u202e",
        "\u2066",
        "\u2069",
        "\u200b",
        "\u200d",
        "\u0301",
        "\ufe0f",
        "👩‍👩‍👧",
        "👍🏽",
        "🇺🇳",
        "\ud800",
        "\x00",
        "\x1b[",
    ),
    *("Strelsau", "June", "2026", "词", "ก", "…", "�"),
)


def hostile_text(*, max_size: int = 12) -> SearchStrategy[str]:
    """Attacks, pieces of attacks, and any characters, also lone surrogates and NUL, in any order."""
    anything = st.text(st.characters(codec=None), max_size=8)
    part = st.one_of(st.sampled_from(_PIECES), st.sampled_from(tuple(ATTACKS.values())), anything)
    return st.lists(part, max_size=max_size).map("".join)


def hostile_change(text: str, *, n: int = 0) -> Change:
    """A change with the text wherever page text can stand; only its addresses, ids and profile's slug are ours."""
    why = (text, "number")
    shared = {"chapter_title": text, "section": (text, "Use", text)}
    edits: tuple[Edit, ...] = (
        replace(
            CELL,
            old=text,
            new=f"State Party {text}",
            cell=CellPlace(text, text, text),
            spans=(("-", text), ("+", f"State Party {text}")),
            salience=Salience("critical", ("treaty status", text)),
            **shared,
        ),
        replace(
            SENTENCE,
            old=f"In June {text} 2021 {text}",
            new=f"In June {text} 2026 {text}",
            spans=(("=", f"In June {text} "), ("-", "2021"), ("+", "2026"), ("=", f" {text}")),
            salience=Salience("high", why),
            **shared,
        ),
        replace(EDITS["added"], new=text, spans=(("+", text),), **shared),
        replace(EDITS["removed"], old=text, spans=(("-", text),), **shared),
        replace(EDITS["moved"], old_section=(text,), old_chapter=text, **shared),
        replace(EDITS["section_renamed"], old=f"Old {text}", new=text, **shared),
        replace(EDITS["section_added"], new=f"{text} {text}", **shared),
        replace(EDITS["link_changed"], old=text, new=text, detail=f"https://monitor.example/a → {text}", **shared),
        replace(EDITS["row_added"], new=f"{text} | {text}", cell=CellPlace(text, text, ""), **shared),
    )
    edits = tuple(replace(edit, id=f"e_{n:04x}{at:06x}") for at, edit in enumerate(edits))
    return replace(
        CHANGE,
        id=f"c_{n:016x}",
        chapter_title=text,
        salience=Salience("critical", why),
        comparison=Comparison(edits=edits, neutral=(replace(EDITS["renumbered"], detail=text),)),
    )


def hostile_telling(text: str, *, form: Form = "single", changes: int = 1) -> Telling:
    """A message with the text wherever page text can stand: titles, sections, tables, words, reasons of salience."""
    made = tuple(
        replace(hostile_change(text, n=n), profile="ruritania" if n == 0 else f"graustark-{n}") for n in range(changes)
    )
    names = {change.profile: text for change in made}
    return telling(*made, form=form, names=names)
