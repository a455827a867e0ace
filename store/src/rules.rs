//! The rule packs: the newest binds, the old ones stay because violations cite them.

use crate::{
    audit::entry,
    cell::{Cells, Record, Text},
    db::args,
    error::StoreError,
    open::Store,
    people::Reviewer,
};
use mingchu_domain::{rule::RulePack, time::WallTime};
use serde_json::json;

/// Who saved a version of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackVersion {
    /// Its number.
    pub version: u32,
    /// When it was saved; `None`: it came with the program.
    pub saved_at: Option<WallTime>,
    /// The office that saved it; `None`: it came with the program.
    pub by: Option<String>,
}

impl Record for PackVersion {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self { version: row.cell("version")?, saved_at: row.maybe("saved_at")?, by: row.maybe("office")? })
    }
}

const INSERT: &str = "insert into rule_pack (pack, version, body, saved_at, office) values ($1, $2, $3, $4, $5)";

impl Store {
    /// Returns the rule pack in force.
    ///
    /// # Errors
    /// When the database fails, or the pack was edited by hand and is none.
    pub async fn rule_pack(&self) -> Result<RulePack, StoreError> {
        const SQL: &str = "select body as t from rule_pack order by version desc limit 1";
        let body = self.db.one::<Text>("rule pack", SQL, vec![]).await?.0;
        RulePack::parse(&body).map_err(|source| StoreError::Database(sqlx::Error::Decode(source.into())))
    }

    /// Returns an older version of the rules, as violations cite it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn rule_pack_of(&self, version: u32) -> Result<RulePack, StoreError> {
        const SQL: &str = "select body as t from rule_pack where version = $1";
        let body = self.db.one::<Text>("rule pack", SQL, args![version]).await?.0;
        RulePack::parse(&body).map_err(|source| StoreError::Database(sqlx::Error::Decode(source.into())))
    }

    /// Returns the versions, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rule_versions(&self) -> Result<Vec<PackVersion>, StoreError> {
        const SQL: &str = "select version, saved_at, office from rule_pack order by version desc";
        self.db.all(SQL, vec![]).await
    }

    /// Saves a new version of the rules, which binds from now on; `changed` names the rules that differ.
    ///
    /// # Errors
    /// `Conflict` with `rule_pack_pk` when somebody else saved that version first.
    pub async fn edit_rules(
        &self,
        pack: &RulePack,
        changed: &[&str],
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let body = serde_json::to_string(pack)?;
        tx.run(INSERT, args![&pack.pack, pack.version, body, at, &by.office]).await?;
        let detail = json!({ "office": by.office, "version": pack.version, "changed": changed });
        tx.audit(&entry(&by.actor(), "rules.edit", &format!("rules:{}", pack.label()), &detail, at)).await?;
        tx.commit().await
    }

    /// Saves a version of the rules that comes with the program.
    ///
    /// # Errors
    /// `Conflict` with `rule_pack_pk` when the version is taken.
    pub async fn save_rule_pack(&self, pack: &RulePack) -> Result<(), StoreError> {
        let (at, by): (Option<WallTime>, Option<String>) = (None, None);
        self.db.run(INSERT, args![&pack.pack, pack.version, serde_json::to_string(pack)?, at, by]).await.map(|_| ())
    }

    /// Saves the pack when there is none, and adds what a newer program brings to one that is there.
    pub(crate) async fn save_first_rules(&self, national: &RulePack) -> Result<(), StoreError> {
        let next = match self.rule_pack().await {
            Err(StoreError::NotFound { .. }) => Some(national.clone()),
            found => found?.grown(national),
        };
        let Some(next) = next else { return Ok(()) };
        match self.save_rule_pack(&next).await {
            // another process was first
            Err(StoreError::Conflict { .. }) => Ok(()),
            saved => saved,
        }
    }
}
