//! What people say of a violation, and what follows for its notice.

use crate::{
    audit::entry,
    cell::Cells,
    db::{Tx, args},
    error::{Refused, StoreError},
    open::Store,
    people::Reviewer,
    violations::Violation,
};
use mingchu_domain::{
    id::{PersonId, ViolationId},
    notice::{NoticeEvent, NoticeState, Standing},
    role::Scope,
    time::WallTime,
    violation::{DismissReason, EvidenceState, Verdict, ViolationState},
};
use serde_json::json;
use std::time::Duration;

/// How long a verdict can be taken back.
const UNDO_WITHIN: Duration = Duration::from_secs(30);

/// A person's verdict on a violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Why dismissed; `None` when confirmed.
    pub reason: Option<DismissReason>,
    /// Who decided.
    pub person_id: PersonId,
    /// The person's office, then.
    pub by: String,
    /// When.
    pub at: WallTime,
    verdict: ViolationState,
}

impl Review {
    /// Returns the state that the verdict gave.
    #[must_use]
    pub const fn state(&self) -> ViolationState {
        self.verdict
    }

    /// Reads the review of a row that may have none.
    pub(crate) fn read_joined<R: Cells>(row: &R) -> Result<Option<Self>, sqlx::Error> {
        let Some(verdict) = row.maybe("verdict")? else { return Ok(None) };
        Ok(Some(Self {
            reason: row.maybe("review_reason")?,
            person_id: row.cell("review_person_id")?,
            by: row.cell("review_office")?,
            at: row.cell("reviewed_at")?,
            verdict,
        }))
    }
}

impl Tx {
    /// Keeps verdicts and the issuing of the notice apart until the transaction ends.
    pub(crate) async fn lock_violation(&mut self, id: ViolationId) -> Result<(), StoreError> {
        const SQL: &str = "select 1 as n from violation where violation_id = $1";
        // SQLite's one writer is lock enough
        const SQL_PG: &str = "select cast(1 as bigint) as n from violation where violation_id = $1 for no key update";
        let sql = self.dialect(SQL, SQL_PG);
        self.one::<crate::cell::Number>("violation", sql, args![id]).await.map(|_| ())
    }

    /// Locks the notice before the end of the audit trail, in the order of every act on a notice.
    async fn lock_notice_of(&mut self, violation: &Violation) -> Result<(), StoreError> {
        match violation.notice_id {
            Some(notice) => self.lock_notice(notice).await,
            None => Ok(()),
        }
    }
}

impl Store {
    /// Gives a verdict. A confirmed violation's notice becomes formal, and is issued when there is none yet; a dismissed
    /// one's is withdrawn.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope; `Refused(Reviewed)` when somebody has decided before.
    pub async fn review(
        &self,
        scope: &Scope,
        id: ViolationId,
        reviewer: &Reviewer,
        verdict: Verdict,
        at: WallTime,
    ) -> Result<Violation, StoreError> {
        const SQL: &str = "insert into review (violation_id, verdict, reason, person_id, office, reviewed_at) \
             values ($1, $2, $3, $4, $5, $6)";
        let mut tx = self.db.begin().await?;
        tx.lock_violation(id).await?;
        let violation = tx.violation(scope, id).await?;
        tx.lock_notice_of(&violation).await?;
        let state = violation.state.next(verdict)?;
        let (action, reason) = match verdict {
            Verdict::Confirm => ("violation.confirm", None),
            Verdict::Dismiss(reason) => ("violation.dismiss", Some(reason.as_str())),
        };
        tx.run(SQL, args![id, state.as_str(), reason, reviewer.person_id, &reviewer.office, at]).await?;
        let subject = format!("violation:{id}");
        let detail = json!({ "office": reviewer.office, "reason": reason });
        tx.audit(&entry(&reviewer.actor(), action, &subject, &detail, at)).await?;
        match verdict {
            Verdict::Confirm => confirm(&mut tx, &violation, reviewer, at).await?,
            Verdict::Dismiss(_) => withdraw(&mut tx, &violation, reviewer, at).await?,
        }
        let violation = tx.violation(scope, id).await?;
        tx.commit().await?;
        Ok(violation)
    }

    /// Takes a verdict back: within 30 s, by the same person, while the canteen has not answered since.
    ///
    /// The number of a notice that was formal is kept for the next confirmation.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope; `Refused(NotReviewed | UndoTooLate)`.
    pub async fn undo_review(
        &self,
        scope: &Scope,
        id: ViolationId,
        reviewer: &Reviewer,
        at: WallTime,
    ) -> Result<Violation, StoreError> {
        let mut tx = self.db.begin().await?;
        tx.lock_violation(id).await?;
        let violation = tx.violation(scope, id).await?;
        tx.lock_notice_of(&violation).await?;
        let review = violation.review.as_ref().ok_or(Refused::NotReviewed)?;
        if review.person_id != reviewer.person_id || at.since(review.at) > UNDO_WITHIN {
            return Err(Refused::UndoTooLate.into());
        }
        tx.run("delete from review where violation_id = $1", args![id]).await?;
        undo_notice(&mut tx, &violation, review, at).await?;
        let subject = format!("violation:{id}");
        let detail = json!({ "office": reviewer.office });
        tx.audit(&entry(&reviewer.actor(), "violation.undo", &subject, &detail, at)).await?;
        let violation = tx.violation(scope, id).await?;
        tx.commit().await?;
        Ok(violation)
    }
}

async fn confirm(tx: &mut Tx, violation: &Violation, reviewer: &Reviewer, at: WallTime) -> Result<(), StoreError> {
    let notice = match violation.notice_id {
        Some(notice) => notice,
        None => tx.insert_notice(violation.id, violation.canteen.id, at).await?,
    };
    let mut notice = tx.notice(&Scope::All, notice).await?;
    if notice.state == NoticeState::Withdrawn {
        return Ok(());
    }
    notice.is_formal = true;
    notice.deadline_at = Some(at + violation.rectify_within);
    if notice.kept_number.is_none() {
        notice.kept_number = Some(tx.next_number(violation.canteen.id, at).await?);
    }
    tx.save_notice(&notice).await?;
    let detail = json!({ "office": reviewer.office, "number": notice.kept_number, "deadline_at": notice.deadline_at });
    tx.audit(&entry(&reviewer.actor(), "notice.formal", &format!("notice:{}", notice.id), &detail, at)).await
}

async fn withdraw(tx: &mut Tx, violation: &Violation, reviewer: &Reviewer, at: WallTime) -> Result<(), StoreError> {
    let Some(notice) = violation.notice_id else { return Ok(()) };
    let mut notice = tx.notice(&Scope::All, notice).await?;
    if let Ok(state) = notice.state.next(NoticeEvent::Withdraw, Standing::Prompt) {
        notice.resume_state = Some(notice.state);
        notice.state = state;
        notice.withdrawn_at = Some(at);
        tx.save_notice(&notice).await?;
        let detail = json!({ "office": reviewer.office });
        tx.audit(&entry(&reviewer.actor(), "notice.withdraw", &format!("notice:{}", notice.id), &detail, at)).await?;
    }
    Ok(())
}

async fn undo_notice(tx: &mut Tx, violation: &Violation, review: &Review, at: WallTime) -> Result<(), StoreError> {
    let Some(notice) = violation.notice_id else {
        // the job that issues it may have come and gone while the violation was dismissed
        if violation.evidence.state != EvidenceState::Pending {
            tx.insert_notice(violation.id, violation.canteen.id, at).await?;
        }
        return Ok(());
    };
    let mut notice = tx.notice(&Scope::All, notice).await?;
    if notice.answered_at.is_some_and(|answered| answered > review.at) || notice.closed_at.is_some() {
        return Err(Refused::UndoTooLate.into());
    }
    match review.verdict {
        ViolationState::Confirmed => {
            notice.is_formal = false;
            notice.deadline_at = None;
        }
        _ => {
            notice.state = notice.resume_state.take().unwrap_or(notice.state);
            notice.withdrawn_at = None;
        }
    }
    tx.save_notice(&notice).await
}
