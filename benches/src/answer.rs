//! Reads the answers of a server over a connection that stays open.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::TcpStream;

/// Reads the body of the next answer.
pub(crate) fn read(reader: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> io::Result<()> {
    let (mut length, mut line) = (0, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::Error::other("the connection was closed"));
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if line.len() <= 2 {
            break;
        }
    }
    body.resize(length, 0);
    reader.read_exact(body)
}
