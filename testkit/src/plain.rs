//! A server that does little but send prepared bodies: HTTP/1.1 with keep-alive, one thread per connection.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The request line and the one header that matters here.
#[derive(Debug)]
pub struct Request {
    /// Path and query.
    pub target: String,
    pub accepts_gzip: bool,
}

impl Request {
    /// An argument of the query, as sent.
    pub fn argument(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The reply that is sent.
#[derive(Debug)]
pub struct Reply {
    /// Status code and reason.
    pub status: &'static str,
    /// More header lines, each with its line end.
    pub headers: String,
    pub body: Vec<u8>,
    /// Sends half of the body and closes the connection.
    pub is_cut: bool,
}

impl Reply {
    /// A response of the protocol.
    pub fn xml(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: "200 OK",
            headers: "content-type: text/xml; charset=utf-8\r\n".to_owned(),
            body: body.into(),
            is_cut: false,
        }
    }

    /// A web page with this status.
    pub fn html(status: &'static str, body: &str) -> Self {
        Self {
            status,
            headers: "content-type: text/html; charset=utf-8\r\n".to_owned(),
            ..Self::xml(body)
        }
    }

    /// The same, compressed.
    pub fn gzip(mut self) -> io::Result<Self> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&self.body)?;
        self.body = packed.finish()?;
        self.headers.push_str("content-encoding: gzip\r\n");
        Ok(self)
    }
}

/// Serves until the process ends. A connection ends where `respond` fails or the client goes away.
pub fn serve(
    listener: TcpListener,
    respond: impl Fn(&Request) -> io::Result<Reply> + Send + Sync + 'static,
) {
    let respond = Arc::new(respond);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let respond = Arc::clone(&respond);
            std::thread::Builder::new()
                .stack_size(256 * 1024)
                .spawn(move || converse(connection, &*respond))
                .expect("a thread can be started");
        }
    });
}

fn converse(
    connection: TcpStream,
    respond: &dyn Fn(&Request) -> io::Result<Reply>,
) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(2048, connection.try_clone()?);
    let mut out = connection;
    while let Some(request) = read(&mut reader)? {
        let reply = respond(&request)?;
        let head = format!(
            "HTTP/1.1 {}\r\n{}content-length: {}\r\n\r\n",
            reply.status,
            reply.headers,
            reply.body.len()
        );
        out.write_all(head.as_bytes())?;
        if reply.is_cut {
            return out.write_all(&reply.body[..reply.body.len() / 2]);
        }
        out.write_all(&reply.body)?;
    }
    Ok(())
}

/// The next request; `None` when the client has gone.
fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut accepts_gzip = false;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? <= 2 {
            break;
        }
        let header = header.to_ascii_lowercase();
        accepts_gzip |= header.starts_with("accept-encoding:") && header.contains("gzip");
    }
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    Ok(Some(Request {
        target,
        accepts_gzip,
    }))
}
