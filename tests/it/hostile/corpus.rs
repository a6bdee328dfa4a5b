//! The inputs.

/// Metadata that our reader takes and strict ones do not, or only just: a name, and the element.
pub(super) const METADATA: &[(&str, &str)] = &[
    ("undeclared prefix", "<dc:title>A</dc:title>"),
    (
        "undeclared unknown prefix",
        "<zz:t><dc:title xmlns:dc='http://purl.org/dc/elements/1.1/'>A</dc:title></zz:t>",
    ),
    (
        "undeclared prefix of an attribute",
        "<t xsi:schemaLocation='a b' yy:z='1'>A</t>",
    ),
    ("prefix declared as nothing", "<x:t xmlns:x=''>A</x:t>"),
    (
        "prefix xml bound to another namespace",
        "<t xmlns:xml='urn:a'>A</t>",
    ),
    ("prefix xmlns declared", "<t xmlns:xmlns='urn:a'>A</t>"),
    (
        "prefix bound to the namespace of xml",
        "<x:t xmlns:x='http://www.w3.org/XML/1998/namespace'>A</x:t>",
    ),
    (
        "two prefixes, one attribute",
        "<t xmlns:a='urn:a' xmlns:b='urn:a' a:x='1' b:x='2'>A</t>",
    ),
    ("attribute twice", "<t a='1' a='2'>A</t>"),
    ("attribute without quotes", "<t a=1>A</t>"),
    ("attribute without a value", "<t checked>A</t>"),
    ("attributes without space between", "<t a='1'b='2'>A</t>"),
    ("less-than sign in an attribute", "<t a='1 < 2'>A</t>"),
    ("bare ampersand in an attribute", "<t a='x?a=1&b=2'>A</t>"),
    ("bare ampersand", "<t>AT&T & others</t>"),
    ("undeclared entity", "<t>A&nbsp;B &unknown; &eacute;</t>"),
    ("entity in an attribute", "<t a='&nbsp;&foo;'>A</t>"),
    (
        "reference to a forbidden character",
        "<t>A&#0;&#8;&#xFFFF;&#xD800;B</t>",
    ),
    ("control characters", "<t>A\u{1}\u{b}\u{1b}[31mB</t>"),
    (
        "C1 controls and overrides",
        "<t>A\u{85}\u{9b}31m\u{202e}B</t>",
    ),
    (
        "control characters in an attribute",
        "<t a='\u{8}\u{1f}'>A</t>",
    ),
    ("noncharacters", "<t>A\u{fffe}\u{ffff}B</t>"),
    ("end of a CDATA section in text", "<t>A ]]> B</t>"),
    ("CDATA with markup", "<t><![CDATA[<b>A & B</b>]]></t>"),
    ("comment with two hyphens", "<t>A<!-- a -- b -->B</t>"),
    ("comment that ends with a hyphen", "<t>A<!-- a --->B</t>"),
    ("control character in a comment", "<t>A<!-- \u{1} -->B</t>"),
    (
        "processing instruction named xml",
        "<t>A<?xml version='1.0'?>B</t>",
    ),
    ("processing instruction without a name", "<t>A<? ?>B</t>"),
    ("DOCTYPE inside", "<!DOCTYPE t [<!ENTITY a 'b'>]><t>&a;</t>"),
    ("name that begins with a digit", "<t><1a>A</1a></t>"),
    ("name with two colons", "<a:b:c xmlns:a='urn:a'>A</a:b:c>"),
    ("name that ends with a colon", "<t><a:>A</a:></t>"),
    ("name with a quote", "<t><a\"b>A</a\"b></t>"),
    ("name outside ASCII", "<t><título>A</título></t>"),
    (
        "attribute with a forbidden name",
        "<t 1a='1' a:b:c='2' xmlns:a='urn:a'>A</t>",
    ),
    (
        "namespace with a quote and a less-than sign",
        "<x:t xmlns:x='urn:\"<&gt;'>A</x:t>",
    ),
    ("deep nesting, within bounds", DEEP_OK),
    ("no element at all", "just text"),
    ("two elements", "<t>A</t><u>B</u>"),
    ("text around the element", "before <t>A</t> after"),
    ("empty element", "<x:t/>"),
    (
        "element of the protocol inside",
        "<record><header><identifier>x</identifier></header></record>",
    ),
];

const DEEP_OK: &str = "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><x:b>A</x:b></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>";

/// Sequences that a terminal acts on, as they may stand in a text: what they do, and the text.
pub(super) const TERMINAL: &[(&str, &str)] = &[
    ("clears the screen (CSI)", "\u{1b}[2J"),
    ("sets the title (OSC)", "\u{1b}]0;owned\u{7}"),
    ("writes the clipboard (OSC 52)", "\u{1b}]52;c;cm0gLXJm\u{7}"),
    ("C1 CSI", "\u{9b}31m"),
    ("C1 OSC", "\u{9d}0;owned\u{9c}"),
    ("bell and backspace", "\u{7}\u{8}\u{8}"),
    ("DEL and NEL", "\u{7f}\u{85}"),
    ("right-to-left override", "\u{202e}gpj.exe"),
    ("isolates", "\u{2066}a\u{2069}"),
    ("marks of direction", "\u{200f}\u{61c}"),
    ("carriage return over the line", "safe\rowned"),
    ("line and paragraph separators", "\u{2028}\u{2029}"),
];
