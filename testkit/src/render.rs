//! Responses as XML, in the shape OJS gives them.

use std::fmt::Write as _;

use crate::repository::{Record, Repository, Software};

/// Where damage inside a record's text is put: just after this.
pub const TEXT_MARK: &str = "<dc:description xml:lang=\"en\">";

/// A response around `content`, without the closing root.
pub fn open_envelope(
    repository: &Repository,
    base_url: &str,
    attributes: &[(String, String)],
) -> String {
    let mut request = String::new();
    for (name, value) in attributes {
        let _ = write!(request, " {name}=\"{}\"", escape(value));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"\n\
         \txmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n\
         \txsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/ \
         http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd\">\n\
         \t<responseDate>{}</responseDate>\n\t<request{request}>{base_url}</request>\n",
        repository.now().format("%Y-%m-%dT%H:%M:%SZ"),
    )
}

/// The closing root.
pub const CLOSE_ENVELOPE: &str = "</OAI-PMH>\n";

/// An `<error>` element; several where the codes are joined by `+`.
pub fn error(codes: &str) -> String {
    let error = |code: &str| format!("\t<error code=\"{code}\">refused</error>\n");
    codes.split('+').map(error).collect::<Vec<_>>().concat()
}

/// A `<record>`, from its first byte to its last, as the store shall keep it.
pub fn record(repository: &Repository, record: &Record) -> String {
    let mut xml = format!("<record>\n{}", header(repository, record));
    if !record.deleted {
        let _ = write!(
            xml,
            "\t\t\t<metadata>\n{}\n\t\t\t</metadata>\n",
            oai_dc(record)
        );
    }
    xml.push_str("\t\t</record>");
    xml
}

/// A `<header>`.
pub fn header(repository: &Repository, record: &Record) -> String {
    let status = if record.deleted {
        " status=\"deleted\""
    } else {
        ""
    };
    let set = if repository.has_sets {
        format!("\t\t\t\t<setSpec>{}</setSpec>\n", record.set)
    } else {
        String::new()
    };
    format!(
        "\t\t\t<header{status}>\n\t\t\t\t<identifier>{}</identifier>\n\
         \t\t\t\t<datestamp>{}</datestamp>\n{set}\t\t\t</header>\n",
        record.identifier,
        repository.stamp(record.datestamp),
    )
}

fn oai_dc(record: &Record) -> String {
    let n = record.number;
    let article = 101 + n;
    let year = 2003 + n / 12;
    let issue = n % 6 + 1;
    format!(
        "<oai_dc:dc\n\
         \txmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\"\n\
         \txmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         \t<dc:title xml:lang=\"en\">{title}</dc:title>\n\
         \t<dc:title xml:lang=\"ru\">Наблюдение {n}</dc:title>\n\
         \t<dc:creator xml:lang=\"en\">Weiss, Ada</dc:creator>\n\
         \t<dc:creator xml:lang=\"en\">Osei, Kofi</dc:creator>\n\
         \t{TEXT_MARK}We observe &amp;nbsp;once more; as others did.</dc:description>\n\
         \t<dc:publisher xml:lang=\"en\">Press &amp; Sons</dc:publisher>\n\
         \t<dc:date>{year}-06-{day:02}</dc:date>\n\
         \t<dc:type>info:eu-repo/semantics/article</dc:type>\n\
         \t<dc:format>application/pdf</dc:format>\n\
         \t<dc:identifier>http://ojs.example.org/index.php/jcs/article/view/{article}</dc:identifier>\n\
         \t<dc:identifier>10.5555/jcs.{article}</dc:identifier>\n\
         \t<dc:source xml:lang=\"en\">Journal of Careful Study; Vol. {volume} No. {issue} ({year}); \
         {page}-{end}</dc:source>\n\
         \t<dc:source>2002-3839</dc:source>\n\
         \t<dc:language>eng</dc:language>\n\
         \t<dc:relation>http://ojs.example.org/index.php/jcs/article/view/{article}/{galley}</dc:relation>\n\
         \t<dc:rights xml:lang=\"en\">Copyright (c) {year} Ada Weiss</dc:rights>\n\
         </oai_dc:dc>",
        title = escape(&record.title),
        day = n % 28 + 1,
        volume = year - 2000,
        page = n * 10 + 1,
        end = n * 10 + 9,
        galley = article + 500,
    )
}

/// The answer to Identify.
pub fn identify(repository: &Repository, base_url: &str) -> String {
    let earliest = repository
        .records
        .iter()
        .map(|record| record.datestamp)
        .min();
    let granularity = if repository.seconds {
        "YYYY-MM-DDThh:mm:ssZ"
    } else {
        "YYYY-MM-DD"
    };
    let toolkit = match repository.software {
        Software::Unnamed => String::new(),
        Software::Ojs(version) => format!(
            "\t\t<description>\n\t\t\t<toolkit xmlns=\"http://oai.dlib.vt.edu/OAI/metadata/toolkit\">\n\
             \t\t\t\t<title>Open Journal Systems</title>\n\t\t\t\t<version>{version}</version>\n\
             \t\t\t\t<URL>https://pkp.sfu.ca/ojs/</URL>\n\t\t\t</toolkit>\n\t\t</description>\n"
        ),
    };
    format!(
        "\t<Identify>\n\t\t<repositoryName>Journal of Careful Study</repositoryName>\n\
         \t\t<baseURL>{base_url}</baseURL>\n\t\t<protocolVersion>2.0</protocolVersion>\n\
         \t\t<adminEmail>editor@example.org</adminEmail>\n\
         \t\t<earliestDatestamp>{}</earliestDatestamp>\n\
         \t\t<deletedRecord>{}</deletedRecord>\n\t\t<granularity>{granularity}</granularity>\n\
         {toolkit}\t</Identify>\n",
        repository.earliest.map_or_else(
            || repository.stamp(earliest.unwrap_or_else(|| repository.now())),
            str::to_owned
        ),
        repository.deleted_record,
    )
}

/// The answer to ListMetadataFormats.
pub fn formats(repository: &Repository) -> String {
    let partial = repository.partial_format.map(|(prefix, _)| prefix);
    let mut text = "\t<ListMetadataFormats>\n".to_owned();
    for prefix in ["oai_dc"].into_iter().chain(partial) {
        let _ = writeln!(
            text,
            "\t\t<metadataFormat>\n\t\t\t<metadataPrefix>{prefix}</metadataPrefix>\n\
             \t\t\t<schema>http://www.openarchives.org/OAI/2.0/{prefix}.xsd</schema>\n\
             \t\t\t<metadataNamespace>http://www.openarchives.org/OAI/2.0/{prefix}/</metadataNamespace>\n\
             \t\t</metadataFormat>"
        );
    }
    text.push_str("\t</ListMetadataFormats>\n");
    text
}

/// The answer to ListSets.
pub fn sets(repository: &Repository) -> String {
    let mut specs: Vec<&str> = repository
        .records
        .iter()
        .filter(|record| !record.foreign)
        .map(|record| record.set.as_str())
        .collect();
    specs.push(repository.journal);
    specs.sort_unstable();
    specs.dedup();
    let mut xml = String::from("\t<ListSets>\n");
    for spec in specs {
        let _ = writeln!(
            xml,
            "\t\t<set><setSpec>{spec}</setSpec><setName>{spec}</setName></set>"
        );
    }
    xml.push_str("\t</ListSets>\n");
    xml
}

/// Text as XML content.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
