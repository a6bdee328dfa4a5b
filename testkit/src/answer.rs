//! From a request to a reply: the repository's answer, and the faults that spoil it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::damage::Damage;
use crate::render;
use crate::repository::{List, ListSize, Record, Repository, Slice, TokenStyle, parse_stamp};
use crate::script::{Fault, Moment, Rule, TokenFault, Wire};
use crate::spoil::{gzip, html, instead, spoil};
use crate::walls::Wall;
use crate::wire::Request;

/// A repository and what goes wrong with it.
#[derive(Debug)]
pub struct Site {
    /// Shared with the answers that are being written.
    pub repository: Arc<Repository>,
    pub rules: Vec<Rule>,
}

/// All that answering changes.
#[derive(Debug, Default)]
pub struct State {
    pub sites: Vec<Site>,
    /// The meaning of each issued token.
    tokens: HashMap<String, List>,
    /// Damaged records as they were sent, by identifier.
    pub damaged: HashMap<String, Vec<Vec<u8>>>,
    /// Identifiers of the records that were sent in responses without fault.
    pub healthy: BTreeSet<String>,
    /// Protocol errors answered without a fault's doing: the client asked wrongly.
    pub refused: Vec<String>,
    pages_served: usize,
    requests: usize,
    salt: u32,
}

/// A reply, ready for the wire.
#[derive(Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Faults of the way, with where in the body they come.
    pub wire: Option<(Wire, usize)>,
    /// True if any rule changed it.
    pub faulty: bool,
}

/// The parsed request.
struct Asked {
    arguments: Vec<(String, String)>,
    verb: String,
    kind: Kind,
}

enum Kind {
    Identify,
    Formats,
    Sets,
    List(List, Option<Slice>),
    Get(Option<Record>),
    Error(&'static str),
}

impl State {
    pub fn new(sites: Vec<Site>) -> Self {
        Self {
            sites,
            ..Self::default()
        }
    }

    /// Answers one request.
    pub fn answer(&mut self, request: &Request) -> Reply {
        let request_no = self.requests;
        self.requests += 1;
        let Some(site_no) = self.site_of(&request.path) else {
            return html(if request.path.ends_with("/login") {
                Wall::Login
            } else if request.path.ends_with("/index") {
                Wall::FrontPage
            } else {
                Wall::NotFound
            });
        };
        let Some(own) = self.own_arguments(site_no, &request.query) else {
            return Reply {
                status: 401,
                ..Reply::default()
            };
        };
        let asked = self.read(site_no, &own);
        let fired = self.fired(site_no, request_no, request, &asked);
        let mut reply = self.reply(site_no, request, &asked, &fired);
        reply.faulty = !fired.is_empty();
        reply
    }

    /// The query without the arguments that the address has of its own; none when one of them is missing.
    fn own_arguments(&self, site_no: usize, query: &str) -> Option<String> {
        let keys = &self.sites[site_no].repository.keys;
        let is_key = |part: &&str| {
            keys.iter()
                .any(|(name, value)| *part == format!("{name}={value}"))
        };
        let (found, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_key);
        (found.len() == keys.len()).then(|| others.join("&"))
    }

    fn site_of(&self, path: &str) -> Option<usize> {
        if !path.ends_with("/oai") {
            return None;
        }
        let has = |site: &Site| path.split('/').any(|part| part == site.repository.journal);
        self.sites.iter().position(has)
    }

    /// Reads the arguments as the specification asks (§3.1, §3.6).
    fn read(&self, site_no: usize, query: &str) -> Asked {
        let repository = &self.sites[site_no].repository;
        let arguments: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let get = |name: &str| {
            arguments
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let verb = get("verb").unwrap_or_default();
        let allowed: &[&str] = match verb.as_str() {
            "Identify" => &[],
            "ListMetadataFormats" => &["identifier"],
            "ListSets" => &["resumptionToken"],
            "GetRecord" => &["identifier", "metadataPrefix"],
            "ListRecords" | "ListIdentifiers" => {
                &["metadataPrefix", "set", "from", "until", "resumptionToken"]
            }
            _ => {
                return Asked {
                    arguments,
                    verb,
                    kind: Kind::Error("badVerb"),
                };
            }
        };
        let mut names: Vec<&str> = arguments.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let twice = names.windows(2).any(|pair| pair[0] == pair[1]);
        let unknown = names
            .iter()
            .any(|name| *name != "verb" && !allowed.contains(name));
        let kind = if twice || unknown {
            Kind::Error("badArgument")
        } else {
            match verb.as_str() {
                "Identify" => Kind::Identify,
                "ListMetadataFormats" => Kind::Formats,
                "ListSets" if repository.has_sets => Kind::Sets,
                "ListSets" => Kind::Error("noSetHierarchy"),
                "GetRecord" => match (get("identifier"), get("metadataPrefix").as_deref()) {
                    (Some(identifier), Some(prefix)) if repository.offers(prefix) => {
                        match repository.record(&identifier) {
                            Some(record) if !repository.has_format(record, prefix) => {
                                Kind::Error("cannotDisseminateFormat")
                            }
                            record => Kind::Get(record.cloned()),
                        }
                    }
                    (Some(_), Some(_)) => Kind::Error("cannotDisseminateFormat"),
                    _ => Kind::Error("badArgument"),
                },
                _ => self.read_list(repository, &verb, &get),
            }
        };
        Asked {
            arguments,
            verb,
            kind,
        }
    }

    fn read_list(
        &self,
        repository: &Repository,
        verb: &str,
        get: &dyn Fn(&str) -> Option<String>,
    ) -> Kind {
        let list = if let Some(token) = get("resumptionToken") {
            let alone = ["metadataPrefix", "set", "from", "until"]
                .iter()
                .all(|name| get(name).is_none());
            let wants = repository.token_wants_prefix;
            match self.tokens.get(&token) {
                _ if wants && get("metadataPrefix").is_none() => {
                    return Kind::Error("badArgument");
                }
                _ if !wants && !alone => return Kind::Error("badArgument"),
                Some(list) if list.verb == verb => list.clone(),
                _ => return Kind::Error("badResumptionToken"),
            }
        } else {
            let Some(prefix) = get("metadataPrefix") else {
                return Kind::Error("badArgument");
            };
            if !repository.offers(&prefix) {
                return Kind::Error("cannotDisseminateFormat");
            }
            let (from, until) = (get("from"), get("until"));
            let stamps = [&from, &until].map(|stamp| stamp.as_deref().map(parse_stamp));
            if stamps.contains(&Some(None)) {
                return Kind::Error("badArgument");
            }
            let [from_time, until_time] = stamps.map(Option::flatten);
            if let (Some((from, from_day)), Some((until, until_day))) = (from_time, until_time)
                && (from_day != until_day || from > until)
            {
                return Kind::Error("badArgument");
            }
            let too_fine =
                |time: Option<(_, bool)>| !repository.seconds && time.is_some_and(|(_, day)| !day);
            if too_fine(from_time) || too_fine(until_time) {
                return Kind::Error("badArgument");
            }
            let is_early = repository
                .rejects_before
                .is_some_and(|earliest| from.as_deref().is_some_and(|from| from < earliest));
            if is_early {
                return Kind::Error("badArgument");
            }
            let set = get("set");
            if set.is_some() && !repository.has_sets {
                return Kind::Error("noSetHierarchy");
            }
            List {
                verb: verb.to_owned(),
                prefix,
                set,
                from,
                until,
                offset: 0,
                salt: 0,
            }
        };
        let slice = repository.page(&list);
        if slice.is_none() && list.salt == 0 {
            return Kind::Error("noRecordsMatch");
        }
        let lacks = |slice: &Slice| {
            let mut records = slice.records.iter();
            records.any(|record| !repository.has_format(record, &list.prefix))
        };
        if list.verb == "ListRecords" && slice.as_ref().is_some_and(lacks) {
            return Kind::Error("cannotDisseminateFormat");
        }
        Kind::List(list, slice)
    }

    /// The rules that come now: each fault with the record its place names.
    fn fired(
        &mut self,
        site_no: usize,
        request_no: usize,
        request: &Request,
        asked: &Asked,
    ) -> Vec<(Fault, Option<String>)> {
        let (page, holds, list): (_, Vec<String>, _) = match &asked.kind {
            Kind::List(list, slice) => (
                slice.as_ref().map(|slice| (slice.page, slice.pages)),
                slice
                    .iter()
                    .flat_map(|slice| &slice.records)
                    .map(|r| r.identifier.clone())
                    .collect(),
                Some(list),
            ),
            Kind::Get(Some(record)) => (None, vec![record.identifier.clone()], None),
            _ => (None, Vec::new(), None),
        };
        let argument = |name: &str| asked.arguments.iter().find(|(key, _)| key == name);
        let value = |name: &str| argument(name).map(|(_, value)| value.as_str());
        let moment = Moment {
            request_no,
            path: &request.path,
            verb: &asked.verb,
            // An empty list has its window too.
            from: list.map_or_else(|| value("from"), |list| list.from.as_deref()),
            until: list.map_or_else(|| value("until"), |list| list.until.as_deref()),
            resumed: argument("resumptionToken").is_some(),
            page,
            holds: &holds,
            pages_served: self.pages_served,
        };
        let mut fired: Vec<(Fault, Option<String>)> = Vec::new();
        for rule in &mut self.sites[site_no].rules {
            // The next waits for a response of its own.
            let taken = rule.fault.spoils() && fired.iter().any(|(fault, _)| fault.spoils());
            if !taken && rule.fires(&moment) {
                fired.push((rule.fault.clone(), rule.record().map(str::to_owned)));
            }
        }
        fired
    }

    fn reply(
        &mut self,
        site_no: usize,
        request: &Request,
        asked: &Asked,
        fired: &[(Fault, Option<String>)],
    ) -> Reply {
        let base_url = format!(
            "http://{}{}",
            request.header("host").unwrap_or("localhost"),
            request.path
        );
        if let Some(mut reply) = fired
            .iter()
            .find_map(|(fault, _)| instead(fault, request, &base_url))
        {
            for (fault, _) in fired {
                if matches!(fault, Fault::Wire(Wire::Hold { .. })) {
                    spoil(&mut reply, fault, None);
                }
            }
            return reply;
        }
        let protocol = fired.iter().find_map(|(fault, _)| match fault {
            Fault::Protocol(code) => Some((200, *code)),
            Fault::ProtocolAs(status, code) => Some((*status, *code)),
            _ => None,
        });
        let repository = Arc::clone(&self.sites[site_no].repository);
        let own: Vec<String> = repository
            .keys
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let address = if own.is_empty() {
            base_url.clone()
        } else {
            format!("{base_url}?{}", own.join("&"))
        };
        let mut body = render::open_envelope(&repository, &base_url, &asked.arguments).into_bytes();
        let mut told = Vec::new();
        match (&asked.kind, protocol) {
            (_, Some((_, code))) => {
                let told = if own.is_empty() {
                    String::new()
                } else {
                    format!(" at {address}")
                };
                let error = render::error(code)
                    .replace("refused<", &format!("refused{}<", render::escape(&told)));
                body.extend_from_slice(error.as_bytes());
            }
            (Kind::Identify, _) => {
                body.extend_from_slice(
                    render::identify(&repository, &render::escape(&address)).as_bytes(),
                );
            }
            (Kind::Formats, _) => {
                body.extend_from_slice(render::formats(&repository).as_bytes());
            }
            (Kind::Sets, _) => body.extend_from_slice(render::sets(&repository).as_bytes()),
            (Kind::Get(Some(record)), _) => {
                body.extend_from_slice(b"\t<GetRecord>\n\t\t");
                self.add_record(&repository, record, fired, &mut body);
                body.extend_from_slice(b"\n\t</GetRecord>\n");
                told.push(record.identifier.clone());
            }
            (Kind::Get(None), _) => {
                self.refused
                    .push(format!("idDoesNotExist: {}", request.query));
                body.extend_from_slice(render::error("idDoesNotExist").as_bytes());
            }
            (Kind::List(list, slice), _) => {
                told = self.add_list(&repository, list, slice.as_ref(), fired, &mut body);
            }
            (Kind::Error(code), _) => {
                self.refused.push(format!("{code}: {}", request.query));
                body.extend_from_slice(render::error(code).as_bytes());
            }
        }
        body.extend_from_slice(render::CLOSE_ENVELOPE.as_bytes());

        let status = protocol.map_or(200, |(status, _)| status);
        let mut reply = Reply {
            status,
            body,
            ..Reply::default()
        };
        reply
            .headers
            .push(("Content-Type".into(), "text/xml;charset=utf-8".into()));
        let spoiled = fired.iter().any(|(fault, _)| fault.spoils());
        for (fault, record) in fired {
            spoil(&mut reply, fault, record.as_deref());
            if let Fault::Touch(identifier) = fault {
                Arc::make_mut(&mut self.sites[site_no].repository).touch(identifier);
            }
        }
        let coded = fired
            .iter()
            .any(|(fault, _)| matches!(fault, Fault::Coding(_)));
        let takes_gzip = request
            .header("accept-encoding")
            .is_some_and(|codings| codings.contains("gzip"));
        if repository.gzip && takes_gzip && !coded {
            reply.body = gzip(&reply.body);
            reply
                .headers
                .push(("Content-Encoding".into(), "gzip".into()));
        }
        if !spoiled {
            self.healthy.extend(told);
            self.pages_served += usize::from(asked.verb == "ListRecords");
        }
        reply
    }

    /// Writes a record, damaged where a fault says so, and remembers what it became.
    fn add_record(
        &mut self,
        repository: &Repository,
        record: &Record,
        fired: &[(Fault, Option<String>)],
        body: &mut Vec<u8>,
    ) {
        let clean = render::record(repository, record).into_bytes();
        let mut bytes = clean.clone();
        for (fault, named) in fired {
            if let Fault::Damage(damage) = fault
                && named
                    .as_ref()
                    .is_none_or(|named| *named == record.identifier)
                && (!record.deleted || *damage == Damage::Windows1251)
            {
                bytes = damage.apply(&bytes);
            }
        }
        if bytes != clean {
            let kept = self.damaged.entry(record.identifier.clone()).or_default();
            if !kept.contains(&bytes) {
                kept.push(bytes.clone());
            }
        }
        body.extend_from_slice(&bytes);
    }

    /// Writes a list with its token; gives the identifiers of its records.
    fn add_list(
        &mut self,
        repository: &Repository,
        list: &List,
        slice: Option<&Slice>,
        fired: &[(Fault, Option<String>)],
        body: &mut Vec<u8>,
    ) -> Vec<String> {
        let has = |wanted: &dyn Fn(&Fault) -> bool| fired.iter().any(|(fault, _)| wanted(fault));
        let token_fault = fired.iter().find_map(|(fault, _)| match fault {
            Fault::Token(fault) => Some(*fault),
            _ => None,
        });
        let hollow = list.salt > 0 && slice.is_none_or(|slice| slice.offset >= slice.total)
            || has(&|fault| matches!(fault, Fault::NoRecords));
        let mut told = Vec::new();
        body.extend_from_slice(format!("\t<{}>\n", list.verb).as_bytes());
        let listed = fired.iter().find_map(|(fault, _)| match fault {
            Fault::Unlisted(from) => Some(*from),
            _ => None,
        });
        let listed = |record: &&Record| listed.is_none_or(|from| record.number < from);
        for record in slice
            .iter()
            .filter(|_| !hollow)
            .flat_map(|slice| &slice.records)
            .filter(listed)
        {
            if list.verb == "ListRecords" {
                body.extend_from_slice(b"\t\t");
                self.add_record(repository, record, fired, body);
                body.push(b'\n');
                told.push(record.identifier.clone());
            } else {
                body.extend_from_slice(render::header(repository, record).as_bytes());
            }
        }
        let token = self.token(repository, list, slice, token_fault);
        let close = format!("\t</{}>\n", list.verb);
        let (first, second) = if token_fault == Some(TokenFault::Outside) {
            (&close, &token)
        } else {
            (&token, &close)
        };
        body.extend_from_slice(first.as_bytes());
        body.extend_from_slice(second.as_bytes());
        for (fault, _) in fired {
            if let Fault::Beside(code) = fault {
                body.extend_from_slice(render::error(code).as_bytes());
            }
        }
        told
    }

    /// The `<resumptionToken>` element, or nothing.
    fn token(
        &mut self,
        repository: &Repository,
        list: &List,
        slice: Option<&Slice>,
        fault: Option<TokenFault>,
    ) -> String {
        let total = slice.map_or_else(|| repository.select(list).len(), |slice| slice.total);
        let size = match repository.list_size {
            ListSize::Exact => format!(" completeListSize=\"{total}\""),
            ListSize::Absent => String::new(),
            ListSize::Off(by) => {
                let told = i64::try_from(total).unwrap_or_default() + by;
                format!(" completeListSize=\"{}\"", told.max(0))
            }
        };
        let attributes = format!("{size} cursor=\"{}\"", list.offset);
        let at_end = slice.is_none_or(Slice::is_last);
        let next = match fault {
            Some(TokenFault::Missing) => return String::new(),
            Some(TokenFault::Empty) => None,
            Some(TokenFault::Back(pages) | TokenFault::BackAnew(pages)) => {
                Some(list.offset.saturating_sub(pages * repository.page_size))
            }
            Some(TokenFault::Endless) => Some(usize::MAX / 2),
            Some(TokenFault::Round) if total > repository.page_size => {
                Some((list.offset + repository.page_size - 3) % total)
            }
            Some(TokenFault::PastEnd) if at_end => Some(total),
            Some(TokenFault::PastFullEnd) if at_end => slice
                .is_some_and(|slice| slice.records.len() == repository.page_size)
                .then_some(total),
            Some(
                TokenFault::ToEmptyPage | TokenFault::ToEmptyPages | TokenFault::ToEmptyPageAgain,
            ) if slice.is_some() && at_end => Some(total),
            Some(TokenFault::ToEmptyPage) if slice.is_none() => None,
            Some(TokenFault::ToEmptyPages) if slice.is_none() => {
                Some(list.offset + repository.page_size)
            }
            Some(TokenFault::ToEmptyPageAgain) if slice.is_none() => Some(list.offset),
            None if list.salt > 0 && slice.is_none() => Some(usize::MAX / 2),
            None | Some(TokenFault::Round | TokenFault::Outside) if at_end => None,
            None
            | Some(
                TokenFault::PastEnd
                | TokenFault::Round
                | TokenFault::Outside
                | TokenFault::PastFullEnd
                | TokenFault::ToEmptyPage
                | TokenFault::ToEmptyPages
                | TokenFault::ToEmptyPageAgain,
            ) => Some(list.offset + repository.page_size),
        };
        let Some(offset) = next else {
            // A list of one page has no token at all (§3.5).
            let single = at_end
                && list.offset == 0
                && matches!(
                    fault,
                    None | Some(TokenFault::Outside | TokenFault::PastFullEnd)
                );
            return if single {
                String::new()
            } else {
                format!("\t\t<resumptionToken{attributes} />\n")
            };
        };
        let anew = matches!(
            fault,
            Some(TokenFault::BackAnew(_) | TokenFault::Endless | TokenFault::Round)
        ) || offset > total;
        if anew {
            self.salt += 1;
        }
        let to_empty = matches!(
            fault,
            Some(TokenFault::ToEmptyPage | TokenFault::ToEmptyPages | TokenFault::ToEmptyPageAgain)
        ) && offset >= total;
        let target = List {
            offset,
            salt: match (anew && fault != Some(TokenFault::ToEmptyPages), to_empty) {
                (true, _) => self.salt,
                (false, true) => 1,
                (false, false) => 0,
            },
            ..list.clone()
        };
        let name = xxhash_rust::xxh3::xxh3_128(format!("{target:?}").as_bytes());
        let mut token = format!("{name:032x}");
        if repository.token_style == TokenStyle::Awkward {
            token.insert_str(7, "+/=&<% |é;");
        }
        self.tokens.insert(token.clone(), target);
        let written = match repository.token_style {
            TokenStyle::Padded => format!("\n\t\t\t{token}\n\t\t"),
            _ => render::escape(&token),
        };
        format!(
            "\t\t<resumptionToken expirationDate=\"2099-01-01T00:00:00Z\"{attributes}>{written}</resumptionToken>\n"
        )
    }
}
