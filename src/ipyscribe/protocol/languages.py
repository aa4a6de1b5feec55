"""Which languages the streaming models know, as codes, and what the codes are called in English."""

from __future__ import annotations

from collections.abc import Mapping

SIX = ("en", "es", "fr", "de", "it", "pt")
NINETEEN = (*SIX, "tr", "nl", "sv", "no", "da", "fi", "hi", "vi", "ar", "he", "ja", "ur", "zh")
THIRTY_TWO = (*NINETEEN, "ru", "ko", "ca", "gl", "ro", "et", "fa", "yue", "af", "mr", "zu", "xh", "nn")
_WHISPER = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id "
    "is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd "
    "si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh"
)
WHISPER = tuple(_WHISPER.split())
MULTI = "multi"
"""The value of ``language_codes`` that leaves the language open; it stands alone."""
STREAMING_CODES = (*THIRTY_TWO, MULTI)
"""What the server listed as the values of ``language_codes`` on 2026-09-24."""

_NAMED = (
    "af=Afrikaans am=Amharic ar=Arabic as=Assamese az=Azerbaijani ba=Bashkir be=Belarusian bg=Bulgarian "
    "bn=Bengali bo=Tibetan br=Breton bs=Bosnian ca=Catalan cs=Czech cy=Welsh da=Danish de=German el=Greek "
    "en=English es=Spanish et=Estonian eu=Basque fa=Persian fi=Finnish fo=Faroese fr=French gl=Galician "
    "gu=Gujarati ha=Hausa haw=Hawaiian he=Hebrew hi=Hindi hr=Croatian ht=Haitian_Creole hu=Hungarian hy=Armenian "
    "id=Indonesian is=Icelandic it=Italian ja=Japanese jw=Javanese ka=Georgian kk=Kazakh km=Khmer kn=Kannada "
    "ko=Korean la=Latin lb=Luxembourgish ln=Lingala lo=Lao lt=Lithuanian lv=Latvian mg=Malagasy mi=Maori "
    "mk=Macedonian ml=Malayalam mn=Mongolian mr=Marathi ms=Malay mt=Maltese my=Burmese ne=Nepali nl=Dutch "
    "nn=Norwegian_Nynorsk no=Norwegian oc=Occitan pa=Punjabi pl=Polish ps=Pashto pt=Portuguese ro=Romanian "
    "ru=Russian sa=Sanskrit sd=Sindhi si=Sinhala sk=Slovak sl=Slovenian sn=Shona so=Somali sq=Albanian sr=Serbian "
    "su=Sundanese sv=Swedish sw=Swahili ta=Tamil te=Telugu tg=Tajik th=Thai tk=Turkmen tl=Tagalog tr=Turkish "
    "tt=Tatar uk=Ukrainian ur=Urdu uz=Uzbek vi=Vietnamese xh=Xhosa yi=Yiddish yo=Yoruba yue=Cantonese zh=Chinese "
    "zu=Zulu multi=several_languages"
)
_NAMES: Mapping[str, str] = dict(pair.split("=") for pair in _NAMED.split())


def language_name(code: str) -> str:
    """The English name of a language code, a region in brackets; the code itself where no name is known."""
    base, separator, region = code.replace("_", "-").partition("-")
    name = _NAMES.get(base.lower(), "").replace("_", " ")
    if not name:
        return code
    return f"{name} ({region})" if separator else name
