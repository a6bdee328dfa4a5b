//! Names of MathML.

/// Elements of presentation MathML and the two that carry annotations (MathML 3), but `none`, which is a word as well.
pub(crate) const ELEMENTS: [&str; 31] = [
    "math",
    "maction",
    "annotation",
    "menclose",
    "merror",
    "mfenced",
    "mfrac",
    "mi",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "ms",
    "mspace",
    "msqrt",
    "mstyle",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
    "semantics",
];

/// Returns whether an element is one of MathML, whatever the case of its name.
pub(crate) fn is_element(name: &str) -> bool {
    ELEMENTS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
