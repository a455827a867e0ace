//! The access ledger (国务院令第799号 Art. 16): who looks at which archived footage, and why.
//!
//! A row is never changed or deleted; the audit trail's chain covers it.

use crate::{
    archive::Segment,
    audit::entry,
    cell::{Cells, Record},
    db::{Tx, args},
    error::StoreError,
    open::Store,
    page::{Cursor, Page, PageKey},
    people::Person,
    scope::{scoped, within},
};
use mingchu_domain::{
    footage::{ViewPurpose, ViewReason},
    id::{CameraId, CanteenId, PersonId, SegmentId, StreamId, ViewId},
    role::Scope,
    time::{TimeRange, WallTime},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, time::Duration};

/// No segment is longer: `gateway.segment` is at most 10 minutes, and four times that without key pictures.
const LONGEST_SEGMENT: Duration = Duration::from_secs(3600);

/// An entry to add to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewView {
    /// Its id.
    pub id: ViewId,
    /// Which cameras; at least one.
    pub cameras: Vec<CameraId>,
    /// Which time.
    pub range: TimeRange,
    /// To look or to take away.
    pub purpose: ViewPurpose,
    /// Why.
    pub reason: ViewReason,
    /// Why, in words; empty when the reason says enough.
    pub reason_text: String,
    /// When it was asked for.
    pub created_at: WallTime,
    /// Until when it is good.
    pub expires_at: WallTime,
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FootageView {
    /// What was asked for.
    pub view: NewView,
    /// By whom.
    pub person_id: PersonId,
    /// The person's sign-in name, then.
    pub login: String,
    /// The person's office, then.
    pub office: String,
}

/// A camera of an entry, as the reader of the ledger may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewedCamera {
    /// Its id.
    pub id: CameraId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Where it hangs.
    pub canteen_id: CanteenId,
    /// The canteen's Chinese name.
    pub canteen_name: String,
}

/// Which entries are wanted; `None` means any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViewFilter {
    /// With a camera of that canteen.
    pub canteen_id: Option<CanteenId>,
    /// With that camera.
    pub camera_id: Option<CameraId>,
    /// By that person.
    pub person_id: Option<PersonId>,
}

struct ViewRow(FootageView);

impl Record for ViewRow {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let range = TimeRange::new(row.cell("started_at")?, row.cell("ended_at")?);
        let view = NewView {
            id: row.cell("view_id")?,
            cameras: vec![],
            range: range.ok_or_else(|| sqlx::Error::Decode("view is reversed".into()))?,
            purpose: row.cell("purpose")?,
            reason: row.cell("reason")?,
            reason_text: row.cell("reason_text")?,
            created_at: row.cell("created_at")?,
            expires_at: row.cell("expires_at")?,
        };
        let (person_id, login, office) = (row.cell("person_id")?, row.cell("login")?, row.cell("office")?);
        Ok(Self(FootageView { view, person_id, login, office }))
    }
}

struct ViewedRow(ViewId, ViewedCamera);

impl Record for ViewedRow {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let camera = ViewedCamera {
            id: row.cell("camera_id")?,
            name: row.cell("name")?,
            name_en: row.cell("name_en")?,
            canteen_id: row.cell("canteen_id")?,
            canteen_name: row.cell("canteen_name")?,
        };
        Ok(Self(row.cell("view_id")?, camera))
    }
}

impl Tx {
    /// Refuses a camera outside the scope.
    async fn camera_in_scope(&mut self, scope: &Scope, camera: CameraId) -> Result<(), StoreError> {
        const SQL: &str = concat!(
            "select count(*) as n from camera join canteen using (canteen_id) where camera_id = $3 and ",
            within!("canteen.path"),
        );
        match self.one::<crate::cell::Number>("camera", SQL, scoped(scope, args![camera])).await?.0 {
            0 => Err(StoreError::NotFound { what: "camera" }),
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Writes that a person is going to look at footage, and why.
    ///
    /// # Errors
    /// `NotFound` when a camera is outside the person's scope.
    pub async fn insert_view(&self, person: &Person, view: &NewView) -> Result<(), StoreError> {
        const VIEW: &str = "insert into footage_view (view_id, person_id, login, office, purpose, reason, reason_text, \
             started_at, ended_at, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        const CAMERA: &str = "insert into footage_view_camera (view_id, camera_id) values ($1, $2)";
        let scope = person.scope();
        let mut tx = self.db.begin().await?;
        let args = args![
            view.id,
            person.id,
            &person.login,
            &person.office,
            view.purpose.as_str(),
            view.reason.as_str(),
            &view.reason_text,
            view.range.start(),
            view.range.end(),
            view.created_at,
            view.expires_at,
        ];
        tx.run(VIEW, args).await?;
        for camera in &view.cameras {
            tx.camera_in_scope(&scope, *camera).await?;
            tx.run(CAMERA, args![view.id, *camera]).await?;
        }
        // the words may name people, and the trail has no names: it holds their hash
        let words = hex::encode(Sha256::digest(&view.reason_text));
        let detail = json!({
            "office": person.office, "reason": view.reason.as_str(), "reason_text_sha256": words,
            "cameras": view.cameras, "from": view.range.start(), "to": view.range.end(), "expires_at": view.expires_at,
        });
        let (actor, action) = (format!("person:{}", person.id), format!("footage.{}", view.purpose.as_str()));
        tx.audit(&entry(&actor, &action, &format!("footage_view:{}", view.id), &detail, view.created_at)).await?;
        tx.commit().await
    }

    /// Returns a person's own entry of the ledger, expired or not.
    ///
    /// # Errors
    /// `NotFound`, also when it is another person's.
    pub async fn own_view(&self, person: PersonId, id: ViewId) -> Result<FootageView, StoreError> {
        const VIEW: &str = "select * from footage_view where view_id = $1 and person_id = $2";
        const CAMERAS: &str = "select view_id, camera.camera_id, camera.name, camera.name_en, canteen_id, \
             canteen.name as canteen_name from footage_view_camera join camera using (camera_id) \
             join canteen using (canteen_id) where view_id = $1 order by camera_id";
        let ViewRow(mut found) = self.db.one("view", VIEW, args![id, person]).await?;
        let cameras: Vec<ViewedRow> = self.db.all(CAMERAS, args![id]).await?;
        found.view.cameras = cameras.into_iter().map(|ViewedRow(_, camera)| camera.id).collect();
        Ok(found)
    }

    /// Returns a page of the ledger's entries with a camera of the scope, newest first, each with those cameras.
    ///
    /// # Errors
    /// `BadCursor`.
    pub async fn views(
        &self,
        scope: &Scope,
        filter: &ViewFilter,
        key: &PageKey,
    ) -> Result<Page<(FootageView, Vec<ViewedCamera>)>, StoreError> {
        const VIEWS: &str = concat!(
            "select * from footage_view where (created_at, view_id) < ($6, $7) and ($5 is null or person_id = $5) \
             and exists (select 1 from footage_view_camera c join camera on camera.camera_id = c.camera_id \
             join canteen using (canteen_id) where c.view_id = footage_view.view_id \
             and ($3 is null or canteen_id = $3) and ($4 is null or camera.camera_id = $4) and ",
            within!("canteen.path"),
            ") order by created_at desc, view_id desc limit $8",
        );
        const CAMERAS: &str = concat!(
            "select view_id, camera.camera_id, camera.name, camera.name_en, canteen_id, \
             canteen.name as canteen_name from footage_view_camera join footage_view using (view_id) \
             join camera using (camera_id) join canteen using (canteen_id) \
             where (created_at, view_id) >= ($3, $4) and (created_at, view_id) <= ($5, $6) and ",
            within!("canteen.path"),
            " order by camera.camera_id",
        );
        let cursor = key.cursor()?;
        let wanted = args![filter.canteen_id, filter.camera_id, filter.person_id, cursor.at, cursor.id, key.rows()];
        let rows: Vec<ViewRow> = self.db.all(VIEWS, scoped(scope, wanted)).await?;
        let page = key.page(rows, |ViewRow(row)| Cursor { at: row.view.created_at, id: row.view.id.uuid() });
        let (Some(ViewRow(newest)), Some(ViewRow(oldest))) = (page.items.first(), page.items.last()) else {
            return Ok(Page { items: vec![], next: None });
        };
        let between = args![oldest.view.created_at, oldest.view.id, newest.view.created_at, newest.view.id];
        let mut cameras: HashMap<ViewId, Vec<ViewedCamera>> = HashMap::new();
        for ViewedRow(view, camera) in self.db.all(CAMERAS, scoped(scope, between)).await? {
            cameras.entry(view).or_default().push(camera);
        }
        let with_cameras = |ViewRow(mut row): ViewRow| {
            let cameras = cameras.remove(&row.view.id).unwrap_or_default();
            row.view.cameras = cameras.iter().map(|camera| camera.id).collect();
            (row, cameras)
        };
        Ok(Page { items: page.items.into_iter().map(with_cameras).collect(), next: page.next })
    }

    /// Returns the segments that touch the range, oldest first, as [`Store::segments`], without reading a month of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn segments_to_play(&self, stream: StreamId, range: TimeRange) -> Result<Vec<Segment>, StoreError> {
        const SQL: &str = "select * from segment where stream_id = $1 and started_at >= $4 and started_at < $3 \
             and ended_at > $2 order by started_at, segment_id";
        let earliest = range.start() - LONGEST_SEGMENT;
        self.db.all(SQL, args![stream, range.start(), range.end(), earliest]).await
    }

    /// Returns a segment.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn segment(&self, id: SegmentId) -> Result<Segment, StoreError> {
        self.db.one("segment", "select * from segment where segment_id = $1", args![id]).await
    }
}
