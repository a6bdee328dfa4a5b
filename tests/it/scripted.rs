//! A small server whose responses a test writes as a function of the request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Notify;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) language: Option<String>,
    pub(crate) authorization: bool,
}

impl Asked {
    /// The value of an argument.
    pub(crate) fn argument(&self, name: &str) -> Option<String> {
        let arguments: HashMap<_, _> = url::form_urlencoded::parse(self.query.as_bytes()).collect();
        arguments.get(name).map(|value| value.clone().into_owned())
    }

    pub(crate) fn verb(&self) -> String {
        self.argument("verb").unwrap_or_default()
    }
}

/// A response.
pub(crate) enum Reply {
    /// The content of the root element of an OAI-PMH response.
    Oai(String),
    /// A whole response, as recorded.
    Xml(&'static str),
    Html(&'static str),
    Redirect(String),
    Status(u16),
}

/// A running server; it stops when dropped.
pub(crate) struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, asked) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Vec::new())));
        let (stopping, log, answer) = (Arc::clone(&stop), Arc::clone(&asked), Arc::new(answer));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let app = Router::new().fallback(move |request: Request| {
                let asked = read(&request);
                let reply = answer(&asked);
                log.lock().unwrap().push(asked);
                std::future::ready(write(reply))
            });
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = stopping.notified() => {}
                    _ = axum::serve(listener, app) => {}
                }
            });
        });
        Self {
            port,
            asked,
            stop,
            thread: Some(thread),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far, which are counted again from here.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// Paths of the requests so far, which are counted again from here.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.take().into_iter().map(|asked| asked.path).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(request: &Request) -> Asked {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    Asked {
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        language: header(header::ACCEPT_LANGUAGE),
        authorization: header(header::AUTHORIZATION).is_some(),
    }
}

fn write(reply: Reply) -> Response {
    match reply {
        Reply::Oai(body) => (
            [(header::CONTENT_TYPE, "text/xml; charset=utf-8")],
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
                 <responseDate>2024-05-01T00:00:00Z</responseDate><request>x</request>{body}</OAI-PMH>"
            ),
        )
            .into_response(),
        Reply::Xml(body) => ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response(),
        Reply::Html(body) => (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            format!("<!DOCTYPE html><html>{body}</html>"),
        )
            .into_response(),
        Reply::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
    }
}

/// Identify of an OJS of this version.
pub(crate) fn identify(version: &str) -> Reply {
    Reply::Oai(format!(
        "<Identify><repositoryName>J</repositoryName><baseURL>x</baseURL><protocolVersion>2.0</protocolVersion>\
         <adminEmail>a@example.org</adminEmail><earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp>\
         <deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity>\
         <description><toolkit xmlns=\"http://oai.dlib.vt.edu/OAI/metadata/toolkit\">\
         <title>Open Journal Systems</title><author><name>PKP</name></author><version>{version}</version>\
         <URL>https://pkp.sfu.ca/ojs/</URL></toolkit></description></Identify>"
    ))
}

/// An error of the protocol.
pub(crate) fn error(code: &str) -> Reply {
    Reply::Oai(format!("<error code=\"{code}\">no</error>"))
}

/// A live record in Dublin Core.
pub(crate) fn record(number: u32, set: &str) -> String {
    format!(
        "<record><header><identifier>oai:example:article/{number}</identifier>\
         <datestamp>2024-01-{:02}T00:00:00Z</datestamp><setSpec>{set}</setSpec></header><metadata>\
         <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>Title {number}</dc:title></oai_dc:dc>\
         </metadata></record>",
        number % 28 + 1
    )
}

/// A tombstone.
pub(crate) fn tombstone(number: u32, set: &str) -> String {
    format!(
        "<record><header status=\"deleted\"><identifier>oai:example:article/{number}</identifier>\
         <datestamp>2024-04-20T00:00:00Z</datestamp><setSpec>{set}</setSpec></header></record>"
    )
}

/// A list of one page.
pub(crate) fn list(records: &[String]) -> Reply {
    Reply::Oai(format!("<ListRecords>{}</ListRecords>", records.concat()))
}

/// A journal with three records at one path; 404 elsewhere.
pub(crate) fn journal(asked: &Asked, path: &str) -> Reply {
    if asked.path != path {
        return Reply::Status(404);
    }
    match &*asked.verb() {
        "Identify" => identify("3.4.0.10"),
        "ListRecords" if asked.argument("metadataPrefix").as_deref() != Some("oai_dc") => {
            error("cannotDisseminateFormat")
        }
        "ListRecords" => list(&[1, 2, 3].map(|number| record(number, "cac:ART"))),
        "ListMetadataFormats" => Reply::Oai(
            "<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>x</schema>\
             <metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat>\
             </ListMetadataFormats>"
                .to_owned(),
        ),
        "ListSets" => Reply::Oai(
            "<ListSets><set><setSpec>cac</setSpec><setName>C</setName></set></ListSets>".to_owned(),
        ),
        _ => error("badVerb"),
    }
}
