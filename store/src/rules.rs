//! The rule packs: the newest binds, the old ones stay because violations cite them.

use crate::{cell::Text, db::args, error::StoreError, open::Store};
use mingchu_domain::rule::RulePack;

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

    /// Saves a new version of the rules, which binds from now on.
    ///
    /// # Errors
    /// `Conflict` with `rule_pack_pk` when the version is taken.
    pub async fn save_rule_pack(&self, pack: &RulePack) -> Result<(), StoreError> {
        const SQL: &str = "insert into rule_pack (pack, version, body) values ($1, $2, $3)";
        self.db.run(SQL, args![&pack.pack, pack.version, serde_json::to_string(pack)?]).await.map(|_| ())
    }

    /// Saves the pack when there is none.
    pub(crate) async fn save_first_rules(&self, pack: &RulePack) -> Result<(), StoreError> {
        match self.rule_pack().await {
            Err(StoreError::NotFound { .. }) => match self.save_rule_pack(pack).await {
                // another process was first
                Err(StoreError::Conflict { .. }) => Ok(()),
                saved => saved,
            },
            found => found.map(|_| ()),
        }
    }
}
