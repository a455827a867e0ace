//! `mingchu canteen`: the canteens under supervision.

use super::{open_store, say, user::area_named};
use crate::{
    cli::{CanteenAddArguments, CanteenCommand},
    config::Config,
};
use anyhow::Context;
use mingchu_domain::{id::CanteenId, place::short_code, role::Scope, time::Clock};
use mingchu_store::{Canteen, SystemClock};

pub(super) async fn canteen(command: CanteenCommand) -> anyhow::Result<()> {
    match command {
        CanteenCommand::Add(arguments) => add(arguments).await,
        CanteenCommand::List(arguments) => {
            let store = open_store(&Config::load(arguments.config.as_deref())?).await?;
            for summary in store.canteens(&Scope::All, SystemClock.now()).await? {
                let canteen = summary.canteen;
                say(format_args!("{}\t{} cameras\t{}", canteen.code, summary.cameras, canteen.name));
            }
            store.close().await;
            Ok(())
        }
    }
}

async fn add(arguments: CanteenAddArguments) -> anyhow::Result<()> {
    let store = open_store(&Config::load(arguments.config.config.as_deref())?).await?;
    let id = CanteenId::generate();
    let canteen = Canteen {
        id,
        area_id: area_named(&store, &arguments.area).await?,
        code: short_code(id),
        name_en: arguments.name_en.unwrap_or_else(|| arguments.name.clone()),
        name: arguments.name,
        school: arguments.school,
        licence_no: arguments.licence_no,
        grade: arguments.grade,
    };
    store.insert_canteen(&canteen).await.context("cannot add the canteen")?;
    store.close().await;
    say(canteen.code);
    Ok(())
}
