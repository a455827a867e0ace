//! When kitchens work, in China: the one home of these hours. Public pictures go out, and rules are judged, by them.

use crate::{
    audit::entry,
    cell::{Cells, Record},
    db::args,
    error::StoreError,
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
};
use mingchu_domain::{id::CanteenId, publication::ServiceWindow, role::Scope, time::WallTime};
use serde_json::json;
use std::collections::HashMap;

/// Hours of some days; nothing where the row holds none that can be.
pub(crate) struct Window(pub(crate) Option<ServiceWindow>);

impl Record for Window {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let days: u16 = row.cell("days")?;
        let (from, until) = (row.cell("from_minute")?, row.cell("until_minute")?);
        Ok(Self(ServiceWindow::from_bits(u8::try_from(days).unwrap_or(0), from, until).ok()))
    }
}

struct WindowOf(CanteenId, Window);

impl Record for WindowOf {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("canteen_id")?, Window::read(row)?))
    }
}

struct CanteenRow;

impl Record for CanteenRow {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        row.cell::<CanteenId>("t").map(|_| Self)
    }
}

impl Store {
    /// Returns when the canteen's kitchen works; empty: nobody has said it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn service_windows(&self, canteen: CanteenId) -> Result<Vec<ServiceWindow>, StoreError> {
        const SQL: &str = "select * from service_window where canteen_id = $1 order by position";
        let windows: Vec<Window> = self.db.all(SQL, args![canteen]).await?;
        Ok(windows.into_iter().filter_map(|Window(window)| window).collect())
    }

    /// Says when the canteen's kitchen works.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn set_service_windows(
        &self,
        scope: &Scope,
        canteen: CanteenId,
        windows: &[ServiceWindow],
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const FIND: &str =
            concat!("select canteen_id as t from canteen where canteen_id = $3 and ", within!("canteen.path"));
        const SQL: &str = "insert into service_window (canteen_id, position, days, from_minute, until_minute) \
             values ($1, $2, $3, $4, $5)";
        let mut tx = self.db.begin().await?;
        tx.one::<CanteenRow>("canteen", FIND, scoped(scope, args![canteen])).await?;
        tx.run("delete from service_window where canteen_id = $1", args![canteen]).await?;
        for (position, window) in windows.iter().enumerate() {
            let row = args![
                canteen,
                i64::try_from(position).unwrap_or(i64::MAX),
                i64::from(window.bits()),
                i64::from(window.from()),
                i64::from(window.until()),
            ];
            tx.run(SQL, row).await?;
        }
        let detail = json!({ "windows": windows });
        tx.audit(&entry(&by.actor(), "service_hours.set", &format!("canteen:{canteen}"), &detail, at)).await?;
        tx.commit().await
    }

    /// Returns the hours of all canteens that have said them.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn all_service_windows(&self) -> Result<HashMap<CanteenId, Vec<ServiceWindow>>, StoreError> {
        const SQL: &str = "select * from service_window order by canteen_id, position";
        let mut of_canteen: HashMap<CanteenId, Vec<ServiceWindow>> = HashMap::new();
        for WindowOf(canteen, Window(window)) in self.db.all(SQL, vec![]).await? {
            of_canteen.entry(canteen).or_default().extend(window);
        }
        Ok(of_canteen)
    }
}
