//! HTTP/1.1 on the wire: requests read, replies written, well or badly.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::Reply;
use crate::script::Wire;

/// The longest request head, bytes.
const MAX_HEAD: usize = 64 * 1024;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn parse(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let target = lines.next()?.strip_prefix("GET ")?.split(' ').next()?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self {
            path: path.into(),
            query: query.into(),
            headers,
        })
    }
}

/// A connection, with what was read past the last request.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    ahead: Vec<u8>,
}

/// The fate of a reply on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The connection may serve another.
    Open,
    /// It is over.
    Closed,
}

impl Connection {
    pub fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            ahead: Vec::new(),
        }
    }

    /// The next request; `None` when the client has gone.
    pub async fn request(&mut self) -> io::Result<Option<Request>> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.ahead, b"\r\n\r\n") {
                let head: Vec<u8> = self.ahead.drain(..end + 4).collect();
                let request = Request::parse(&String::from_utf8_lossy(&head[..end]));
                return request
                    .map(Some)
                    .ok_or_else(|| io::Error::other("not a GET request"));
            }
            if self.ahead.len() > MAX_HEAD || self.stream.read_buf(&mut self.ahead).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Waits until the client goes away.
    pub async fn gone(&mut self) {
        while matches!(self.stream.read_buf(&mut self.ahead).await, Ok(count) if count > 0) {}
    }

    /// Writes a reply the way it is to go wrong. [`Wire::Hold`] and [`Wire::Vanish`] are the server's part.
    pub async fn send(&mut self, reply: &Reply) -> io::Result<Sent> {
        let body = &reply.body;
        match &reply.wire {
            None | Some((Wire::Hold { half: false }, _)) => {
                self.head(reply, Framing::Length(body.len())).await?;
                self.stream.write_all(body).await?;
                return Ok(Sent::Open);
            }
            Some((Wire::Slow(pause), _)) => {
                tokio::time::sleep(*pause).await;
                self.head(reply, Framing::Length(body.len())).await?;
                self.stream.write_all(body).await?;
                return Ok(Sent::Open);
            }
            Some((Wire::Drip { piece, pause }, _)) => {
                self.head(reply, Framing::Length(body.len())).await?;
                for part in body.chunks(*piece) {
                    self.stream.write_all(part).await?;
                    tokio::time::sleep(*pause).await;
                }
                return Ok(Sent::Open);
            }
            Some((Wire::Cut, at)) => {
                self.head(reply, Framing::Length(body.len())).await?;
                self.stream.write_all(&body[..*at]).await?;
            }
            Some((Wire::CutChunks, at)) => {
                self.head(reply, Framing::Chunked).await?;
                self.chunk(&body[..*at]).await?;
            }
            Some((Wire::CutUnframed, at)) => {
                self.head(reply, Framing::Close).await?;
                self.stream.write_all(&body[..*at]).await?;
            }
            Some((Wire::StallHead, _)) => self.gone().await,
            Some((Wire::StallBody, at)) => {
                self.head(reply, Framing::Length(body.len())).await?;
                self.stream.write_all(&body[..*at]).await?;
                self.gone().await;
            }
            Some((Wire::Flood(bytes), at)) => {
                self.head(reply, Framing::Chunked).await?;
                self.chunk(&body[..*at]).await?;
                let filler = b"and so on and on ".repeat(8192);
                let mut left = *bytes;
                while left > 0 {
                    let part = usize::try_from(left)
                        .unwrap_or(usize::MAX)
                        .min(filler.len());
                    self.chunk(&filler[..part]).await?;
                    left -= part as u64;
                }
                self.chunk(&body[*at..]).await?;
                self.chunk(b"").await?;
                return Ok(Sent::Open);
            }
            Some((Wire::Reset | Wire::Vanish, _)) => {
                // What was read of the request stays unanswered; closing so looks like a crashed server.
                self.stream.set_zero_linger()?;
            }
            Some((Wire::Hold { half: true }, at)) => {
                self.stream.write_all(&body[*at..]).await?;
                return Ok(Sent::Open);
            }
        }
        self.stream.flush().await?;
        Ok(Sent::Closed)
    }

    /// Writes head and half of the body; the rest comes by [`Self::send`].
    pub async fn send_half(&mut self, reply: &Reply, at: usize) -> io::Result<()> {
        self.head(reply, Framing::Length(reply.body.len())).await?;
        self.stream.write_all(&reply.body[..at]).await?;
        self.stream.flush().await
    }

    async fn head(&mut self, reply: &Reply, framing: Framing) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", reply.status);
        for (name, value) in &reply.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        match framing {
            Framing::Length(length) => {
                let _ = write!(head, "Content-Length: {length}\r\n");
            }
            Framing::Chunked => head.push_str("Transfer-Encoding: chunked\r\n"),
            Framing::Close => head.push_str("Connection: close\r\n"),
        }
        head.push_str("\r\n");
        self.stream.write_all(head.as_bytes()).await
    }

    async fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        let size = format!("{:x}\r\n", bytes.len());
        self.stream.write_all(size.as_bytes()).await?;
        self.stream.write_all(bytes).await?;
        self.stream.write_all(b"\r\n").await
    }
}

enum Framing {
    Length(usize),
    Chunked,
    Close,
}

/// The longest a test waits for anything.
pub const PATIENCE: Duration = Duration::from_mins(1);
