//! One module a resource; each adds its routes with who may call them.

use crate::{app::App, error::ErrorBody, live_queue::LiveMessage, record::word::StreamKind, registry::Routes};
use utoipa::OpenApi;

mod audit;
mod cameras;
mod canteens;
mod coverage;
mod footage;
mod footage_exports;
mod footage_play;
mod hls;
mod live;
mod notices;
mod patrols;
mod people;
mod pictures;
mod public;
mod publication;
mod publication_facts;
mod retention;
mod retention_acts;
mod rules;
mod session;
mod system;
mod timeline;
mod violations;
mod whep;
mod zones;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mingchu",
        description = "Every operation says in `x-access` who may call it: `open`, `signed_in` or a permission. \
                       A session is a cookie. Errors are `{\"error\": {\"code\", \"message\", \"field\"?}}`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/")),
    components(schemas(ErrorBody, LiveMessage, StreamKind))
)]
struct Document;

/// Returns every route of the server.
pub(crate) fn all(app: &App) -> Routes {
    let routes = Routes::new(app, Document::openapi());
    let routes = session::add(routes);
    let routes = system::add(routes);
    let routes = canteens::add(routes);
    let routes = cameras::add(routes);
    let routes = live::add(routes);
    let routes = patrols::add(routes);
    let routes = timeline::add(routes);
    let routes = footage::add(routes);
    let routes = footage_play::add(routes);
    let routes = footage_exports::add(routes);
    let routes = hls::add(routes);
    let routes = whep::add(routes);
    let routes = violations::add(routes);
    let routes = pictures::add(routes);
    let routes = notices::add(routes);
    let routes = coverage::add(routes);
    let routes = rules::add(routes);
    let routes = zones::add(routes);
    let routes = audit::add(routes);
    let routes = people::add(routes);
    let routes = retention::add(routes);
    let routes = retention_acts::add(routes);
    let routes = publication::add(routes);
    let routes = publication_facts::add(routes);
    public::add(routes)
}
