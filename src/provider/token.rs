//! resumptionTokens: all that a list needs to go on, signed, so that nothing is kept between requests.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::hex;
use crate::store::{ItemNo, Position, SourceId, StoreIdentity, Time};

/// Bytes of the signature that a token carries.
const SIGNATURE: usize = 16;

/// Where a list stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whole records, not headers alone.
    pub(crate) records: bool,
    pub(crate) prefix: String,
    pub(crate) set: Option<String>,
    /// The list's end, exclusive: its horizon, or its until.
    pub(crate) before: Time,
    /// The last one listed.
    pub(crate) after: Position,
    /// The number of records listed so far.
    pub(crate) cursor: u64,
    /// completeListSize as the list began.
    pub(crate) size: u64,
    /// The token holds until then.
    pub(crate) expires: Time,
}

/// Signs and checks tokens.
pub(crate) struct Signer {
    mac: Hmac<Sha256>,
}

impl Signer {
    /// Tokens of one key are none of another. The store's own key does for a single provider; several that share a
    /// name need one that they are given.
    pub(crate) fn new(key: Option<&str>, store: &StoreIdentity) -> Self {
        let own = format!("{}\n{}", store.uuid, store.secret);
        #[expect(
            clippy::expect_used,
            reason = "a key may have any length (RFC 2104, 3)"
        )]
        let mac = <Hmac<Sha256>>::new_from_slice(key.unwrap_or(&own).as_bytes())
            .expect("any length will do");
        Self { mac }
    }

    pub(crate) fn write(&self, place: &Place) -> String {
        let micros = |time: Time| time.timestamp_micros();
        let text = format!(
            "{},{},{},{},{},{},{},{},{},{}",
            if place.records { 'r' } else { 'i' },
            micros(place.before),
            micros(place.after.changed_at),
            place.after.source_id,
            place.after.item_no,
            place.cursor,
            place.size,
            place.expires.timestamp(),
            place.prefix,
            place.set.as_deref().unwrap_or_default(),
        );
        let signature =
            hex::write(&self.mac.clone().chain_update(&text).finalize().into_bytes()[..SIGNATURE]);
        format!("{text},{signature}")
    }

    /// Reads a token that holds at this time; `None` for one that is not ours, or has expired.
    pub(crate) fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Place> {
        let (text, signature) = token.rsplit_once(',')?;
        let signature = hex::read(signature)?;
        if signature.len() != SIGNATURE {
            return None;
        }
        self.mac
            .clone()
            .chain_update(text)
            .verify_truncated_left(&signature)
            .ok()?;
        let mut fields = text.split(',');
        let mut field = || fields.next();
        let time = |micros: i64| DateTime::from_timestamp_micros(micros);
        let place = Place {
            records: field()? == "r",
            before: time(field()?.parse().ok()?)?,
            after: Position {
                changed_at: time(field()?.parse().ok()?)?,
                source_id: SourceId(field()?.parse().ok()?),
                item_no: ItemNo(field()?.parse().ok()?),
            },
            cursor: field()?.parse().ok()?,
            size: field()?.parse().ok()?,
            expires: DateTime::from_timestamp(field()?.parse().ok()?, 0)?,
            prefix: field()?.to_owned(),
            set: Some(field()?.to_owned()).filter(|set| !set.is_empty()),
        };
        (place.expires > now).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(secret: &str) -> Signer {
        Signer::new(
            None,
            &StoreIdentity {
                uuid: "u".to_owned(),
                secret: secret.to_owned(),
            },
        )
    }

    fn at(seconds: i64) -> Time {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn place() -> Place {
        Place {
            records: true,
            prefix: "oai_dc".to_owned(),
            set: Some("cac:cac:ART~x".to_owned()),
            before: at(10),
            after: Position {
                changed_at: at(1),
                source_id: SourceId(2),
                item_no: ItemNo(-3),
            },
            cursor: 100,
            size: 200,
            expires: at(60),
        }
    }

    #[test]
    fn tokens_come_back_until_they_expire() {
        let signer = signer("a");
        let token = signer.write(&place());
        assert_eq!(signer.read(&token, at(59)), Some(place()));
        assert_eq!(signer.read(&token, at(60)), None);
        let all = Place {
            set: None,
            records: false,
            ..place()
        };
        assert_eq!(signer.read(&signer.write(&all), at(0)), Some(all));
    }

    #[test]
    fn forged_and_foreign_tokens_are_refused() {
        let signer = signer("a");
        let token = signer.write(&place());
        for at_byte in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at_byte] ^= 1;
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(signer.read(&forged, at(0)), None, "{forged}");
        }
        for cut in 0..token.len() {
            assert_eq!(signer.read(&token[..cut], at(0)), None);
        }
        assert_eq!(super::tests::signer("b").read(&token, at(0)), None);
        let named = Signer::new(
            Some("shared"),
            &StoreIdentity {
                uuid: "v".to_owned(),
                secret: "w".to_owned(),
            },
        );
        assert_eq!(named.read(&token, at(0)), None);
    }
}
