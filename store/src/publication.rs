//! Which cameras may be shown to the public, and who said so of which picture.

use crate::{
    audit::entry,
    cell::{Cells, Record},
    db::{Tx, args},
    error::{Refused, StoreError},
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
};
use mingchu_domain::{
    id::{ApprovalId, CameraId, CanteenId, StillId},
    publication::Side,
    role::Scope,
    time::WallTime,
};
use serde_json::json;
use std::collections::HashMap;

/// A picture to put up for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPublicationStill {
    /// Its id.
    pub id: StillId,
    /// Where the picture lies; nobody writes there again.
    pub object_key: String,
    /// Hex SHA-256 of the picture.
    pub sha256: String,
    /// When it was taken.
    pub taken_at: WallTime,
}

/// A picture that was put up for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationStill {
    /// Its id.
    pub id: StillId,
    /// Its camera.
    pub camera_id: CameraId,
    /// Where the picture lies.
    pub object_key: String,
    /// Hex SHA-256 of the picture.
    pub sha256: String,
    /// When it was taken.
    pub taken_at: WallTime,
    /// The office that put it up.
    pub put_up_office: String,
    /// When.
    pub put_up_at: WallTime,
}

/// Somebody's approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationApproval {
    /// Of which picture.
    pub still_id: StillId,
    /// Whose.
    pub side: Side,
    /// The office of the person.
    pub office: String,
    /// When.
    pub approved_at: WallTime,
    /// The office that took it back, and when; `None`: it is in force.
    pub withdrawn: Option<(String, WallTime)>,
}

/// Which approvals of its newest picture a camera has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Approved {
    /// The school's.
    pub school: bool,
    /// The authority's.
    pub regulator: bool,
}

/// What was put up and approved of a camera.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CameraPublication {
    /// The newest picture; `None` when none was ever put up.
    pub still: Option<PublicationStill>,
    /// Approvals of all its pictures, the newest first; at most 50.
    pub approvals: Vec<PublicationApproval>,
}

impl CameraPublication {
    /// Returns the side's approval of the newest picture, if it is in force.
    #[must_use]
    pub fn in_force(&self, side: Side) -> Option<&PublicationApproval> {
        let still = self.still.as_ref()?.id;
        self.approvals.iter().find(|one| one.still_id == still && one.side == side && one.withdrawn.is_none())
    }

    /// Returns which approvals of the newest picture are in force.
    #[must_use]
    pub fn approved(&self) -> Approved {
        Approved { school: self.in_force(Side::School).is_some(), regulator: self.in_force(Side::Regulator).is_some() }
    }
}

impl Record for PublicationStill {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("publication_still_id")?,
            camera_id: row.cell("camera_id")?,
            object_key: row.cell("object_key")?,
            sha256: row.cell("sha256")?,
            taken_at: row.cell("taken_at")?,
            put_up_office: row.cell("put_up_office")?,
            put_up_at: row.cell("put_up_at")?,
        })
    }
}

impl Record for PublicationApproval {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let withdrawn = row.maybe("withdrawn_office")?.zip(row.maybe("withdrawn_at")?);
        Ok(Self {
            still_id: row.cell("publication_still_id")?,
            side: row.cell("side")?,
            office: row.cell("approved_office")?,
            approved_at: row.cell("approved_at")?,
            withdrawn,
        })
    }
}

struct InForce(CameraId, Side);

impl Record for InForce {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("camera_id")?, row.cell("side")?))
    }
}

struct CameraRow(CameraId);

impl Record for CameraRow {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("camera_id")?))
    }
}

const NEWEST: &str =
    "select * from publication_still where camera_id = $1 order by put_up_at desc, publication_still_id desc limit 1";

impl Store {
    /// Returns what was put up and approved of a camera; whoever calls has asked for the camera in their scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn camera_publication(&self, camera: CameraId) -> Result<CameraPublication, StoreError> {
        const APPROVALS: &str = "select publication_approval.* from publication_approval \
             join publication_still using (publication_still_id) where camera_id = $1 \
             order by approved_at desc, publication_approval_id desc limit 50";
        Ok(CameraPublication {
            still: self.db.maybe(NEWEST, args![camera]).await?,
            approvals: self.db.all(APPROVALS, args![camera]).await?,
        })
    }

    /// Returns which approvals of their newest pictures the canteen's cameras have.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approved_cameras(&self, canteen: CanteenId) -> Result<HashMap<CameraId, Approved>, StoreError> {
        const SQL: &str = "select still.camera_id, approval.side from publication_approval approval \
             join publication_still still using (publication_still_id) join camera using (camera_id) \
             where camera.canteen_id = $1 and approval.withdrawn_at is null and not exists ( \
                 select 1 from publication_still newer where newer.camera_id = still.camera_id \
                 and (newer.put_up_at > still.put_up_at or (newer.put_up_at = still.put_up_at \
                      and newer.publication_still_id > still.publication_still_id)))";
        let mut approved: HashMap<CameraId, Approved> = HashMap::new();
        for InForce(camera, side) in self.db.all(SQL, args![canteen]).await? {
            let camera = approved.entry(camera).or_default();
            match side {
                Side::School => camera.school = true,
                Side::Regulator => camera.regulator = true,
            }
        }
        Ok(approved)
    }

    /// Puts a camera's picture up for approval. Approvals of the picture before no longer count.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn put_up_still(
        &self,
        scope: &Scope,
        camera: CameraId,
        still: &NewPublicationStill,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into publication_still (publication_still_id, camera_id, object_key, sha256, \
             taken_at, put_up_by, put_up_office, put_up_at) values ($1, $2, $3, $4, $5, $6, $7, $8)";
        let mut tx = self.db.begin().await?;
        find(&mut tx, scope, camera).await?;
        let row =
            args![still.id, camera, &still.object_key, &still.sha256, still.taken_at, by.person_id, &by.office, at];
        tx.run(SQL, row).await?;
        let detail = json!({ "still": still.id, "sha256": still.sha256 });
        tx.audit(&entry(&by.actor(), "publication.put_up", &format!("camera:{camera}"), &detail, at)).await?;
        tx.commit().await
    }

    /// Approves that the camera is shown to the public, having seen the picture `still`.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope; `Refused(OtherStill)` when another picture was put up meanwhile;
    /// `Conflict` with `publication_approval_in_force_key` when the side has approved it already.
    pub async fn approve_publication(
        &self,
        scope: &Scope,
        camera: CameraId,
        (still, side): (StillId, Side),
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into publication_approval (publication_approval_id, publication_still_id, side, \
             approved_by, approved_office, approved_at) values ($1, $2, $3, $4, $5, $6)";
        let mut tx = self.db.begin().await?;
        find(&mut tx, scope, camera).await?;
        let newest: Option<PublicationStill> = tx.maybe(NEWEST, args![camera]).await?;
        let newest = newest.filter(|newest| newest.id == still).ok_or(StoreError::Refused(Refused::OtherStill))?;
        let row = args![ApprovalId::generate(), still, side.as_str(), by.person_id, &by.office, at];
        tx.run(SQL, row).await?;
        let detail = json!({ "still": still, "sha256": newest.sha256, "side": side.as_str() });
        tx.audit(&entry(&by.actor(), "publication.approve", &format!("camera:{camera}"), &detail, at)).await?;
        tx.commit().await
    }

    /// Takes the side's approval back; the camera is not public from now on.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope and when nothing of the side is in force.
    pub async fn withdraw_publication(
        &self,
        scope: &Scope,
        camera: CameraId,
        side: Side,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "update publication_approval set withdrawn_by = $3, withdrawn_office = $4, withdrawn_at = $5 \
             where side = $2 and withdrawn_at is null and publication_still_id in ( \
                 select publication_still_id from publication_still where camera_id = $1)";
        let mut tx = self.db.begin().await?;
        find(&mut tx, scope, camera).await?;
        let row = args![camera, side.as_str(), by.person_id, &by.office, at];
        if tx.run(SQL, row).await? == 0 {
            return Err(StoreError::NotFound { what: "approval" });
        }
        let detail = json!({ "side": side.as_str() });
        tx.audit(&entry(&by.actor(), "publication.withdraw", &format!("camera:{camera}"), &detail, at)).await?;
        tx.commit().await
    }
}

async fn find(tx: &mut Tx, scope: &Scope, camera: CameraId) -> Result<CameraId, StoreError> {
    const FIND: &str = concat!(
        "select camera.camera_id from camera join canteen using (canteen_id) \
         where removed_at is null and camera_id = $3 and ",
        within!("canteen.path"),
    );
    let CameraRow(found) = tx.one("camera", FIND, scoped(scope, args![camera])).await?;
    Ok(found)
}
