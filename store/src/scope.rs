//! A person's scope as part of a query.

use crate::db::{Arg, IntoArg};
use mingchu_domain::role::Scope;
use uuid::Uuid;

/// The condition that a path lies within the scope; `$1` and `$2` are [`scoped`]'s.
///
/// `$2` is `/` when everything is in scope. A scope that names nothing gives null, and nothing is like null.
macro_rules! within {
    ($path:literal) => {
        concat!(
            $path,
            " like coalesce((select path from area where area_id = $1), \
              (select path from canteen where canteen_id = $1), $2) || '%'"
        )
    };
}
pub(crate) use within;

/// Returns the arguments with the scope's two before them.
pub(crate) fn scoped(scope: &Scope, rest: Vec<Arg>) -> Vec<Arg> {
    let (id, all): (Option<Uuid>, Option<&str>) = match scope {
        Scope::All => (None, Some("/")),
        Scope::Area(area) => (Some(area.uuid()), None),
        Scope::Canteen(canteen) => (Some(canteen.uuid()), None),
        Scope::Public => (None, None),
    };
    let mut args = vec![id.into_arg(), all.into_arg()];
    args.extend(rest);
    args
}
