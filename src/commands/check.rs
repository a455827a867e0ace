//! `mingchu check`: each part, one line, ok or what to do.

use super::{open_store, say};
use crate::{cli::ConfigArguments, config::Config};
use anyhow::bail;

/// One line of the report: what was looked at, and what was found.
type Finding = (&'static str, Result<String, String>);

pub(super) async fn check(arguments: ConfigArguments) -> anyhow::Result<()> {
    let config = Config::load(arguments.config.as_deref())?;
    let mut findings: Vec<Finding> = vec![("configuration", Ok("every key is known and in range".into()))];
    #[cfg(feature = "analyzer")]
    let config = {
        let mut config = config;
        config.analyzer.models = arguments.models.or(config.analyzer.models);
        config
    };
    database(&config, &mut findings).await;
    #[cfg(feature = "analyzer")]
    findings.extend(mingchu_analyzer::inspect(&config.analyzer));
    let failed = findings.iter().filter(|(_, found)| found.is_err()).count();
    for (what, found) in findings {
        match found {
            Ok(detail) => say(format_args!("ok    {what}: {detail}")),
            Err(remedy) => say(format_args!("FAIL  {what}: {remedy}")),
        }
    }
    if failed > 0 {
        bail!("{failed} of the parts above need you");
    }
    Ok(())
}

/// Opens the database and writes, reads and removes one file in the object folder.
async fn database(config: &Config, findings: &mut Vec<Finding>) {
    let store = match open_store(config).await {
        Ok(store) => store,
        Err(error) => return findings.push(("database", Err(format!("{error:#}")))),
    };
    findings.push(("database", Ok(store.database_label().to_owned())));
    let objects = store.objects();
    let tried = async {
        objects.put("check/written", "mingchu".as_bytes()).await?;
        objects.get("check/written").await?;
        objects.delete("check/written").await
    };
    let storage = match tried.await {
        Ok(()) => Ok(format!("{} takes and gives files", config.store.objects.display())),
        Err(error) => Err(format!("{error}; check the folder {}", config.store.objects.display())),
    };
    findings.push(("storage", storage));
    #[cfg(feature = "gateway")]
    for found in mingchu_gateway::inspect_storage(&store, &config.gateway).await {
        findings.push(("archive", found));
    }
    store.close().await;
}
