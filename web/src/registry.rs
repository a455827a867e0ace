//! The only way to register a route: with who may call it. The guard stands before the handler runs.

use crate::{app::App, caller, error::ApiError};
use axum::{
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use mingchu_domain::role::Permission;
use utoipa::openapi::{OpenApi, extensions::ExtensionsBuilder, path::Operation};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone; what it answers is public or passes the public gate.
    Open,
    /// Whoever has a live ticket, which the handler reads from the path.
    LiveTicket,
    /// Anyone who is signed in, for what concerns their own session.
    SignedIn,
    /// Roles with this permission, each within its scope.
    Needs(Permission),
}

impl Access {
    /// Returns the word in the OpenAPI document (`x-access`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::LiveTicket => "live_ticket",
            Self::SignedIn => "signed_in",
            Self::Needs(permission) => permission.as_str(),
        }
    }
}

/// One operation and who may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// HTTP method, upper case.
    pub method: &'static str,
    /// Path with its parameters, as `/api/v1/canteens/{id}`.
    pub path: String,
    /// Who may call it.
    pub access: Access,
}

/// Collects routes, their guards and their documentation.
pub(crate) struct Routes {
    app: App,
    router: OpenApiRouter<App>,
    declared: Vec<Declared>,
}

impl Routes {
    pub(crate) fn new(app: &App, document: OpenApi) -> Self {
        Self { app: app.clone(), router: OpenApiRouter::with_openapi(document), declared: Vec::new() }
    }

    /// Adds the handlers of one path, made by `routes!`, for those who have `access`.
    pub(crate) fn add(mut self, access: Access, handlers: UtoipaMethodRouter<App>) -> Self {
        let (schemas, mut paths, methods) = handlers;
        for (path, item) in &mut paths.paths {
            let operations = [
                ("GET", &mut item.get),
                ("POST", &mut item.post),
                ("PUT", &mut item.put),
                ("PATCH", &mut item.patch),
                ("DELETE", &mut item.delete),
            ];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                document(operation, access);
                self.declared.push(Declared { method, path: path.clone(), access });
            }
        }
        let guarded = methods.route_layer(middleware::from_fn_with_state((self.app.clone(), access), guard));
        Self { router: self.router.routes((schemas, paths, guarded)), ..self }
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    pub(crate) fn declared(&self) -> &[Declared] {
        &self.declared
    }

    pub(crate) fn into_parts(self) -> (axum::Router<App>, OpenApi) {
        self.router.split_for_parts()
    }
}

fn document(operation: &mut Operation, access: Access) {
    let extension = ExtensionsBuilder::new().add("x-access", access.as_str()).build();
    operation.extensions.get_or_insert_default().merge(extension);
}

/// Signs the caller in and checks the permission; the scope goes on into the store's queries.
async fn guard(State((app, access)): State<(App, Access)>, mut request: Request, next: Next) -> Response {
    if matches!(access, Access::Open | Access::LiveTicket) {
        return next.run(request).await;
    }
    let caller = match caller::of_request(&app, request.headers()).await {
        Ok(caller) => caller,
        Err(refused) => return refused.into_response(),
    };
    if let Access::Needs(permission) = access
        && !caller.person.role.may(permission)
    {
        let message = format!("this needs the permission {}, which your role does not have", permission.as_str());
        return ApiError::forbidden("forbidden", message).into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}
