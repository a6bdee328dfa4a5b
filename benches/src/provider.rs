//! A provider of the pages on the loopback.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use testkit::pages::{Pages, response};
use testkit::plain::{self, Reply, Request};

/// The way it answers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// The delay before each answer.
    pub(crate) latency: Duration,
    /// True if it compresses answers for clients that accept it.
    pub(crate) gzip: bool,
}

/// A running provider; it serves until the process ends.
pub(crate) struct Provider {
    /// The base URL.
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
        plain::serve(listener, move |request| {
            count.fetch_add(1, Ordering::Relaxed);
            let body = answer(request, &pages)?;
            std::thread::sleep(manner.latency);
            let reply = Reply::xml(body);
            if manner.gzip && request.accepts_gzip {
                reply.gzip()
            } else {
                Ok(reply)
            }
        });
        Ok(Self { url, requests })
    }

    /// Requests since this was asked last.
    pub(crate) fn requests(&self) -> usize {
        self.requests.swap(0, Ordering::Relaxed)
    }
}

/// The response to a request: a page, or one of the small responses.
fn answer(request: &Request, pages: &Pages) -> io::Result<Vec<u8>> {
    let text = match request.argument("verb") {
        Some("ListRecords") => {
            let token = request.argument("resumptionToken");
            let number = token.map_or(Some(0), |token| token.parse().ok());
            // Nothing here changes after the first harvest.
            let is_first = request.argument("from").is_none();
            match number.filter(|number| *number < pages.len() && is_first) {
                Some(number) => {
                    let mut body = Vec::new();
                    pages.read(number, &mut body)?;
                    return Ok(body);
                }
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
    Ok(text.into_bytes())
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
