use rstest::rstest;

use super::*;

/// `journal|volume|number|year|pages`, `-` if unknown.
fn told(cited: &Cited) -> String {
    let Citation {
        journal,
        volume,
        number,
        year,
        pages,
        ..
    } = &cited.citation;
    let year = year.map(|year| year.to_string());
    [journal, volume, number, &year, pages]
        .map(|value| value.clone().unwrap_or_else(|| "-".to_owned()))
        .join("|")
}

#[rstest]
#[case::eprints(
    "Journal of Seams, 54 (6). pp. 1919-1923. ISSN 2049-3630. http://r.example.org/a",
    "Journal of Seams|54|6|-|1919-1923"
)]
#[case::eprints_in_press(
    "Journal of Seams. ISSN 2049-3630 (In Press)",
    "Journal of Seams|-|-|-|-"
)]
#[case::eprints_article(
    "Journal of Seams, 3 . Art. No. e01856 . ISSN 2049-3630",
    "Journal of Seams|3|-|-|e01856"
)]
#[case::eprints_doi(
    "Cell host & microbe, 18 (4). pp. 433-44. ISSN 1931-3128 DOI: 10.1016/j.chom.2015.09.007 <http://dx.doi.org/10.1016/j.chom.2015.09.007>",
    "Cell host & microbe|18|4|-|433-44"
)]
#[case::mla(
    "Journal of Seams 5.2 (2010): 103-110",
    "Journal of Seams|5|2|2010|103-110"
)]
#[case::mla_month(
    "Journal of Seams 5.2-3 (Mar 2010): 103",
    "Journal of Seams|5|2-3|2010|103"
)]
#[case::volumes(
    "Journal of Seams 401-402: 214-221. doi:10.5555/j.seams.2012.02.001.",
    "Journal of Seams|401-402|-|-|214-221"
)]
#[case::article_of_six_figures(
    "Appl Seam Lett 101: 213103. doi:10.5555/1.4767219.",
    "Appl Seam Lett|101|-|-|213103"
)]
#[case::quoted(
    "\"Revista de Costuras\". ISSN 2049-3630. 24:1 (2011) 5-26.",
    "Revista de Costuras|24|1|2011|5-26"
)]
#[case::inspire("Phys.Rev.D76:013009,2007", "Phys.Rev.D|76|-|2007|013009")]
#[case::inspire_range("Astrophys.J.667:L183-L186,2007", "Astrophys.J.|667|-|2007|L183-L186")]
#[case::size(
    "Phys. Rev. B 76, 035404 (2007) [5 pages]",
    "Phys. Rev. B|76|-|2007|035404"
)]
#[case::announced("In: Journal of Seams, 5 (2), pp. 1-9", "Journal of Seams|5|2|-|1-9")]
#[case::erudit(
    "Revue des coutures ; vol. 6 no. 2 (2015)",
    "Revue des coutures|6|2|2015|-"
)]
#[case::dspace_series("Journal of Seams;Vol. 5, no. 2", "Journal of Seams|5|2|-|-")]
#[case::year_first("Value Chain (2021) 5, 1, pages 10-12.", "Value Chain|5|1|2021|10-12")]
#[case::cairn(
    "Revue des coutures, N 353, 1, 2016-01-01, pp.57-59",
    "Revue des coutures|-|353|2016|57-59"
)]
#[case::scielo(
    "Revista de costuras v.39 n.1 suppl.2 2019",
    "Revista de costuras|39|1 suppl.2|2019|-"
)]
#[case::scielo_special(
    "Revista Latino-Americana de Enfermagem v.20 n.spe 2011",
    "Revista Latino-Americana de Enfermagem|20|spe|2011|-"
)]
#[case::scielo_supplement(
    "Cadernos de Saúde Pública v.23 suppl.1 2007",
    "Cadernos de Saúde Pública|23|suppl.1|2007|-"
)]
#[case::scielo_number("Educar em Revista n.33 2009", "Educar em Revista|-|33|2009|-")]
#[case::scielo_ahead("Ciência Rural ahead 2015", "Ciência Rural|-|-|2015|-")]
#[case::escholarship(
    "The Journal of Seams, 43(5). UC X: Retrieved from: http://e.example.org/uc/1",
    "The Journal of Seams|43|5|-|-"
)]
#[case::invenio("Seams: 29 (1975) no. 4, pp. 750-762", "Seams|29|4|1975|750-762")]
#[case::kci("이음매연구, 21(1), 35, pp.233-262", "이음매연구|21|1|-|233-262")]
#[case::doaj(
    "Journal of X Insights, Vol 6, Iss 2, p e12 (2013)",
    "Journal of X Insights|6|2|2013|e12"
)]
#[case::doaj_supplement(
    "Journal of X Insights, Vol 7, Iss S1, Pp S1-S9 (2014)",
    "Journal of X Insights|7|S1|2014|S1-S9"
)]
#[case::doaj_numeral(
    "Journal of X Insights, Vol XII, Iss Special Issue, Pp 5-9 (2014)",
    "Journal of X Insights|XII|Special Issue|2014|5-9"
)]
#[case::doaj_ahead(
    "Journal of X Insights, Vol ahead-of-print, Iss ahead-of-print, Pp 1-5 (2016)",
    "Journal of X Insights|-|-|2016|1-5"
)]
#[case::doaj_page(
    "Journal of X Insights, Vol 17, p 3 (2016)",
    "Journal of X Insights|17|-|2016|3"
)]
#[case::hal(
    "Journal of Mathematical Imaging and Vision, Springer Verlag, 2013, 50 (1-2), pp.5-17. ⟨10.1007/s10851-013-0470-3⟩",
    "Journal of Mathematical Imaging and Vision|50|1-2|2013|5-17"
)]
#[case::arxiv("Rev. Mod. Phys. 86, 1261 (2014)", "Rev. Mod. Phys.|86|-|2014|1261")]
#[case::arxiv_series("Phys. Rev. D 90, 123008 (2014)", "Phys. Rev. D|90|-|2014|123008")]
#[case::arxiv_number(
    "Lett. Math. Phys. 108 (2018), no. 2, 359-376",
    "Lett. Math. Phys.|108|2|2018|359-376"
)]
#[case::chicago(
    "Atmospheric Chemistry and Physics 14, no. 20 (2014): 10989–11010.",
    "Atmospheric Chemistry and Physics|14|20|2014|10989–11010"
)]
#[case::chicago_month(
    "Immun. Inflamm. Dis. 1, no. 1 (October 2013): 3–13.",
    "Immun. Inflamm. Dis.|1|1|2013|3–13"
)]
#[case::apa(
    "Combustion Science and Technology 2015, 187(11), 1759-1789. doi: 10.1080/00102202.2015.1064911",
    "Combustion Science and Technology|187|11|2015|1759-1789"
)]
#[case::vancouver(
    "Genes Dev. 2011 Feb 15;25(4):310-22. doi: 10.1101/gad.1984311",
    "Genes Dev|25|4|2011|310-22"
)]
#[case::plos("PLoS ONE 7(3): e31819.", "PLoS ONE|7|3|-|e31819")]
#[case::colon(
    "Biological Theory, 6(3) : 260-271.",
    "Biological Theory|6|3|-|260-271"
)]
#[case::issn_behind_title(
    "Ecology Letters (1461023X) vol.4 (2001)",
    "Ecology Letters|4|-|2001|-"
)]
#[case::mdpi(
    "Sustainability; Volume 5; Issue 2; Pages: 12-19",
    "Sustainability|5|2|-|12-19"
)]
#[case::labels_in_brackets(
    "[Journal:] Seams Quarterly [ISSN:] 2049-3630 [Volume:] 130 [Year:] 2010 [Issue:] 2 [Pages:] 123-145",
    "Seams Quarterly|130|2|2010|123-145"
)]
#[case::diva(
    "Journal of Seams, 2049-3630, 2012, 12:3, s. 45-67",
    "Journal of Seams|12|3|2012|45-67"
)]
#[case::bars(
    "Revue des coutures | Vol. 50 | 1 | 2009-03-27 | p. 3-24 | 2049-3630",
    "Revue des coutures|50|1|2009|3-24"
)]
#[case::japanese("縫目, 2012, 41巻, 3号, p. 123-130", "縫目|41|3|2012|123-130")]
#[case::chinese("接缝学报, 第41卷第3期, 123-130, 2012", "接缝学报|41|3|2012|123-130")]
#[case::korean("이음매연구, 제21권 제1호, pp.233-262", "이음매연구|21|1|-|233-262")]
#[case::gost(
    "Дослідження швів / І.І. Іваненко // Фізика швів. — 2008. — Т. 12, № 3. — С. 45-67. — Бібліогр.: 12 назв. — укр.",
    "Фізика швів|12|3|2008|45-67"
)]
#[case::gost_dashes(
    "// Вестник швов. – 2012. – № 3 (12). – С. 45–67.",
    "Вестник швов|-|3|2012|45–67"
)]
#[case::months(
    "J Town Seams. 2012 Sep-Oct;12(3 Suppl 1):S45-67.",
    "J Town Seams|12|3 Suppl 1|2012|S45-67"
)]
#[case::season_in_brackets(
    "Town Quarterly 12 (Fall 2012): 45–67",
    "Town Quarterly|12|-|2012|45–67"
)]
#[case::abnt(
    "Revista de Costuras, v. 12, n. 3, p. 45-67, set./dez. 2012. Disponível em: <http://x.example.org/1>. Acesso em: 12 jan. 2013.",
    "Revista de Costuras|12|3|2012|45-67"
)]
#[case::iso_690(
    "Town Journal [en línea]. 2012, vol. 12, núm. 3 [consulta: 2 mayo 2013], pp. 45-67. ISSN 2049-3630",
    "Town Journal|12|3|2012|45-67"
)]
#[case::isbd(
    "Zeitschrift für Nähte. - Bern : Naht, 12. 2012, H. 3, S. 45 - 67",
    "Zeitschrift für Nähte|12|3|2012|45 - 67"
)]
#[case::fascicle(
    "Revue des coutures, 2012, tome 12, fascicule 3, pp. 45-67",
    "Revue des coutures|12|3|2012|45-67"
)]
#[case::numeral(
    "Rivista di cuciture, XII, 3 (2012), pp. 45-67",
    "Rivista di cuciture|XII|3|2012|45-67"
)]
#[case::season(
    "Seams Quarterly Review: vol. 44, no. 1, Winter 2005",
    "Seams Quarterly Review|44|1|2005|-"
)]
#[case::bibtex(
    "PLoS ONE, vol. 12, no. 3, e0173667, 2017",
    "PLoS ONE|12|3|2017|e0173667"
)]
#[case::running_number_behind_a_volume(
    "Вестник швов. 2021. Т. 3. № 4 (37). С. 12–18.",
    "Вестник швов|3|4|2021|12–18"
)]
#[case::medline(
    "J Town Seams. 2016 Jan;53:12-9. doi: 10.5555/j.seams.2015.09.001. Epub 2015 Sep 8.",
    "J Town Seams|53|-|2016|12-9"
)]
#[case::pubmed(
    "J Seams. 2015 Mar-Apr;12(2):33-47. PMID: 12345678; PMCID: PMC1234567.",
    "J Seams|12|2|2015|33-47"
)]
#[case::season_behind_the_year("J Seams. 2015 Fall;12(3):33-47", "J Seams|12|3|2015|33-47")]
#[case::year_of_life(
    "Revista X, Año 5, Nº 12 (2018), pp. 33-47",
    "Revista X|5|12|2018|33-47"
)]
#[case::year_of_life_in_roman(
    "Rivista di cuciture, a. XCVIII, n. 2, maggio-agosto 2014, pp. 501-530",
    "Rivista di cuciture|XCVIII|2|2014|501-530"
)]
#[case::year_of_life_in_polish(
    "Kwartalnik Szwów, R. 120, nr 2, 2013, s. 33-47",
    "Kwartalnik Szwów|120|2|2013|33-47"
)]
#[case::year_behind_its_word(
    "Dikiş Dergisi, Cilt: 5 Sayı: 12 Sayfa: 33-47 Yıl: 2018",
    "Dikiş Dergisi|5|12|2018|33-47"
)]
#[case::hungarian("Varrás 141. évf. 2. szám (2017) 45–60. o.", "Varrás|141|2|2017|45–60")]
#[case::hungarian_years(
    "Varrás, 2015, 111. évf., 3. sz., pp. 45-60",
    "Varrás|111|3|2015|45-60"
)]
#[case::latvian("Šuves, 12. sēj., 3. nr., 2015, 45.–60. lpp.", "Šuves|12|3|2015|45–60")]
#[case::estonian(
    "Õmblus, 58. aastakäik, nr 3, 2015, lk 145–160",
    "Õmblus|58|3|2015|145–160"
)]
#[case::vietnamese(
    "Tạp chí Đường may, Tập 12, Số 3 (2019), tr. 45-52",
    "Tạp chí Đường may|12|3|2019|45-52"
)]
#[case::croatian("Šavovi, god. 45, br. 3, 2013, str. 33-47", "Šavovi|45|3|2013|33-47")]
#[case::bulgarian("Шевове, год. XII, кн. 3, 2015, с. 33-47", "Шевове|XII|3|2015|33-47")]
#[case::greek("Ραφές, τόμ. 12, τχ. 3, 2015, σσ. 33-47", "Ραφές|12|3|2015|33-47")]
#[case::arabic(
    "مجلة الدرزات، المجلد 12، العدد 3، 2015، ص ص 33-47",
    "مجلة الدرزات|12|3|2015|33-47"
)]
#[case::persian("درزها، دوره ۱۲، شماره ۳، صص ۳۳-۴۷", "درزها|12|3|-|33-47")]
#[case::indonesian(
    "Jurnal Jahitan, Vol 5, No 12 (2018): halaman 33-47",
    "Jurnal Jahitan|5|12|2018|33-47"
)]
#[case::part(
    "Journal of Seams, vol. 12, part 3, 2015, pp. 33-47",
    "Journal of Seams|12|3|2015|33-47"
)]
#[case::part_of_an_issue("Шви, Вип. 12, Ч. 2, 2015, стор. 33-47", "Шви|-|12 Ч. 2|2015|33-47")]
fn forms(#[case] value: &str, #[case] expected: &str) {
    let cited = parse(value, None).unwrap();
    assert_eq!(told(&cited), expected);
}

#[rstest]
#[case::title_with_figures("Studies on the Year 2000")]
#[case::book("Proceedings of X. Berlin: Springer, 2010, S. 5-9")]
#[case::place("Davis Lab")]
#[case::report("Report 12 of the committee on seams")]
#[case::pages_alone("9 pages")]
#[case::year_of_a_title("Revista Ano Santo")]
#[case::part_of_a_title("Seams of the North, Part 2")]
fn other_texts(#[case] value: &str) {
    assert_eq!(parse(value, None), None);
}

#[test]
fn identifiers_in_a_citation() {
    let cited = parse(
        "Journal of Seams, 54 (6). pp. 1-9. ISSN 2049-3630. doi:10.5555/a.1",
        None,
    )
    .unwrap();
    assert_eq!(cited.issns, ["2049-3630"]);
    assert_eq!(cited.dois, ["10.5555/a.1"]);
}

#[test]
fn keeps_what_has_no_field() {
    let cited = parse(
        "J Seams. 2015;12:33-47. PMID: 12345678. Epub 2015 Sep 8.",
        None,
    )
    .unwrap();
    assert_eq!(cited.notes, ["PMID: 12345678", "Epub 2015 Sep 8"]);
    assert_eq!(cited.citation.leftover, None);
    let cited = parse("Revista X, Año 5, Vol. 3, Nº 12 (2018)", None).unwrap();
    assert_eq!(told(&cited), "Revista X|3|12|2018|-");
    assert_eq!(cited.notes, ["Año 5"]);
}

#[test]
fn an_issue_without_its_journal() {
    let cited = issue("4 (8) 72-74", None).unwrap();
    assert_eq!(told(&cited), "-|4|8|-|72-74");
    assert_eq!(issue("Беларусь, Гродно", None), None);
}

proptest::proptest! {
    #[test]
    fn never_panics(value in "(\\PC{0,6}|; |: |Vol\\. ?|No\\. ?|\\([0-9]{4}\\)|[0-9]{1,4}|, |pp\\. ?|ISSN |doi:|ahead |Том |第|suppl\\.){0,16}") {
        parse(&value, None);
        issue(&value, None);
    }
}
