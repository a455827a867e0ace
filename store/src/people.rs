//! People who sign in.

use crate::{
    cell::{Cells, Record},
    db::args,
    error::StoreError,
    open::Store,
};
use mingchu_domain::{
    id::{AreaId, CanteenId, PersonId},
    role::{Role, Scope},
    time::WallTime,
};
use std::time::Duration;

/// Failed sign-ins are forgotten after a day, so that guessing fills no disk.
const FAILURES_KEPT: Duration = Duration::from_secs(86_400);

/// A person to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// Its id.
    pub id: PersonId,
    /// Sign-in name.
    pub login: String,
    /// The office or post that acts, not a person's name.
    pub office: String,
    /// What kind of user.
    pub role: Role,
    /// How far a regulator reaches.
    pub area_id: Option<AreaId>,
    /// How far a manager reaches.
    pub canteen_id: Option<CanteenId>,
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// Sign-in name.
    pub login: String,
    /// The office or post that acts, not a person's name.
    pub office: String,
    /// What kind of user.
    pub role: Role,
    /// How far a regulator reaches.
    pub area_id: Option<AreaId>,
    /// How far a manager reaches.
    pub canteen_id: Option<CanteenId>,
}

/// Who acts: goes into verdicts, answers and the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// The person.
    pub person_id: PersonId,
    /// The office, as it is now.
    pub office: String,
}

impl Reviewer {
    /// Returns the actor as the audit trail names it.
    pub(crate) fn actor(&self) -> String {
        format!("person:{}", self.person_id)
    }
}

impl Person {
    /// Returns how far the person's rights reach.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match (self.role, self.area_id, self.canteen_id) {
            (Role::Admin, ..) => Scope::All,
            (Role::Regulator, Some(area), _) => Scope::Area(area),
            (Role::Manager, _, Some(canteen)) => Scope::Canteen(canteen),
            _ => Scope::Public,
        }
    }

    /// Returns the person as one who acts.
    #[must_use]
    pub fn reviewer(&self) -> Reviewer {
        Reviewer { person_id: self.id, office: self.office.clone() }
    }
}

impl Record for Person {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("person_id")?,
            login: row.cell("login")?,
            office: row.cell("office")?,
            role: row.cell("role")?,
            area_id: row.maybe("area_id")?,
            canteen_id: row.maybe("canteen_id")?,
        })
    }
}

struct WithPassword(Person, Option<String>);

impl Record for WithPassword {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(Person::read(row)?, row.maybe("password_hash")?))
    }
}

impl Store {
    /// Adds a person, without a password.
    ///
    /// # Errors
    /// `Conflict` with `person_login_key` when the login is taken, with `person_regulator_check` or
    /// `person_manager_check` when area or canteen is missing.
    pub async fn insert_person(&self, person: &NewPerson) -> Result<(), StoreError> {
        const SQL: &str = "insert into person (person_id, login, office, role, area_id, canteen_id) \
             values ($1, $2, $3, $4, $5, $6)";
        let args =
            args![person.id, &person.login, &person.office, person.role.as_str(), person.area_id, person.canteen_id,];
        self.db.run(SQL, args).await.map(|_| ())
    }

    /// Returns the person of a login and the hash of the password, if one is set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn person_by_login(&self, login: &str) -> Result<Option<(Person, Option<String>)>, StoreError> {
        let row = self.db.maybe("select * from person where login = $1", args![login]).await?;
        Ok(row.map(|WithPassword(person, hash)| (person, hash)))
    }

    /// Returns all people, by login.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people(&self) -> Result<Vec<Person>, StoreError> {
        self.db.all("select * from person order by login", vec![]).await
    }

    /// Sets the hash of a person's password (argon2id, PHC string).
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn set_password(&self, person: PersonId, hash: &str) -> Result<(), StoreError> {
        const SQL: &str = "update person set password_hash = $2 where person_id = $1";
        match self.db.run(SQL, args![person, hash]).await? {
            0 => Err(StoreError::NotFound { what: "person" }),
            _ => Ok(()),
        }
    }

    /// Remembers a failed sign-in for a day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_login_failure(&self, login: &str, at: WallTime) -> Result<(), StoreError> {
        const SQL: &str = "insert into login_failure (login, failed_at) values ($1, $2)";
        let mut tx = self.db.begin().await?;
        tx.run("delete from login_failure where failed_at < $1", args![at - FAILURES_KEPT]).await?;
        tx.run(SQL, args![login, at]).await?;
        tx.commit().await
    }

    /// Returns how many sign-ins failed since then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_failures(&self, login: &str, since: WallTime) -> Result<u32, StoreError> {
        const SQL: &str = "select count(*) as n from login_failure where login = $1 and failed_at >= $2";
        let count = self.db.one::<crate::cell::Number>("count", SQL, args![login, since]).await?.0;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Forgets the failed sign-ins of a login.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_login_failures(&self, login: &str) -> Result<(), StoreError> {
        self.db.run("delete from login_failure where login = $1", args![login]).await.map(|_| ())
    }
}
