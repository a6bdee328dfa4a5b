use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case("Energy &amp; Water", "Energy & Water", &[Code::DoubleEscaped])]
#[case("elites&rsquo;&nbsp;role", "elites’ role", &[Code::DoubleEscaped])]
#[case("&#8220;x&#x201D; &#150; y", "“x” – y", &[Code::DoubleEscaped])]
#[case("&amp;nbsp;", "&nbsp;", &[Code::DoubleEscaped])]
#[case("R&D at AT&T; &notaname; &notit;", "R&D at AT&T; &notaname; &notit;", &[])]
#[case("?a=1&copy=2", "?a=1&copy=2", &[])]
#[case("<em>Homo</em> CO<sub>2</sub>", "Homo CO2", &[Code::MarkupRemoved])]
#[case("<p>One</p><p>Two</p>", "One Two", &[Code::MarkupRemoved])]
#[case("&lt;i&gt;Homo&lt;/i&gt; sapiens", "Homo sapiens", &[Code::DoubleEscaped, Code::MarkupRemoved])]
#[case("Problems &lt;and&gt; Prospects", "Problems <and> Prospects", &[Code::DoubleEscaped])]
#[case("the &lt;b&gt; element", "the <b> element", &[Code::DoubleEscaped])]
#[case("a < b and c > d", "a < b and c > d", &[])]
#[case("a <b and c> d", "a <b and c> d", &[])]
#[case("x <a href=\"y>z\">link</a>", "x link", &[Code::MarkupRemoved])]
#[case("<!--[if gte mso 9]><xml><w:x>1</w:x></xml><![endif]-->Text<o:p></o:p>", "Text", &[Code::MarkupRemoved])]
#[case("a<style>p {}</style>b", "ab", &[Code::MarkupRemoved])]
#[case("soft\u{ad}hyphen\u{200b} \u{feff}x\u{8}\u{b}y", "softhyphen x y", &[])]
#[case("e\u{301}tude", "\u{e9}tude", &[])]
#[case("می\u{200c}رود", "می\u{200c}رود", &[])]
#[case("  Problems  \n Prospects\u{a0}", "Problems Prospects", &[])]
#[case("Russia\u{92}s", "Russia’s", &[])]
fn one_line(#[case] raw: &str, #[case] value: &str, #[case] codes: &[Code]) {
    assert_eq!(
        plain(raw),
        Cleaned {
            value: value.to_owned(),
            codes: codes.to_vec()
        }
    );
}

#[rstest]
#[case("<p>One.</p>\n<p>Two.</p>", &["One.", "Two."])]
#[case("One<br><br />Two", &["One", "Two"])]
#[case("First ends here.\n&nbsp;Second has its own text.", &["First ends here.", "Second has its own text."])]
#[case("such nuclear tests.&nbsp;The two republics", &["such nuclear tests.", "The two republics"])]
#[case("by Dr.&nbsp;Smith and prof.&nbsp;Jones of St.&nbsp;Andrews", &["by Dr. Smith and prof. Jones of St. Andrews"])]
#[case("this sentence ends.&nbsp; The other begins", &["this sentence ends. The other begins"])]
#[case("It&nbsp;is&nbsp;all&nbsp;like&nbsp;this&nbsp;here.&nbsp;The&nbsp;end", &["It is all like this here. The end"])]
#[case("regional development.Special attention is paid", &["regional development.", "Special attention is paid"])]
#[case("развитие региона.Автор рассматривает", &["развитие региона.", "Автор рассматривает"])]
#[case("in all of Kazakhstan.The author thinks", &["in all of Kazakhstan.", "The author thinks"])]
#[case("is it so?Yes, it is", &["is it so?", "Yes, it is"])]
#[case("of the former U.S.S.R.The rest, e.g.Name", &["of the former U.S.S.R.The rest, e.g.Name"])]
#[case("by A.B.Smith and J.Doe et al.Others", &["by A.B.Smith and J.Doe et al.Others"])]
#[case("see www.example.Org or http://a.b/c.Html or 10.1234/abc.Def", &["see www.example.Org or http://a.b/c.Html or 10.1234/abc.Def"])]
#[case("in the file Main.Java and System.Out is 3.14 or data.Frame", &["in the file Main.Java and System.Out is 3.14 or data.Frame"])]
#[case("Purpose. To assess.\nMethods. x2-test.\n\nfirst&nbsp;item\nsecond item\n",
       &["Purpose. To assess.", "Methods. x2-test.", "first item second item"])]
#[case("The text was wrapped by a mail program at some seventy or\nmore columns, so that its lines break where they happen to. A\nfull stop may stand at the end of such a line, as it does here.\nThat is no reason for a new paragraph to begin at this place.",
       &["The text was wrapped by a mail program at some seventy or more columns, so that its lines break where they happen to. A full stop may stand at the end of such a line, as it does here. That is no reason for a new paragraph to begin at this place."])]
#[case("Aim\nTo assess it\nover two lines.", &["Aim", "To assess it over two lines."])]
#[case(".", &["."])]
#[case("", &[])]
fn parted(#[case] raw: &str, #[case] expected: &[&str]) {
    assert_eq!(paragraphs(raw).value, expected.join("\n\n"));
}

#[rstest]
#[case("The difference between the two groups was significant (p ", true)]
#[case(
    "The difference between the two groups was significant (p < 0.05).",
    false
)]
#[case(
    "The difference between the two groups was significant (see Table 2)",
    false
)]
#[case("A text that has no full stop at its end", false)]
fn cut_off(#[case] raw: &str, #[case] cut: bool) {
    assert_eq!(paragraphs(raw).codes.contains(&Code::TruncatedText), cut);
}

#[rstest]
#[case("##issue.vol##", true)]
#[case("{$copyrightYear}", true)]
#[case("{$ COPYRIGHTYEAR}", true)]
#[case("{copyrightHolder}", true)]
#[case("Copyright (c) {$copyrightYear} {$copyrightHolder}", true)]
#[case(".", true)]
#[case(" – ", true)]
#[case("", false)]
#[case("Vol. ##issue.no## 5", false)]
#[case("C# and {x}", false)]
#[case("Copyright (c) 2004 {$copyrightHolder}", false)]
#[case("A title", false)]
fn placeholders(#[case] value: &str, #[case] expected: bool) {
    assert_eq!(is_placeholder(value), expected);
}

proptest! {
    #[test]
    fn never_panics_and_leaves_no_rubbish(raw in "(\\PC|[\\x00-\\x1f]|&[a-z]{1,8};|<[a-z/!]{0,4}[ >]|\\. ?[A-Z][a-z]+|&nbsp;|\n){0,60}") {
        let line = plain(&raw).value;
        prop_assert!(!line.chars().any(char::is_control));
        prop_assert!(!line.contains("  ") && line.trim() == line);
        let text = paragraphs(&raw).value;
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        let letters = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(letters(&text), letters(&line));
    }

    #[test]
    fn plain_text_stays(words in proptest::collection::vec("[A-Za-zéß一あж]{1,8}", 0..12)) {
        let text = words.join(" ");
        let cleaned = plain(&text);
        prop_assert!(cleaned.codes.is_empty());
        prop_assert_eq!(cleaned.value, text);
    }
}
