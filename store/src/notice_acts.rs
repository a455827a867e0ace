//! What happens to notices: issued, answered, closed. Each act is one transaction with its audit row.

use crate::{
    audit::{SYSTEM, entry},
    cell::Number,
    db::{Tx, args},
    error::{Refused, StoreError},
    notices::{Answer, Notice},
    open::Store,
    people::Reviewer,
};
use mingchu_domain::{
    id::{CanteenId, NoticeId, RectificationId, ViolationId},
    notice::{NoticeEvent, number, year_in_china},
    role::Scope,
    time::WallTime,
    violation::ViolationState,
};
use serde_json::json;
use uuid::Uuid;

impl Tx {
    /// Issues a prompt.
    pub(crate) async fn insert_notice(
        &mut self,
        violation: ViolationId,
        canteen: CanteenId,
        at: WallTime,
    ) -> Result<NoticeId, StoreError> {
        const SQL: &str = "insert into notice (notice_id, violation_id, canteen_id, is_formal, state, sent_at) \
             values ($1, $2, $3, false, 'sent', $4)";
        let id = NoticeId::generate();
        self.run(SQL, args![id, violation, canteen, at]).await?;
        self.audit(&entry(SYSTEM, "notice.issue", &format!("notice:{id}"), &json!({}), at)).await?;
        Ok(id)
    }

    /// Takes the year's next number.
    pub(crate) async fn next_number(&mut self, canteen: CanteenId, at: WallTime) -> Result<String, StoreError> {
        const SQL: &str = "insert into notice_number (year, last) values ($1, 1) \
             on conflict (year) do update set last = notice_number.last + 1 returning last as n";
        let year = year_in_china(at);
        let mark = self.issuer_mark(canteen).await?;
        let sequence = self.one::<Number>("notice number", SQL, args![year]).await?.0;
        Ok(number(&mark, year, sequence))
    }

    /// Keeps others from acting on the notice until the transaction ends.
    pub(crate) async fn lock_notice(&mut self, id: NoticeId) -> Result<(), StoreError> {
        const SQL: &str = "select 1 as n from notice where notice_id = $1";
        // SQLite's one writer is lock enough
        const SQL_PG: &str = "select cast(1 as bigint) as n from notice where notice_id = $1 for no key update";
        let sql = self.dialect(SQL, SQL_PG);
        self.one::<Number>("notice", sql, args![id]).await.map(|_| ())
    }
}

impl Store {
    /// Issues the notice of a violation as a prompt; returns the one it has. `None` when the violation was dismissed.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn issue_notice(&self, violation: ViolationId, at: WallTime) -> Result<Option<NoticeId>, StoreError> {
        let mut tx = self.db.begin().await?;
        tx.lock_violation(violation).await?;
        let violation = tx.violation(&Scope::All, violation).await?;
        if violation.notice_id.is_some() || violation.state == ViolationState::Dismissed {
            return Ok(violation.notice_id);
        }
        let id = tx.insert_notice(violation.id, violation.canteen.id, at).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Lets an event happen to a notice: the canteen's acknowledgement, rectification or appeal; the regulator's
    /// closing, rejection or withdrawal. A rejected formal notice gets the whole time again.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope; `Refused(Notice)` when the event does not fit.
    pub async fn notice_event(
        &self,
        scope: &Scope,
        id: NoticeId,
        by: &Reviewer,
        event: NoticeEvent,
        answer: &Answer,
        at: WallTime,
    ) -> Result<Notice, StoreError> {
        let mut tx = self.db.begin().await?;
        tx.lock_notice(id).await?;
        let before = tx.notice(scope, id).await?;
        let notice = after(&before, event, at)?;
        tx.save_notice(&notice).await?;
        match event {
            NoticeEvent::Rectify => insert_rectification(&mut tx, id, by, answer, at).await?,
            NoticeEvent::Appeal => insert_appeal(&mut tx, id, by, answer, at).await?,
            _ => {}
        }
        // the canteen's own words stay out of the audit trail: they may name people
        let text = match event {
            NoticeEvent::Close | NoticeEvent::Reject | NoticeEvent::Withdraw => Some(&answer.text),
            _ => None,
        };
        let detail = json!({ "office": by.office, "text": text, "deadline_at": notice.deadline_at });
        tx.audit(&entry(&by.actor(), action(event), &format!("notice:{id}"), &detail, at)).await?;
        tx.commit().await?;
        Ok(notice)
    }

    /// Gives the canteen more time.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope; `Refused(NoDeadline)` unless the notice is formal and open and the new
    /// deadline is later.
    pub async fn extend_deadline(
        &self,
        scope: &Scope,
        id: NoticeId,
        by: &Reviewer,
        deadline_at: WallTime,
        text: &str,
        at: WallTime,
    ) -> Result<Notice, StoreError> {
        let mut tx = self.db.begin().await?;
        tx.lock_notice(id).await?;
        let mut notice = tx.notice(scope, id).await?;
        let is_later = notice.deadline_at.is_some_and(|before| before < deadline_at);
        if !notice.state.is_open() || !is_later {
            return Err(Refused::NoDeadline.into());
        }
        notice.deadline_at = Some(deadline_at);
        tx.save_notice(&notice).await?;
        let detail = json!({ "office": by.office, "text": text, "deadline_at": deadline_at });
        tx.audit(&entry(&by.actor(), "notice.extend", &format!("notice:{id}"), &detail, at)).await?;
        tx.commit().await?;
        Ok(notice)
    }
}

/// Returns the notice as it stands after the event.
fn after(before: &Notice, event: NoticeEvent, at: WallTime) -> Result<Notice, StoreError> {
    let mut notice = before.clone();
    notice.state = before.state.next(event, before.standing())?;
    match event {
        NoticeEvent::Acknowledge => notice.acknowledged_at = Some(at),
        NoticeEvent::Rectify => notice.rectified_at = Some(at),
        NoticeEvent::Appeal => {}
        NoticeEvent::Close => notice.closed_at = Some(at),
        NoticeEvent::Reject => notice.deadline_at = before.deadline_at.map(|_| at + before.rectify_within),
        NoticeEvent::Withdraw => {
            notice.withdrawn_at = Some(at);
            notice.resume_state = Some(before.state);
        }
    }
    if matches!(event, NoticeEvent::Acknowledge | NoticeEvent::Rectify | NoticeEvent::Appeal) {
        notice.acknowledged_at = before.acknowledged_at.or(Some(at));
        notice.answered_at = Some(at);
    }
    Ok(notice)
}

const fn action(event: NoticeEvent) -> &'static str {
    match event {
        NoticeEvent::Acknowledge => "notice.acknowledge",
        NoticeEvent::Rectify => "notice.rectify",
        NoticeEvent::Appeal => "notice.appeal",
        NoticeEvent::Close => "notice.close",
        NoticeEvent::Reject => "notice.reject",
        NoticeEvent::Withdraw => "notice.withdraw",
    }
}

async fn insert_rectification(
    tx: &mut Tx,
    notice: NoticeId,
    by: &Reviewer,
    answer: &Answer,
    at: WallTime,
) -> Result<(), StoreError> {
    const SQL: &str = "insert into rectification (rectification_id, notice_id, body, photo_key, photo_sha256, \
         person_id, office, sent_at) values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let photo = answer.photo.as_ref();
    let args = args![
        RectificationId::generate(),
        notice,
        &answer.text,
        photo.map(|photo| photo.object_key.as_str()),
        photo.map(|photo| photo.sha256.as_str()),
        by.person_id,
        &by.office,
        at,
    ];
    tx.run(SQL, args).await.map(|_| ())
}

async fn insert_appeal(
    tx: &mut Tx,
    notice: NoticeId,
    by: &Reviewer,
    answer: &Answer,
    at: WallTime,
) -> Result<(), StoreError> {
    const SQL: &str = "insert into appeal (appeal_id, notice_id, body, person_id, office, sent_at) \
         values ($1, $2, $3, $4, $5, $6)";
    let args = args![Uuid::now_v7(), notice, &answer.text, by.person_id, &by.office, at];
    tx.run(SQL, args).await.map(|_| ())
}
