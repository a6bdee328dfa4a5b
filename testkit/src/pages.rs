//! The pages of a made-up journal: the same bytes on every machine.
//!
//! Records have the elements, the white space and the order that OJS 3.4 gives them. Their prose is drawn from
//! vocabularies of four languages by Zipf's law, so that it compresses about as well as prose does: a text
//! repeated 100,000 times would measure the compressor's best day.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Records of a page, as OJS has them.
pub const PAGE: usize = 100;
/// Raise it when the pages change, so that old ones are not used.
const EDITION: u32 = 1;

/// Pages in a file, and where each begins.
pub struct Pages {
    file: File,
    /// Offset of each page in the file, and of the file's end.
    starts: Vec<u64>,
}

impl Pages {
    /// The pages of so many records, written into a folder unless they are there already.
    pub fn open(folder: &Path, records: usize) -> io::Result<Self> {
        Self::of_journals(folder, records, 1)
    }

    /// The same, with records of so many journals in turn.
    pub fn of_journals(folder: &Path, records: usize, journals: usize) -> io::Result<Self> {
        let name = |what: &str| match journals {
            0 | 1 => folder.join(format!("pages-{EDITION}-{records}.{what}")),
            _ => folder.join(format!("pages-{EDITION}-{records}-{journals}.{what}")),
        };
        let (data, index) = (name("xml"), name("starts"));
        if !index.exists() {
            eprintln!("making pages of {records} records");
            make(&data, &index, records, journals)?;
        }
        let starts = std::fs::read_to_string(index)?;
        let starts = starts
            .lines()
            .map(|line| line.parse().map_err(io::Error::other));
        Ok(Self {
            file: File::open(data)?,
            starts: starts.collect::<io::Result<_>>()?,
        })
    }

    /// Returns the number of them: at least one.
    #[expect(clippy::len_without_is_empty, reason = "there is always a page")]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Bytes of all of them.
    pub fn bytes(&self) -> u64 {
        self.starts[self.len()]
    }

    /// A page; numbers begin with 0.
    pub fn read(&self, number: usize, page: &mut Vec<u8>) -> io::Result<()> {
        let (from, to) = (self.starts[number], self.starts[number + 1]);
        page.resize(usize::try_from(to - from).map_err(io::Error::other)?, 0);
        self.file.read_exact_at(page, from)
    }
}

fn make(data: &PathBuf, index: &PathBuf, records: usize, journals: usize) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(data)?);
    let prose = Prose::new();
    let (mut starts, mut at) = (String::from("0\n"), 0);
    let pages = records.div_ceil(PAGE);
    for number in 0..pages {
        let page = page(&prose, number, [pages, records, journals]);
        out.write_all(page.as_bytes())?;
        at += page.len();
        let _ = writeln!(starts, "{at}");
    }
    out.into_inner()?.sync_all()?;
    std::fs::write(index, starts)
}

/// A ListRecords response around its content.
pub fn response(verb: &str, content: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"
	xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
	xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/
		http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">
	<responseDate>2026-01-02T03:04:05Z</responseDate>
	<request{verb}>http://127.0.0.1/index.php/steppe/oai</request>
{content}</OAI-PMH>
"#
    )
}

fn page(prose: &Prose, number: usize, [pages, records, journals]: [usize; 3]) -> String {
    let mut content = String::from("\t<ListRecords>\n");
    for id in number * PAGE..((number + 1) * PAGE).min(records) {
        let journal = match journals {
            0 | 1 => Journal::steppe(),
            _ => Journal::numbered(id % journals),
        };
        record(&mut content, prose, &journal, id as u64);
    }
    let token = if number + 1 < pages {
        format!("{}", number + 1)
    } else {
        String::new()
    };
    let _ = writeln!(
        content,
        "\t\t<resumptionToken completeListSize=\"{records}\" cursor=\"{}\">{token}</resumptionToken>\n\t</ListRecords>",
        number * PAGE,
    );
    response(r#" verb="ListRecords" metadataPrefix="oai_dc""#, &content)
}

/// What records say of their journal.
struct Journal {
    path: String,
    /// In English and Russian.
    titles: [String; 2],
    issns: [String; 2],
}

impl Journal {
    fn steppe() -> Self {
        Self {
            path: "steppe".to_owned(),
            titles: ["Steppe &amp; Mountains", "Степи и горы"].map(str::to_owned),
            issns: ["2345-6789", "1234-5679"].map(str::to_owned),
        }
    }

    /// One of many, of names as long.
    fn numbered(number: usize) -> Self {
        let (kind, place) = (number % KINDS.len(), number / KINDS.len());
        Self {
            path: format!("j{number:05}"),
            titles: [
                format!("{} &amp; Region {place}", KINDS[kind][0]),
                format!("{} {place}", KINDS[kind][1]),
            ],
            issns: [issn(2_000_000 + number), issn(1_000_000 + number)],
        }
    }
}

/// First words of the names of journals, in English and Russian.
const KINDS: [[&str; 2]; 4] = [
    ["Steppe", "Степи края"],
    ["Rivers", "Реки края"],
    ["Fields", "Поля края"],
    ["Valley", "Долина края"],
];

/// An ISSN of seven digits and their check digit (ISO 3297).
fn issn(digits: usize) -> String {
    let text = format!("{digits:07}");
    let weighed: u32 = (2..=8)
        .rev()
        .zip(text.chars())
        .map(|(weight, digit)| weight * digit.to_digit(10).unwrap_or(0))
        .sum();
    let check = match (11 - weighed % 11) % 11 {
        10 => "X".to_owned(),
        digit => digit.to_string(),
    };
    format!("{}-{}{check}", &text[..4], &text[4..])
}

fn record(out: &mut String, prose: &Prose, journal: &Journal, id: u64) {
    let Journal {
        path,
        titles,
        issns,
    } = journal;
    let mut random = Random(id);
    let article = 1000 + id;
    let (year, month, day) = (2001 + id / 4000, 1 + id / 340 % 12, 1 + random.below(28));
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
    let (volume, issue) = (year - 2000, 1 + id / 1000 % 4);
    let section = random.pick(&["ART", "REV", "EDI", "COM"]);
    let _ = write!(
        out,
        "\t\t<record>\n\t\t\t<header{}>\n\t\t\t\t<identifier>oai:journals.steppe.test:article/{article}</identifier>\n\t\t\t\t<datestamp>{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z</datestamp>\n\t\t\t\t<setSpec>steppe:{section}</setSpec>\n\t\t\t</header>\n",
        if id % 200 == 199 {
            r#" status="deleted""#
        } else {
            ""
        },
    );
    if id % 200 == 199 {
        out.push_str("\t\t</record>\n");
        return;
    }
    out.push_str(
        "\t\t\t<metadata>\n<oai_dc:dc\n\txmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\"\n\txmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n\txmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n\txsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/oai_dc/\n\thttp://www.openarchives.org/OAI/2.0/oai_dc.xsd\">\n",
    );
    let own = random.below(4) as usize;
    let languages = if own == 0 { vec![0] } else { vec![own, 0] };
    let mut element = |name: &str, lang: Option<usize>, value: &str| {
        let lang = lang
            .map(|lang| format!(" xml:lang=\"{}\"", TAGS[lang]))
            .unwrap_or_default();
        let _ = writeln!(out, "\t<dc:{name}{lang}>{value}</dc:{name}>");
    };
    for &language in &languages {
        element("title", Some(language), &prose.title(&mut random, language));
    }
    for _ in 0..1 + random.below(4) {
        let name = format!("{}, {}", random.pick(&FAMILIES), random.pick(&GIVEN));
        element("creator", Some(own), &name);
    }
    for &language in &languages {
        for _ in 0..3 + random.below(3) {
            element(
                "subject",
                Some(language),
                &prose.words(&mut random, language, 2),
            );
        }
    }
    for &language in &languages {
        element(
            "description",
            Some(language),
            &prose.summary(&mut random, language),
        );
    }
    element("publisher", Some(own), "Steppe &amp; Mountains Press");
    element("date", None, &format!("{year}-{month:02}-{day:02}"));
    element("type", None, "info:eu-repo/semantics/article");
    element("type", None, "info:eu-repo/semantics/publishedVersion");
    element("type", Some(own), "Peer-reviewed Article");
    element("format", None, "application/pdf");
    element(
        "identifier",
        None,
        &format!("https://journals.steppe.test/index.php/{path}/article/view/{article}"),
    );
    element(
        "identifier",
        None,
        &format!("10.55555/steppe.v{volume}i{issue}.{article}"),
    );
    let first = 1 + id % 250 * 12;
    let pages = format!("{first}-{}", first + 3 + random.below(9));
    element(
        "source",
        Some(0),
        &format!("{}; Vol. {volume} No. {issue} ({year}); {pages}", titles[0]),
    );
    if own == 1 {
        element(
            "source",
            Some(1),
            &format!("{}; Том {volume} № {issue} ({year}); {pages}", titles[1]),
        );
    }
    for issn in issns {
        element("source", None, issn);
    }
    element("language", None, ["eng", "rus", "spa", "ind"][own]);
    let galley = 3 * id + random.below(3);
    element(
        "relation",
        None,
        &format!("https://journals.steppe.test/index.php/{path}/article/view/{article}/{galley}"),
    );
    let holder = random.pick(&FAMILIES);
    element(
        "rights",
        Some(own),
        &format!("Copyright (c) {year} {} {holder}", random.pick(&GIVEN)),
    );
    element(
        "rights",
        Some(own),
        "https://creativecommons.org/licenses/by/4.0",
    );
    out.push_str("</oai_dc:dc>\n\t\t\t</metadata>\n\t\t</record>\n");
}

/// SplitMix64: the same numbers everywhere, for ever.
pub struct Random(pub u64);

impl Random {
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next_u64() % bound
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap_or(0)]
    }
}

const TAGS: [&str; 4] = ["en", "ru", "es", "id"];

/// Words of each language by how often they are used.
struct Prose {
    words: [Vec<String>; 4],
}

impl Prose {
    fn new() -> Self {
        Self {
            words: LANGUAGES.map(|language| language.words()),
        }
    }

    /// A word: of N words, the n-th is drawn about 1/n as often as the first.
    fn word(&self, random: &mut Random, language: usize) -> &str {
        let words = &self.words[language];
        #[expect(clippy::cast_precision_loss, reason = "of 53 bits")]
        let uniform = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        #[expect(clippy::cast_precision_loss, reason = "a few thousand words")]
        let rank = (words.len() as f64).powf(uniform) - 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "below the number of words"
        )]
        let rank = rank as usize;
        &words[rank.min(words.len() - 1)]
    }

    fn words(&self, random: &mut Random, language: usize, number: u64) -> String {
        let mut text = String::new();
        for n in 0..number {
            if n > 0 {
                text.push(' ');
            }
            text.push_str(self.word(random, language));
        }
        text
    }

    fn title(&self, random: &mut Random, language: usize) -> String {
        let number = 5 + random.below(6);
        let title = capital(&self.words(random, language, number));
        if random.below(3) == 0 {
            format!("{title}: {}", self.words(random, language, 4))
        } else {
            title
        }
    }

    fn sentence(&self, random: &mut Random, language: usize) -> String {
        let number = 9 + random.below(14);
        let mut text = capital(&self.words(random, language, number));
        match random.below(12) {
            0 => {
                let _ = write!(text, " (p &lt; 0.0{})", 1 + random.below(9));
            }
            1 => {
                let _ = write!(text, " {}.{} %", random.below(100), random.below(10));
            }
            2 => text.push_str(" &amp; al"),
            _ => {}
        }
        text.push('.');
        text
    }

    /// An abstract; every third has markup, as those written in OJS 3 have.
    fn summary(&self, random: &mut Random, language: usize) -> String {
        // Cyrillic takes two bytes a letter: fewer sentences keep the pages at a size.
        let number = if language == 1 {
            4 + random.below(4)
        } else {
            6 + random.below(6)
        };
        let sentences: Vec<String> = (0..number)
            .map(|_| self.sentence(random, language))
            .collect();
        if random.below(3) == 0 {
            let (first, second) = sentences.split_at(sentences.len() / 2);
            format!(
                "&lt;p&gt;{}&lt;/p&gt;\n&lt;p&gt;&lt;em&gt;{}&lt;/em&gt;&lt;/p&gt;",
                first.join(" "),
                second.join(" ")
            )
        } else {
            sentences.join(" ")
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

struct Language {
    /// Words that stand between the others.
    small: &'static str,
    stems: &'static str,
    endings: &'static str,
}

impl Language {
    /// Returns the vocabulary: small words first, then stems with every ending, shuffled.
    fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.small.split(' ').map(str::to_owned).collect();
        let small = words.len();
        for stem in self.stems.split(' ') {
            words.extend(
                self.endings
                    .split(' ')
                    .map(|ending| format!("{stem}{}", ending.trim_matches('-'))),
            );
        }
        let mut random = Random(7);
        for at in (small + 1..words.len()).rev() {
            let other = small + usize::try_from(random.below((at - small + 1) as u64)).unwrap_or(0);
            words.swap(at, other);
        }
        words
    }
}

const LANGUAGES: [Language; 4] = [
    Language {
        small: "the of and in to a is for on that with as by this are was from which be were at an it or their has between have not can these its more than under through during also both",
        stems: "region politic econom cultur educat communit develop manag analy method sampl measur respons observ govern institut histor religi nation secur integrat migrat resourc environ climat agricult industr technolog infrastruct transport statist signific correlat hypothes theor concept framework perspect interpret discours narrat tradit modern transform innovat compet cooperat negotiat conflict territor boundar settl popul demograph urban rural household famil gender generat youth teach learn stud curricul assess perform motivat behav percept attitud ident languag linguist translat literat symbol aesthet music architect archaeolog artefact excavat ceram inscript manuscript archiv docum legislat jurisdict constitut democrat particip represent elector administr bureaucr financ invest market consum product export import tariff currenc inflat employ labour wage pover inequal health clinic patient diagnos therap surg pharm infect immun epidem prevent nutrit water irrigat soil veget speci biodivers forest pastur livestock energ petrol pipelin nuclear electr hydraul geolog seism mineral metallurg chemic molecul protein genom cellul neur cognit emot stress survey interview questionn regress variab algorithm network simulat optim predict classif comput digit internet media journal communic",
        endings: "s al ic ing ed ation ity ive ment er ism ally",
    },
    Language {
        small: "и в на с по из для что к не от как это при за между его их а также или до более был были является которые через под над после об",
        stems: "регион полит эконом культур образован обществ развит управл анализ метод исследован государств институт истор религ национальн безопасн интеграц миграц ресурс сред климат сельск промышлен технолог структур транспорт статист значим гипотез теор концепц перспектив традиц современ инновац конкурент сотрудничеств конфликт территор границ населен демограф городск семейн молодеж обучен студент программ оценк мотивац поведен восприят идентичн язык перевод литератур символ музык архитектур археолог раскопк керамик рукопис архив документ законодательств конституц демократ участ администрат финанс инвестиц рынк потреблен производств экспорт импорт валют инфляц занят труд бедност здоров клиник пациент диагност терап инфекц питан вод почв растен лес пастбищ энерг нефт трубопровод электр геолог минерал хим молекул белк клетк стресс опрос интервью регресс алгоритм сет модел вычислен цифров журнал связ",
        endings: "а ы ов ам ами ный ная ного ных ии ия ией ость ский",
    },
    Language {
        small: "de la que el en y a los se del las un por con una su para es al lo como más o pero sus le ha entre sobre este desde durante",
        stems: "region polític económ cultur educ comunid desarroll gest anális métod muestr estudi gobiern instituc histór religi nacion segurid integr migr recurs ambient clim agrícol industri tecnolog estructur transport estadíst signific hipótes teor concept perspectiv tradic modern innov compet cooper conflict territori fronter poblac demográf urban rural famili géner juventud enseñ aprend evalu motiv conduct percepc identid lengu traduc literat símbol músic arquitect arqueolog cerámic manuscrit archiv document legisl constituc democrac particip administr financ invers mercad consum producc export import moned inflac emple trabaj pobrez salud clín pacient diagnóst terap infecc nutric agu suel veget bosqu energ petról electr geolog mineral quím molécul proteín célul estrés encuest entrevist algoritm red model digit period comunic",
        endings: "o a os as al ico ica ación ivo ado idad mente",
    },
    Language {
        small: "yang dan di ini dengan untuk dari dalam pada adalah tidak oleh akan sebagai juga atau ke antara dapat lebih telah karena para",
        stems: "daerah politik ekonomi budaya didik masyarakat kembang kelola analisis metode sampel teliti perintah lembaga sejarah agama bangsa aman gabung pindah sumber lingkung iklim tani industri teknologi bangun angkut statistik nyata duga teori konsep pandang tradisi modern baru saing kerja sengketa wilayah batas duduk kota desa keluarga gender muda ajar mahasiswa nilai laku paham bahasa terjemah sastra lambang musik candi gali naskah arsip dokumen hukum undang rakyat wakil pilih uang modal pasar produk ekspor impor upah miskin sehat pasien obat sakit gizi air tanah tumbuh hutan ternak energi minyak listrik batu kimia sel tekan survei wawancara hitung jaring model jurnal",
        endings: "- an nya kan i annya lah isasi wan",
    },
];

const FAMILIES: [&str; 40] = [
    "Tolipov",
    "Ismailova",
    "Nurmagambetov",
    "Kudaibergenova",
    "Ibragimov",
    "Petrova",
    "Sokolov",
    "Волкова",
    "Кузнецов",
    "García López",
    "Martínez",
    "Hernández Ruiz",
    "Suryadi",
    "Wibowo",
    "Hidayat",
    "Lestari",
    "Müller",
    "Schäfer",
    "Łukaszewski",
    "Nováková",
    "Öztürk",
    "Yıldırım",
    "O’Connor",
    "van der Meer",
    "Nguyễn",
    "Okonkwo",
    "Adeyemi",
    "Silva",
    "Gonçalves",
    "Rossi",
    "Dupont",
    "Lefèvre",
    "Andersson",
    "Sørensen",
    "Tanaka",
    "Kim",
    "Chen",
    "Rahman",
    "Hussain",
    "Cohen",
];
const GIVEN: [&str; 32] = [
    "Aigul",
    "Bakhtiyor",
    "Dmitry",
    "Елена",
    "Farida",
    "Gulnara",
    "Иван",
    "José María",
    "Kanat",
    "Leila",
    "María",
    "Nodira",
    "Olga",
    "Pablo",
    "Rustam",
    "Siti",
    "Timur",
    "Umar",
    "Vera",
    "Agus",
    "Dewi",
    "Anna",
    "Jürgen",
    "Zoë",
    "Émile",
    "Björn",
    "Ayşe",
    "A. B.",
    "Chinedu",
    "Haruki",
    "Wei",
    "Miriam",
];
