//! Sign-in links and sessions. Only the SHA-256 of a token is ever stored.

use crate::{
    cell::{Cells, Record},
    db::args,
    error::StoreError,
    open::Store,
    people::Person,
};
use mingchu_domain::{id::PersonId, time::WallTime};
use std::time::Duration;

/// A session's last use is written at most this often, so that a page full of pictures writes once.
const TOUCH: Duration = Duration::from_secs(60);

struct Seen(Person, WallTime);

impl Record for Seen {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(Person::read(row)?, row.cell("seen_at")?))
    }
}

fn micros(pause: Duration) -> i64 {
    i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)
}

impl Store {
    /// Remembers a one-time sign-in link.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_sign_in_link(
        &self,
        token_sha256: &str,
        person: PersonId,
        expires_at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into sign_in_link (token_sha256, person_id, expires_at) values ($1, $2, $3)";
        self.db.run(SQL, args![token_sha256, person, expires_at]).await.map(|_| ())
    }

    /// Uses a sign-in link; `None` when it is unknown, used or expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn redeem_sign_in_link(&self, token_sha256: &str, now: WallTime) -> Result<Option<Person>, StoreError> {
        const USE: &str = "update sign_in_link set used_at = $2 \
             where token_sha256 = $1 and used_at is null and expires_at > $2";
        const PERSON: &str = "select person.* from person join sign_in_link using (person_id) where token_sha256 = $1";
        match self.db.run(USE, args![token_sha256, now]).await? {
            0 => Ok(None),
            _ => self.db.maybe(PERSON, args![token_sha256]).await,
        }
    }

    /// Begins a session that ends `idle` after its last use, and `absolute` after now in any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_session(
        &self,
        token_sha256: &str,
        person: PersonId,
        now: WallTime,
        idle: Duration,
        absolute: Duration,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into session (token_sha256, person_id, seen_at, idle_us, expires_at) \
             values ($1, $2, $3, $4, $5)";
        let mut tx = self.db.begin().await?;
        tx.run("delete from session where expires_at <= $1 or seen_at + idle_us <= $1", args![now]).await?;
        tx.run(SQL, args![token_sha256, person, now, micros(idle), now + absolute]).await?;
        tx.commit().await
    }

    /// Returns who the session belongs to and notes its use; `None` when it is unknown or over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token_sha256: &str, now: WallTime) -> Result<Option<Person>, StoreError> {
        const FIND: &str = "select person.*, session.seen_at from person join session using (person_id) \
             where token_sha256 = $1 and session.expires_at > $2 and session.seen_at + session.idle_us > $2";
        const TOUCH_IT: &str = "update session set seen_at = $2 where token_sha256 = $1";
        let Some(Seen(person, seen_at)) = self.db.maybe(FIND, args![token_sha256, now]).await? else {
            return Ok(None);
        };
        if now.since(seen_at) >= TOUCH {
            self.db.run(TOUCH_IT, args![token_sha256, now]).await?;
        }
        Ok(Some(person))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, token_sha256: &str) -> Result<(), StoreError> {
        self.db.run("delete from session where token_sha256 = $1", args![token_sha256]).await.map(|_| ())
    }

    /// Ends all sessions of a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions_of(&self, person: PersonId) -> Result<(), StoreError> {
        self.db.run("delete from session where person_id = $1", args![person]).await.map(|_| ())
    }
}
