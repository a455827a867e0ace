//! Chromium without a window, spoken to by its `DevTools` protocol: one page, a script before its scripts, questions.

use anyhow::Context;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

const PATIENCE: Duration = Duration::from_secs(60);
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    // WebRTC on one machine
    "--allow-loopback-in-peer-connection",
    "--remote-debugging-port=0",
];

/// A page of a Chromium of its own; killed when dropped.
pub(super) struct Page {
    _chromium: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    asked: u64,
}

impl Page {
    /// Starts Chromium on an empty profile in `folder` and opens an empty page.
    pub(super) async fn open(program: &str, folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args(FLAGS).arg(format!("--user-data-dir={}", folder.display())).arg("about:blank");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let missing = || format!("cannot start {program}; install chromium, or name another with --chromium");
        let mut chromium = command.spawn().with_context(missing)?;
        let mut lines = BufReader::new(chromium.stderr.take().context("chromium says nothing")?).lines();
        let find = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix("DevTools listening on ") {
                    return Ok(address.to_owned());
                }
            }
            anyhow::bail!("chromium ended before it listened")
        };
        let address = timeout(PATIENCE, find).await.context("chromium does not listen")??;
        // what it says later is thrown away, so that it never waits for a reader
        tokio::task::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (socket, _) = tokio_tungstenite::connect_async(address).await.context("chromium does not answer")?;
        let mut page = Self { _chromium: chromium, socket, session: String::new(), asked: 0 };
        let target = page.call("Target.createTarget", json!({ "url": "about:blank" })).await?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = page.call("Target.attachToTarget", attach).await?;
        page.session = session["sessionId"].as_str().context("chromium gives no page")?.to_owned();
        page.call("Page.enable", json!({})).await?;
        Ok(page)
    }

    async fn call(&mut self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(message.to_string())).await?;
        let wait = async {
            loop {
                let Message::Text(text) = self.socket.next().await.context("chromium is gone")?? else { continue };
                let answer: Value = serde_json::from_str(&text)?;
                if answer["id"] == self.asked {
                    return Ok(answer);
                }
            }
        };
        let answer: anyhow::Result<Value> = timeout(PATIENCE, wait).await.context("chromium does not answer")?;
        let mut answer = answer?;
        anyhow::ensure!(answer.get("error").is_none(), "{method}: {}", answer["error"]["message"]);
        Ok(answer["result"].take())
    }

    /// Runs `script` in every page opened from now on, before its own scripts.
    pub(super) async fn before_each_page(&mut self, script: &str) -> anyhow::Result<()> {
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await.map(drop)
    }

    pub(super) async fn go(&mut self, address: &str) -> anyhow::Result<()> {
        let answer = self.call("Page.navigate", json!({ "url": address })).await?;
        anyhow::ensure!(answer.get("errorText").is_none(), "chromium cannot open {address}: {}", answer["errorText"]);
        Ok(())
    }

    /// Returns the value of an expression in the page.
    pub(super) async fn value(&mut self, expression: &str) -> anyhow::Result<Value> {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", asked).await?;
        anyhow::ensure!(answer.get("exceptionDetails").is_none(), "in the page: {}", answer["exceptionDetails"]);
        Ok(answer["result"]["value"].take())
    }
}
