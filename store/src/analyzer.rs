//! Whether anything is being judged, and if not, why.

use crate::{
    cell::{Cells, Json, Record},
    db::args,
    error::StoreError,
    open::Store,
};
use mingchu_domain::time::WallTime;

/// Whether the analyzer judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzerStatus {
    /// Whether it does.
    pub is_judging: bool,
    /// Why not, as a code: `no_models`, `no_runtime`, `starting`.
    pub reason: Option<String>,
    /// More, for a person.
    pub detail: String,
    /// Names and versions of the models in use.
    pub models: Vec<String>,
    /// When this was written.
    pub updated_at: WallTime,
}

impl Record for AnalyzerStatus {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let models: Json<Vec<String>> = row.cell("models")?;
        Ok(Self {
            is_judging: row.cell("is_judging")?,
            reason: row.maybe("reason")?,
            detail: row.cell("detail")?,
            models: models.0,
            updated_at: row.cell("updated_at")?,
        })
    }
}

impl Store {
    /// Writes whether the analyzer judges.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_analyzer_status(&self, status: &AnalyzerStatus) -> Result<(), StoreError> {
        const SQL: &str = "insert into analyzer_status (id, is_judging, reason, detail, models, updated_at) \
             values (1, $1, $2, $3, $4, $5) on conflict (id) do update set is_judging = excluded.is_judging, \
             reason = excluded.reason, detail = excluded.detail, models = excluded.models, \
             updated_at = excluded.updated_at";
        let models = serde_json::to_string(&status.models)?;
        let args = args![status.is_judging, status.reason.clone(), &status.detail, models, status.updated_at];
        self.db.run(SQL, args).await.map(|_| ())
    }

    /// Returns whether the analyzer judges; `None` when it has never run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn analyzer_status(&self) -> Result<Option<AnalyzerStatus>, StoreError> {
        self.db.maybe("select * from analyzer_status", vec![]).await
    }
}
