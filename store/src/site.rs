//! What a canteen says of itself so that it can be judged: the colours it works in. When it works is in
//! [`Store::service_windows`].

use crate::{
    audit::entry,
    cell::{Cells, Json, Record},
    db::args,
    error::StoreError,
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
};
use mingchu_domain::{id::CanteenId, role::Scope, time::WallTime};
use serde_json::json;

/// What a canteen says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// The colours of its work clothes, as `#ffffff`; empty: not said.
    pub clothes: Vec<String>,
}

impl Record for Site {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let clothes: Json<Vec<String>> = row.cell("clothes")?;
        Ok(Self { clothes: clothes.0 })
    }
}

impl Store {
    /// Returns what a canteen says of itself.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn site(&self, scope: &Scope, id: CanteenId) -> Result<Site, StoreError> {
        const SQL: &str = concat!("select clothes from canteen where canteen_id = $3 and ", within!("path"));
        self.db.one("canteen", SQL, scoped(scope, args![id])).await
    }

    /// Changes what a canteen says of itself.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn set_site(
        &self,
        scope: &Scope,
        id: CanteenId,
        site: &Site,
        by: Option<&Reviewer>,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "update canteen set clothes = $2 where canteen_id = $1";
        self.canteen(scope, id).await?;
        let mut tx = self.db.begin().await?;
        tx.run(SQL, args![id, serde_json::to_string(&site.clothes)?]).await?;
        let actor = by.map_or_else(|| crate::audit::SYSTEM.to_owned(), Reviewer::actor);
        let detail = json!({ "office": by.map(|by| &by.office), "clothes": site.clothes });
        tx.audit(&entry(&actor, "canteen.site", &format!("canteen:{id}"), &detail, at)).await?;
        tx.commit().await
    }
}
