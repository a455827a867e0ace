//! Basic and Digest sign-in (RFC 7617, RFC 7616 with MD5 as cameras do it).

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use std::fmt;

const REALM: &str = "mingchu simulator";

/// How a client signs in.
#[derive(Debug, Clone, Default)]
pub enum SignIn {
    /// Nobody is asked.
    #[default]
    None,
    /// Name and password as they are.
    Basic(Account),
    /// A hash of both with a nonce.
    Digest(Account),
}

/// A name and a password; `Debug` never shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("username", &self.username).finish_non_exhaustive()
    }
}

impl SignIn {
    /// Returns the `WWW-Authenticate` header of a 401.
    pub(super) fn challenge(&self, nonce: &str) -> String {
        match self {
            Self::Basic(_) => format!("Basic realm=\"{REALM}\""),
            Self::None | Self::Digest(_) => {
                format!("Digest realm=\"{REALM}\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"")
            }
        }
    }

    /// Returns whether the `Authorization` header is right.
    pub(super) fn accepts(&self, header: Option<&str>, method: &str, nonce: &str) -> bool {
        match (self, header.and_then(|header| header.split_once(' '))) {
            (Self::None, _) => true,
            (Self::Basic(account), Some((scheme, given))) if scheme.eq_ignore_ascii_case("basic") => {
                let expected = format!("{}:{}", account.username, account.password);
                STANDARD.decode(given.trim()).is_ok_and(|given| given == expected.as_bytes())
            }
            (Self::Digest(account), Some((scheme, given))) if scheme.eq_ignore_ascii_case("digest") => {
                account.digest(&Answer::of(given), method, nonce)
            }
            _ => false,
        }
    }
}

impl Account {
    fn digest(&self, answer: &Answer<'_>, method: &str, nonce: &str) -> bool {
        if answer.get("username") != self.username || answer.get("nonce") != nonce || answer.get("realm") != REALM {
            return false;
        }
        let secret = md5(&format!("{}:{REALM}:{}", self.username, self.password));
        let request = md5(&format!("{method}:{}", answer.get("uri")));
        let expected = match answer.get("qop") {
            // without qop as in RFC 2069, which GStreamer speaks
            "" => md5(&format!("{secret}:{nonce}:{request}")),
            qop => {
                let (count, client) = (answer.get("nc"), answer.get("cnonce"));
                md5(&format!("{secret}:{nonce}:{count}:{client}:{qop}:{request}"))
            }
        };
        answer.get("response").eq_ignore_ascii_case(&expected)
    }
}

fn md5(text: &str) -> String {
    hex::encode(Md5::digest(text.as_bytes()))
}

/// The `name=value` pairs of a Digest answer.
struct Answer<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Answer<'a> {
    /// Splits at commas outside quotes.
    fn of(text: &'a str) -> Self {
        let mut is_quoted = false;
        let parts = text.split(move |letter: char| {
            is_quoted ^= letter == '"';
            letter == ',' && !is_quoted
        });
        let pairs = parts.filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((name.trim(), value.trim().trim_matches('"')))
        });
        Self(pairs.collect())
    }

    /// Returns the value, empty when it is missing.
    fn get(&self, name: &str) -> &'a str {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account { username: "viewer".into(), password: "s3cret,=".into() }
    }

    #[test]
    fn a_digest_is_right_for_one_password_nonce_and_method() {
        let secret = md5("viewer:mingchu simulator:s3cret,=");
        let response = md5(&format!("{secret}:n1:{}", md5("DESCRIBE:rtsp://h/cam/1,2")));
        let header = format!(
            "Digest username=\"viewer\", realm=\"{REALM}\", nonce=\"n1\", uri=\"rtsp://h/cam/1,2\", response=\"{response}\""
        );
        let sign_in = SignIn::Digest(account());
        assert!(sign_in.accepts(Some(&header), "DESCRIBE", "n1"));
        assert!(!sign_in.accepts(Some(&header), "DESCRIBE", "n2"));
        assert!(!sign_in.accepts(Some(&header), "SETUP", "n1"));
        let other = SignIn::Digest(Account { password: "other".into(), ..account() });
        assert!(!other.accepts(Some(&header), "DESCRIBE", "n1"));
    }

    #[test]
    fn a_basic_password_is_compared_whole() {
        let sign_in = SignIn::Basic(account());
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert!(sign_in.accepts(Some(&header("viewer:s3cret,=")), "DESCRIBE", ""));
        assert!(!sign_in.accepts(Some(&header("viewer:s3cret")), "DESCRIBE", ""));
        assert!(!sign_in.accepts(None, "DESCRIBE", ""));
    }

    #[test]
    fn a_password_is_never_printed() {
        assert!(!format!("{:?}", SignIn::Basic(account())).contains("s3cret"));
    }
}
