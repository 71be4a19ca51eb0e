"""Words for yes and no in other languages, in small letters. They are proposed, never read as such unasked."""

YES = frozenset(
    ("ja", "oui", "si", "sí", "sì", "sim", "tak", "da", "да", "kyllä", "evet", "igen", "ano", "áno", "joo", "wahr",
     "vrai", "vero", "verdadero", "verdadeiro", "sant", "sandt", "waar", "prawda", "はい", "是")
)  # fmt: skip
NO = frozenset(
    ("nein", "non", "não", "nao", "nie", "nee", "nej", "nei", "нет", "ei", "hayır", "nem", "ne", "falsch", "faux",
     "falso", "falskt", "falsk", "onwaar", "fałsz", "いいえ", "否")
)  # fmt: skip
