//! RTSP requests and responses (RFC 2326). Pure.

use bytes::{Buf, BytesMut};
use std::fmt::Write;

/// A request's head and body may not be larger.
const MAX_REQUEST_BYTES: usize = 64 << 10;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Request(Request),
    /// Interleaved data, from a client always RTCP.
    Data,
}

/// An RTSP request without its body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    headers: Vec<(String, String)>,
}

/// Bytes that are no RTSP.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoRtsp;

impl Request {
    /// Returns a header's value; names are compared without case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the path of the URL without query and trailing slash.
    pub(super) fn path(&self) -> &str {
        let after_scheme = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let path = after_scheme.find('/').map_or("", |start| &after_scheme[start..]);
        path.split('?').next().unwrap_or(path).trim_end_matches('/')
    }
}

/// Takes the next whole message out of `buffer`; `None` when more bytes are needed.
pub(super) fn next_message(buffer: &mut BytesMut) -> Result<Option<Incoming>, NoRtsp> {
    while buffer.first().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        buffer.advance(1);
    }
    match buffer.first() {
        None => Ok(None),
        Some(b'$') => {
            let Some(&[_, _, high, low]) = buffer.first_chunk::<4>() else { return Ok(None) };
            let length = 4 + usize::from(u16::from_be_bytes([high, low]));
            if buffer.len() < length {
                return Ok(None);
            }
            buffer.advance(length);
            Ok(Some(Incoming::Data))
        }
        Some(_) => next_request(buffer),
    }
}

fn next_request(buffer: &mut BytesMut) -> Result<Option<Incoming>, NoRtsp> {
    let too_long = || if buffer.len() > MAX_REQUEST_BYTES { Err(NoRtsp) } else { Ok(None) };
    let Some(head_bytes) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { return too_long() };
    let head = std::str::from_utf8(&buffer[..head_bytes]).map_err(|_| NoRtsp)?;
    let request = parse_head(head).ok_or(NoRtsp)?;
    let body_bytes = match request.header("Content-Length") {
        Some(length) => length.parse().ok().filter(|&length: &usize| length <= MAX_REQUEST_BYTES).ok_or(NoRtsp)?,
        None => 0,
    };
    if buffer.len() < head_bytes + 4 + body_bytes {
        return too_long();
    }
    buffer.advance(head_bytes + 4 + body_bytes);
    Ok(Some(Incoming::Request(request)))
}

fn parse_head(head: &str) -> Option<Request> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, url, version) = (first.next()?, first.next()?, first.next()?);
    if !version.starts_with("RTSP/") || method.is_empty() {
        return None;
    }
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    });
    Some(Request { method: method.to_owned(), url: url.to_owned(), headers: headers.collect::<Option<_>>()? })
}

/// An RTSP answer.
#[derive(Debug)]
pub(super) struct Response {
    status: u16,
    headers: String,
    body: String,
}

impl Response {
    pub(super) fn new(status: u16) -> Self {
        Self { status, headers: String::new(), body: String::new() }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }

    pub(super) fn body(self, kind: &str, body: String) -> Self {
        let length = body.len().to_string();
        Self { body, ..self.with("Content-Type", kind).with("Content-Length", &length) }
    }

    /// Returns the answer to the request of that `CSeq`.
    pub(super) fn to_text(&self, sequence: &str) -> String {
        let mut text = format!("RTSP/1.0 {} {}\r\nCSeq: {sequence}\r\n", self.status, reason(self.status));
        // writing to a string cannot fail
        let _never = write!(text, "Server: mingchu simulator\r\n{}\r\n{}", self.headers, self.body);
        text
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        454 => "Session Not Found",
        455 => "Method Not Valid In This State",
        461 => "Unsupported Transport",
        503 => "Service Unavailable",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelined_requests_and_data_come_one_by_one() {
        let mut buffer = BytesMut::from(
            &b"OPTIONS rtsp://h/cam/1/main/?x=1 RTSP/1.0\r\nCSeq: 1\r\n\r\n$\x01\0\x02abSET_PARAMETER * RTSP/1.0\r\ncseq: 2\r\nContent-Length: 3\r\n\r\na: TEAR"[..],
        );
        let Ok(Some(Incoming::Request(first))) = next_message(&mut buffer) else { panic!("no request") };
        assert_eq!((first.method.as_str(), first.path()), ("OPTIONS", "/cam/1/main"));
        assert_eq!(next_message(&mut buffer), Ok(Some(Incoming::Data)));
        let Ok(Some(Incoming::Request(second))) = next_message(&mut buffer) else { panic!("no request") };
        assert_eq!((second.header("CSeq"), second.path()), (Some("2"), ""));
        assert_eq!(next_message(&mut buffer), Ok(None));
        assert_eq!(&buffer[..], b"TEAR");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_refused_or_waited_for(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let mut buffer = BytesMut::from(&bytes[..]);
            while let Ok(Some(_)) = next_message(&mut buffer) {}
            proptest::prop_assert!(buffer.len() <= bytes.len());
        }
    }

    #[test]
    fn what_is_no_rtsp_is_refused() {
        for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 70_000], b"PLAY\r\n\r\n"] {
            assert_eq!(next_message(&mut BytesMut::from(bytes)), Err(NoRtsp));
        }
    }
}
