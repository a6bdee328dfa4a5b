//! Measures the cost of `serve`: clients list every record side by side.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::answer::read;
use crate::measure::{Cost, cpu_of, peak_of};

/// Lists all records of a store with several clients; the records a second of all of them together.
pub(crate) fn list(mut serve: Command, clients: usize) -> io::Result<(Cost, f64)> {
    let mut server = serve.stdout(Stdio::piped()).spawn()?;
    let listed = measure(&mut server, clients);
    server.kill()?;
    server.wait()?;
    listed
}

fn measure(server: &mut std::process::Child, clients: usize) -> io::Result<(Cost, f64)> {
    let mut url = String::new();
    let out = server.stdout.take();
    let out = out.ok_or_else(|| io::Error::other("the server has no output"))?;
    BufReader::new(out).read_line(&mut url)?;
    let address = url.trim().trim_start_matches("http://");
    let address = address.trim_end_matches("/oai").to_owned();
    // The list ends before the second of the last change: it has to be over.
    std::thread::sleep(std::time::Duration::from_secs(3));
    let (cpu, began) = (cpu_of(server.id())?, Instant::now());
    let threads: Vec<_> = (0..clients)
        .map(|_| {
            let address = address.clone();
            std::thread::spawn(move || client(&address))
        })
        .collect();
    let mut records = 0;
    for thread in threads {
        let joined = thread.join();
        records += joined.map_err(|_| io::Error::other("a client panicked"))??;
    }
    let wall = began.elapsed().as_secs_f64();
    let cost = Cost {
        wall,
        cpu: cpu_of(server.id())? - cpu,
        peak: peak_of(server.id()),
    };
    #[expect(clippy::cast_precision_loss, reason = "of records")]
    Ok((cost, records as f64 / wall))
}

/// Lists everything, page by page; the number of records.
fn client(address: &str) -> io::Result<u64> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream.try_clone()?);
    let mut out = stream;
    let mut query = "verb=ListRecords&metadataPrefix=oai_dc".to_owned();
    let (mut records, mut body) = (0, Vec::new());
    loop {
        write!(out, "GET /oai?{query} HTTP/1.1\r\nHost: bench\r\n\r\n")?;
        read(&mut reader, &mut body)?;
        let page = std::str::from_utf8(&body).map_err(io::Error::other)?;
        let found = page.matches("<header").count() as u64;
        if found == 0 {
            let start: String = page.chars().take(300).collect();
            return Err(io::Error::other(format!("not a page of a list: {start}")));
        }
        records += found;
        let token = page.rsplit_once("</resumptionToken>");
        let token = token.and_then(|(before, _)| before.rsplit_once('>'));
        match token {
            Some((_, token)) if !token.is_empty() => {
                query = format!("verb=ListRecords&resumptionToken={token}");
            }
            _ => return Ok(records),
        }
    }
}
