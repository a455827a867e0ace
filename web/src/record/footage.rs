//! The access ledger, and exports of archived footage.

use super::word;
use mingchu_domain::{
    footage::{ExportState, ViewPurpose, ViewReason},
    id::{CameraId, CanteenId, ExportId, ViewId},
    media::StreamKind,
    time::WallTime,
};
use mingchu_store::ViewedCamera;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Why somebody is going to look at which footage.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFootageView {
    /// 1 to 16 cameras.
    #[schema(value_type = Vec<String>)]
    pub camera_ids: Vec<CameraId>,
    /// First instant of the footage.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it; at most 7 days later. May lie ahead, as the end of a running day.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// To look at it here, or to take a copy away.
    #[schema(value_type = word::ViewPurpose)]
    pub purpose: ViewPurpose,
    /// Why.
    pub reason: Reason,
}

/// Why somebody looks at footage (事由).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[schema(as = FootageReason)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// One of a list.
    #[schema(value_type = word::ViewReason)]
    pub code: ViewReason,
    /// In words, 2 to 200 characters; compulsory for `other`.
    #[serde(default)]
    pub text: Option<String>,
}

/// An entry of the access ledger; good for looking until `expires_at`, for the person who made it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FootageView {
    /// Its id.
    #[schema(value_type = String)]
    pub view_id: ViewId,
    /// Which cameras.
    #[schema(value_type = Vec<String>)]
    pub camera_ids: Vec<CameraId>,
    /// First instant of the footage.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// To look or to take away.
    #[schema(value_type = word::ViewPurpose)]
    pub purpose: ViewPurpose,
    /// Why.
    pub reason: ReasonGiven,
    /// The person's office, then.
    pub office: String,
    /// The person's sign-in name, then.
    pub login: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: WallTime,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: WallTime,
}

/// The reason that was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FootageReasonGiven)]
pub struct ReasonGiven {
    /// One of a list.
    #[schema(value_type = word::ViewReason)]
    pub code: ViewReason,
    /// In words.
    pub text: Option<String>,
}

/// Which entries of the ledger are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// With a camera of this canteen.
    #[param(value_type = Option<String>)]
    pub canteen_id: Option<CanteenId>,
    /// With this camera.
    #[param(value_type = Option<String>)]
    pub camera_id: Option<CameraId>,
    /// `me`: only one's own.
    #[param(value_type = Option<String>)]
    pub person: Option<String>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// How many, 1 to 200; 50 when left out.
    pub limit: Option<u32>,
}

/// A page of the ledger, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct FootageViewPage {
    /// The entries.
    pub views: Vec<LedgerEntry>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// An entry of the ledger with the cameras that the reader may know of.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerEntry {
    /// The entry.
    #[serde(flatten)]
    pub view: FootageView,
    /// Its cameras in the reader's scope.
    pub cameras: Vec<LedgerCamera>,
}

/// A camera of a ledger entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerCamera {
    /// Its id.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// The canteen.
    #[schema(value_type = String)]
    pub canteen_id: CanteenId,
    /// The canteen's Chinese name.
    pub canteen_name: String,
}

/// Which part of a view is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlayQuery {
    /// First instant; that of the view when left out.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<WallTime>,
    /// First instant after it, at most 6 hours later; that of the view when left out.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<WallTime>,
    /// Which stream; the archived one when left out.
    #[param(value_type = Option<word::StreamKind>)]
    pub stream: Option<StreamKind>,
}

/// Which picture is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StillQuery {
    /// The last picture at or before this time.
    #[param(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// Whether it must be the very picture; else the key picture before it, which is quicker.
    pub exact: Option<bool>,
    /// Scaled down to this width, 16 to 1920 pixels.
    pub width: Option<u32>,
    /// Which stream; the archived one when left out.
    #[param(value_type = Option<word::StreamKind>)]
    pub stream: Option<StreamKind>,
}

/// Which footage is to be exported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFootageExport {
    /// A view with the purpose `export`.
    #[schema(value_type = String)]
    pub view_id: ViewId,
    /// One of its cameras.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// The first picture is the first at or after this time.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// The last picture is the last before this time; at most 2 hours later, and not ahead.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
}

/// Which exports are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// Of this view only.
    #[param(value_type = Option<String>)]
    pub view_id: Option<ViewId>,
}

/// One's exports.
#[derive(Debug, Serialize, ToSchema)]
pub struct FootageExportList {
    /// Newest first, at most 50.
    pub exports: Vec<FootageExport>,
}

/// Where an export stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct FootageExport {
    /// Its id.
    #[schema(value_type = String)]
    pub export_id: ExportId,
    /// The view that allows it.
    #[schema(value_type = String)]
    pub view_id: ViewId,
    /// Of which camera.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// First instant asked for.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// Where it stands.
    #[schema(value_type = word::ExportState)]
    pub state: ExportState,
    /// How much is done, 0 to 1.
    pub progress: f64,
    /// Size of the file.
    pub size_bytes: Option<u64>,
    /// SHA-256 of the file, hex.
    pub sha256: Option<String>,
    /// Pictures shown.
    pub frames: Option<u32>,
    /// Time of the first picture shown.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_picture_at: Option<WallTime>,
    /// Time of the last picture shown.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_picture_at: Option<WallTime>,
    /// Why there is no file, and what to do.
    pub error: Option<String>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: WallTime,
    /// When the file is deleted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<WallTime>,
}

impl From<mingchu_store::FootageView> for FootageView {
    fn from(row: mingchu_store::FootageView) -> Self {
        let mingchu_store::FootageView { view, login, office, .. } = row;
        let text = Some(view.reason_text).filter(|text| !text.is_empty());
        Self {
            view_id: view.id,
            camera_ids: view.cameras,
            from: view.range.start(),
            to: view.range.end(),
            purpose: view.purpose,
            reason: ReasonGiven { code: view.reason, text },
            office,
            login,
            created_at: view.created_at,
            expires_at: view.expires_at,
        }
    }
}

impl From<ViewedCamera> for LedgerCamera {
    fn from(camera: ViewedCamera) -> Self {
        let ViewedCamera { id, name, name_en, canteen_id, canteen_name } = camera;
        Self { camera_id: id, name, name_en, canteen_id, canteen_name }
    }
}

impl From<mingchu_store::FootageExport> for FootageExport {
    fn from(row: mingchu_store::FootageExport) -> Self {
        let mingchu_store::FootageExport { asked, state, progress_permille, file, error, expires_at } = row;
        let told = file.as_ref();
        Self {
            export_id: asked.id,
            view_id: asked.view_id,
            camera_id: asked.camera_id,
            from: asked.range.start(),
            to: asked.range.end(),
            state,
            progress: f64::from(progress_permille) / 1000.0,
            size_bytes: told.map(|file| file.size_bytes),
            sha256: told.map(|file| file.sha256.clone()),
            frames: told.map(|file| file.frames),
            first_picture_at: told.map(|file| file.first_picture_at),
            last_picture_at: told.map(|file| file.last_picture_at),
            error,
            created_at: asked.created_at,
            expires_at,
        }
    }
}
