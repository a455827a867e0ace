//! As much of HTTP/1.1 as a viewer needs: GET after GET on one connection. Thousands of them must cost little.

use anyhow::Context;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Largest body taken.
const MOST_BYTES: usize = 16 << 20;

pub(super) struct Http {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) cookie: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Http {
    pub(super) async fn open(host: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(host).await.context("the server takes no connection")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), host })
    }

    pub(super) async fn get(&mut self, path: &str, cookie: &str) -> anyhow::Result<Answer> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\n\r\n", self.host);
        self.stream.write_all(request.as_bytes()).await?;
        let status = self.line().await?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut answer = Answer { status: status.context("this is not HTTP")?, cookie: None, body: Vec::new() };
        let mut length = None;
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(": ") else { break };
            match name {
                "content-length" => length = value.parse::<usize>().ok(),
                "set-cookie" => answer.cookie = Some(value.to_owned()),
                _ => {}
            }
        }
        if answer.status == 204 {
            return Ok(answer);
        }
        let length = length.filter(|length| *length <= MOST_BYTES).context("an answer without its length")?;
        answer.body.resize(length, 0);
        self.stream.read_exact(&mut answer.body).await?;
        Ok(answer)
    }

    async fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await?;
        anyhow::ensure!(read > 0, "the server closed the connection");
        Ok(line.trim_end().to_owned())
    }
}
