//! What a canteen says of itself so that it can be judged: when it works, and in which colours.

use crate::{
    audit::entry,
    cell::{Cells, Json, Record},
    db::args,
    error::StoreError,
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
};
use mingchu_domain::{id::CanteenId, role::Scope, rule::ServiceHours, time::WallTime};
use serde_json::json;

/// What a canteen says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// When it works; `None`: as the rule pack says.
    pub service_hours: Option<ServiceHours>,
    /// The colours of its work clothes, as `#ffffff`; empty: not said.
    pub clothes: Vec<String>,
}

impl Record for Site {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let hours: Option<Json<ServiceHours>> = row.maybe("service_hours")?;
        let clothes: Json<Vec<String>> = row.cell("clothes")?;
        Ok(Self { service_hours: hours.map(|hours| hours.0), clothes: clothes.0 })
    }
}

impl Store {
    /// Returns what a canteen says of itself.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn site(&self, scope: &Scope, id: CanteenId) -> Result<Site, StoreError> {
        const SQL: &str =
            concat!("select service_hours, clothes from canteen where canteen_id = $3 and ", within!("path"));
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
        const SQL: &str = "update canteen set service_hours = $2, clothes = $3 where canteen_id = $1";
        self.canteen(scope, id).await?;
        let hours = site.service_hours.map(|hours| serde_json::to_string(&hours)).transpose()?;
        let mut tx = self.db.begin().await?;
        tx.run(SQL, args![id, hours, serde_json::to_string(&site.clothes)?]).await?;
        let actor = by.map_or_else(|| crate::audit::SYSTEM.to_owned(), Reviewer::actor);
        let detail = json!({
            "office": by.map(|by| &by.office), "service_hours": site.service_hours, "clothes": site.clothes,
        });
        tx.audit(&entry(&actor, "canteen.site", &format!("canteen:{id}"), &detail, at)).await?;
        tx.commit().await
    }
}
