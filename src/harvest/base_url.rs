//! The URL of an endpoint, as a person gives it.

use url::Url;

use crate::harvest::HarvestError;
use crate::harvest::endpoint::keep_own_arguments;
use crate::redact::is_masked;
use crate::values::DisplaySafeUrl;

/// Reads the URL of an endpoint as a person gives it. One that was shown, with a mask in the place of a secret, is
/// none.
pub fn base_url(text: &str) -> Result<Url, HarvestError> {
    let bad = |detail: &str| HarvestError::BadUrl {
        url: DisplaySafeUrl::from(text),
        detail: detail.to_owned(),
    };
    // The parser leaves them out, and joins what stands on two lines.
    if text.trim().contains(['\n', '\r', '\t']) {
        return Err(bad("it contains a line break or a tab"));
    }
    let url = any_base_url(text)?;
    if is_masked(&url) {
        return Err(bad("a secret in it is masked; give the address in full"));
    }
    Ok(url)
}

/// The same, masked or not: a snapshot has addresses as they are shown.
pub(super) fn any_base_url(text: &str) -> Result<Url, HarvestError> {
    let bad = |detail: &str| HarvestError::BadUrl {
        url: DisplaySafeUrl::from(text),
        detail: detail.to_owned(),
    };
    let mut url = Url::parse(text.trim()).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("it must begin with http:// or https://"));
    }
    // A URL copied from a browser brings its request along.
    keep_own_arguments(&mut url);
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(
        "https://a.example/index.php/j/oai",
        "https://a.example/index.php/j/oai"
    )]
    #[case(" https://a.example/oai?verb=Identify ", "https://a.example/oai")]
    #[case(
        "https://a.example/oai.php?journal=j&verb=ListSets",
        "https://a.example/oai.php?journal=j"
    )]
    fn base_urls_as_people_give_them(#[case] given: &str, #[case] base: &str) {
        assert_eq!(base_url(given).unwrap().as_str(), base);
    }

    #[test]
    fn rejects_invalid_urls() {
        assert!(base_url("a.example/oai").is_err());
        assert!(base_url("ftp://a.example/oai").is_err());
        assert!(base_url("https://a.example/oai\nhttps://b.example/oai").is_err());
        assert!(base_url("https://a.example/\toai").is_err());
        let masked = base_url("https://a.example/oai?api_key=***")
            .unwrap_err()
            .to_string();
        assert!(masked.contains("masked"), "{masked}");
    }
}
