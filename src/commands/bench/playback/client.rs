//! A browser as the server sees it: one connection, a session cookie, compressed answers.

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    StatusCode,
    client::conn::http1::{SendRequest, handshake},
    header,
};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::{net::TcpStream, task::JoinHandle};

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) path: String,
    /// A JSON body makes it a POST.
    pub(super) body: Option<String>,
    /// First and last byte.
    pub(super) range: Option<(u64, u64)>,
    pub(super) expected: StatusCode,
}

impl Request {
    pub(super) fn get(path: String) -> Self {
        Self { path, body: None, range: None, expected: StatusCode::OK }
    }
}

/// What came back.
pub(super) struct Answer {
    pub(super) headers: hyper::HeaderMap,
    pub(super) body: Bytes,
}

pub(super) struct Client {
    sender: SendRequest<Full<Bytes>>,
    connection: JoinHandle<()>,
    host: String,
    cookie: String,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect to our own server")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = &error as &dyn std::error::Error, "connection ended");
            }
        });
        Ok(Self { sender, connection, host: address.to_string(), cookie: String::new() })
    }

    /// Opens another connection of the same session.
    pub(super) async fn again(&self, address: SocketAddr) -> anyhow::Result<Self> {
        let mut other = Self::connect(address).await?;
        other.cookie.clone_from(&self.cookie);
        Ok(other)
    }

    /// Opens a one-time link.
    pub(super) async fn sign_in(&mut self, link: &str) -> anyhow::Result<()> {
        let request = Request { expected: StatusCode::SEE_OTHER, ..Request::get(link.to_owned()) };
        let answer = self.ask(&request).await.context("cannot sign in")?;
        let cookie = answer.headers.get(header::SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).context("no cookie came")?;
        cookie.clone_into(&mut self.cookie);
        Ok(())
    }

    /// Sends a request as a browser does and reads the whole answer.
    pub(super) async fn ask(&mut self, request: &Request) -> anyhow::Result<Answer> {
        self.send(request, "gzip").await
    }

    /// Sends a request whose answer is to be read here.
    pub(super) async fn text(&mut self, request: &Request) -> anyhow::Result<String> {
        let answer = self.send(request, "identity").await?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    async fn send(&mut self, request: &Request, encoding: &str) -> anyhow::Result<Answer> {
        let method = if request.body.is_some() { "POST" } else { "GET" };
        let mut builder = hyper::Request::builder().method(method).uri(&request.path).header(header::HOST, &self.host);
        builder = builder.header(header::COOKIE, &self.cookie).header(header::ACCEPT_ENCODING, encoding);
        if let Some((first, last)) = request.range {
            builder = builder.header(header::RANGE, format!("bytes={first}-{last}"));
        }
        if request.body.is_some() {
            builder = builder.header(header::CONTENT_TYPE, "application/json");
        }
        let body = Full::new(Bytes::from(request.body.clone().unwrap_or_default()));
        self.sender.ready().await?;
        let answer = self.sender.send_request(builder.body(body)?).await?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        anyhow::ensure!(
            parts.status == request.expected,
            "{} answered {}: {}",
            request.path,
            parts.status,
            String::from_utf8_lossy(&body)
        );
        Ok(Answer { headers: parts.headers, body })
    }
}
