//! Retention periods, holds, orders, receipts.

use super::word;
use mingchu_domain::{
    id::{AreaId, CameraId, CanteenId, DeletionOrderId, HoldId},
    retention::{DeletionCause, Policy},
    time::WallTime,
};
use mingchu_store::{DeletionOrder as StoredOrder, Hold as StoredHold, PolicyPlace, Receipt as StoredReceipt};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How long footage is kept, in days: floor ≤ routine ≤ violation ≤ ceiling.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct Periods {
    /// No routine footage goes before, however full the disk is; 7 or more.
    pub floor_days: u32,
    /// Routine footage goes after.
    pub routine_days: u32,
    /// Footage around violations goes after.
    pub violation_days: u32,
    /// No period here or below may be longer; 3650 or less.
    pub ceiling_days: u32,
}

impl From<Policy> for Periods {
    fn from(policy: Policy) -> Self {
        let Policy { floor_days, routine_days, violation_days, ceiling_days } = policy;
        Self { floor_days, routine_days, violation_days, ceiling_days }
    }
}

impl From<Periods> for Policy {
    fn from(periods: Periods) -> Self {
        let Periods { floor_days, routine_days, violation_days, ceiling_days } = periods;
        Self { floor_days, routine_days, violation_days, ceiling_days }
    }
}

/// The policies that count somewhere in the caller's scope.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyList {
    /// What counts where nobody set anything.
    pub built_in: Periods,
    /// Those that somebody set, the topmost first.
    pub policies: Vec<RetentionPolicy>,
}

/// A policy that somebody set for a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionPolicy {
    /// Counts all policies ever set; receipts name it.
    pub version: u32,
    /// The area it counts in.
    #[schema(value_type = Option<String>)]
    pub area_id: Option<AreaId>,
    /// The canteen it counts in; with neither it counts everywhere.
    #[schema(value_type = Option<String>)]
    pub canteen_id: Option<CanteenId>,
    /// Chinese name of the place; empty: everywhere.
    pub name: String,
    /// English name of the place; empty: everywhere.
    pub name_en: String,
    /// As it was set.
    pub periods: Periods,
    /// What counts there, should a place above have been tightened since.
    pub in_force: Periods,
    /// When it was set.
    #[schema(value_type = String, format = DateTime)]
    pub set_at: WallTime,
    /// By which office.
    pub set_by: String,
}

/// Sets the policy of a place.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewPolicy {
    /// The area it shall count in.
    #[schema(value_type = Option<String>)]
    pub area_id: Option<AreaId>,
    /// The canteen it shall count in; with neither it counts everywhere.
    #[schema(value_type = Option<String>)]
    pub canteen_id: Option<CanteenId>,
    /// The periods; null: the place follows the one above again.
    pub periods: Option<Periods>,
}

impl NewPolicy {
    /// Returns the place, `None` when both are given.
    pub(crate) fn place(&self) -> Option<PolicyPlace> {
        match (self.area_id, self.canteen_id) {
            (None, None) => Some(PolicyPlace::Everywhere),
            (Some(area), None) => Some(PolicyPlace::Area(area)),
            (None, Some(canteen)) => Some(PolicyPlace::Canteen(canteen)),
            (Some(_), Some(_)) => None,
        }
    }
}

/// The version that was set.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicySet {
    /// The version.
    pub version: u32,
    /// What counts in the place now.
    pub in_force: Periods,
}

/// Which holds are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HoldQuery {
    /// Those in force that cover footage of this camera.
    #[param(value_type = Option<String>)]
    pub camera_id: Option<CameraId>,
    /// With a camera: first instant.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<WallTime>,
    /// With a camera: first instant after it.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<WallTime>,
}

/// Legal holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldList {
    /// Those in force first, then the newest.
    pub holds: Vec<Hold>,
}

/// A legal hold: nothing deletes its footage until a person releases it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hold {
    /// Its id.
    #[schema(value_type = String)]
    pub id: HoldId,
    /// The canteen.
    #[schema(value_type = String)]
    pub canteen_id: CanteenId,
    /// Chinese name of the canteen.
    pub canteen_name: String,
    /// English name of the canteen.
    pub canteen_name_en: String,
    /// Its cameras; empty: the whole canteen.
    pub cameras: Vec<HoldCamera>,
    /// First instant held.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant not held; null: all that comes.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<WallTime>,
    /// Why.
    pub reason: String,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: WallTime,
    /// By which office.
    pub placed_by: String,
    /// When it was released; null: in force.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub released_at: Option<WallTime>,
    /// By which office.
    pub released_by: Option<String>,
    /// Why it was released.
    pub release_reason: Option<String>,
}

/// A camera of a hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldCamera {
    /// Its id.
    #[schema(value_type = String)]
    pub id: CameraId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

impl From<StoredHold> for Hold {
    fn from(hold: StoredHold) -> Self {
        let camera = |camera: mingchu_store::HoldCamera| HoldCamera {
            id: camera.id,
            name: camera.name,
            name_en: camera.name_en,
        };
        Self {
            id: hold.id,
            canteen_id: hold.canteen_id,
            canteen_name: hold.canteen_name,
            canteen_name_en: hold.canteen_name_en,
            cameras: hold.cameras.into_iter().map(camera).collect(),
            from: hold.started_at,
            to: hold.ended_at,
            reason: hold.reason,
            placed_at: hold.placed_at,
            placed_by: hold.placed_office,
            released_at: hold.released_at,
            released_by: hold.released_office,
            release_reason: hold.release_reason,
        }
    }
}

/// Places a hold.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewHold {
    /// The canteen.
    #[schema(value_type = String)]
    pub canteen_id: CanteenId,
    /// Its cameras; empty or left out: the whole canteen, with cameras that come later.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub cameras: Vec<CameraId>,
    /// First instant held.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant not held; left out: all that comes.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<WallTime>,
    /// Why, 2 to 500 characters.
    pub reason: String,
}

/// Releases a hold.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Release {
    /// Why, 2 to 500 characters.
    pub reason: String,
}

/// Footage of a camera that may be ordered to be deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrderQuery {
    /// The camera.
    #[param(value_type = String)]
    pub camera_id: CameraId,
    /// First instant.
    #[param(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it.
    #[param(value_type = String, format = DateTime)]
    pub to: WallTime,
}

/// What an order would delete.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderPreview {
    /// Files of about a minute, each whole.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Of the files, under a hold; with any, an order is refused.
    pub held_files: u64,
    /// Of the files, around a violation.
    pub violation_files: u64,
}

/// Orders footage to be deleted before its time.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewOrder {
    /// The camera.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// First instant.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it, at least 15 minutes ago.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// Why, 2 to 500 characters.
    pub reason: String,
    /// The camera's Chinese name once more, so that nothing is deleted by a slip.
    pub confirm: String,
}

/// Orders to delete footage.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderList {
    /// The newest first.
    pub orders: Vec<Order>,
}

/// An order to delete footage.
#[derive(Debug, Serialize, ToSchema)]
pub struct Order {
    /// Its id.
    #[schema(value_type = String)]
    pub id: DeletionOrderId,
    /// The camera.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// Chinese name of the camera.
    pub camera_name: String,
    /// English name of the camera.
    pub camera_name_en: String,
    /// First instant.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// Why.
    pub reason: String,
    /// When it was given.
    #[schema(value_type = String, format = DateTime)]
    pub ordered_at: WallTime,
    /// By which office.
    pub ordered_by: String,
    /// When it was carried out; null: not yet.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<WallTime>,
    /// Files deleted; null: not yet.
    pub files: Option<u64>,
    /// Bytes of them.
    pub bytes: Option<u64>,
    /// Files that a hold has kept since.
    pub held_files: Option<u64>,
}

impl From<StoredOrder> for Order {
    fn from(order: StoredOrder) -> Self {
        Self {
            id: order.id,
            camera_id: order.camera_id,
            camera_name: order.camera_name,
            camera_name_en: order.camera_name_en,
            from: order.range.start(),
            to: order.range.end(),
            reason: order.reason,
            ordered_at: order.ordered_at,
            ordered_by: order.ordered_office,
            done_at: order.done.map(|done| done.at),
            files: order.done.map(|done| done.files),
            bytes: order.done.map(|done| done.bytes),
            held_files: order.done.map(|done| done.held_files),
        }
    }
}

/// A page of deletion receipts, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptPage {
    /// The receipts.
    pub receipts: Vec<Receipt>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A deletion receipt: files that followed one another in their stream's hash chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// Its place in the chain of receipts, from 1.
    pub seq: i64,
    /// When the files went.
    #[schema(value_type = String, format = DateTime)]
    pub deleted_at: WallTime,
    /// The camera.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// Chinese name of the camera.
    pub camera_name: String,
    /// English name of the camera.
    pub camera_name_en: String,
    /// Chinese name of the canteen.
    pub canteen_name: String,
    /// English name of the canteen.
    pub canteen_name_en: String,
    /// Start of the first file.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// End of the last file.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Why.
    #[schema(value_type = word::DeletionCause)]
    pub cause: DeletionCause,
    /// Version of the policies in force; 0: the built-in one.
    pub policy_version: u32,
    /// The order it carries out.
    #[schema(value_type = Option<String>)]
    pub order_id: Option<DeletionOrderId>,
    /// The periods in force, or the order.
    pub basis: String,
    /// The stream's hash chain before the first file.
    pub chain_before: String,
    /// The stream's hash chain after the last file.
    pub chain_after: String,
    /// Hash of this receipt and the one before.
    pub hash: String,
}

impl From<StoredReceipt> for Receipt {
    fn from(receipt: StoredReceipt) -> Self {
        let facts = receipt.facts;
        Self {
            seq: receipt.seq,
            deleted_at: facts.at,
            camera_id: facts.camera_id,
            camera_name: receipt.camera_name,
            camera_name_en: receipt.camera_name_en,
            canteen_name: receipt.canteen_name,
            canteen_name_en: receipt.canteen_name_en,
            from: facts.started_at,
            to: facts.ended_at,
            files: facts.files,
            bytes: facts.bytes,
            cause: facts.cause,
            policy_version: facts.policy_version,
            order_id: receipt.order_id,
            basis: facts.basis,
            chain_before: facts.chain_before,
            chain_after: facts.chain_after,
            hash: receipt.hash,
        }
    }
}

/// What walking a camera's hash chain over files and receipts found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FootageProof {
    /// Files whose place in the chain is proved.
    pub sound: u64,
    /// Files that receipts account for.
    pub deleted: u64,
    /// Whether nothing is missing without a receipt.
    pub is_whole: bool,
}
