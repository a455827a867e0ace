//! Settings of the web role, section `[web]` of `mingchu.toml`.

use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use url::Url;

/// Settings of the web role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the server listens; port 0 picks a free one.
    pub bind: SocketAddr,
    /// Address that people type, as `https://mingchu.example.gov.cn`; links, QR codes and the cookie follow it.
    /// Empty: `http://` and the bound address.
    pub public_address: String,
    /// Whether a proxy in front is trusted to name the client in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// A session ends when it was not used for this long; a regulator's working day fits in.
    #[serde(with = "mingchu_domain::humane")]
    pub session_idle: Duration,
    /// A session ends this long after sign-in, used or not.
    #[serde(with = "mingchu_domain::humane")]
    pub session_absolute: Duration,
    /// Largest upload in megabytes of 1,000,000 bytes.
    pub upload_limit_mb: u32,
    /// Live pictures shown at once to signed-in people by this process, all cameras together.
    pub live_viewers: u32,
    /// How many of them may watch one canteen.
    pub live_viewers_per_canteen: u32,
    /// Live pictures shown at once to the public, apart from those: a crowd at noon shuts no inspector out.
    pub public_viewers: u32,
    /// How many of them may watch one canteen.
    pub public_viewers_per_canteen: u32,
    /// UDP port of live pictures over WebRTC (WHEP), of all viewers; 0 picks a free one. A firewall must let it in.
    pub webrtc_port: u16,
    /// IP address at which viewers reach that port, where a router or a proxy stands between.
    /// Empty: the address at which they reach these pages.
    pub webrtc_address: String,
    /// How often a viewer is pinged and asked whether it may still watch: sessions end, cameras leave the public.
    #[serde(with = "mingchu_domain::humane")]
    pub live_check: Duration,
    /// Requests a minute that one address may send to the public pages; a school or a mobile network shares one.
    pub public_requests_per_minute: u32,
    /// Set by `mingchu demo` only, never from the file: synthetic pictures may be shown to the public.
    #[serde(skip)]
    pub is_demo: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_address: String::new(),
            behind_proxy: false,
            session_idle: Duration::from_secs(12 * 3600),
            session_absolute: Duration::from_secs(7 * 24 * 3600),
            upload_limit_mb: 10,
            live_viewers: 300,
            live_viewers_per_canteen: 100,
            public_viewers: 300,
            public_viewers_per_canteen: 150,
            webrtc_port: 0,
            webrtc_address: String::new(),
            live_check: Duration::from_secs(20),
            public_requests_per_minute: 1200,
            is_demo: false,
        }
    }
}

/// A value of `[web]` outside its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("web.{key} must be {allowed}")]
pub struct InvalidConfig {
    /// Which key.
    pub key: &'static str,
    /// What it may be.
    pub allowed: &'static str,
}

impl Config {
    /// Checks each value.
    ///
    /// # Errors
    /// Names the first key that is out of range, and the range.
    pub fn validate(&self) -> Result<(), InvalidConfig> {
        let wrong = |key, allowed| Err(InvalidConfig { key, allowed });
        let day = Duration::from_secs(24 * 3600);
        if !self.public_address.is_empty() && self.public_url().is_none() {
            return wrong("public_address", "empty or http(s)://host[:port] without a path");
        }
        if !(Duration::from_secs(60)..=day).contains(&self.session_idle) {
            return wrong("session_idle", "1m to 1d");
        }
        if self.session_absolute < self.session_idle || self.session_absolute > 30 * day {
            return wrong("session_absolute", "session_idle to 30d");
        }
        if !(1..=100).contains(&self.upload_limit_mb) {
            return wrong("upload_limit_mb", "1 to 100");
        }
        if !(1..=100_000).contains(&self.live_viewers) {
            return wrong("live_viewers", "1 to 100000");
        }
        if self.public_viewers > 100_000 {
            return wrong("public_viewers", "0 to 100000");
        }
        if !(1..=100_000).contains(&self.live_viewers_per_canteen) {
            return wrong("live_viewers_per_canteen", "1 to 100000");
        }
        if self.public_viewers_per_canteen > 100_000 {
            return wrong("public_viewers_per_canteen", "0 to 100000");
        }
        if !self.webrtc_address.is_empty() && self.webrtc_ip().is_none() {
            return wrong("webrtc_address", "empty or an IP address, as 203.0.113.7");
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(60)).contains(&self.live_check) {
            return wrong("live_check", "1s to 60s");
        }
        if !(10..=100_000).contains(&self.public_requests_per_minute) {
            return wrong("public_requests_per_minute", "10 to 100000");
        }
        Ok(())
    }

    /// Returns the upload limit in bytes.
    #[must_use]
    pub fn upload_limit_bytes(&self) -> usize {
        self.upload_limit_mb as usize * 1_000_000
    }

    /// Returns the address of WebRTC where one is set and well formed.
    #[must_use]
    pub fn webrtc_ip(&self) -> Option<IpAddr> {
        self.webrtc_address.parse().ok().filter(|ip: &IpAddr| !ip.is_unspecified())
    }

    /// Returns the public address where one is set and well formed.
    #[must_use]
    pub fn public_url(&self) -> Option<Url> {
        let url = Url::parse(&self.public_address).ok()?;
        let is_bare =
            url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        (matches!(url.scheme(), "http" | "https") && url.host().is_some() && is_bare).then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_survive_their_text_form() {
        let config = Config::default();
        config.validate().unwrap();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
    }

    #[test]
    fn a_wrong_value_is_named_with_its_range() {
        let config = Config { session_idle: Duration::from_secs(5), ..Config::default() };
        assert_eq!(config.validate().unwrap_err().to_string(), "web.session_idle must be 1m to 1d");
        let config = Config { public_address: "kitchen.example".into(), ..Config::default() };
        assert_eq!(config.validate().unwrap_err().key, "public_address");
        for text in ["0.0.0.0", "kitchen.example", "203.0.113.7:80"] {
            let config = Config { webrtc_address: text.into(), ..Config::default() };
            assert_eq!(config.validate().unwrap_err().key, "webrtc_address");
        }
    }

    #[test]
    fn the_demo_flag_cannot_come_from_a_file() {
        assert!(serde_json::from_str::<Config>(r#"{"is_demo": true}"#).is_err());
    }
}
