//! What people draw into a camera's picture: zones and waste bins, and what the bins look like.

use crate::{
    audit::entry,
    cameras::{Camera, Zone},
    cell::{Cells, Json, Record},
    db::{Tx, args},
    error::{Refused, StoreError},
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
};
use mingchu_domain::{
    geometry::Polygon,
    id::{BinId, BinReferenceId, CameraId},
    role::Scope,
    rule::Lid,
    time::WallTime,
};
use serde_json::json;

/// Most pictures of a bin's lid in one state that are kept.
const MOST_REFERENCES: i64 = 60;

/// A waste bin in a camera's picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Bin {
    /// Its id.
    pub id: BinId,
    /// Where in the picture.
    pub outline: Polygon,
    /// What it looks like, oldest first.
    pub references: Vec<BinReference>,
}

/// A picture of a bin with its lid on or off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinReference {
    /// Its id.
    pub id: BinReferenceId,
    /// Of which bin.
    pub bin_id: BinId,
    /// How the lid lies.
    pub lid: Lid,
    /// The JPEG.
    pub object_key: String,
    /// When it was taken.
    pub taken_at: WallTime,
}

/// The zones and bins of a camera.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// The zones.
    pub zones: Vec<Zone>,
    /// The bins.
    pub bins: Vec<Bin>,
}

/// A bin and whose it is.
pub(crate) struct BinOf(pub(crate) CameraId, pub(crate) Bin);

impl Record for BinOf {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let outline: Json<Polygon> = row.cell("outline")?;
        let bin = Bin { id: row.cell("bin_id")?, outline: outline.0, references: vec![] };
        Ok(Self(row.cell("camera_id")?, bin))
    }
}

impl Record for BinReference {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("bin_reference_id")?,
            bin_id: row.cell("bin_id")?,
            lid: row.cell("lid")?,
            object_key: row.cell("object_key")?,
            taken_at: row.cell("taken_at")?,
        })
    }
}

impl Store {
    /// Returns the bins of a camera with their pictures.
    ///
    /// # Errors
    /// When the database fails; a camera outside the scope has none.
    pub async fn bins(&self, scope: &Scope, camera: CameraId) -> Result<Vec<Bin>, StoreError> {
        const BINS: &str = concat!(
            "select bin.* from bin join camera using (camera_id) join canteen using (canteen_id) \
             where removed_at is null and camera_id = $3 and ",
            within!("canteen.path"),
            " order by bin_id",
        );
        const REFERENCES: &str = "select r.* from bin_reference r join bin using (bin_id) \
             where camera_id = $1 order by bin_reference_id";
        let bins: Vec<BinOf> = self.db.all(BINS, scoped(scope, args![camera])).await?;
        let references = self.db.all(REFERENCES, args![camera]).await?;
        Ok(with_references(bins, references).into_iter().map(|BinOf(_, bin)| bin).collect())
    }

    /// Returns all bins of cameras in use.
    pub(crate) async fn all_bins(&self) -> Result<Vec<BinOf>, StoreError> {
        const BINS: &str = "select bin.* from bin join camera using (camera_id) \
             where removed_at is null and is_enabled order by bin_id";
        let bins = self.db.all(BINS, vec![]).await?;
        let references = self.db.all("select * from bin_reference order by bin_reference_id", vec![]).await?;
        Ok(with_references(bins, references))
    }

    /// Replaces the zones and bins of a camera. A bin that stays keeps its pictures.
    ///
    /// Returns the objects that nothing points at any more; delete them.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope; `Refused(NeverPublic)` when the camera is public and a zone may not be.
    pub async fn draw(
        &self,
        scope: &Scope,
        id: CameraId,
        drawing: &Drawing,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<Vec<String>, StoreError> {
        const FIND: &str = concat!(
            "select camera.*, canteen.name as canteen_name, canteen.name_en as canteen_name_en \
             from camera join canteen using (canteen_id) where removed_at is null and camera_id = $3 and ",
            within!("canteen.path"),
        );
        let mut tx = self.db.begin().await?;
        let camera: Camera = tx.one("camera", FIND, scoped(scope, args![id])).await?;
        let never_public = drawing.zones.iter().find(|zone| camera.is_public && !zone.kind.may_be_public());
        if let Some(zone) = never_public {
            return Err(Refused::NeverPublic(zone.kind).into());
        }
        tx.run("delete from zone where camera_id = $1", args![id]).await?;
        for zone in &drawing.zones {
            let (outline, off) = (serde_json::to_string(&zone.outline)?, serde_json::to_string(&zone.rules_off)?);
            const SQL: &str =
                "insert into zone (zone_id, camera_id, kind, outline, rules_off) values ($1, $2, $3, $4, $5)";
            tx.run(SQL, args![zone.id, id, zone.kind.as_str(), outline, off]).await?;
        }
        let orphans = tx.replace_bins(id, &drawing.bins).await?;
        let kinds: Vec<&str> = drawing.zones.iter().map(|zone| zone.kind.as_str()).collect();
        let detail = json!({ "office": by.office, "zones": kinds, "bins": drawing.bins.len() });
        tx.audit(&entry(&by.actor(), "camera.draw", &format!("camera:{id}"), &detail, at)).await?;
        tx.commit().await?;
        Ok(orphans)
    }

    /// Returns the camera of a bin.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn camera_of_bin(&self, scope: &Scope, id: BinId) -> Result<CameraId, StoreError> {
        const SQL: &str = concat!(
            "select bin.* from bin join camera using (camera_id) join canteen using (canteen_id) \
             where removed_at is null and bin_id = $3 and ",
            within!("canteen.path"),
        );
        let BinOf(camera, _) = self.db.one("bin", SQL, scoped(scope, args![id])).await?;
        Ok(camera)
    }

    /// Adds a picture of a bin.
    ///
    /// # Errors
    /// `NotFound` for a bin that is not of this camera; `Refused(EnoughReferences)`.
    pub async fn add_reference(&self, camera: CameraId, reference: &BinReference) -> Result<(), StoreError> {
        const IS_THERE: &str = "select count(*) as n from bin where bin_id = $1 and camera_id = $2";
        const COUNT: &str = "select count(*) as n from bin_reference where bin_id = $1 and lid = $2";
        const SQL: &str = "insert into bin_reference (bin_reference_id, bin_id, lid, object_key, taken_at) \
             values ($1, $2, $3, $4, $5)";
        let mut tx = self.db.begin().await?;
        let BinReference { id, bin_id, lid, object_key, taken_at } = reference;
        if tx.one::<crate::cell::Number>("bin", IS_THERE, args![*bin_id, camera]).await?.0 == 0 {
            return Err(StoreError::NotFound { what: "bin" });
        }
        let kept = tx.one::<crate::cell::Number>("count", COUNT, args![*bin_id, lid.as_str()]).await?.0;
        if kept >= MOST_REFERENCES {
            return Err(Refused::EnoughReferences.into());
        }
        tx.run(SQL, args![*id, *bin_id, lid.as_str(), object_key, *taken_at]).await?;
        tx.commit().await
    }

    /// Removes a picture of a camera's bin and returns its object; delete it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_reference(&self, camera: CameraId, id: BinReferenceId) -> Result<String, StoreError> {
        const FIND: &str = "select r.* from bin_reference r join bin using (bin_id) \
             where bin_reference_id = $1 and camera_id = $2";
        let reference: BinReference = self.db.one("picture", FIND, args![id, camera]).await?;
        self.db.run("delete from bin_reference where bin_reference_id = $1", args![id]).await?;
        Ok(reference.object_key)
    }
}

impl Tx {
    /// Makes `bins` the bins of the camera and returns the objects of those that are gone.
    async fn replace_bins(&mut self, camera: CameraId, bins: &[Bin]) -> Result<Vec<String>, StoreError> {
        let old: Vec<BinOf> = self.all("select * from bin where camera_id = $1", args![camera]).await?;
        let mut orphans = Vec::new();
        for BinOf(_, bin) in &old {
            if bins.iter().any(|kept| kept.id == bin.id) {
                continue;
            }
            const REFERENCES: &str = "select * from bin_reference where bin_id = $1";
            let gone: Vec<BinReference> = self.all(REFERENCES, args![bin.id]).await?;
            orphans.extend(gone.into_iter().map(|reference| reference.object_key));
            self.run("delete from bin_reference where bin_id = $1", args![bin.id]).await?;
            self.run("delete from bin where bin_id = $1", args![bin.id]).await?;
        }
        for bin in bins {
            let outline = serde_json::to_string(&bin.outline)?;
            if old.iter().any(|BinOf(_, known)| known.id == bin.id) {
                self.run("update bin set outline = $2 where bin_id = $1", args![bin.id, outline]).await?;
            } else {
                const SQL: &str = "insert into bin (bin_id, camera_id, outline) values ($1, $2, $3)";
                self.run(SQL, args![bin.id, camera, outline]).await?;
            }
        }
        Ok(orphans)
    }
}

fn with_references(mut bins: Vec<BinOf>, references: Vec<BinReference>) -> Vec<BinOf> {
    for reference in references {
        if let Some(BinOf(_, bin)) = bins.iter_mut().find(|BinOf(_, bin)| bin.id == reference.bin_id) {
            bin.references.push(reference);
        }
    }
    bins
}
