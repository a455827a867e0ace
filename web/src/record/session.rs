//! Who is signed in.

use super::word;
use crate::caller::Caller;
use mingchu_domain::{
    id::{AreaId, CanteenId, PersonId},
    role::{Permission, Role},
    time::WallTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Sign-in name.
    pub login: String,
    /// Password.
    #[schema(format = Password)]
    pub password: String,
}

/// A new password for the signed-in person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The new one, at least 10 characters.
    #[schema(format = Password)]
    pub password: String,
    /// The present one; left out by an account that has none yet.
    #[schema(format = Password)]
    pub current: Option<String>,
}

/// The signed-in person, what they may do and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Their id.
    #[schema(value_type = String)]
    pub person_id: PersonId,
    /// Sign-in name.
    pub login: String,
    /// The office they act for; notices print it instead of a person's name.
    pub office: String,
    /// Their role.
    #[schema(value_type = word::Role)]
    pub role: Role,
    /// The area that a regulator oversees.
    pub area: Option<AreaName>,
    /// The canteen of a manager or a parent.
    pub canteen: Option<MyCanteen>,
    /// What the role may do.
    #[schema(value_type = Vec<word::Permission>)]
    pub permissions: Vec<Permission>,
    /// Whether a password is set; without one only sign-in links open the account.
    pub has_password: bool,
}

/// An area's name.
#[derive(Debug, Serialize, ToSchema)]
pub struct AreaName {
    /// Its id.
    #[schema(value_type = String)]
    pub id: AreaId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

/// The caller's own canteen.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyCanteen {
    /// Its id.
    #[schema(value_type = String)]
    pub id: CanteenId,
    /// Short code of its public page.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

/// Everybody who may sign in.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonList {
    /// By login.
    pub people: Vec<Person>,
}

/// Somebody who may sign in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    /// Their id.
    #[schema(value_type = String)]
    pub id: PersonId,
    /// Sign-in name.
    pub login: String,
    /// The office they act for.
    pub office: String,
    /// Their role.
    #[schema(value_type = word::Role)]
    pub role: Role,
    /// The area that a regulator oversees.
    pub area: Option<AreaName>,
    /// The canteen of a manager or a parent.
    pub canteen: Option<MyCanteen>,
    /// Whether a password is set.
    pub has_password: bool,
}

/// A one-time sign-in link.
#[derive(Serialize, ToSchema)]
pub struct SignInLink {
    /// The whole address; it works once.
    pub sign_in_url: String,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: WallTime,
}

impl Me {
    /// Returns the caller with the names of their area and canteen.
    pub(crate) fn new(caller: &Caller, area: Option<AreaName>, canteen: Option<MyCanteen>, has_password: bool) -> Self {
        let person = &caller.person;
        Self {
            person_id: person.id,
            login: person.login.clone(),
            office: person.office.clone(),
            role: person.role,
            area,
            canteen,
            permissions: Permission::ALL.iter().copied().filter(|&permission| person.role.may(permission)).collect(),
            has_password,
        }
    }
}
