//! Orders to delete footage before its time.

use crate::{
    audit::entry,
    cell::{Cells, Number, Record},
    db::args,
    deletion::{around_violation, window_us},
    error::{Refused, StoreError},
    holds::held,
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
};
use mingchu_domain::{
    id::{CameraId, DeletionOrderId},
    role::Scope,
    time::{TimeRange, WallTime},
};
use serde_json::json;

/// An order to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeletionOrder {
    /// Its id.
    pub id: DeletionOrderId,
    /// The camera.
    pub camera_id: CameraId,
    /// Files that touch this go.
    pub range: TimeRange,
    /// Why.
    pub reason: String,
}

/// What an order would delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderPreview {
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Of the files, under a hold.
    pub held_files: u64,
    /// Of the files, around a violation.
    pub violation_files: u64,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletionDone {
    /// When it was carried out.
    pub at: WallTime,
    /// Files deleted.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Files that a hold has covered since the order.
    pub held_files: u64,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionOrder {
    /// Its id.
    pub id: DeletionOrderId,
    /// The camera.
    pub camera_id: CameraId,
    /// Chinese name of the camera.
    pub camera_name: String,
    /// English name of the camera.
    pub camera_name_en: String,
    /// Files that touch this go.
    pub range: TimeRange,
    /// Why.
    pub reason: String,
    /// When it was given.
    pub ordered_at: WallTime,
    /// By which office, as it was then.
    pub ordered_office: String,
    /// What became of it; `None`: not carried out yet.
    pub done: Option<DeletionDone>,
}

impl Record for DeletionOrder {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let range = TimeRange::new(row.cell("started_at")?, row.cell("ended_at")?);
        let done = match row.maybe("done_at")? {
            None => None,
            Some(at) => Some(DeletionDone {
                at,
                files: row.cell("files")?,
                bytes: row.cell("size_bytes")?,
                held_files: row.cell("held_files")?,
            }),
        };
        Ok(Self {
            id: row.cell("order_id")?,
            camera_id: row.cell("camera_id")?,
            camera_name: row.cell("camera_name")?,
            camera_name_en: row.cell("camera_name_en")?,
            range: range.ok_or_else(|| sqlx::Error::Decode("order is reversed".into()))?,
            reason: row.cell("reason")?,
            ordered_at: row.cell("ordered_at")?,
            ordered_office: row.cell("ordered_office")?,
            done,
        })
    }
}

impl Record for OrderPreview {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            files: row.cell("files")?,
            bytes: row.cell("size_bytes")?,
            held_files: row.cell("held_files")?,
            violation_files: row.cell("violation_files")?,
        })
    }
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "select deletion_order.*, deletion_done.done_at, deletion_done.files, deletion_done.size_bytes, \
             deletion_done.held_files, camera.name as camera_name, camera.name_en as camera_name_en \
             from deletion_order left join deletion_done on deletion_done.order_id = deletion_order.order_id \
             join camera on camera.camera_id = deletion_order.camera_id \
             join canteen on canteen.canteen_id = camera.canteen_id where ",
            $condition
        )
    };
}

impl Store {
    /// Returns what an order would delete today.
    ///
    /// # Errors
    /// `NotFound` for a camera outside the scope.
    pub async fn preview_order(
        &self,
        scope: &Scope,
        camera: CameraId,
        range: TimeRange,
    ) -> Result<OrderPreview, StoreError> {
        // the casts: PostgreSQL sums bigint to numeric
        const SQL: &str = concat!(
            "select count(*) as files, cast(coalesce(sum(size_bytes), 0) as bigint) as size_bytes, \
             cast(coalesce(sum(is_held), 0) as bigint) as held_files, \
             cast(coalesce(sum(is_evidence), 0) as bigint) as violation_files from ( \
                 select segment.size_bytes, case when ",
            held!(),
            " then 1 else 0 end as is_held, case when ",
            around_violation!("$4"),
            " then 1 else 0 end as is_evidence from segment join stream on stream.stream_id = segment.stream_id \
              join camera on camera.camera_id = stream.camera_id where stream.camera_id = $1 \
              and segment.started_at < $3 and segment.ended_at > $2) found",
        );
        self.camera(scope, camera).await?;
        self.db.one("footage", SQL, args![camera, range.start(), range.end(), window_us()]).await
    }

    /// Gives an order; the gateway carries it out within seconds.
    ///
    /// # Errors
    /// `NotFound` for a camera outside the scope, `Refused::Held` when a hold in force covers some of it.
    pub async fn insert_deletion_order(
        &self,
        scope: &Scope,
        order: &NewDeletionOrder,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const HELD: &str = "select count(*) as n from hold join camera on camera.canteen_id = hold.canteen_id \
             where camera.camera_id = $1 and hold.released_at is null and hold.started_at < $3 \
             and (hold.ended_at is null or hold.ended_at > $2) and (hold.is_whole_canteen or exists ( \
                 select 1 from hold_camera where hold_camera.hold_id = hold.hold_id and hold_camera.camera_id = $1))";
        const SQL: &str = "insert into deletion_order (order_id, camera_id, started_at, ended_at, reason, ordered_at, \
             ordered_by, ordered_office) values ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.camera(scope, order.camera_id).await?;
        let (start, end) = (order.range.start(), order.range.end());
        let mut tx = self.db.begin().await?;
        tx.lock_footage().await?;
        if tx.one::<Number>("hold", HELD, args![order.camera_id, start, end]).await?.0 > 0 {
            return Err(Refused::Held.into());
        }
        let args = args![order.id, order.camera_id, start, end, &order.reason, at, by.person_id, &by.office];
        tx.run(SQL, args).await?;
        let subject = format!("camera:{}", order.camera_id);
        let detail = json!({ "order_id": order.id, "from": start, "to": end, "reason": order.reason });
        tx.audit(&entry(&by.actor(), "footage.order_deletion", &subject, &detail, at)).await?;
        tx.commit().await
    }

    /// Returns the orders of the scope, newest first, at most 200.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deletion_orders(&self, scope: &Scope) -> Result<Vec<DeletionOrder>, StoreError> {
        const SQL: &str =
            concat!(select!(""), within!("canteen.path"), " order by deletion_order.ordered_at desc limit 200");
        self.db.all(SQL, scoped(scope, vec![])).await
    }

    /// Returns the orders that nobody has carried out, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_deletion_orders(&self) -> Result<Vec<DeletionOrder>, StoreError> {
        const SQL: &str = select!("deletion_done.order_id is null order by deletion_order.ordered_at");
        self.db.all(SQL, vec![]).await
    }

    /// Notes what became of an order. A second note changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deletion_order_done(&self, order: DeletionOrderId, done: &DeletionDone) -> Result<(), StoreError> {
        const SQL: &str = "insert into deletion_done (order_id, done_at, files, size_bytes, held_files) \
             values ($1, $2, $3, $4, $5) on conflict (order_id) do nothing";
        self.db.run(SQL, args![order, done.at, done.files, done.bytes, done.held_files]).await.map(|_| ())
    }

    /// Returns files and bytes that receipts show for an order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deleted_by_order(&self, order: DeletionOrderId) -> Result<(u64, u64), StoreError> {
        const SQL: &str = "select cast(coalesce(sum(files), 0) as bigint) as files, \
             cast(coalesce(sum(size_bytes), 0) as bigint) as size_bytes from receipt where order_id = $1";
        let sum: Sum = self.db.one("order", SQL, args![order]).await?;
        Ok((sum.0, sum.1))
    }
}

struct Sum(u64, u64);

impl Record for Sum {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("files")?, row.cell("size_bytes")?))
    }
}
