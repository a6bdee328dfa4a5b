//! Dates as journals write them: ISO 8601, cut short, with a time, with zeros for what is not known.

mod iso;
mod printed;

use crate::article::PartialDate;

/// A date as precise as is sure. Of ISO 8601: `2004-12-31`, `2004/12/31`, `20041231`, with a time or not,
/// `2004-12`, `2004`; zeros for month or day are none (`2004-00-00` is `2004`). A time's zone does not move
/// the day. Other forms: `31.12.2004`, `31 December 2004`, `December 31, 2004`, `[2004]`, `c2004`; of an
/// interval what both ends share, of `05/06/2004` the year. `None` for impossible dates, for the rest, and for
/// years before 1000 or after 2100.
pub fn parse(raw: &str) -> Option<PartialDate> {
    iso::parse(raw.trim()).or_else(|| printed::parse(raw.trim()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::article::Precision;

    #[rstest]
    #[case("2004-12-31", Some("2004-12-31"))]
    #[case("2004/12/31", Some("2004-12-31"))]
    #[case(" 2004-12-31T23:59:59Z ", Some("2004-12-31"))]
    #[case("2004-12-31T00:00:00.000+05:00", Some("2004-12-31"))]
    #[case("2004-12-31 10:11:12", Some("2004-12-31"))]
    #[case("20041231", Some("2004-12-31"))]
    #[case("2004-1-5", Some("2004-01-05"))]
    #[case("2004-12", Some("2004-12"))]
    #[case("2004", Some("2004"))]
    #[case("2004-00-00", Some("2004"))]
    #[case("2004-12-00", Some("2004-12"))]
    #[case("2004-00-31", None)]
    #[case("0000-00-00", None)]
    #[case("2004-02-30", None)]
    #[case("2003-02-29", None)]
    #[case("2004-13", None)]
    #[case("31-12-2004", Some("2004-12-31"))]
    #[case("31.12.2004", Some("2004-12-31"))]
    #[case("12/31/2004", Some("2004-12-31"))]
    #[case("05.06.2004", Some("2004-06-05"))]
    #[case("05/06/2004", Some("2004"))]
    #[case("31.02.2004", None)]
    #[case("13/13/2004", None)]
    #[case("17 May 2004", Some("2004-05-17"))]
    #[case("May 17, 2004", Some("2004-05-17"))]
    #[case("Sept. 1, 2004", Some("2004-09-01"))]
    #[case("December 2004", Some("2004-12"))]
    #[case("May 32, 2004", None)]
    #[case("Spring 2004", Some("2004"))]
    #[case("Published in 1983", Some("1983"))]
    #[case("2004 Dec", Some("2004-12"))]
    #[case("2004 Dec 15", Some("2004-12-15"))]
    #[case("Wed Dec 31 00:00:00 EST 2003", Some("2003-12-31"))]
    #[case("12/2004", Some("2004-12"))]
    #[case("07/1973", Some("1973-07"))]
    #[case("2012-02-03+01:00", Some("2012-02-03"))]
    #[case("1 de diciembre de 2004", Some("2004-12-01"))]
    #[case("31 декабря 2004 г.", Some("2004-12-31"))]
    #[case("2004年12月31日", Some("2004-12-31"))]
    #[case("13/2004", None)]
    #[case("12:2004", None)]
    #[case("Volume 2004 of 12 parts", None)]
    #[case("accessed 2004-05 twice", None)]
    #[case("[2004]", Some("2004"))]
    #[case("c2004", Some("2004"))]
    #[case("(2004-05)", Some("2004-05"))]
    #[case("2004-05-17/2004-05-31", Some("2004-05"))]
    #[case("2004-05-17/2004-06-01", Some("2004"))]
    #[case("2004-05/2005-06", None)]
    #[case("2004/2005", None)]
    #[case("0999", None)]
    #[case("2101", None)]
    #[case("2004-12-31 and later", None)]
    #[case("2004-2005", None)]
    #[case("2004-12-31-1", None)]
    #[case("", None)]
    #[case("in press", None)]
    fn forms(#[case] raw: &str, #[case] expected: Option<&str>) {
        let got = parse(raw);
        assert_eq!(got.as_ref().map(|date| date.date.as_str()), expected);
        if let Some(date) = got {
            let parts = date.parts().unwrap();
            let precision = match (parts.1, parts.2) {
                (None, _) => Precision::Year,
                (Some(_), None) => Precision::Month,
                (Some(_), Some(_)) => Precision::Day,
            };
            assert_eq!(date.precision, precision);
        }
    }

    proptest! {
        #[test]
        fn keeps_parsed_values(raw in "\\PC{0,24}|[0-9]{4}[-/][0-9]{2}([-/][0-9]{2})?(T[0-9:Z]{0,9})?") {
            if let Some(date) = parse(&raw) {
                prop_assert_eq!(parse(&date.date), Some(date));
            }
        }
    }
}
