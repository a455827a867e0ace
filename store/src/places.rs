//! Areas and canteens.

use crate::{
    cell::{Cells, Record, Text},
    db::args,
    error::StoreError,
    open::Store,
    scope::{scoped, within},
};
use mingchu_domain::{
    id::{AreaId, CanteenId},
    place::AreaLevel,
    role::Scope,
    time::WallTime,
};

/// A node of the area tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its id.
    pub id: AreaId,
    /// The area above; `None` at the top.
    pub parent: Option<AreaId>,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// How high it stands.
    pub level: AreaLevel,
    /// Chinese name of the province, as 河南; picks the province's rules.
    pub province: String,
}

/// A canteen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canteen {
    /// Its id.
    pub id: CanteenId,
    /// The area that supervises it.
    pub area_id: AreaId,
    /// Public short code, 8 characters of Crockford's base 32.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// The school.
    pub school: String,
    /// 食品经营许可证编号.
    pub licence_no: String,
    /// Supervision grade as printed; empty when not graded.
    pub grade: String,
}

/// A canteen and what it needs today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanteenSummary {
    /// The canteen.
    pub canteen: Canteen,
    /// Cameras in use.
    pub cameras: u32,
    /// Of them enabled, with live pictures.
    pub live: u32,
    /// Violations that nobody has reviewed.
    pub to_review: u32,
    /// Notices that the canteen must answer.
    pub open_notices: u32,
    /// Of them past their deadline.
    pub overdue: u32,
}

impl Record for Area {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("area_id")?,
            parent: row.maybe("parent_id")?,
            name: row.cell("name")?,
            name_en: row.cell("name_en")?,
            level: row.cell("level")?,
            province: row.cell("province")?,
        })
    }
}

impl Record for Canteen {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("canteen_id")?,
            area_id: row.cell("area_id")?,
            code: row.cell("code")?,
            name: row.cell("name")?,
            name_en: row.cell("name_en")?,
            school: row.cell("school")?,
            licence_no: row.cell("licence_no")?,
            grade: row.cell("grade")?,
        })
    }
}

impl Record for CanteenSummary {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            canteen: Canteen::read(row)?,
            cameras: row.cell("cameras")?,
            live: row.cell("live")?,
            to_review: row.cell("to_review")?,
            open_notices: row.cell("open_notices")?,
            overdue: row.cell("overdue")?,
        })
    }
}

impl Store {
    /// Adds an area below its parent.
    ///
    /// # Errors
    /// `NotFound` when there is no such parent.
    pub async fn insert_area(&self, area: &Area) -> Result<(), StoreError> {
        let above = match area.parent {
            None => "/".to_owned(),
            Some(parent) => self.area_path(parent).await?,
        };
        self.db
            .run(
                "insert into area (area_id, parent_id, name, name_en, level, province, path) \
                 values ($1, $2, $3, $4, $5, $6, $7)",
                args![
                    area.id,
                    area.parent,
                    &area.name,
                    &area.name_en,
                    area.level.as_str(),
                    &area.province,
                    format!("{above}{}/", area.id),
                ],
            )
            .await
            .map(|_| ())
    }

    async fn area_path(&self, area: AreaId) -> Result<String, StoreError> {
        const SQL: &str = "select path as t from area where area_id = $1";
        Ok(self.db.one::<Text>("area", SQL, args![area]).await?.0)
    }

    /// Adds a canteen.
    ///
    /// # Errors
    /// `NotFound` when there is no such area, `Conflict` when the code is taken.
    pub async fn insert_canteen(&self, canteen: &Canteen) -> Result<(), StoreError> {
        let above = self.area_path(canteen.area_id).await?;
        self.db
            .run(
                "insert into canteen (canteen_id, area_id, code, name, name_en, school, licence_no, grade, path) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                args![
                    canteen.id,
                    canteen.area_id,
                    &canteen.code,
                    &canteen.name,
                    &canteen.name_en,
                    &canteen.school,
                    &canteen.licence_no,
                    &canteen.grade,
                    format!("{above}{}/", canteen.id),
                ],
            )
            .await
            .map(|_| ())
    }

    /// Returns the areas of the scope and those above it, from the top.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn areas(&self, scope: &Scope) -> Result<Vec<Area>, StoreError> {
        const SQL: &str = concat!(
            "select * from area where ",
            within!("path"),
            " or coalesce((select path from area where area_id = $1), (select path from canteen where canteen_id = $1))",
            " like path || '%' order by path",
        );
        self.db.all(SQL, scoped(scope, vec![])).await
    }

    /// Returns a canteen.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn canteen(&self, scope: &Scope, id: CanteenId) -> Result<Canteen, StoreError> {
        const SQL: &str = concat!("select * from canteen where canteen_id = $3 and ", within!("path"));
        self.db.one("canteen", SQL, scoped(scope, args![id])).await
    }

    /// Returns the canteen of a public short code. Whoever has the code may see the canteen.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn canteen_by_code(&self, code: &str) -> Result<Canteen, StoreError> {
        self.db.one("canteen", "select * from canteen where code = $1", args![code]).await
    }

    /// Returns the canteens of the scope with what they need, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn canteens(&self, scope: &Scope, now: WallTime) -> Result<Vec<CanteenSummary>, StoreError> {
        const SQL: &str = concat!(
            "select c.*, \
             (select count(*) from camera where camera.canteen_id = c.canteen_id and removed_at is null) as cameras, \
             (select count(*) from camera where camera.canteen_id = c.canteen_id and removed_at is null and is_enabled \
                and exists (select 1 from stream join stream_status using (stream_id) \
                    where stream.camera_id = camera.camera_id and state = 'live')) as live, \
             (select count(*) from violation v left join review r on r.violation_id = v.violation_id \
                where v.canteen_id = c.canteen_id and r.violation_id is null) as to_review, \
             (select count(*) from notice n where n.canteen_id = c.canteen_id \
                and n.state in ('sent', 'acknowledged')) as open_notices, \
             (select count(*) from notice n where n.canteen_id = c.canteen_id \
                and n.state in ('sent', 'acknowledged') and n.deadline_at < $3) as overdue \
             from canteen c where ",
            within!("c.path"),
            " order by c.name, c.canteen_id",
        );
        self.db.all(SQL, scoped(scope, args![now])).await
    }
}
