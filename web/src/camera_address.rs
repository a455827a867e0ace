//! Camera addresses as people type them: checked, and freed of name and password.

use crate::error::ApiError;
use mingchu_domain::live::CameraAddress;
use url::Url;

/// Reads an address typed into `field`; name and password inside it go into their own fields.
///
/// # Errors
/// 422 with the field and the remedy.
pub(crate) fn parse(
    field: &'static str,
    text: &str,
    username: Option<&str>,
    password: Option<&str>,
) -> Result<CameraAddress, ApiError> {
    let wrong = |message: &str| ApiError::invalid("bad_camera_address", field, message);
    let text = text.trim();
    let Some((scheme, _)) = text.split_once("://") else {
        return Err(wrong("the address must begin with rtsp:// or rtsps://, as rtsp://192.168.1.64:554/main"));
    };
    if !matches!(scheme.to_ascii_lowercase().as_str(), "rtsp" | "rtsps") {
        return Err(wrong("only rtsp:// and rtsps:// addresses are cameras; look up the RTSP address in its manual"));
    }
    let mut url = Url::parse(text).map_err(|_| {
        wrong("the address cannot be read; write it as rtsp://host:port/path, and name and password into their fields")
    })?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("the address has no host; write it as rtsp://host:port/path"));
    }
    if url.port() == Some(0) {
        return Err(wrong("port 0 does not exist; cameras mostly use 554"));
    }
    let in_url = (decoded(url.username()), url.password().map(decoded));
    // these fail only for addresses without a host
    url.set_password(None).and_then(|()| url.set_username("")).map_err(|()| wrong("the address has no host"))?;
    url.set_fragment(None);
    let given = |text: Option<&str>| text.map(str::to_owned).filter(|text| !text.is_empty());
    Ok(CameraAddress {
        url: url.to_string(),
        username: given(username).or(Some(in_url.0).filter(|name| !name.is_empty())),
        password: given(password).or(in_url.1),
    })
}

/// Undoes percent-encoding (RFC 3986 §2.1).
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_accepted_holds_no_credentials(text in "rtsps?://[a-z0-9:@%./#?]{0,40}") {
            if let Ok(address) = parse("url", &text, None, None) {
                let url = Url::parse(&address.url).unwrap();
                prop_assert!(url.username().is_empty() && url.password().is_none());
                prop_assert!(url.host_str().is_some_and(|host| !host.is_empty()));
            }
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _refused_or_not = parse("url", &text, None, None);
        }
    }

    #[test]
    fn name_and_password_leave_the_address() {
        let address = parse("main_url", " rtsp://admin:p%40ss@10.0.0.7:554/main?ch=1 ", None, None).unwrap();
        assert_eq!(address.url, "rtsp://10.0.0.7:554/main?ch=1");
        assert_eq!((address.username.as_deref(), address.password.as_deref()), (Some("admin"), Some("p@ss")));
    }

    #[test]
    fn the_fields_win_over_the_address() {
        let address = parse("main_url", "rtsp://admin:old@cam.local/", Some("viewer"), Some("new")).unwrap();
        assert_eq!((address.username.as_deref(), address.password.as_deref()), (Some("viewer"), Some("new")));
    }

    #[test]
    fn what_is_no_camera_address_is_refused_with_the_remedy() {
        for (text, word) in [
            ("192.168.1.64", "begin with rtsp://"),
            ("http://192.168.1.64/", "only rtsp://"),
            ("rtsp://", "no host"),
            ("rtsp:///main", "no host"),
            ("rtsp://10.0.0.7:99999/", "cannot be read"),
            ("rtsp://10.0.0.7:0/", "port 0"),
            ("file:///etc/passwd", "only rtsp://"),
        ] {
            let error = parse("main_url", text, None, None).unwrap_err();
            assert_eq!((error.status.as_u16(), error.field), (422, Some("main_url")), "{text}");
            assert!(error.message.contains(word), "{text}: {}", error.message);
        }
    }
}
