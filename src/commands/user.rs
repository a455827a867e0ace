//! `mingchu user`: the people who sign in. Nobody gets a password by default; a one-time link lets them set one.

use super::{open_store, say};
use crate::{
    cli::{UserAddArguments, UserCommand},
    config::Config,
};
use anyhow::{Context, bail};
use mingchu_domain::{
    id::{AreaId, CanteenId, PersonId},
    place::AreaLevel,
    role::{Role, Scope},
    time::Clock,
};
use mingchu_store::{Area, NewPerson, Store, SystemClock};
use mingchu_web::sign_in_link;
use std::time::Duration;

/// How long a link to set the first password is good.
const LINK_GOOD_FOR: Duration = Duration::from_secs(3 * 24 * 3600);

pub(super) async fn user(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add(arguments) => add(arguments).await,
        UserCommand::List(arguments) => {
            let store = open_store(&Config::load(arguments.config.as_deref())?).await?;
            for person in store.people().await? {
                say(format_args!("{}\t{}\t{}", person.login, person.role.as_str(), person.office));
            }
            store.close().await;
            Ok(())
        }
    }
}

async fn add(arguments: UserAddArguments) -> anyhow::Result<()> {
    let Some(role) = Role::parse(&arguments.role) else {
        bail!("--role {:?} is none of regulator, manager, parent, admin", arguments.role);
    };
    let config = Config::load(arguments.config.config.as_deref())?;
    let store = open_store(&config).await?;
    let area_id = match (role, &arguments.area) {
        (Role::Regulator, Some(name)) => Some(area_named(&store, name).await?),
        (Role::Regulator, None) => bail!("a regulator needs --area NAME"),
        _ => None,
    };
    let canteen_id = match (role, &arguments.canteen) {
        (Role::Manager, Some(code)) => Some(canteen_coded(&store, code).await?),
        (Role::Manager, None) => bail!("a manager needs --canteen CODE"),
        _ => None,
    };
    let id = PersonId::generate();
    let person = NewPerson { id, login: arguments.login, office: arguments.office, role, area_id, canteen_id };
    store.insert_person(&person).await.context("cannot add the person")?;
    let base = match config.web.public_address.as_str() {
        "" => format!("http://{}", config.web.bind),
        public => public.to_owned(),
    };
    let link = sign_in_link(&store, &base, id, LINK_GOOD_FOR, SystemClock.now()).await?;
    store.close().await;
    say(format_args!("{link}\nworks once, within 3 days, and lets the person set a password"));
    Ok(())
}

/// Returns the area of that name, made when there is none.
pub(super) async fn area_named(store: &Store, name: &str) -> anyhow::Result<AreaId> {
    if let Some(area) = store.areas(&Scope::All).await?.into_iter().find(|area| area.name == name) {
        return Ok(area.id);
    }
    let area = Area {
        id: AreaId::generate(),
        parent: None,
        name: name.to_owned(),
        name_en: name.to_owned(),
        level: AreaLevel::County,
        province: String::new(),
    };
    store.insert_area(&area).await?;
    Ok(area.id)
}

async fn canteen_coded(store: &Store, code: &str) -> anyhow::Result<CanteenId> {
    let canteen = store.canteen_by_code(code).await.with_context(|| format!("no canteen has the code {code}"))?;
    Ok(canteen.id)
}
