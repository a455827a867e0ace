//! How long footage is kept, place by place. Rows are never changed: the highest version of a place counts.

use crate::{
    audit::entry,
    cell::{Cells, Number, Record, Text},
    db::args,
    error::StoreError,
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
};
use mingchu_domain::{
    id::{AreaId, CanteenId},
    retention::Policy,
    role::Scope,
    time::WallTime,
};
use serde_json::json;

/// The place that a policy belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyPlace {
    /// The whole installation.
    Everywhere,
    /// An area and all below it.
    Area(AreaId),
    /// One canteen.
    Canteen(CanteenId),
}

/// A policy that somebody set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Counts all policies ever set, 1, 2, 3, ….
    pub version: u32,
    /// Where it counts.
    pub place: PolicyPlace,
    /// Chinese name of the place; empty: everywhere.
    pub name: String,
    /// English name of the place; empty: everywhere.
    pub name_en: String,
    /// As it was set; the places above may have tightened it since, see [`Policies::in_force`].
    pub policy: Policy,
    /// When it was set.
    pub set_at: WallTime,
    /// By which office, as it was then.
    pub set_by: String,
    is_inherited: bool,
    path: String,
}

impl Record for RetentionPolicy {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let place = match (row.maybe("area_id")?, row.maybe("canteen_id")?) {
            (Some(area), _) => PolicyPlace::Area(area),
            (_, Some(canteen)) => PolicyPlace::Canteen(canteen),
            _ => PolicyPlace::Everywhere,
        };
        Ok(Self {
            version: row.cell("version")?,
            place,
            name: row.cell("place_name")?,
            name_en: row.cell("place_name_en")?,
            policy: Policy {
                floor_days: row.cell("floor_days")?,
                routine_days: row.cell("routine_days")?,
                violation_days: row.cell("violation_days")?,
                ceiling_days: row.cell("ceiling_days")?,
            },
            set_at: row.cell("set_at")?,
            set_by: row.cell("set_by")?,
            is_inherited: row.cell("is_inherited")?,
            path: row.cell("path")?,
        })
    }
}

/// All policies, to ask what counts where.
#[derive(Debug, Clone, Default)]
pub struct Policies(Vec<RetentionPolicy>);

impl Policies {
    /// Returns what counts at the end of a path such as `/area/canteen/`, and the version that made it so; 0 where only
    /// the built-in policy counts.
    #[must_use]
    pub fn in_force(&self, path: &str) -> (Policy, u32) {
        let mut above: Vec<_> = self.0.iter().filter(|row| path.starts_with(&row.path)).collect();
        above.sort_by_key(|row| row.path.len());
        let version = above.iter().map(|row| row.version).max().unwrap_or(0);
        let has_top = above.first().is_some_and(|row| row.path == "/" && !row.is_inherited);
        let built_in = (!has_top).then(Policy::default);
        let chain = above.iter().filter(|row| !row.is_inherited).map(|row| row.policy);
        (Policy::in_force(built_in.into_iter().chain(chain)), version)
    }
}

const SELECT: &str = concat!(
    "select retention_policy.*, coalesce(area.path, canteen.path, '/') as path, \
     coalesce(area.name, canteen.name, '') as place_name, coalesce(area.name_en, canteen.name_en, '') as place_name_en \
     from retention_policy left join area on area.area_id = retention_policy.area_id \
     left join canteen on canteen.canteen_id = retention_policy.canteen_id \
     where version = (select max(version) from retention_policy other \
         where other.area_id is not distinct from retention_policy.area_id \
         and other.canteen_id is not distinct from retention_policy.canteen_id) \
     and (coalesce((select path from area where area_id = $1), (select path from canteen where canteen_id = $1), $2) \
          like coalesce(area.path, canteen.path, '/') || '%' or ",
    within!("coalesce(area.path, canteen.path, '/')"),
    ") order by path, version",
);

impl Store {
    /// Returns the policies that count somewhere in the scope, those of the places above it included, topmost first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retention_policies(&self, scope: &Scope) -> Result<Vec<RetentionPolicy>, StoreError> {
        let rows: Vec<RetentionPolicy> = self.db.all(SELECT, scoped(scope, vec![])).await?;
        Ok(rows.into_iter().filter(|row| !row.is_inherited).collect())
    }

    /// Returns all policies, to ask what counts where.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policies(&self) -> Result<Policies, StoreError> {
        Ok(Policies(self.db.all(SELECT, scoped(&Scope::All, vec![])).await?))
    }

    /// Returns what counts in a place, and the version that made it so.
    ///
    /// # Errors
    /// `NotFound` outside the scope.
    pub async fn policy_of(&self, scope: &Scope, place: PolicyPlace) -> Result<(Policy, u32), StoreError> {
        let path = self.place_path(scope, place).await?;
        Ok(self.policies().await?.in_force(&path))
    }

    /// Sets the policy of a place, or with `None` lets it follow the place above; returns the new version.
    ///
    /// # Errors
    /// `NotFound` outside the scope, `Refused::Policy` for a period outside its bounds.
    pub async fn set_policy(
        &self,
        scope: &Scope,
        place: PolicyPlace,
        policy: Option<&Policy>,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<u32, StoreError> {
        const SQL: &str = "insert into retention_policy (version, area_id, canteen_id, is_inherited, floor_days, \
             routine_days, violation_days, ceiling_days, set_at, set_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        const LAST: &str = "select coalesce(max(version), 0) as n from retention_policy";
        let path = self.place_path(scope, place).await?;
        let mut tx = self.db.begin().await?;
        tx.lock_footage().await?;
        let all = Policies(tx.all(SELECT, scoped(&Scope::All, vec![])).await?);
        // what counts for the place above is what counts without the place's own row
        let others = Policies(all.0.into_iter().filter(|row| row.path != path).collect());
        let above = others.in_force(&path).0;
        if let Some(policy) = policy {
            policy.check((path != "/").then_some(&above))?;
        }
        let version = u32::try_from(tx.one::<Number>("version", LAST, vec![]).await?.0 + 1).unwrap_or(u32::MAX);
        let (area, canteen) = match place {
            PolicyPlace::Everywhere => (None, None),
            PolicyPlace::Area(area) => (Some(area), None),
            PolicyPlace::Canteen(canteen) => (None, Some(canteen)),
        };
        let set = policy.copied().unwrap_or_default();
        let args = args![
            version,
            area,
            canteen,
            policy.is_none(),
            set.floor_days,
            set.routine_days,
            set.violation_days,
            set.ceiling_days,
            at,
            &by.office,
        ];
        tx.run(SQL, args).await?;
        let subject = match place {
            PolicyPlace::Everywhere => "retention:everywhere".to_owned(),
            PolicyPlace::Area(area) => format!("area:{area}"),
            PolicyPlace::Canteen(canteen) => format!("canteen:{canteen}"),
        };
        let detail = json!({ "version": version, "policy": policy });
        tx.audit(&entry(&by.actor(), "retention.set", &subject, &detail, at)).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// Returns the path of a place within the scope.
    async fn place_path(&self, scope: &Scope, place: PolicyPlace) -> Result<String, StoreError> {
        const AREA: &str = concat!("select path as t from area where area_id = $3 and ", within!("area.path"));
        const CANTEEN: &str =
            concat!("select path as t from canteen where canteen_id = $3 and ", within!("canteen.path"));
        let (what, sql, id) = match place {
            PolicyPlace::Everywhere if *scope == Scope::All => return Ok("/".into()),
            PolicyPlace::Everywhere => return Err(StoreError::NotFound { what: "area" }),
            PolicyPlace::Area(area) => ("area", AREA, area.uuid()),
            PolicyPlace::Canteen(canteen) => ("canteen", CANTEEN, canteen.uuid()),
        };
        Ok(self.db.one::<Text>(what, sql, scoped(scope, args![id])).await?.0)
    }
}
