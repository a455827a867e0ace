//! What a canteen has done before any picture of it may be public: sign, staff notice, impact assessment.

use crate::{
    audit::entry,
    cell::{Cells, Record},
    db::args,
    error::StoreError,
    open::Store,
    people::Reviewer,
};
use mingchu_domain::{
    id::{CanteenId, FactId},
    publication::{ConsentBasis, FactKind},
    role::Scope,
    time::WallTime,
};
use serde_json::json;

/// A fact that somebody enters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPublicationFact {
    /// What was done.
    pub kind: FactKind,
    /// Of a staff notice, and of nothing else: on what the staff's pictures may go out.
    pub basis: Option<ConsentBasis>,
    /// On which day in China, as `2026-09-01`.
    pub done_on: String,
    /// Where the sign hangs, the number of the document; empty: nothing more.
    pub note: String,
}

/// A fact in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationFact {
    /// What was entered.
    pub fact: NewPublicationFact,
    /// The office of the person who entered it, as it was then.
    pub office: String,
    /// When.
    pub entered_at: WallTime,
}

impl Record for PublicationFact {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let fact = NewPublicationFact {
            kind: row.cell("kind")?,
            basis: row.maybe("basis")?,
            done_on: row.cell("done_on")?,
            note: row.cell("note")?,
        };
        Ok(Self { fact, office: row.cell("entered_office")?, entered_at: row.cell("entered_at")? })
    }
}

const WITHDRAW: &str = "update publication_fact set withdrawn_by = $3, withdrawn_office = $4, withdrawn_at = $5 \
     where canteen_id = $1 and kind = $2 and withdrawn_at is null";

impl Store {
    /// Returns the canteen's facts in force, at most one of a kind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn publication_facts(&self, canteen: CanteenId) -> Result<Vec<PublicationFact>, StoreError> {
        const SQL: &str = "select * from publication_fact where canteen_id = $1 and withdrawn_at is null order by kind";
        self.db.all(SQL, args![canteen]).await
    }

    /// Enters a fact; the one of its kind before is no longer in force.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn enter_publication_fact(
        &self,
        scope: &Scope,
        canteen: CanteenId,
        fact: &NewPublicationFact,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into publication_fact (publication_fact_id, canteen_id, kind, basis, done_on, note, \
             entered_by, entered_office, entered_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        self.canteen(scope, canteen).await?;
        let NewPublicationFact { kind, basis, done_on, note } = fact;
        let mut tx = self.db.begin().await?;
        tx.run(WITHDRAW, args![canteen, kind.as_str(), by.person_id, &by.office, at]).await?;
        let basis = basis.map(ConsentBasis::as_str);
        let row = args![
            FactId::generate(),
            canteen,
            kind.as_str(),
            basis.map(str::to_owned),
            done_on,
            note,
            by.person_id,
            &by.office,
            at
        ];
        tx.run(SQL, row).await?;
        let detail = json!({ "kind": kind.as_str(), "basis": basis, "done_on": done_on, "note": note });
        tx.audit(&entry(&by.actor(), "publication.fact", &format!("canteen:{canteen}"), &detail, at)).await?;
        tx.commit().await
    }

    /// Says that a fact is no longer so: the sign is gone, somebody took their agreement back.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope and when no such fact is in force.
    pub async fn withdraw_publication_fact(
        &self,
        scope: &Scope,
        canteen: CanteenId,
        kind: FactKind,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        self.canteen(scope, canteen).await?;
        let mut tx = self.db.begin().await?;
        if tx.run(WITHDRAW, args![canteen, kind.as_str(), by.person_id, &by.office, at]).await? == 0 {
            return Err(StoreError::NotFound { what: "fact" });
        }
        let detail = json!({ "kind": kind.as_str() });
        tx.audit(&entry(&by.actor(), "publication.fact_withdraw", &format!("canteen:{canteen}"), &detail, at)).await?;
        tx.commit().await
    }
}
