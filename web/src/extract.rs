//! Extractors that refuse with our JSON error: ids of the path, bodies, queries, the client's address.

use crate::{app::App, error::ApiError};
use axum::{
    Json,
    extract::{
        ConnectInfo, FromRequest, FromRequestParts, Path, Query, RawPathParams, Request,
        connect_info::Connected,
        rejection::{JsonRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
    serve::IncomingStream,
};
use mingchu_domain::id::InvalidId;
use serde::de::DeserializeOwned;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};
use tokio::net::TcpListener;

/// The `{id}` of the path. Text that is no id answers 404, as an unknown id does.
pub(crate) struct Id<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Id<T>
where
    T: FromStr<Err = InvalidId>,
    S: Send + Sync,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found("this"))?;
        let text = params.iter().find_map(|(name, value)| (name == "id").then_some(value)).unwrap_or_default();
        text.parse().map(Self).map_err(|invalid: InvalidId| ApiError::not_found(invalid.kind))
    }
}

/// Several parameters of the path, as text.
pub(crate) struct Segments<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Segments<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(segments) =
            Path::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found("this address"))?;
        Ok(Self(segments))
    }
}

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let answer = Json::<T>::from_request(request, state).await;
        let Json(body) = answer.map_err(|refused: JsonRejection| {
            let status = match refused.status() {
                StatusCode::BAD_REQUEST => StatusCode::UNPROCESSABLE_ENTITY,
                status => status,
            };
            ApiError::new(status, "invalid_body", refused.body_text())
        })?;
        Ok(Self(body))
    }
}

/// The query string.
pub(crate) struct Params<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Params<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let answer = Query::<T>::from_request_parts(parts, state).await;
        let Query(query) = answer.map_err(|refused: QueryRejection| {
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_query", refused.body_text())
        })?;
        Ok(Self(query))
    }
}

/// Both ends of a client's connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    peer: SocketAddr,
    local: SocketAddr,
}

impl Connected<IncomingStream<'_, TcpListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        let peer = *stream.remote_addr();
        Self { peer, local: stream.io().local_addr().unwrap_or(peer) }
    }
}

/// The address at which the client reached the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReachedAddress(pub(crate) IpAddr);

impl FromRequestParts<App> for ReachedAddress {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let connection = parts.extensions.get::<ConnectInfo<Connection>>();
        Ok(Self(connection.map_or(app.bound().ip(), |ConnectInfo(at)| at.local.ip())))
    }
}

/// The client's address: of the connection, or as the trusted proxy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let connected = parts.extensions.get::<ConnectInfo<Connection>>().map(|ConnectInfo(at)| at.peer.ip());
        // the last entry is the one our own proxy wrote; those before may be the client's invention
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
        let named = forwarded.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse().ok());
        let named = named.filter(|_| app.config.behind_proxy);
        Ok(Self(named.or(connected).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))))
    }
}
