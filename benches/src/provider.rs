//! A provider of the pages on the loopback: HTTP/1.1 with keep-alive, a thread a connection.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::pages::{Pages, response};

/// How it answers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// How long it thinks before each answer.
    pub(crate) latency: Duration,
    /// Whether it packs answers for whoever takes them packed.
    pub(crate) gzip: bool,
}

/// A running provider; it serves until the process ends.
pub(crate) struct Provider {
    /// Its base URL.
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl Provider {
    pub(crate) fn start(pages: Arc<Pages>, manner: Manner) -> io::Result<Self> {
        Self::start_at(Ipv4Addr::LOCALHOST, pages, manner)
    }

    /// The same at an address of its own, which is another host.
    pub(crate) fn start_at(
        address: Ipv4Addr,
        pages: Arc<Pages>,
        manner: Manner,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((address, 0))?;
        let url = format!("http://{}/index.php/steppe/oai", listener.local_addr()?);
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (pages, count) = (Arc::clone(&pages), Arc::clone(&count));
                // A client that goes away ends its thread and nothing else.
                std::thread::spawn(move || serve(connection, &pages, manner, &count));
            }
        });
        Ok(Self { url, requests })
    }

    /// Requests since this was asked last.
    pub(crate) fn requests(&self) -> usize {
        self.requests.swap(0, Ordering::Relaxed)
    }
}

fn serve(
    connection: TcpStream,
    pages: &Pages,
    manner: Manner,
    requests: &AtomicUsize,
) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut out = connection;
    let mut body = Vec::new();
    loop {
        let mut target = String::new();
        if reader.read_line(&mut target)? == 0 {
            return Ok(());
        }
        let mut takes_gzip = false;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header)? <= 2 {
                break;
            }
            let header = header.to_ascii_lowercase();
            takes_gzip |= header.starts_with("accept-encoding:") && header.contains("gzip");
        }
        requests.fetch_add(1, Ordering::Relaxed);
        answer(
            target.split(' ').nth(1).unwrap_or_default(),
            pages,
            &mut body,
        )?;
        std::thread::sleep(manner.latency);
        let coding = if manner.gzip && takes_gzip {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(&body)?;
            body = packed.finish()?;
            "content-encoding: gzip\r\n"
        } else {
            ""
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/xml; charset=utf-8\r\n{coding}content-length: {}\r\n\r\n",
            body.len()
        );
        out.write_all(head.as_bytes())?;
        out.write_all(&body)?;
    }
}

/// The answer to a request target: a page, or one of the small answers.
fn answer(target: &str, pages: &Pages, body: &mut Vec<u8>) -> io::Result<()> {
    let argument = |name: &str| {
        let query = target.split_once('?')?.1;
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    };
    let text = match argument("verb") {
        Some("ListRecords") => {
            let number = argument("resumptionToken").map_or(Some(0), |token| token.parse().ok());
            // Nothing here changes after the first harvest.
            match number.filter(|number| *number < pages.len() && argument("from").is_none()) {
                Some(number) => return pages.read(number, body),
                None => response(
                    "",
                    "\t<error code=\"noRecordsMatch\">No records match</error>\n",
                ),
            }
        }
        Some("Identify") => response(r#" verb="Identify""#, IDENTIFY),
        Some("ListMetadataFormats") => response(r#" verb="ListMetadataFormats""#, FORMATS),
        _ => response("", "\t<error code=\"badVerb\">Illegal OAI verb</error>\n"),
    };
    *body = text.into_bytes();
    Ok(())
}

pub(crate) const IDENTIFY: &str = "\t<Identify>
		<repositoryName>Steppe &amp; Mountains</repositoryName>
		<baseURL>http://127.0.0.1/index.php/steppe/oai</baseURL>
		<protocolVersion>2.0</protocolVersion>
		<adminEmail>editor@steppe.test</adminEmail>
		<earliestDatestamp>2001-01-01T00:00:00Z</earliestDatestamp>
		<deletedRecord>persistent</deletedRecord>
		<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>
		<description>
			<toolkit xmlns=\"http://oai.dlib.vt.edu/OAI/metadata/toolkit\">
				<title>Open Journal Systems</title>
				<version>3.4.0.7</version>
				<URL>https://pkp.sfu.ca/ojs/</URL>
			</toolkit>
		</description>
	</Identify>
";

pub(crate) const FORMATS: &str = "\t<ListMetadataFormats>
		<metadataFormat>
			<metadataPrefix>oai_dc</metadataPrefix>
			<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>
			<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>
		</metadataFormat>
	</ListMetadataFormats>
";
