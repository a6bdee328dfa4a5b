//! Words that other software and styles print into a citation, beside the labels that OJS has.

/// Words before pages, in lower case, the longest first.
pub(super) const PAGES: &[&str] = &[
    "halaman",
    "сторінки",
    "страницы",
    "σελίδες",
    "الصفحات",
    "pages",
    "seiten",
    "sayfa",
    "صفحات",
    "page",
    "págs.",
    "pág.",
    "pags.",
    "pag.",
    "стор.",
    "стр.",
    "σελ.",
    "pgs.",
    "str.",
    "hal.",
    "hlm.",
    "págs",
    "ص ص",
    "ص.ص",
    "стр",
    "σσ.",
    "ss.",
    "pp.",
    "صص",
    "lk",
    "pp",
    "tr.",
    "p.",
    "s.",
    "с.",
    "σ.",
    "ص.",
    "ص",
    "p",
];

/// Words behind pages, in lower case: `45–60. o.` (Hungary), `45.–60. lpp.` (Latvia).
pub(super) const PAGES_BEHIND: &[&str] = &["oldal", "old.", "lpp.", "lpp", "o."];

/// Words before an article number, in lower case, the longest first.
pub(super) const ARTICLE_NUMBER: &[&str] = &[
    "article number",
    "article no.",
    "article no",
    "article id",
    "article",
    "art. no.",
    "art. no",
    "art. id",
    "art.",
    "artículo",
    "artigo",
    "paper no.",
    "e-location",
    "id",
];

/// Words on the state of publication, which stand where an issue would.
pub(super) const STATUS: &[&str] = &[
    "in press",
    "(in press)",
    "[in press]",
    "(submitted)",
    "(unpublished)",
    "(forthcoming)",
    "(accepted)",
    "(online first)",
    "online first",
    "online in advance of print",
    "ahead of print",
    "ahead-of-print",
    "epub ahead",
    "early view",
    "(early view)",
    "ahead",
];

/// Words of supplements, in lower case.
pub(super) const SUPPLEMENTS: &[&str] = &[
    "supplement",
    "suppl.",
    "suppl",
    "supl.",
    "supl",
    "beiheft",
    "beih.",
    "дополн.",
];

/// Words before a number that no translation of OJS has, in lower case.
pub(super) const FASCICLES: &[&str] = &[
    "fascicule",
    "fascicolo",
    "fascículo",
    "fasc.",
    "heft",
    "cahier",
    "cuaderno",
    "livraison",
    "zeszyt",
    "z.",
];

/// Words before the year of a journal's life, which counts as a volume where no other is stated, or before a year. In
/// lower case.
pub(super) const ANNUAL: &[&str] = &[
    "année",
    "letnik",
    "година",
    "rok",
    "año",
    "ano",
    "anno",
    "anul",
    "yıl",
    "год",
    "рік",
    "r.",
    "a.",
];

/// Words behind the number of a volume: `141. évf.`, `12. sēj.`, `58. aastakäik`.
pub(super) const VOLUMES_BEHIND: &[&str] = &[
    "évfolyam",
    "évf.",
    "évf",
    "kötet",
    "köt.",
    "sējums",
    "sēj.",
    "vuosikerta",
    "vsk.",
    "aastakäik",
    "årgang",
    "årg.",
    "jahrgang",
    "jg.",
    "ročník",
    "roč.",
];

/// Words behind the number of an issue: `2. szám`, `3. nr.`
pub(super) const NUMBERS_BEHIND: &[&str] = &[
    "szám", "sz.", "sz", "nr.", "nr", "numero", "heft", "číslo", "č.",
];

/// Words of a part of an issue, in lower case.
pub(super) const PARTS: &[&str] = &["part", "pt.", "teil", "cz.", "ч."];

/// Labels of identifiers that a citation may end with, in lower case.
pub(super) const ARTICLE_IDS: &[&str] = &["pmid", "pmcid"];
